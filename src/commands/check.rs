//! `batchproc check`: the files of manifests against their digests, in the manifest's order. Lines,
//! warnings and exit codes are those of md5sum 9.1.

use std::fs;
use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;

use super::resolve;
use crate::cli::{CheckArgs, VerdictFormat};
use crate::error::{Failure, Fatal};
use crate::escape::printable;
use crate::files::arguments::open_stream;
use crate::files::open::Opener;
use crate::files::{Item, Origin, Refused};
use crate::hash::algorithms::{Algorithm, Set};
use crate::hash::digests::Digests;
use crate::hash::job::{Context, HashJob, Outcome, Task};
use crate::hash::md5::Kernel;
use crate::manifest::{Accept, Entries, Entry, Form, Problem, Records};
use crate::output::{Output, WriteError};
use crate::pipeline::Sink;
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::session::Session;
use crate::verify::lines::{Value, push_json, push_text};

/// Runs the command.
///
/// # Errors
/// When the run itself cannot go on.
pub fn run(arguments: &CheckArgs, console: &Console) -> Result<Ending, Fatal> {
    let kernel = resolve::kernel(Kernel::best)?;
    let session = Session::begin(resolve::running(&arguments.run, kernel.lanes()), console)?;
    let output = Output::stdout()?;
    let watch = session.watch(true, None, None)?;
    let accept = Accept(match &arguments.algorithms[..] {
        [] => None,
        algorithms => Some(algorithms.iter().copied().collect()),
    });
    // The algorithm's name and a space, for messages, if there is but one.
    let kind = match arguments.algorithms[..] {
        [algorithm] => format!("{} ", algorithm.tag()),
        _ => String::new(),
    };
    let mut sink = CheckSink {
        output,
        arguments,
        session: &session,
        manifest: PathBuf::new(),
        counts: Counts::default(),
    };
    let manifests = match &arguments.manifests[..] {
        [] => &[PathBuf::from("-")],
        manifests => manifests,
    };
    let (mut good, mut stdin) = (true, false);
    let mut ended = None;
    for manifest in manifests {
        let reader = match open_stream("manifest", manifest, &session.alarm) {
            Ok(reader) => reader,
            Err(fatal) => {
                console.line(&fatal.to_string());
                good = false;
                continue;
            }
        };
        let zero = arguments.zero.then_some(true);
        let mut entries = Entries::new(Records::new(reader, accept, zero)).peekable();
        // The job is made for the algorithms of the first entry; others work too.
        let set = match entries.peek() {
            Some(Ok(entry)) => entry.digests.set(),
            _ => Set::from_iter([Algorithm::MD5]),
        };
        let opener = Opener {
            min_size: None,
            max_size: None,
            follow: true,
            own: Vec::new(),
            own_if_walked: None,
            own_stream: None,
            alarm: session.alarm.clone(),
        };
        let job = HashJob::new(kernel, set, opener, session.counters.bytes.clone());
        sink.begin(manifest);
        let root = arguments.verify.root.as_deref();
        let source = entries.map(|read| once(task(read, manifest, root, &kind)?, &mut stdin));
        let run = session.run(&job, source, &mut sink, &watch);
        let over = !run.is_complete() || session.control.is_stopped();
        ended = Some(run);
        if over {
            good &= sink.is_good_so_far();
            break;
        }
        good &= sink.end();
    }
    let ending = match ended {
        Some(ended) => session.finish(ended, sink.output, None)?,
        None => Ending::Good,
    };
    Ok(match ending {
        // What failed is judged by md5sum's rules.
        Ending::Good | Ending::SomeFailed if good => Ending::Good,
        Ending::Good => Ending::SomeFailed,
        ending => ending,
    })
}

/// The manifest's name in messages.
fn shown(manifest: &Path) -> PathBuf {
    if manifest.as_os_str() == "-" { "standard input".into() } else { manifest.into() }
}

