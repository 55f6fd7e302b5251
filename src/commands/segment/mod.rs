//! `batchproc segment` cuts Chinese texts into words. This module connects the parts of a run:
//! options, dictionaries, files, pipeline and output.

mod directory;
mod fields;
mod files;
mod idf;
mod keep;
mod lines;
mod marker;
mod plan;
mod product;
mod records;
mod resume;
mod shard;
mod sides;
mod state;
mod totals;
mod word_lines;
mod words;

use std::path::PathBuf;
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
use crate::run::finish::Ended;
use crate::run::session::{Execution, Session};
use crate::segment::job::{Outcome, Product, SegmentJob};
use crate::segment::slots::Slots;
use crate::stamp::Identity;
use batchproc_os::maps;
use directory::DirectorySink;
use files::Files;
use lines::LinesSink;
use marker::Marker;
use plan::Plan;
use resume::{Resumed, Resuming};
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
    resolve::add_engine(&mut run_settings, arguments.engine, arguments.records);
    let most = run_settings.settings.hold_blocks();
    let threads = run_settings.settings.threads;
    // The session starts the log. It begins before the dictionaries are loaded, so that the log
    // mentions them.
    let session = Session::begin(run_settings, console)?;
    let to_idf = arguments.gather.to_idf;
    let typed = Typed::new(&mut arguments)?;
    let mut resuming = Resuming::new(&arguments, most)?;
    let plan = Plan::resolve(arguments)?;
    plan.loaded.notes.iter().chain(&plan.filter.notes).for_each(|note| session.remark(note));
    let inputs = &plan.inputs;
    let directory = directory::begin(&plan, &mut resuming, &session)?;
    // If the output is a FIFO, opening it waits until another process opens it for reading. Signals
    // are not yet handled here, so a signal still ends this wait and the process.
    let destination = resolve::destination(plan.output.as_deref())?;
    refuse_to_replace(&destination, OUTPUT, plan.lists())?;
    let sharing = typed.map(|typed| typed.divide(&plan, &session)).transpose()?;
    let is_whole = directory.is_none() && !resuming.resume && sharing.is_none();
    let single = inputs.single_file(SMALL).filter(|_| is_whole);
    let one_place = Some(&destination).filter(|_| directory.is_none());
    let count = || match &sharing {
        Some(sharing) => sharing.count(),
        None => inputs.count(&session.control),
    };
    let execution = session.execution(single, one_place, count)?;
    let is_single = matches!(execution, Execution::SingleFile(..));
    // A part cannot be resumed.
    let (mut output, marker, resumed) = match is_single || sharing.is_some() {
        true => (Output::file(destination, &session.temporaries)?, Marker::none(), None),
        false => resuming.begin(destination, &session)?,
    };
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
    if !is_single {
        loaded.prepare();
    }
    let drops = plan.filter.may_drop_invalid();
    let job = SegmentJob {
        loaded,
        options: plan.options,
        fields: plan.fields,
        skip: plan.skip,
        pretokenized: plan.pretokenized,
        origin: plan.origin,
        forms: plan.forms,
        print_copy: plan.print_copy,
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
        records: plan.records,
        rule: plan.rule,
        most,
        bytes: session.counters.bytes.clone(),
        workspaces: Mutex::default(),
        point: Mutex::new(resumed.as_ref().and_then(|resumed| resumed.point.clone())),
    };
    let mut files = Files::new(plan.on_invalid, plan.source, drops, &session);
    resumed.iter().flat_map(|resumed| &resumed.point).for_each(|point| files.go_on(point));
    let rule = directory.as_ref().map(|directory| directory::Rule::new(directory, inputs));
    let rule = rule.as_ref();
    let (is_part, path) = (sharing.is_some(), plan.output);
    let run = Run { session: &session, inputs, rule, execution, replaced, is_input, sharing, path };
    if let (Some(directory), Some(rule)) = (directory, rule) {
        let mut sink = DirectorySink::new(directory, files, plan.form, &session)?;
        let ended = run.pipeline(&job, &mut sink, resumed)?;
        let totals = sink.totals();
        sink.finish()?;
        let ending = totals.end(&session, || run.finish_files(ended, output))?;
        return Ok(rule.judge(ending, &session));
    }
    let json = plan.form.is_json();
    if let Product::Keywords(_) = &job.product {
        let mut sink = KeywordSink::new(output, files, json, marker);
        let ended = run.pipeline(&job, &mut sink, resumed)?;
        return run.finish(ended, sink.output, sink.marker, Cuts::default());
    }
    let mut sink = LinesSink::new(output, files, plan.form, marker);
    let ended = run.pipeline(&job, &mut sink, resumed)?;
    let totals = sink.totals();
    let mut output = sink.output;
    if !session.control.is_stopped() {
        let of = plan.only_new.then(|| job.loaded.origins());
        totals::write(job.product, (json, to_idf, is_part), of, &session, &mut output)?;
    }
    totals.end(&session, || run.finish(ended, output, sink.marker, sink.cuts))
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
    /// The file of the output, if it has one.
    path: Option<PathBuf>,
}

