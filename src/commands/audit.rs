//! `batchproc audit`: a tree against its manifest. The manifest is held in memory, the tree goes
//! through the pipeline, and each file gets one verdict.

use std::fs;
use std::path::Path;

use super::resolve;
use crate::cli::{AuditArgs, VerdictFormat};
use crate::error::{Fatal, FileError, reason};
use crate::escape::printable;
use crate::files::arguments::{Inputs, open_stream};
use crate::files::present::{Present, is_gone};
use crate::files::stdin::was_interrupted;
use crate::files::{Item, Refused};
use crate::hash::job::{HashJob, Outcome, Task};
use crate::hash::md5::Kernel;
use crate::manifest::held::{Held, Wrong};
use crate::manifest::names::{key, lies_in};
use crate::manifest::roots::Roots;
use crate::manifest::{Accept, Entries, Entry, Records, spelling};
use crate::output::place::Place;
use crate::output::{Output, WriteError};
use crate::pipeline::Sink;
use crate::run::account::Account;
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::few::Few;
use crate::run::session::Session;
use crate::stamp::identity;
use crate::verdict::audit::{Audit, Finding, Known, Verdict, WORDS, entry_index};
use crate::verdict::lines::{Value, push_json, push_text};

/// Runs the command.
///
/// # Errors
/// When the audit cannot go on.
pub fn run(arguments: AuditArgs, console: &Console) -> Result<Ending, Fatal> {
    let AuditArgs { manifest, paths, walk, root, run, .. } = &arguments;
    let kernel = resolve::kernel(Kernel::best)?;
    let session = Session::begin(resolve::running(run, kernel.lanes()), console)?;
    let inputs = resolve::walk(paths, walk, run.order)?;
    let stdout = Place::stdout()?;
    let watch = session.watch(Some(&stdout), inputs.count(&session.control))?;
    let output = Output::file(stdout, &session.temporaries)?;

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
    own.extend(fs::metadata(manifest).map(|metadata| identity(&metadata)));
    log::info!("{name}: {} files", held.entries().len());

    let set = held.algorithms();
    let opener = inputs.opener(own, &session.alarm);
    let job = HashJob::new(kernel, set, opener, session.counters.bytes.clone());
    let source = session.names(&inputs)?.map(|found| {
        let item = found.map_err(Outcome::from)?;
        let place = match &item {
            Item::File(path, _) => entry_index(&held, path),
            Item::Stdin => None,
        };
        let algorithms = place.map_or(set, |place| held.entries()[place].digests.set());
        Ok(Task { item, algorithms, context: Known(place) })
    });
    let mut sink = AuditSink {
        output,
        account: session.account(),
        arguments: &arguments,
        audit: Audit::new(&held, arguments.ignore.ignored()),
    };
    let ended = session.run(&job, source, &mut sink, &watch);
    session.tell_unmatched(&inputs, &ended);
    if ended.is_complete() && !session.control.is_stopped() {
        sink.rest(&inputs);
        // The summary comes after the verdicts.
        if let Err(WriteError::Failed(fatal)) = sink.output.write_all() {
            return Err(fatal);
        }
        sink.sum_up(malformed);
    }
    let corrupt = sink.audit.count(Verdict::Corrupt) > 0;
    let differs = malformed || !sink.audit.is_fine();
    Ok(match session.finish(ended, sink.output)? {
        Ending::Good | Ending::SomeFailed if corrupt => Ending::SomeCorrupt,
        Ending::Good if differs && !session.control.is_aborted() => Ending::SomeFailed,
        ending => ending,
    })
}

/// Prints and counts.
struct AuditSink<'a> {
    output: Output,
    account: Account,
    arguments: &'a AuditArgs,
    audit: Audit<'a>,
}

impl AuditSink<'_> {
    /// The entries whose files did not come.
    fn rest(&mut self, inputs: &Inputs) {
        let Self { output, account, arguments, audit } = self;
        let roots = Roots::new(&arguments.paths);
        let leaves_out = |entry: &Entry| {
            let device = entry.identity.map(|(device, _)| device);
            entry.size.is_some_and(|size| arguments.walk.leaves_out(size))
                || roots.leave_out(&entry.path, |root, below| {
                    inputs.rules.leave_out(root, below, device)
                })
        };
        let present = |path: &Path| Present::at(path, arguments.walk.follow);
        audit.rest(&roots, leaves_out, present, |finding| {
            tell(&finding, account);
            write(&finding, arguments, &mut output.buffer);
        });
    }

    fn sum_up(&mut self, malformed: bool) {
        if self.arguments.status {
            return;
        }
        if self.arguments.format == VerdictFormat::Json {
            self.output.buffer.extend(self.audit.summary_json().bytes());
        } else if !(self.arguments.quiet && self.audit.is_fine() && !malformed) {
            self.account.console.line(&self.audit.summary());
        }
    }
}

/// Says on standard error what the verdict alone does not, and counts what could not be read.
fn tell(finding: &Finding<'_>, account: &Account) {
    let Some(reason) = finding.reason.clone() else { return };
    let wrong = FileError::new(finding.path.to_path_buf(), reason);
    if finding.verdict == Verdict::Unreadable {
        account.failed(&wrong);
    } else {
        account.tell(&wrong);
    }
}

/// Appends the line of a verdict, if it is wanted.
fn write(finding: &Finding<'_>, arguments: &AuditArgs, out: &mut Vec<u8>) {
    let Finding { path, verdict, from, reason } = finding;
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
        let Self { output, account, arguments, audit } = self;
        let is_file = |path: &Path| matches!(Present::at(path, false), Present::File);
        let finding = match &outcome {
            Outcome::Digest(digest, Known(place)) => {
                account.done();
                match place {
                    Some(place) => audit.compare(digest, *place),
                    None => Some(audit.look_for(digest, is_file)),
                }
            }
            Outcome::Refused(Refused::Failed(failure) | Refused::Broken(failure), known) => {
                let place = known.as_ref().and_then(|Known(place)| *place);
                audit.failed(failure, place, is_gone(&failure.path))
            }
            Outcome::Refused(Refused::Skipped(path, skip), _) => {
                account.skipped(path, *skip);
                None
            }
            Outcome::Settled(..) | Outcome::Carried(..) => None,
        };
        if let Some(finding) = finding {
            tell(&finding, account);
            write(&finding, arguments, &mut output.buffer);
        }
        output.write_if_large()
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        self.output.write_all()
    }
}
