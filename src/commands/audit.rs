//! `batchproc audit` compares a tree with its manifest. The program holds the manifest in memory,
//! reads the files of the tree in the parallel pipeline, and gives each file one verdict.

use std::fs;
use std::path::Path;

use super::manifests::{Loaded, Reading, load};
use super::resolve;
use crate::cli::{AuditArgs, VerdictFormat};
use crate::error::{Fatal, FileError, reason};
use crate::escape::printable;
use crate::files::Refused;
use crate::files::arguments::Inputs;
use crate::files::present::is_gone;
use crate::hash::job::{HashJob, Outcome};
use crate::hash::md5::Kernel;
use crate::manifest::held::Held;
use crate::manifest::names::{key, lies_in};
use crate::manifest::{Renames, spelling};
use crate::output::destination::Destination;
use crate::output::{Output, WriteError};
use crate::pipeline::Sink;
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::reporter::Reporter;
use crate::run::session::Session;
use crate::stamp::identity;
use crate::verdict::audit::{Audit, Finding, Known, Verdict, WORDS, task};
use crate::verdict::hints::Hints;
use crate::verdict::lines::{Value, push_json, push_text};

/// Runs the command.
///
/// # Errors
/// If the audit itself fails, such as when the manifest cannot be read.
pub fn run(arguments: AuditArgs, console: &Console) -> Result<Ending, Fatal> {
    let AuditArgs { manifest, paths, walk, root, run, .. } = &arguments;
    let kernel = resolve::kernel(Kernel::best)?;
    let session = Session::begin(resolve::run_settings(run, kernel.lanes()), console)?;
    let inputs = resolve::walk(paths, walk, run.order)?;
    let stdout = Destination::stdout()?;
    let watch = session.watch(Some(&stdout), inputs.count(&session.control))?;
    let output = Output::file(stdout, &session.temporaries)?;

    let name = printable(manifest);
    let renames = arguments.renames.renames();
    let reading = Reading {
        accept: resolve::accept(&arguments.algorithms),
        root: root.as_deref(),
        renames: renames.clone(),
        require_seal: arguments.require_seal,
    };
    let Some(Loaded { held, is_flawed: malformed }) = load(manifest, reading, &session)? else {
        return Ok(session.interrupted(&watch));
    };
    if held.entries().is_empty() {
        return Err(Fatal(format!("{name}: no properly formatted checksum lines found")));
    }
    let roots: Vec<_> = paths.iter().map(|path| key(path)).collect();
    let known = |root: &[u8]| held.entries().iter().any(|entry| lies_in(&key(&entry.path), root));
    for (path, root) in paths.iter().zip(&roots) {
        // A PATH that does not exist is an error, unless the manifest lists files below it; then
        // these files get the verdict `missing`.
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
            None => hint_on_names(&held, &renames, root.as_deref())
                .unwrap_or_else(|| "give the same PATHs as when it was made, or --root".into()),
        };
        return Err(Fatal(format!(
            "{name}: none of the files that it lists lies below the PATHs; its first name is {}; {hint}",
            printable(&held.entries()[0].path)
        )));
    }
    let mut outputs = output.identities();
    outputs.extend(fs::metadata(manifest).map(|metadata| identity(&metadata)));
    log::info!("{name}: {} files", held.entries().len());

    let set = held.algorithms();
    let opener = inputs.opener(outputs, &session.interrupt);
    let job = HashJob::new(kernel, set, opener, session.counters.bytes.clone());
    let source = session.names(&inputs)?.map(|found| task(&held, set, found));
    let mut sink = AuditSink {
        output,
        reporter: session.reporter(),
        arguments: &arguments,
        audit: Audit::new(&held, arguments.ignore.ignored()),
        hints: Hints::default(),
    };
    let ended = session.run(&job, source, &mut sink, &watch);
    session.report_unmatched(&inputs, &ended);
    if ended.is_complete() && !session.control.is_stopped() {
        sink.rest(&inputs);
        // The verdicts are written first, because the summary follows them and goes to standard
        // error, which is not buffered.
        if let Err(WriteError::Failed(fatal)) = sink.output.write_all() {
            return Err(fatal);
        }
        sink.sum_up(malformed, &name);
        let hint = sink.hints.hint(&renames, root.as_deref());
        hint.iter().filter(|_| !arguments.status).for_each(|hint| console.line(hint));
    }
    let corrupt = sink.audit.count(Verdict::Corrupt) > 0;
    let differs = malformed || !sink.audit.is_fine();
    Ok(match session.finish(ended, sink.output)? {
        Ending::Good | Ending::SomeFailed if corrupt => Ending::SomeCorrupt,
        Ending::Good if differs && !session.control.is_aborted() => Ending::SomeFailed,
        ending => ending,
    })
}

