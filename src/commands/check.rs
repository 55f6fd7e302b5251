//! `batchproc check` compares files with the digests in manifests, in the order of each manifest.
//! It prints the same lines and warnings as `md5sum --check` of coreutils 9.1, and returns the same
//! exit codes.

use std::io;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use super::manifests::lists_nothing;
use super::{resolve, seal};
use crate::cli::{CheckArgs, VerdictFormat, VerifyArgs};
use crate::error::{Fatal, FileError, reason};
use crate::escape::printable;
use crate::files::Refused;
use crate::files::arguments::open_stream;
use crate::files::beneath::Beneath;
use crate::files::long;
use crate::files::open::Opener;
use crate::files::present::is_absence;
use crate::files::stdin::InterruptibleStream;
use crate::hash::algorithms::{Algorithm, Set};
use crate::hash::job::{HashJob, Outcome};
use crate::hash::md5::Kernel;
use crate::manifest::seal::BadSeal;
use crate::manifest::{Entries, Problem, ReadOptions, Records, Renames};
use crate::output::destination::Destination;
use crate::output::{Output, WriteError};
use crate::pipeline::Sink;
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::reporter::Reporter;
use crate::run::session::Session;
use crate::verdict::check::{Counts, Expected, Verdict, once, shown, task};
use crate::verdict::hints::{Hints, typed};
use crate::verdict::lines::{Value, push_json, push_text};

/// Runs the command.
///
/// # Errors
/// If the run itself fails, such as when standard output cannot be written.
pub fn run(arguments: &CheckArgs, console: &Console) -> Result<Ending, Fatal> {
    let changed = arguments.changed.without_mark()?;
    let kernel = resolve::kernel(Kernel::best)?;
    let session = Session::begin(resolve::run_settings(&arguments.run, kernel.lanes()), console)?;
    let stdout = Destination::stdout()?;
    let watch = session.watch(Some(&stdout), None)?;
    let output = Output::file(stdout, &session.temporaries)?;
    let beneath = beneath(&arguments.verify)?;
    let accept = resolve::accept(&arguments.algorithms);
    let renames = arguments.verify.renames.renames();
    // For messages: if only one algorithm is accepted, its name and a space, otherwise nothing.
    let kind = match arguments.algorithms[..] {
        [algorithm] => format!("{} ", algorithm.tag()),
        _ => String::new(),
    };
    let mut sink = CheckSink {
        output,
        arguments,
        reporter: session.reporter(),
        manifest: PathBuf::new(),
        counts: Counts::default(),
        totals: [0; 4],
        renames: renames.clone(),
        hints: Hints::default(),
    };
    let manifests = match &arguments.manifests[..] {
        [] => &[PathBuf::from("-")],
        manifests => manifests,
    };
    let (mut good, mut stdin) = (true, false);
    let mut ended = None;
    for manifest in manifests {
        let zero = arguments.zero.then_some(true);
        let read = ReadOptions { accept, zero, ..ReadOptions::of(manifest) };
        let require_seal = arguments.verify.require_seal;
        let judged = seal::judge(manifest, read.clone(), || {
            InterruptibleStream::open(manifest, &session.interrupt)
        });
        // What cannot be read here cannot be read below either, where it is reported.
        let judged = judged.unwrap_or(Some(Ok(())));
        if let Some(Err(bad)) = judged
            && (bad != BadSeal::Missing || require_seal)
        {
            sink.begin(manifest);
            sink.bad_seal(bad);
            good = false;
            if bad == BadSeal::Missing {
                continue;
            }
        }
        let reader = match open_stream("manifest", manifest, &session.interrupt) {
            Ok(reader) => reader,
            Err(fatal) => {
                let more = match manifest.is_dir() {
                    true => format!("; use batchproc audit MANIFEST {}", typed(manifest)),
                    false => String::new(),
                };
                console.line(&format!("{fatal}{more}"));
                good = false;
                continue;
            }
        };
        let mut records = Records::new(reader, read);
        if judged.is_none() {
            records = records.watch_seal(require_seal);
        }
        let mut entries = Entries::new(records).renamed(renames.clone()).peekable();
        // The job is made for the algorithms of the first entry, because most entries have the same
        // ones. Entries with other algorithms work too, perhaps more slowly.
        let set = match entries.peek() {
            Some(Ok(entry)) => entry.digests.set(),
            _ => Set::from_iter([Algorithm::MD5]),
        };
        let opener = Opener { beneath: beneath.clone(), ..session.plain_opener() };
        let job =
            HashJob::new(kernel, set, opener, session.counters.bytes.clone()).with_changed(changed);
        sink.begin(manifest);
        let root = arguments.verify.root.as_deref();
        let (late, unread) = (OnceLock::new(), AtomicU64::new(0));
        let tasks = entries.filter_map(|read| match read {
            Err(Problem::Seal(bad)) => {
                let _ = late.set(bad);
                None
            }
            Err(Problem::Unread { .. }) => {
                unread.fetch_add(1, Relaxed);
                None
            }
            read => Some(task(read, manifest, root, beneath.is_some(), &kind)),
        });
        let source = tasks.map(|task| once(task?, &mut stdin));
        let run = session.run(&job, source, &mut sink, &watch);
        sink.counts.unread = unread.into_inner();
        let over = !run.is_complete() || session.control.is_stopped();
        ended = Some(run);
        if over {
            good &= sink.counts.is_good_so_far();
            break;
        }
        if let Some(bad) = late.get()
            && matches!(judged, None | Some(Ok(()) | Err(BadSeal::Missing)))
        {
            sink.bad_seal(*bad);
            good = false;
        }
        good &= sink.end();
    }
    sink.add_counts();
    let kinds = Counts::KINDS.into_iter().zip(sink.totals);
    session.count_kinds(kinds.collect());
    let ending = match ended {
        Some(ended) => session.finish(ended, sink.output)?,
        None => Ending::Good,
    };
    Ok(match ending {
        // As in md5sum, files that could not be read do not always mean that the check failed;
        // `good` says whether it did.
        Ending::Good | Ending::SomeFailed if good => Ending::Good,
        Ending::Good => Ending::SomeFailed,
        ending => ending,
    })
}

