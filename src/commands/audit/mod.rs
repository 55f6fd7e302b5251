//! `batchproc audit` compares a tree with its manifest. The program holds the manifest in memory,
//! reads the files of the tree in the parallel pipeline, and gives each file one verdict. With
//! `--no-read` it only looks at their sizes and times.

mod guard;
mod html;
mod manifest;
mod sink;
mod unread;

use std::fs;
use std::time::SystemTime;

use jiff::Timestamp;

use super::part::Part;
use super::resolve;
use crate::cli::{AuditArgs, AuditFormat};
use crate::error::Fatal;
use crate::hash::job::HashJob;
use crate::hash::md5::Kernel;
use crate::output::{Output, WriteError};
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::session::Session;
use crate::stamp::identity;
use crate::verdict::audit::{Audit, Verdict, task};
use crate::verdict::hints::Hints;
use html::Html;
use manifest::Manifest;
use sink::AuditSink;
use unread::{Batches, LookJob};

/// Runs the command.
///
/// # Errors
/// If the audit itself fails, such as when the manifest cannot be read.
pub fn run(arguments: AuditArgs, console: &Console) -> Result<Ending, Fatal> {
    let AuditArgs { manifest, paths, walk, run, .. } = &arguments;
    let changed = arguments.changed.without_mark()?;
    let began = SystemTime::now();
    let kernel = resolve::kernel(Kernel::best)?;
    let session = Session::begin(resolve::run_settings(run, kernel.lanes()), console)?;
    let mut inputs = resolve::walk(paths, walk, run, run.order)?;
    inputs.rules.links = arguments.links;
    inputs.rules.shard = arguments.shard;
    if arguments.shard.is_some() {
        inputs.rules.links |= Part::of(manifest)?.is_some_and(|part| part.work.links);
    }
    let destination = resolve::destination(arguments.output.as_deref())?;
    guard::check(&destination, manifest, &inputs, arguments.overwrite)?;
    let watch = session.watch(Some(&destination), inputs.count(&session.control))?;
    let output = Output::file(destination, &session.temporaries)?;
    let mut outputs = output.identities();
    outputs.extend(fs::metadata(manifest).map(|metadata| identity(&metadata)));
    let modified = fs::metadata(manifest).and_then(|metadata| metadata.modified()).ok();
    let Some(manifest) = Manifest::load(&arguments, &session)? else {
        return Ok(session.interrupted(&watch));
    };
    if manifest.held.has_links() {
        resolve::links_and_follow(&arguments.manifest, walk.follow)?;
        inputs.rules.links = true;
    }
    manifest.check_paths(&arguments, inputs.rules.links)?;
    resolve::note_links(&inputs, console);
    let Manifest { held, name, malformed } = &manifest;

    let opener = session.opener(&inputs, outputs);
    let ignored = arguments.ignore.ignored();
    let names = session.names(&inputs)?;
    let is_html = arguments.format == AuditFormat::Html && !arguments.status;
    let sink = |audit| AuditSink {
        output,
        reporter: session.reporter(),
        arguments: &arguments,
        held,
        audit,
        hints: Hints::default(),
        html: is_html.then(Html::new),
    };
    let (ended, mut sink) = if arguments.no_read {
        let mut sink = sink(Audit::unread(held, ignored));
        let job = LookJob { held, opener, ignored };
        let source = Batches(names);
        (session.run(&job, source, &mut sink, &watch), sink)
    } else {
        let mut sink = sink(Audit::new(held, ignored));
        let set = held.algorithms();
        let job =
            HashJob::new(kernel, set, opener, session.counters.bytes.clone()).with_changed(changed);
        let source = names.map(|found| task(held, set, found));
        (session.run(&job, source, &mut sink, &watch), sink)
    };
    session.report_unmatched(&inputs, &ended);
    if ended.is_complete() && !session.control.is_stopped() {
        // The verdicts are written first, because the summary follows them and goes to standard
        // error, which is not buffered.
        let mut written = sink.rest(&inputs);
        if let (Ok(()), Some(html)) = (&written, sink.html.take()) {
            let facts = html::Facts {
                manifest: (&arguments.manifest, modified.and_then(shown), held.len()),
                paths,
                began: shown(began).unwrap_or_default(),
                seconds: began.elapsed().unwrap_or_default().as_secs_f64(),
                malformed: *malformed,
            };
            written = html.write(&facts, &sink.audit, &mut sink.output);
        }
        let written = written.and_then(|()| sink.write_all());
        if let Err(WriteError::Failed(fatal)) = written {
            return Err(fatal);
        }
        sink.sum_up(*malformed, name);
        let hint = sink.hints.hint(&arguments.renames.renames(), arguments.root.as_deref());
        hint.iter().filter(|_| !arguments.status).for_each(|hint| console.line(hint));
    }
    session.count_kinds(sink.audit.kinds().collect());
    let corrupt = sink.audit.count(Verdict::Corrupt) > 0;
    let is_empty_shard = arguments.shard.is_some() && sink.audit.is_empty();
    let differs = *malformed || !(sink.audit.is_fine() || is_empty_shard);
    let ending = match session.finish_report(ended, sink.output)? {
        Ending::Good | Ending::SomeFailed if corrupt => Ending::SomeCorrupt,
        Ending::Good if differs && !session.control.is_aborted() => Ending::SomeFailed,
        ending => ending,
    };
    Ok(ending)
}

/// A time for a reader, in UTC.
fn shown(time: SystemTime) -> Option<String> {
    let time = Timestamp::try_from(time).ok()?;
    Some(time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}
