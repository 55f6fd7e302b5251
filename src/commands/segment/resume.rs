//! `segment --resume` with `-o FILE`: which runs can be continued, and how a run goes on where an
//! interrupted one has stopped.

use std::env;
use std::iter::Peekable;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

use super::marker::Marker;
use super::sides::{Sides, UNKNOWN};
use super::state::{Note, State};
use crate::cli::OrderName;
use crate::cli::segment::SegmentArgs;
use crate::commands::side_files::is_dash;
use crate::error::{Fatal, reason};
use crate::escape::printable;
use crate::files::arguments::Source;
use crate::files::long;
use crate::files::{Found, Item, Refused};
use crate::output::destination::Destination;
use crate::output::journal::{Journal, Notes};
use crate::output::partial::Run;
use crate::output::{JournaledOutput, Output};
use crate::run::session::Session;
use crate::segment::point::Point;
use crate::stamp::{Stamp, now};

/// What is known of resuming before the options become a plan.
pub(super) struct Resuming {
    /// Whether the run continues an interrupted one.
    pub(super) resume: bool,
    /// What identifies the command. `None` if such a run cannot be continued.
    run: Option<Run>,
    sides: Sides,
}

/// Where a run goes on.
pub(super) struct Resumed {
    /// What became of the files that the interrupted run had finished.
    notes: Notes,
    /// The point in the next file where it goes on.
    pub(super) point: Option<Point>,
    /// The name of FILE.partial, for messages.
    partial: String,
}

impl Resuming {
    /// Reads the options. `most` is the most bytes of a block.
    ///
    /// # Errors
    /// If the options do not go with --resume.
    pub(super) fn new(arguments: &SegmentArgs, most: usize) -> Result<Self, Fatal> {
        let resume = arguments.resume.resume;
        let unfit = unfit(arguments);
        if let (true, Some(reason)) = (resume, unfit) {
            return Err(Fatal(reason.into()));
        }
        let to_directory = resume && arguments.output_dir.is_some();
        let run = (unfit.is_none() && (arguments.output.is_some() || to_directory))
            .then(|| Run { arguments: command(arguments, most), begun: now() });
        let sides = match run {
            Some(_) => Sides::new(arguments.side_files()),
            None => Sides::default(),
        };
        Ok(Self { resume, run, sides })
    }

    /// Identifies the command by its options and its side files, for a run to a directory. `None` if
    /// it does not resume others.
    pub(super) fn of_directory(&mut self) -> Option<String> {
        let run = self.run.take()?;
        let mut arguments = run.arguments;
        for (digest, path) in self.sides.digests().iter().zip(self.sides.names()) {
            // What was not known can be equal to nothing.
            let unknown = if digest == UNKNOWN { run.begun.to_string() } else { String::new() };
            let name = path.replace([';', '='], "_");
            arguments.push_str(&format!(";content of {name}={digest}{unknown}"));
        }
        Some(arguments)
    }

    /// Starts the output. Returns where the run goes on too, if it does.
    ///
    /// # Errors
    /// If the file cannot be created, or if the run cannot go on.
    pub(super) fn begin(
        self,
        destination: Destination,
        session: &Session,
    ) -> Result<(Output, Marker, Option<Resumed>), Fatal> {
        let Self { resume, run, mut sides } = self;
        let Some(mut run) = run else {
            let output = Output::file(destination, &session.temporaries)?;
            return Ok((output, Marker::none(), None));
        };
        let is_stopped = || session.control.is_stopped();
        let temporaries = &session.temporaries;
        let begun = Output::journaled(destination, resume, &mut run, temporaries, &is_stopped)?;
        let JournaledOutput { mut output, journal, resumed, notice } = begun;
        notice.iter().for_each(|notice| session.console.line(notice));
        let Some(mut journal) = journal else { return Ok((output, Marker::none(), None)) };
        if !resumed {
            return Ok((output, Marker::new(journal, sides, State::default()), None));
        }
        let partial = output.resumable_path().map(printable).unwrap_or_default();
        let fail = |reason: String| cannot(&partial, &reason);
        let (state, notes) = match last_mark(&mut journal).map_err(fail)? {
            Some(found) => found,
            // It was interrupted before its first mark.
            None => {
                output.keep(0)?;
                return Ok((output, Marker::new(journal, sides, State::default()), None));
            }
        };
        sides.check(&state.sides).map_err(fail)?;
        output.keep(state.length)?;
        log::info!("going on after {} bytes of {partial}", state.length);
        let resumed = Resumed { notes, point: state.point.clone(), partial };
        Ok((output, Marker::new(journal, sides, state), Some(resumed)))
    }
}

fn last_mark(journal: &mut Journal) -> Result<Option<(State, Notes)>, String> {
    let unreadable = |error| format!("its record cannot be read: {}", reason(&error));
    let Some((state, notes)) = journal.resume().map_err(unreadable)? else { return Ok(None) };
    let state = State::parse(&state).ok_or("its record is not understood")?;
    Ok(Some((state, notes)))
}

fn cannot(partial: &str, reason: &str) -> Fatal {
    Fatal(format!("cannot resume {partial}: {reason}; without --resume, everything is done anew"))
}

const STDIN_SIDES: &str =
    "--resume needs dictionaries and stop words in files: standard input cannot be read again";