/// Opens the directory of `--beneath`.
///
/// # Errors
/// If it cannot be opened.
fn beneath(verify: &VerifyArgs) -> Result<Option<Arc<Beneath>>, Fatal> {
    let Some(directory) = &verify.beneath else { return Ok(None) };
    match Beneath::new(directory) {
        Ok(beneath) => Ok(Some(Arc::new(beneath))),
        Err(error) => {
            let directory = printable(directory);
            Err(Fatal(format!("cannot open the directory {directory}: {}", reason(&error))))
        }
    }
}

/// The sink of the pipeline: prints and counts the verdicts.
struct CheckSink<'a> {
    output: Output,
    arguments: &'a CheckArgs,
    reporter: Reporter,
    manifest: PathBuf,
    counts: Counts,
    /// The counts of the manifests before this one, by [`Counts::KINDS`].
    totals: [u64; 4],
    renames: Renames,
    hints: Hints,
}

impl CheckSink<'_> {
    fn begin(&mut self, manifest: &Path) {
        self.add_counts();
        self.hints = Hints::default();
        self.manifest = shown(manifest);
    }

    /// Adds the counts of the manifest to those of all manifests.
    fn add_counts(&mut self) {
        let counts = mem::take(&mut self.counts).by_kind();
        self.totals.iter_mut().zip(counts).for_each(|(total, count)| *total += count);
    }

    /// Prints the warnings that follow the verdicts of a manifest. Returns whether the check of
    /// this manifest succeeded.
    fn end(&self) -> bool {
        let (counts, verify) = (&self.counts, &self.arguments.verify);
        let manifest = printable(&self.manifest);
        let console = &self.reporter.console;
        if counts.is_no_manifest() {
            console.line(&lists_nothing(&manifest, resolve::accept(&self.arguments.algorithms)));
        } else if !verify.status && !counts.broken {
            let warnings = counts.warnings(&manifest, verify.ignore_missing);
            let root = verify.root.as_deref();
            let hint = self.hints.hint(&self.renames, root);
            warnings.iter().chain(&hint).for_each(|line| console.line(line));
        }
        counts.is_good(verify.strict)
    }

    /// Reports why the seal does not show that the manifest is whole.
    fn bad_seal(&self, bad: BadSeal) {
        self.reporter.console.line(&format!("{}: {bad}", printable(&self.manifest)));
    }

    fn unreadable(&mut self, expected: &Expected, failure: &FileError) {
        let Self { output, arguments, reporter, manifest, counts, hints, .. } = self;
        let beneath = arguments.verify.beneath.is_some();
        // With --beneath, nothing is looked up elsewhere, not even for a hint.
        if !beneath && failure.io_error().is_some_and(is_absence) {
            hints.missing(expected.written());
        }
        let is_gone = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
        let gone = |path: &Path| match beneath {
            true => failure.io_error().is_some_and(is_gone),
            false => long::metadata(path).is_err_and(|error| is_gone(&error)),
        };
        // Without a name, the failure is about the line.
        let missing = || expected.name.as_os_str().is_empty() || gone(&failure.path);
        let may_be_missing = arguments.verify.ignore_missing && missing();
        counts.unreadable(expected, failure, may_be_missing, |verdict| {
            reporter.report(failure);
            write(arguments, manifest, expected, &verdict, &mut output.buffer);
        });
    }
}

