//! `batchproc audit` compares a tree with its manifest. The program holds the manifest in memory,
//! reads the files of the tree in the parallel pipeline, and gives each file one verdict. With
//! `--no-read` it only looks at their sizes and times.

mod manifest;
mod sink;
mod unread;

use std::fs;

use super::resolve;
use crate::cli::AuditArgs;
use crate::error::Fatal;
use crate::hash::job::HashJob;
use crate::hash::md5::Kernel;
use crate::output::destination::Destination;
use crate::output::{Output, WriteError};
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::session::Session;
use crate::stamp::identity;
use crate::verdict::audit::{Audit, Verdict, task};
use crate::verdict::hints::Hints;
use manifest::Manifest;
use sink::AuditSink;
use unread::{Batches, LookJob};

/// Runs the command.
///
/// # Errors
/// If the audit itself fails, such as when the manifest cannot be read.
pub fn run(arguments: AuditArgs, console: &Console) -> Result<Ending, Fatal> {
    let AuditArgs { manifest, paths, walk, run, .. } = &arguments;
    let kernel = resolve::kernel(Kernel::best)?;
    let session = Session::begin(resolve::run_settings(run, kernel.lanes()), console)?;
    let inputs = resolve::walk(paths, walk, run.order)?;
    let stdout = Destination::stdout()?;
    let watch = session.watch(Some(&stdout), inputs.count(&session.control))?;
    let output = Output::file(stdout, &session.temporaries)?;
    let mut outputs = output.identities();
    outputs.extend(fs::metadata(manifest).map(|metadata| identity(&metadata)));
    let Some(manifest) = Manifest::load(&arguments, &session, console)? else {
        return Ok(session.interrupted(&watch));
    };
    manifest.check_paths(&arguments)?;
    let Manifest { held, name, malformed } = &manifest;

    let opener = session.opener(&inputs, outputs);
    let ignored = arguments.ignore.ignored();
    let names = session.names(&inputs)?;
    let sink = |audit| AuditSink {
        output,
        reporter: session.reporter(),
        arguments: &arguments,
        audit,
        hints: Hints::default(),
    };
    let (ended, mut sink) = if arguments.no_read {
        let mut sink = sink(Audit::unread(held, ignored));
        let job = LookJob { held, opener, ignored };
        let source = Batches(names);
        (session.run(&job, source, &mut sink, &watch), sink)
    } else {
        let mut sink = sink(Audit::new(held, ignored));
        let set = held.algorithms();
        let job = HashJob::new(kernel, set, opener, session.counters.bytes.clone());
        let source = names.map(|found| task(held, set, found));
        (session.run(&job, source, &mut sink, &watch), sink)
    };
    session.report_unmatched(&inputs, &ended);
    if ended.is_complete() && !session.control.is_stopped() {
        // The verdicts are written first, because the summary follows them and goes to standard
        // error, which is not buffered.
        let written = sink.rest(&inputs).and_then(|()| sink.write_all());
        if let Err(WriteError::Failed(fatal)) = written {
            return Err(fatal);
        }
        sink.sum_up(*malformed, name);
        let hint = sink.hints.hint(&arguments.renames.renames(), arguments.root.as_deref());
        hint.iter().filter(|_| !arguments.status).for_each(|hint| console.line(hint));
    }
    session.count_kinds(sink.audit.kinds().collect());
    let corrupt = sink.audit.count(Verdict::Corrupt) > 0;
    let differs = *malformed || !sink.audit.is_fine();
    Ok(match session.finish(ended, sink.output)? {
        Ending::Good | Ending::SomeFailed if corrupt => Ending::SomeCorrupt,
        Ending::Good if differs && !session.control.is_aborted() => Ending::SomeFailed,
        ending => ending,
    })
}