/// Lets standard input be read once: two readers would each get pieces of it.
fn once(
    task: Task<Box<Expected>>,
    stdin: &mut bool,
) -> Result<Task<Box<Expected>>, Outcome<Box<Expected>>> {
    if matches!(task.item, Item::Stdin) && mem::replace(stdin, true) {
        let reason = "is listed more than once, and can be read only once".into();
        let failure = Failure { path: "-".into(), reason };
        return Err(Outcome::Refused(Refused::Failed(failure), Some(task.context)));
    }
    Ok(task)
}

/// What a manifest says of a file.
struct Expected {
    /// The name as the manifest has it.
    name: PathBuf,
    digests: Digests,
    /// The algorithms, if each has its own verdict, as each has its own line.
    verdicts: Vec<Algorithm>,
    line: u64,
    /// Whether the algorithm was told by the length of the digest, and could be another.
    bare: bool,
}

impl Context for Box<Expected> {
    fn weight(&self) -> usize {
        size_of::<Expected>()
            + self.name.as_os_str().len()
            + self.digests.weight()
            + self.verdicts.len()
    }
}

/// What is to be done for an entry.
fn task(
    read: Result<Entry, Problem>,
    manifest: &Path,
    root: Option<&Path>,
    kind: &str,
) -> Result<Task<Box<Expected>>, Outcome<Box<Expected>>> {
    let path = shown(manifest);
    let malformed = |line: u64, reason: &str| {
        let reason = format!("{line}: improperly formatted {kind}checksum line: {reason}");
        Outcome::from(Refused::Failed(Failure { path: path.clone(), reason }))
    };
    let entry = read.map_err(|problem| match problem {
        Problem::Malformed { line, reason } => malformed(line, reason),
        Problem::Broken(error) => Outcome::from(Refused::Broken(Failure::io(path.clone(), &error))),
    })?;
    let item = match root {
        _ if entry.path.as_os_str() != "-" => {
            let path = root.map_or_else(|| entry.path.clone(), |root| root.join(&entry.path));
            Item::File(path, Origin::Listed)
        }
        _ if manifest.as_os_str() == "-" => {
            let reason = "standard input cannot be the manifest and listed in it";
            return Err(malformed(entry.line, reason));
        }
        _ => Item::Stdin,
    };
    let verdicts = if entry.form == Form::BSD { entry.several } else { Vec::new() };
    let algorithms = entry.digests.set();
    let bare = !entry.form.names_algorithms() && algorithms.iter().any(Algorithm::shares_length);
    let context =
        Expected { name: entry.path, digests: entry.digests, verdicts, line: entry.line, bare };
    Ok(Task { item, algorithms, context: Box::new(context) })
}

/// What was found in one manifest.
#[derive(Default)]
struct Counts {
    formatted: u64,
    malformed: u64,
    matched: u64,
    mismatched: u64,
    unreadable: u64,
    /// Mismatches that another algorithm with digests of the same length would explain.
    ambiguous: u64,
    broken: bool,
}

/// Prints verdicts and counts.
struct CheckSink<'a> {
    output: Output,
    arguments: &'a CheckArgs,
    session: &'a Session,
    manifest: PathBuf,
    counts: Counts,
}