/// Appends the output line of a verdict, unless an option suppresses it.
fn write(
    arguments: &CheckArgs,
    manifest: &Path,
    expected: &Expected,
    verdict: &Verdict<'_>,
    out: &mut Vec<u8>,
) {
    let verify = &arguments.verify;
    if verify.status || verify.quiet && matches!(verdict, Verdict::Ok) {
        return;
    }
    match arguments.format {
        VerdictFormat::Text => push_text(&expected.name, verdict.text(), out),
        VerdictFormat::Json => {
            let mut members = vec![
                ("verdict", Value::Text(verdict.word())),
                ("manifest", Value::Path(manifest)),
                ("line", Value::Number(expected.line)),
            ];
            if let Verdict::Unreadable(failure) = verdict {
                members.push(("reason", Value::Text(&failure.reason)));
            }
            push_json(&expected.name, &members, out);
        }
    }
}

impl Sink<Outcome<Box<Expected>>> for CheckSink<'_> {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome<Box<Expected>>) -> Result<(), WriteError> {
        match outcome {
            Outcome::Digest(digest, expected) => {
                self.reporter.done();
                let Self { output, arguments, manifest, counts, .. } = self;
                counts.compare(&expected, &digest, |verdict| {
                    write(arguments, manifest, &expected, &verdict, &mut output.buffer);
                });
            }
            Outcome::Refused(Refused::Failed(failure), Some(expected)) => {
                self.unreadable(&expected, &failure);
            }
            Outcome::Refused(Refused::Skipped(path, skip), Some(expected)) => {
                self.unreadable(&expected, &skip.error(path));
            }
            // Without `expected` this is an invalid line of the manifest.
            Outcome::Refused(Refused::Failed(failure), None) => {
                self.counts.malformed += 1;
                if self.arguments.verify.warn {
                    self.reporter.report(&failure);
                }
            }
            Outcome::Refused(Refused::Broken(failure), _) => {
                self.counts.broken = true;
                self.reporter.report(&failure);
            }
            Outcome::Refused(Refused::Skipped(..), None)
            | Outcome::Settled(..)
            | Outcome::Carried(..) => {}
        }
        self.output.write_if_large()
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        self.output.write_all()
    }
}