/// Says why a run with these options cannot be continued.
fn unfit(arguments: &SegmentArgs) -> Option<&'static str> {
    let SegmentArgs { input, output, output_dir, run, count, .. } = arguments;
    let stdin = input.files_from.is_none() && input.paths.is_empty();
    Some(match output {
        None if output_dir.is_some() && arguments.side_files().any(is_dash) => STDIN_SIDES,
        None if output_dir.is_some() => return None,
        None => {
            "--resume needs a FILE (-o) or a directory (--output-dir) that an interrupted run left"
        }
        Some(_) if *count => {
            "--resume cannot be used with --count: its only result is made at the end"
        }
        Some(_) if run.order == OrderName::Completion => {
            "--resume with -o needs --order input: it can continue FILE.partial only if the results are in that order"
        }
        Some(output) if Output::is_compressed(output) => {
            "--resume cannot continue compressed output; choose a name for -o that is not of a compressed file"
        }
        Some(_) if stdin || input.paths.iter().any(|path| is_dash(path)) => {
            "--resume cannot be used with a text on standard input, which cannot be read again"
        }
        Some(_) if arguments.side_files().any(is_dash) => STDIN_SIDES,
        Some(_) => return None,
    })
}

/// Identifies the command: the name and a digest of each option that the output depends on. All
/// options count but those left out here, so that none can be forgotten.
fn command(arguments: &SegmentArgs, most: usize) -> String {
    const NO_MATTER: [&str; 4] = ["run", "output", "output_dir", "resume"];
    let mut parts = vec![
        ("version".to_string(), env!("CARGO_PKG_VERSION").to_string()),
        ("current directory".into(), format!("{:?}", env::current_dir().ok())),
        ("--memory".into(), most.to_string()),
    ];
    // Each field of the arguments begins on a line with four spaces before it.
    for line in format!("{arguments:#?}").lines() {
        match line.strip_prefix("    ").filter(|field| !field.starts_with([' ', '}', ')', ']'])) {
            Some(field) => {
                let (name, value) = field.split_once(": ").unwrap_or((field, ""));
                parts.push((name.into(), value.into()));
            }
            None => parts.last_mut().into_iter().for_each(|(_, value)| value.push_str(line)),
        }
    }
    parts.retain(|(name, _)| !NO_MATTER.contains(&name.as_str()));
    let part = |(name, value): &(String, String)| {
        let digest = blake3::hash(value.as_bytes()).to_hex();
        format!("{}={}", name.replace('_', "-"), &digest[..16])
    };
    parts.iter().map(part).collect::<Vec<_>>().join(";")
}

impl Resumed {
    /// Goes over the files that the interrupted run had finished, and checks that they are the first
    /// of this run too and unchanged. Returns the files that are left.
    ///
    /// # Errors
    /// Names a file that is not as it was.
    pub(super) fn go_over(
        mut self,
        names: Source,
        session: &Session,
    ) -> Result<Peekable<Source>, Fatal> {
        let mut names = names.peekable();
        let mut failed = 0;
        let mut done = 0;
        while !session.control.is_stopped() {
            let fail = |reason: String| cannot(&self.partial, &reason);
            let note = self.notes.next().map_err(|error| fail(reason(&error)))?;
            let Some(note) = note else { break };
            let (note, path) =
                Note::parse(note).ok_or_else(|| fail("its record is not understood".into()))?;
            check(names.next().as_ref(), &path, note).map_err(fail)?;
            match note {
                Note::Done(_) => done += 1,
                Note::Failed => failed += 1,
                Note::Skipped => {}
            }
        }
        if let Some(point) = self.point.as_ref().filter(|_| !session.control.is_stopped()) {
            check(names.peek(), &point.path, Note::Done(point.stamp))
                .map_err(|reason| cannot(&self.partial, &reason))?;
        }
        session.counters.files.fetch_add(done, Relaxed);
        session.counters.failed.fetch_add(failed, Relaxed);
        if failed > 0 {
            let files = if failed == 1 { "1 file" } else { &format!("{failed} files") };
            session.console.line(&format!(
                "{}: {files} failed before the interruption, as the interrupted run has said",
                self.partial
            ));
        }
        Ok(names)
    }
}

/// Checks that the next file of the run is the one with this path, and as it was.
fn check(found: Option<&Found>, path: &Path, note: Note) -> Result<(), String> {
    let other = match found {
        Some(Ok(Item::File(other, _)) | Err(Refused::Skipped(other, _))) => Some(other.as_path()),
        Some(Ok(Item::Stdin)) => Some(Path::new("-")),
        Some(Err(Refused::Failed(failure))) => Some(failure.path.as_path()),
        Some(Err(Refused::Broken(failure))) => return Err(failure.to_string()),
        None => None,
    };
    match other {
        None => return Err(format!("{} is no input any more", printable(path))),
        Some(other) if other != path => {
            let [other, path] = [other, path].map(printable);
            return Err(format!("{other} comes where the interrupted run had {path}"));
        }
        Some(_) => {}
    }
    if let Note::Done(before) = note {
        let now = long::stat(path).map(Stamp::from);
        match now {
            Ok(now) if now == before => {}
            Ok(_) => {
                let path = printable(path);
                return Err(format!("{path} has changed since the interrupted run read it"));
            }
            Err(error) => return Err(format!("{}: {}", printable(path), reason(&error.into()))),
        }
    }
    Ok(())
}