impl CheckSink<'_> {
    fn begin(&mut self, manifest: &Path) {
        self.counts = Counts::default();
        self.manifest = shown(manifest);
    }

    /// Whether nothing was wrong before the reader of the output went away.
    fn is_good_so_far(&self) -> bool {
        self.counts.mismatched + self.counts.unreadable == 0
    }

    /// Sums a manifest up, and says whether all was well.
    fn end(&self) -> bool {
        let (counts, verify) = (&self.counts, &self.arguments.verify);
        let manifest = printable(&self.manifest);
        if counts.broken {
            return false;
        }
        let console = &self.session.console;
        if counts.formatted == 0 {
            console.line(&format!("{manifest}: no properly formatted checksum lines found"));
            return false;
        }
        if !verify.status {
            let warn = |count: u64, one: &str, many: &str| {
                if count > 0 {
                    let what = if count == 1 { one } else { many };
                    console.line(&format!("WARNING: {count} {what}"));
                }
            };
            warn(
                counts.malformed,
                "line is improperly formatted",
                "lines are improperly formatted",
            );
            warn(
                counts.unreadable,
                "listed file could not be read",
                "listed files could not be read",
            );
            warn(
                counts.mismatched,
                "computed checksum did NOT match",
                "computed checksums did NOT match",
            );
            if verify.ignore_missing && counts.matched == 0 {
                console.line(&format!("{manifest}: no file was verified"));
            }
            if counts.ambiguous > 0 && counts.matched == 0 && self.arguments.algorithms.is_empty() {
                console.line(&format!(
                    "{manifest}: its lines do not name an algorithm; if another one has digests of this length (blake3 of b3sum), say so with -a"
                ));
            }
        }
        counts.matched > 0
            && counts.mismatched == 0
            && counts.unreadable == 0
            && !(verify.strict && counts.malformed > 0)
    }

    fn verdict(&mut self, expected: &Expected, text: &str, word: &str, reason: Option<&str>) {
        let verify = &self.arguments.verify;
        if verify.status || (verify.quiet && word == "ok") {
            return;
        }
        let out = &mut self.output.buffer;
        match self.arguments.format {
            VerdictFormat::Text => push_text(&expected.name, text, out),
            VerdictFormat::Json => {
                let mut members = vec![
                    ("verdict", Value::Text(word)),
                    ("manifest", Value::Path(&self.manifest)),
                    ("line", Value::Number(expected.line)),
                ];
                members.extend(reason.map(|reason| ("reason", Value::Text(reason))));
                push_json(&expected.name, &members, out);
            }
        }
    }

    fn compare(&mut self, expected: &Expected, found: &Digests) {
        let mut judge = |good: bool| {
            self.counts.formatted += 1;
            if good {
                self.counts.matched += 1;
                self.verdict(expected, "OK", "ok", None);
            } else {
                self.counts.mismatched += 1;
                self.counts.ambiguous += u64::from(expected.bare);
                self.verdict(expected, "FAILED", "failed", None);
            }
        };
        if expected.verdicts.is_empty() {
            judge(expected.digests.agree(found));
        }
        for &algorithm in &expected.verdicts {
            judge(expected.digests.get(algorithm) == found.get(algorithm));
        }
    }

    fn unreadable(&mut self, expected: &Expected, failure: &Failure) {
        let lines = expected.verdicts.len().max(1) as u64;
        self.counts.formatted += lines;
        let missing =
            || fs::metadata(&failure.path).is_err_and(|e| e.kind() == io::ErrorKind::NotFound);
        if self.arguments.verify.ignore_missing && missing() {
            return;
        }
        for _ in 0..lines {
            self.session.console.line(&failure.to_string());
            self.counts.unreadable += 1;
            self.verdict(expected, "FAILED open or read", "unreadable", Some(&failure.reason));
        }
    }
}

impl Sink<Outcome<Box<Expected>>> for CheckSink<'_> {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome<Box<Expected>>) -> Result<(), WriteError> {
        match outcome {
            Outcome::Digest(digest, expected) => {
                self.session.counters.files.fetch_add(1, Relaxed);
                self.compare(&expected, &digest.digests);
            }
            Outcome::Refused(Refused::Failed(failure), Some(expected)) => {
                self.unreadable(&expected, &failure);
            }
            Outcome::Refused(Refused::Skipped(path, skip), Some(expected)) => {
                let reason = format!("is a {}, which is never opened", skip.name());
                self.unreadable(&expected, &Failure { path, reason });
            }
            // A line that could not be understood.
            Outcome::Refused(Refused::Failed(failure), None) => {
                self.counts.malformed += 1;
                if self.arguments.verify.warn {
                    self.session.console.line(&failure.to_string());
                }
            }
            Outcome::Refused(Refused::Broken(failure), _) => {
                self.counts.broken = true;
                self.session.console.line(&failure.to_string());
            }
            Outcome::Refused(Refused::Skipped(..), None) | Outcome::Settled(..) => {}
        }
        self.output.write_if_large()
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        self.output.write_all()
    }
}
