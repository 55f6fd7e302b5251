//! `batchproc audit`: a tree against its manifest. The manifest is held in memory, the tree goes
//! through the pipeline, and each file gets one verdict.

use std::collections::HashSet;
use std::fs;
use std::mem;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;

use super::resolve;
use crate::cli::{AuditArgs, VerdictFormat};
use crate::error::{Failure, Fatal, reason};
use crate::escape::printable;
use crate::files::arguments::open_stream;
use crate::files::present::{Present, is_gone};
use crate::files::rules::Rules;
use crate::files::stdin::was_interrupted;
use crate::files::{Item, Refused};
use crate::hash::file_digest::FileDigest;
use crate::hash::job::{Context, HashJob, Outcome, Task};
use crate::hash::md5::Kernel;
use crate::manifest::held::{Held, Wrong};
use crate::manifest::judge::{Content, judge};
use crate::manifest::names::{key, lies_in, lies_in_one};
use crate::manifest::roots::Roots;
use crate::manifest::{Accept, Entries, Entry, Records, spelling};
use crate::output::{Output, WriteError};
use crate::pipeline::Sink;
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::few::Few;
use crate::run::session::Session;
use crate::verify::lines::{Value, push_json, push_text};

/// What was found about a file; in the order of the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Ok,
    Touched,
    Edited,
    Replaced,
    Corrupt,
    Changed,
    Respelled,
    Moved,
    Copied,
    New,
    Missing,
    Unreadable,
}

const WORDS: [&str; 12] = [
    "ok",
    "touched",
    "edited",
    "replaced",
    "corrupt",
    "changed",
    "respelled",
    "moved",
    "copied",
    "new",
    "missing",
    "unreadable",
];

/// Runs the command.
///
/// # Errors
/// When the audit cannot go on.
pub fn run(arguments: AuditArgs, console: &Console) -> Result<Ending, Fatal> {
    let AuditArgs { manifest, paths, walk, root, run, .. } = &arguments;
    let kernel = resolve::kernel(Kernel::best)?;
    let session = Session::begin(resolve::running(run, kernel.lanes()), console)?;
    let inputs = resolve::walk(paths, walk, run.order)?;
    let output = Output::stdout()?;
    let watch = session.watch(true, None, inputs.count(&session.control))?;

    let reader = open_stream("manifest", manifest, &session.alarm)?;
    let accept = Accept(match &arguments.algorithms[..] {
        [] => None,
        algorithms => Some(algorithms.iter().copied().collect()),
    });
    let name = printable(manifest);
    let mut malformed = false;
    let mut few = Few::new(name.clone(), console);
    let held = Held::read(
        Entries::new(Records::new(reader, accept, None)),
        root.as_deref(),
        |line, wrong| {
            malformed = true;
            match wrong {
                Wrong::Malformed(why) => {
                    few.tell(line, &format!("improperly formatted checksum line: {why}"));
                }
                Wrong::Contradicts(earlier) => {
                    few.tell(line, &format!("contradicts line {earlier}; this one counts"));
                }
            }
        },
    );
    drop(few);
    let held = match held {
        Ok(held) => held,
        Err(error) if was_interrupted(&error) => return Ok(session.interrupted(&watch)),
        Err(error) => {
            return Err(Fatal(format!("cannot read the manifest {name}: {}", reason(&error))));
        }
    };
    if held.entries().is_empty() {
        return Err(Fatal(format!("{name}: no properly formatted checksum lines found")));
    }
    let roots: Vec<_> = paths.iter().map(|path| key(path)).collect();
    let known = |root: &[u8]| held.entries().iter().any(|entry| lies_in(&key(&entry.path), root));
    for (path, root) in paths.iter().zip(&roots) {
        // A wrong name is told as one; what the manifest knows is missing.
        if let Err(error) = fs::metadata(path)
            && path.as_os_str() != "-"
            && !known(root)
        {
            return Err(Fatal(format!("{}: {}", printable(path), reason(&error))));
        }
    }
    if !roots.iter().any(|root| known(root) || **root == *b"-") {
        let spelled = paths.iter().flat_map(|path| spelling::others(path));
        let hint = match spelled.into_iter().find(|path| known(&key(path))) {
            Some(path) => spelling::hint(&path),
            None => "give the PATHs with which it was made, or --root".into(),
        };
        return Err(Fatal(format!(
            "{name}: no name in it lies below the PATHs: its first is {}; {hint}",
            printable(&held.entries()[0].path)
        )));
    }
    let mut own = output.identities();
    own.extend(fs::metadata(manifest).map(|metadata| (metadata.dev(), metadata.ino())));
    log::info!("{name}: {} files", held.entries().len());

    let set = held.algorithms();
    let opener = inputs.opener(own, &session.alarm);
    let job = HashJob::new(kernel, set, opener, session.counters.bytes.clone());
    let source = session.names(&inputs)?.map(|found| {
        let item = found.map_err(Outcome::from)?;
        let place = match &item {
            Item::File(path, _) => held.find(path).or_else(|| respelled(&held, path)),
            Item::Stdin => None,
        };
        let algorithms = place.map_or(set, |place| held.entries()[place].digests.set());
        Ok(Task { item, algorithms, context: Known(place) })
    });
    let mut sink = AuditSink {
        output,
        session: &session,
        arguments: &arguments,
        held: &held,
        seen: vec![false; held.entries().len()],
        unreadable: HashSet::new(),
        vanished: HashSet::new(),
        rules: &inputs.rules,
        counts: [0; WORDS.len()],
        left_out: 0,
    };
    let ended = session.run(&job, source, &mut sink, &watch);
    session.tell_unmatched(&inputs, &ended);
    if ended.is_complete() && !session.control.is_stopped() {
        sink.rest();
        // The summary comes after the verdicts.
        if let Err(WriteError::Failed(fatal)) = sink.output.write_all() {
            return Err(fatal);
        }
        sink.sum_up(malformed);
    }
    let count = |verdict: Verdict| sink.counts[verdict as usize];
    let corrupt = count(Verdict::Corrupt) > 0;
    let differs = malformed
        || sink.counts.iter().sum::<u64>() != count(Verdict::Ok)
        || count(Verdict::Ok) == 0;
    Ok(match session.finish(ended, sink.output, None)? {
        Ending::Good | Ending::SomeFailed if corrupt => Ending::SomeCorrupt,
        Ending::Good if differs && !session.control.is_aborted() => Ending::SomeFailed,
        ending => ending,
    })
}

