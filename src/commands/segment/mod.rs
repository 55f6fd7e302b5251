//! `batchproc segment` cuts Chinese texts into words. This module connects the parts of a run:
//! options, dictionaries, files, pipeline and output.

mod directory;
mod fields;
mod files;
mod lines;
mod plan;
mod shard;
pub(super) mod totals;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::part::Part;
use super::protect::{OUTPUT, refuse_to_replace};
use super::resolve;
use crate::cli::segment::SegmentArgs;
use crate::error::Fatal;
use crate::files::arguments::{Inputs, is_file};
use crate::files::open::Opener;
use crate::files::pieces::Piece;
use crate::files::{Item, Origin, Refused};
use crate::output::{Output, WriteError};
use crate::pipeline::Sink;
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::session::{Ended, Execution, Session};
use crate::segment::job::{Outcome, Product, SegmentJob};
use crate::segment::slots::Slots;
use crate::stamp::Identity;
use batchproc_os::maps;
use directory::DirectorySink;
use files::Files;
use lines::LinesSink;
use plan::Plan;
use shard::{Cuts, Sharing, Typed};
use totals::KeywordSink;

/// A single file up to this size is segmented without starting threads.
const SMALL: u64 = 256 << 10;

/// At least this many compressed files may be open at once, and as many as there are threads.
const LEAST_COMPRESSED: usize = 4;

/// Runs the command.
///
/// # Errors
/// If the run itself fails, such as when a dictionary is invalid or the output cannot be written.
pub fn run(mut arguments: SegmentArgs, console: &Console) -> Result<Ending, Fatal> {
    let mut run_settings = resolve::run_settings(&arguments.run, 1);
    let most = run_settings.settings.hold_blocks();
    let threads = run_settings.settings.threads;
    // The session starts the log. It begins before the dictionaries are loaded, so that the log
    // mentions them.
    let session = Session::begin(run_settings, console)?;
    let typed = Typed::new(&mut arguments)?;
    let plan = Plan::resolve(arguments)?;
    plan.loaded.notes.iter().chain(&plan.filter.notes).for_each(|note| console.line(note));
    let inputs = &plan.inputs;
    let directory = directory::begin(&plan, &session)?;
    // If the output is a FIFO, opening it waits until another process opens it for reading. Signals
    // are not yet handled here, so a signal still ends this wait and the process.
    let destination = resolve::destination(plan.output.as_deref())?;
    refuse_to_replace(&destination, OUTPUT, plan.lists())?;
    let sharing = typed.map(|typed| typed.divide(&plan, &session)).transpose()?;
    let single = inputs.single_file(SMALL);
    let single = single.filter(|_| directory.is_none() && sharing.is_none());
    let one_place = Some(&destination).filter(|_| directory.is_none());
    let count = || match &sharing {
        Some(sharing) => sharing.count(),
        None => inputs.count(&session.control),
    };
    let execution = session.execution(single, one_place, count)?;
    let mut output = Output::file(destination, &session.temporaries)?;
    output.compress_as_named()?;
    if sharing.is_some() {
        Part::begin(plan.output.as_deref(), &mut output)?;
    }
    // One of the input files may also be the output, because the output replaces the old file only
    // at the end of the run.
    let replaced = output.replaced();
    let is_input = AtomicBool::new(match replaced {
        Some(old) => inputs.include(old, output.named().unwrap_or_default())?,
        None => false,
    });
    let others = output.identities().into_iter().filter(|&identity| Some(identity) != replaced);
    let mut loaded = plan.loaded;
    if !matches!(execution, Execution::SingleFile(..)) {
        loaded.prepare();
    }
    let job = SegmentJob {
        loaded,
        options: plan.options,
        fields: plan.fields,
        filter: plan.filter,
        product: plan.product,
        opener: Opener {
            skipped_if_walked: replaced,
            appended_output: output.appended(),
            ..session.opener(inputs, others.collect())
        },
        slots: Slots::new(threads.max(LEAST_COMPRESSED)),
        source: plan.source,
        on_invalid: plan.on_invalid,
        any: plan.any,
        rule: plan.rule,
        most,
        bytes: session.counters.bytes.clone(),
        workspaces: Mutex::default(),
    };
    let files = Files::new(plan.on_invalid, plan.source, &session);
    let rule = directory.as_ref().map(|directory| directory::Rule::new(directory, inputs));
    let rule = rule.as_ref();
    let is_part = sharing.is_some();
    let run = Run { session: &session, inputs, rule, execution, replaced, is_input, sharing };
    if let (Some(directory), Some(rule)) = (directory, rule) {
        let mut sink = DirectorySink::new(directory, files, plan.form, &session)?;
        let ended = run.pipeline(&job, &mut sink)?;
        sink.finish()?;
        let ending = run.finish(ended, output, Cuts::default(), None)?;
        return Ok(rule.judge(ending, &session));
    }
    let json = plan.form.is_json();
    if let Product::Keywords(_) = &job.product {
        let mut sink = KeywordSink::new(output, files, json);
        let ended = run.pipeline(&job, &mut sink)?;
        return run.finish(ended, sink.output, Cuts::default(), plan.output.as_deref());
    }
    let mut sink = LinesSink::new(output, files, plan.form);
    let ended = run.pipeline(&job, &mut sink)?;
    let (mut output, cuts) = (sink.output, sink.cuts);
    if let Product::Counts(tally) = job.product
        && !session.control.is_stopped()
    {
        totals::write_counts(tally, json, is_part, &mut output)?;
    }
    run.finish(ended, output, cuts, plan.output.as_deref())
}