impl Run<'_> {
    fn pipeline<S: Sink<Outcome, Error = WriteError>>(
        &self,
        job: &SegmentJob,
        sink: &mut S,
        resumed: Option<Resumed>,
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
        let names = match resumed {
            Some(resumed) => Box::new(resumed.go_over(names, self.session)?),
            None => names,
        };
        let pieces: Box<dyn Iterator<Item = Result<Piece, Refused>> + Send> = match &self.sharing {
            Some(sharing) => Box::new(sharing.pieces(names)),
            None => Box::new(names.map(|found| found.map(Piece::from))),
        };
        let source = pieces.map(|found| {
            let Piece { item, portion } = found.map_err(Outcome::from)?;
            if let (Item::File(path, Origin::Listed), Some(replaced)) = (&item, self.replaced)
                && is_file(path, replaced).unwrap_or(true)
            {
                self.is_input.store(true, Relaxed);
            }
            let item = match self.rule {
                Some(rule) => rule.judge_item(item)?,
                None => item,
            };
            Ok(Piece { item, portion })
        });
        let ended = self.session.run(job, source, sink, watch);
        self.session.report_unmatched(self.inputs, &ended);
        maps::check().map_err(Fatal).map(|()| ended)
    }

    /// Ends a run whose results are files of their own.
    fn finish_files(&self, ended: Ended, mut output: Output) -> Result<Ending, Fatal> {
        self.describe(&ended, Cuts::default(), &mut output)?;
        self.session.finish(ended, output)
    }

    /// Lets the output be described, if it is a part of a result.
    fn describe(&self, ended: &Ended, cuts: Cuts, output: &mut Output) -> Result<(), Fatal> {
        match &self.sharing {
            Some(sharing) if ended.is_complete() && !self.session.control.is_stopped() => {
                sharing.end(self.path.as_deref(), cuts, output, self.session)
            }
            _ => Ok(()),
        }
    }

    /// Ends the run. If a file failed and the output would replace one of the inputs, it is not
    /// replaced: the text of the failed file could be lost, and a second run would segment text
    /// that is already segmented.
    fn finish(
        &self,
        ended: Ended,
        mut output: Output,
        mut marker: Marker,
        cuts: Cuts,
    ) -> Result<Ending, Fatal> {
        self.describe(&ended, cuts, &mut output)?;
        let failed = self.session.counters.failed.load(Relaxed) > 0;
        if !ended.is_complete() {
            marker.end(&mut output);
        } else if self.session.is_worthless(&output) && output.named().is_some() {
            // To go on with it would only repeat the failures.
            let _ = output.discard();
        }
        if let Some(name) =
            output.named().map(String::from).filter(|_| failed && self.is_input.load(Relaxed))
            && ended.is_complete()
        {
            let _ = output.discard();
            self.session.console.line(&format!(
                "{name} is unchanged: it is also an input, and some files could not be segmented"
            ));
            return Ok(Ending::SomeFailed);
        }
        match self.sharing.is_some() {
            true => self.session.finish_part(ended, output),
            false => self.session.finish(ended, output),
        }
    }
}