/// The place of a file that the manifest has under another form of its name in Unicode.
fn respelled(held: &Held, path: &Path) -> Option<usize> {
    let places = spelling::others(path).into_iter().filter_map(|other| held.find(&other));
    let identity = |path: &Path| fs::symlink_metadata(path).map(|file| (file.dev(), file.ino()));
    // Some file systems find a file by all forms of its name.
    let is_same = |old: &Path| is_gone(old) || identity(old).ok() == identity(path).ok();
    places.into_iter().find(|&place| is_same(&held.entries()[place].path))
}

/// The place of a file in the manifest.
struct Known(Option<usize>);

impl Context for Known {}

/// Judges, prints and counts.
struct AuditSink<'a> {
    output: Output,
    session: &'a Session,
    arguments: &'a AuditArgs,
    held: &'a Held,
    /// The entries that have a verdict, or whose content was found under another name.
    seen: Vec<bool>,
    /// Names that could not be read; what lies below is not missing.
    unreadable: HashSet<Box<[u8]>>,
    /// Names that were not there any more when they were to be read.
    vanished: HashSet<Box<[u8]>>,
    rules: &'a Rules,
    counts: [u64; WORDS.len()],
    /// Entries outside of what was to be looked at.
    left_out: u64,
}

impl AuditSink<'_> {
    fn judge(&mut self, path: &Path, verdict: Verdict, from: Option<&Path>, reason: Option<&str>) {
        self.counts[verdict as usize] += 1;
        let arguments = self.arguments;
        if arguments.status || (arguments.quiet && verdict == Verdict::Ok) {
            return;
        }
        let word = WORDS[verdict as usize];
        let out = &mut self.output.buffer;
        match arguments.format {
            VerdictFormat::Json => {
                let mut members = vec![("verdict", Value::Text(word))];
                members.extend(from.map(|from| ("from", Value::Path(from))));
                members.extend(reason.map(|reason| ("reason", Value::Text(reason))));
                push_json(path, &members, out);
            }
            VerdictFormat::Text => match from {
                Some(from) => push_text(path, &format!("{word} from {}", printable(from)), out),
                None => push_text(path, word, out),
            },
        }
    }

    /// A file that the manifest knows by its name.
    fn compare(&mut self, digest: &FileDigest, place: usize) {
        let entry = &self.held.entries()[place];
        // Arguments may overlap.
        if mem::replace(&mut self.seen[place], true) {
            return;
        }
        let respelled = Some(&*entry.path).filter(|old| key(old) != key(&digest.path));
        let verdict = match judge(entry, digest, self.arguments.ignore.ignored()) {
            Content::Same | Content::Touched if respelled.is_some() => Verdict::Respelled,
            Content::Same => Verdict::Ok,
            Content::Touched => Verdict::Touched,
            Content::Edited => Verdict::Edited,
            Content::Replaced => Verdict::Replaced,
            Content::Corrupt => Verdict::Corrupt,
            Content::Changed => Verdict::Changed,
        };
        self.judge(&digest.path, verdict, respelled, None);
    }

    /// A file with a name that is not in the manifest.
    fn look_for(&mut self, digest: &FileDigest) {
        // Nothing is like anything.
        let held = self.held;
        let places = match digest.size {
            0 => Vec::new(),
            size => held.with_content(&digest.digests, size),
        };
        let old = |place: usize| &held.entries()[place].path;
        let is_file = |path: &Path| matches!(Present::at(path, false), Present::File);
        let gone = places.iter().find(|&&place| !self.seen[place] && !is_file(old(place)));
        match (gone, places.first()) {
            (Some(&place), _) => {
                self.seen[place] = true;
                self.judge(&digest.path, Verdict::Moved, Some(old(place)), None);
            }
            (None, Some(&place)) => {
                self.judge(&digest.path, Verdict::Copied, Some(old(place)), None);
            }
            (None, None) => self.judge(&digest.path, Verdict::New, None, None),
        }
    }

    /// The entries whose files did not come.
    fn rest(&mut self) {
        let held = self.held;
        let roots = Roots::new(&self.arguments.paths);
        for (place, entry) in held.entries().iter().enumerate() {
            if self.seen[place] {
                continue;
            }
            let name = key(&entry.path);
            if lies_in_one(&name, &self.unreadable) {
                self.judge(&entry.path, Verdict::Unreadable, None, None);
                continue;
            }
            if !roots.hold(&entry.path) || self.leaves_out(&roots, entry) {
                self.left_out += 1;
                continue;
            }
            match Present::at(&entry.path, self.arguments.walk.follow) {
                // It was not there when it was to be read.
                Present::File if lies_in_one(&name, &self.vanished) => {
                    let reason = "was not there when it was to be read".into();
                    self.unreadable(&Failure { path: entry.path.clone(), reason });
                }
                Present::File => self.left_out += 1,
                Present::Gone => self.judge(&entry.path, Verdict::Missing, None, None),
                Present::Other(kind) => {
                    let reason = format!("no longer a regular file: it is a {kind}");
                    let path = entry.path.clone();
                    self.session
                        .console
                        .line(&Failure { path, reason: reason.clone() }.to_string());
                    self.judge(&entry.path, Verdict::Missing, None, Some(&reason));
                }
                Present::Unknown(error) => {
                    let failure = Failure::io(entry.path.clone(), &error);
                    self.unreadable(&failure);
                }
            }
        }
    }

    /// Whether options leave the file out, there or not.
    fn leaves_out(&self, roots: &Roots, entry: &Entry) -> bool {
        let device = entry.identity.map(|(device, _)| device);
        let walk = &self.arguments.walk;
        entry.size.is_some_and(|size| walk.leaves_out(size))
            || roots.leave_out(&entry.path, |root, below| self.rules.leave_out(root, below, device))
    }

    fn unreadable(&mut self, failure: &Failure) {
        self.session.counters.failed.fetch_add(1, Relaxed);
        self.session.console.line(&failure.to_string());
        self.judge(&failure.path, Verdict::Unreadable, None, Some(&failure.reason));
    }

    fn sum_up(&mut self, malformed: bool) {
        let total: u64 = self.counts.iter().sum();
        let fine = total == self.counts[Verdict::Ok as usize] && total > 0 && !malformed;
        if self.arguments.status {
            return;
        }
        let left_out = self.left_out;
        if self.arguments.format == VerdictFormat::Json {
            let counts = WORDS.iter().zip(self.counts).map(|(word, n)| format!("\"{word}\":{n}"));
            let counts = counts.collect::<Vec<_>>().join(",");
            let line = format!("{{\"summary\":{{{counts},\"left_out\":{left_out}}}}}\n");
            self.output.buffer.extend(line.bytes());
        } else if !(self.arguments.quiet && fine) {
            let counts = WORDS.iter().zip(self.counts).filter(|(_, count)| *count > 0);
            let counts: Vec<_> = counts.map(|(word, count)| format!("{count} {word}")).collect();
            let mut line = match counts.len() {
                0 => "no file was found".to_string(),
                _ => counts.join(", "),
            };
            if left_out > 0 {
                line += &format!("; {left_out} in the manifest were not to be looked at");
            }
            self.session.console.line(&line);
        }
    }
}