/// The hint for the first files of a manifest of which no name lies below the PATHs.
fn hint_on_names(held: &Held, renames: &Renames, root: Option<&Path>) -> Option<String> {
    let mut hints = Hints::default();
    let first = held.entries().iter().take(Hints::MOST_NAMES);
    for entry in first.filter(|entry| is_gone(&entry.path)) {
        hints.missing(entry.written());
    }
    hints.hint(renames, root)
}

/// The sink of the pipeline: prints and counts the verdicts.
struct AuditSink<'a> {
    output: Output,
    reporter: Reporter,
    arguments: &'a AuditArgs,
    audit: Audit<'a>,
    hints: Hints,
}

impl AuditSink<'_> {
    /// Gives a verdict for each entry whose file the walk did not find.
    fn rest(&mut self, inputs: &Inputs) {
        let Self { output, reporter, arguments, audit, hints } = self;
        audit.rest(&inputs.paths, &inputs.rules, inputs.sizes, |finding| {
            report(&finding, reporter);
            write(&finding, arguments, &mut output.buffer);
            if let Some(entry) = finding.gone {
                hints.missing(entry.written());
            }
        });
    }

    /// Prints the summary, and hints about the manifest with this name.
    fn sum_up(&mut self, malformed: bool, manifest: &str) {
        if self.arguments.status {
            return;
        }
        if self.arguments.format == VerdictFormat::Json {
            self.output.buffer.extend(self.audit.summary_json().bytes());
        } else if !(self.arguments.quiet && self.audit.is_fine() && !malformed) {
            self.reporter.console.line(&self.audit.summary());
        }
        self.audit.hints(manifest).for_each(|hint| self.reporter.console.line(&hint));
    }
}

/// Reports the reason of a verdict on standard error, and counts files that could not be read.
fn report(finding: &Finding<'_>, reporter: &Reporter) {
    let Some(reason) = finding.reason.clone() else { return };
    let wrong = FileError::new(finding.path.to_path_buf(), reason);
    if finding.verdict == Verdict::Unreadable {
        reporter.failed(&wrong);
    } else {
        reporter.report(&wrong);
    }
}

/// Appends the output line of a verdict, unless an option suppresses it.
fn write(finding: &Finding<'_>, arguments: &AuditArgs, out: &mut Vec<u8>) {
    let Finding { path, verdict, from, reason, .. } = finding;
    if arguments.status || (arguments.quiet && *verdict == Verdict::Ok) {
        return;
    }
    let word = WORDS[*verdict as usize];
    match arguments.format {
        VerdictFormat::Json => {
            let mut members = vec![("verdict", Value::Text(word))];
            members.extend(from.map(|from| ("from", Value::Path(from))));
            members.extend(reason.iter().map(|reason| ("reason", Value::Text(reason))));
            push_json(path, &members, out);
        }
        VerdictFormat::Text => match from {
            Some(from) => push_text(path, &format!("{word} from {}", printable(from)), out),
            None => push_text(path, word, out),
        },
    }
}

impl Sink<Outcome<Known>> for AuditSink<'_> {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome<Known>) -> Result<(), WriteError> {
        let Self { output, reporter, arguments, audit, hints } = self;
        match &outcome {
            Outcome::Digest(..) => reporter.done(),
            Outcome::Refused(Refused::Skipped(path, skip), _) => reporter.skipped(path, *skip),
            Outcome::Refused(..) | Outcome::Settled(..) | Outcome::Carried(..) => {}
        }
        if let Some(finding) = audit.judge(&outcome) {
            report(&finding, reporter);
            write(&finding, arguments, &mut output.buffer);
            if let Some(entry) = finding.gone {
                hints.missing(entry.written());
            }
        }
        output.write_if_large()
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        self.output.write_all()
    }
}