/// Everything that a run of the pipeline needs.
struct Run<'a> {
    session: &'a Session,
    inputs: &'a Inputs,
    rule: Option<&'a directory::Rule>,
    execution: Execution,
    /// The old file that the output replaces at the end.
    replaced: Option<Identity>,
    /// Whether the old file is also an input.
    is_input: AtomicBool,
    /// The part of the work that is done, if not all of it is.
    sharing: Option<Sharing>,
}

impl Run<'_> {
    fn pipeline<S: Sink<Outcome, Error = WriteError>>(
        &self,
        job: &SegmentJob,
        sink: &mut S,
    ) -> Result<Ended, Fatal> {
        let watch = match &self.execution {
            Execution::Pipeline(watch) => watch,
            Execution::SingleFile(item, watch) => {
                let (item, watch) = (item.clone().into(), watch.as_ref());
                let ended = self.session.run_one(job, item, sink, job.most, watch);
                return maps::check().map_err(Fatal).map(|()| ended);
            }
        };
        let names = self.session.names(self.inputs)?;
        let pieces: Box<dyn Iterator<Item = Result<Piece, Refused>> + Send> = match &self.sharing {
            Some(sharing) => Box::new(sharing.pieces(names)),
            None => Box::new(names.map(|found| found.map(Piece::from))),
        };
        let source = pieces.map(|found| {
            let checked = found.and_then(|Piece { item, portion }| {
                if let (Item::File(path, Origin::Listed), Some(replaced)) = (&item, self.replaced)
                    && is_file(path, replaced).unwrap_or(true)
                {
                    self.is_input.store(true, Relaxed);
                }
                let item = match self.rule {
                    Some(rule) => rule.check(item)?,
                    None => item,
                };
                Ok(Piece { item, portion })
            });
            checked.map_err(Outcome::from)
        });
        let ended = self.session.run(job, source, sink, watch);
        self.session.report_unmatched(self.inputs, &ended);
        maps::check().map_err(Fatal).map(|()| ended)
    }

    /// Ends the run. If a file failed and the output would replace one of the inputs, it is not
    /// replaced: the text of the failed file could be lost, and a second run would segment text
    /// that is already segmented.
    fn finish(
        self,
        ended: Ended,
        mut output: Output,
        cuts: Cuts,
        path: Option<&Path>,
    ) -> Result<Ending, Fatal> {
        let is_part = self.sharing.is_some();
        if let Some(sharing) = self.sharing
            && ended.is_complete()
            && !self.session.control.is_stopped()
        {
            sharing.end(path, cuts, &mut output, self.session)?;
        }
        let failed = self.session.counters.failed.load(Relaxed) > 0;
        if let Some(name) = output.named().filter(|_| failed && self.is_input.load(Relaxed))
            && ended.is_complete()
        {
            self.session.console.line(&format!(
                "{name} is unchanged: it is also an input, and some files could not be segmented"
            ));
            return Ok(Ending::SomeFailed);
        }
        match is_part {
            true => self.session.finish_part(ended, output),
            false => self.session.finish(ended, output),
        }
    }
}