impl Sink<Outcome<Known>> for AuditSink<'_> {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome<Known>) -> Result<(), WriteError> {
        match outcome {
            Outcome::Digest(digest, Known(place)) => {
                self.session.counters.files.fetch_add(1, Relaxed);
                match place {
                    Some(place) => self.compare(&digest, place),
                    None => self.look_for(&digest),
                }
            }
            Outcome::Refused(Refused::Failed(failure) | Refused::Broken(failure), known) => {
                // What was there a moment ago is missing, as the rest will find.
                if is_gone(&failure.path) {
                    self.vanished.insert(key(&failure.path));
                } else {
                    let known = known.and_then(|Known(place)| place);
                    // A walk does not look whether the manifest knows what it fails at.
                    match known.or_else(|| self.held.find(&failure.path)) {
                        Some(place) => self.seen[place] = true,
                        None => drop(self.unreadable.insert(key(&failure.path))),
                    }
                    self.unreadable(&failure);
                }
            }
            Outcome::Refused(Refused::Skipped(path, skip), _) => {
                self.session.counters.skipped[skip as usize].fetch_add(1, Relaxed);
                log::info!("skipped a {}: {}", skip.name(), printable(&path));
            }
            Outcome::Settled(..) => {}
        }
        self.output.write_if_large()
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        self.output.write_all()
    }
}
