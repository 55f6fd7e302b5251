//! `batchproc segment`: wires names, text, dictionaries and output to a pipeline.

mod directory;
mod files;
mod lines;
mod totals;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::keep::keep;
use super::resolve;
use crate::cli::segment::{
    CompatName, DropName, FormName, InvalidName, MethodName, ModeName, SegmentArgs,
};
use crate::error::Fatal;
use crate::escape::printable;
use crate::files::arguments::{Inputs, is_file};
use crate::files::open::Opener;
use crate::files::{Item, Origin};
use crate::output::directory::Directory;
use crate::output::place::Place;
use crate::output::{Output, WriteError};
use crate::pipeline::Sink;
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::session::{Ended, Session, Way};
use crate::segment::LoadError;
use crate::segment::blocks::Rule;
use crate::segment::dictionary_files::{self, Loaded, Source};
use crate::segment::encoding::OnInvalid;
use crate::segment::filter::Filter;
use crate::segment::job::{Outcome, Product, SegmentJob};
use crate::segment::render::Form;
use crate::segment::tally::Tally;
use crate::stamp::Identity;
use batchproc_jieba::keywords::Method;
use batchproc_jieba::{Compat, Mode, Options};
use batchproc_os::early;
use directory::DirectorySink;
use files::Files;
use lines::LinesSink;
use totals::KeywordSink;

/// A single file up to this size is segmented without starting threads.
const SMALL: u64 = 256 << 10;

/// Runs the command.
///
/// # Errors
/// When the run itself cannot go on.
pub fn run(arguments: SegmentArgs, console: &Console) -> Result<Ending, Fatal> {
    let mut session = Session::begin(resolve::running(&arguments.run, 1), console)?;
    let most = session.running.settings.hold_blocks();
    let inputs = resolve::inputs(&arguments.input, arguments.run.order)?;
    let target = arguments.output.as_deref();
    let on_invalid = match arguments.invalid {
        InvalidName::Keep => OnInvalid::Keep,
        InvalidName::Replace => OnInvalid::Replace,
        InvalidName::Fail => OnInvalid::Fail,
    };
    let processor = resolve::segment_processor()?;
    let options = options(&arguments);
    let mut loaded = load(&arguments, options.compat)?;
    loaded.core.set_cpu(processor);
    let rule = Rule {
        only_at_line_ends: options.mode == Mode::Full && options.compat == Compat::Python,
        bound: loaded.bound.clone(),
    };
    let filter = filter(&arguments)?;
    let directory = match &arguments.output_dir {
        Some(directory) => {
            let lists: Vec<_> = lists(&arguments).collect();
            let found = directory::files(&inputs, &session.control);
            Some(Directory::new(directory, found, &inputs.paths, &lists)?)
        }
        None => None,
    };
    // A FIFO waits for its reader here, where a signal still ends the process at once.
    let place = target.map_or_else(Place::stdout, Place::of)?;
    keep(&place, lists(&arguments))?;
    let single = inputs.single_file(SMALL).filter(|_| directory.is_none());
    let to_stdout = target.is_none() && directory.is_none();
    let way = session.way(single, to_stdout, || inputs.count(&session.control))?;
    let output = Output::file(place, &session.temporaries)?;
    // The old file is replaced only at the end, so a text may be its own output.
    let own_if_walked = output.replaced();
    let is_input = AtomicBool::new(match own_if_walked {
        Some(old) => inputs.include(old, &target.map(printable).unwrap_or_default())?,
        None => false,
    });
    let mut own = output.identities();
    own.retain(|&identity| Some(identity) != own_if_walked);
    let job = SegmentJob {
        loaded,
        options,
        filter,
        product: product(&arguments),
        opener: Opener {
            own_if_walked,
            own_stream: output.appended(),
            ..inputs.opener(own, &session.alarm)
        },
        source: arguments.encoding,
        on_invalid,
        rule,
        most,
        bytes: session.counters.bytes.clone(),
        workspaces: Mutex::default(),
    };
    let files = Files::new(on_invalid, arguments.encoding, &session);
    let rule = directory.as_ref().map(directory::Rule::new);
    let rule = rule.as_ref();
    let run = Run { session: &session, inputs: &inputs, rule, way, own: own_if_walked, is_input };
    if let (Some(directory), Some(rule)) = (directory, rule) {
        let temporaries = session.temporaries.clone();
        let mut sink = DirectorySink::new(directory, files, form(&arguments), temporaries);
        let ended = run.pipeline(&job, &mut sink)?;
        sink.finish()?;
        let ending = session.finish(ended, output, None)?;
        return Ok(rule.judge(ending, &session));
    }
    if let Some(most) = arguments.keywords {
        let json = arguments.format == FormName::Json;
        let mut sink = KeywordSink::new(output, files, method(&arguments), most, json);
        let ended = run.pipeline(&job, &mut sink)?;
        return run.finish(ended, sink.output, target);
    }
    let mut sink = LinesSink::new(output, files, form(&arguments));
    let ended = run.pipeline(&job, &mut sink)?;
    let mut output = sink.output;
    if let Product::Counts(tally) = job.product
        && !session.control.is_stopped()
    {
        totals::write_counts(tally, arguments.format, &mut output)?;
    }
    run.finish(ended, output, target)
}

/// What a run of the pipeline needs.
struct Run<'a> {
    session: &'a Session,
    inputs: &'a Inputs,
    rule: Option<&'a directory::Rule>,
    way: Way,
    /// The file that is replaced at the end.
    own: Option<Identity>,
    /// Whether that was named as an input.
    is_input: AtomicBool,
}

impl Run<'_> {
    fn pipeline<S: Sink<Outcome, Error = WriteError>>(
        &self,
        job: &SegmentJob,
        sink: &mut S,
    ) -> Result<Ended, Fatal> {
        let watch = match &self.way {
            Way::Many(watch) => watch,
            Way::One(item, watch) => {
                let (item, watch) = (item.clone(), watch.as_ref());
                return Ok(self.session.run_one(job, item, sink, job.most, watch));
            }
        };
        let source = self.session.names(self.inputs)?.map(|found| {
            if let (Ok(Item::File(path, Origin::Listed)), Some(own)) = (&found, self.own)
                && is_file(path, own).unwrap_or(true)
            {
                self.is_input.store(true, Relaxed);
            }
            let checked = found.and_then(|item| match self.rule {
                Some(rule) => rule.check(item),
                None => Ok(item),
            });
            checked.map_err(Outcome::from)
        });
        let ended = self.session.run(job, source, sink, watch);
        self.session.tell_unmatched(self.inputs, &ended);
        Ok(ended)
    }

    /// Ends the run. A text that is its own output is lost if it fails and is replaced nevertheless, and
    /// if another one fails, the run that is started again would cut what is cut already.
    fn finish(&self, ended: Ended, output: Output, target: Option<&Path>) -> Result<Ending, Fatal> {
        let failed = self.session.counters.failed.load(Relaxed) > 0;
        if let Some(path) = target.filter(|_| failed && self.is_input.load(Relaxed))
            && ended.is_complete()
        {
            let path = printable(path);
            self.session.console.line(&format!(
                "{path} is as it was: it is an input too, and not all could be segmented"
            ));
            return Ok(Ending::SomeFailed);
        }
        self.session.finish(ended, output, target)
    }
}

/// The files that say how to segment and what, and what each of them is.
fn lists(arguments: &SegmentArgs) -> impl Iterator<Item = (&Path, &str)> {
    let SegmentArgs { dict, user_dict, stop_words, input, .. } = arguments;
    let dict = dict.iter().map(|file| (file.as_path(), "the dictionary (--dict)"));
    let added = user_dict.iter().map(|file| (file.as_path(), "a dictionary (--user-dict)"));
    let stop = stop_words.iter().map(|file| (file.as_path(), "the stop words (--stop-words)"));
    let names = input.files_from.iter().map(|file| (file.as_path(), "the list (--files-from)"));
    dict.chain(added).chain(stop).chain(names)
}

fn options(arguments: &SegmentArgs) -> Options {
    Options {
        mode: match arguments.mode {
            ModeName::Exact => Mode::Exact,
            ModeName::Search => Mode::Search,
            ModeName::Full => Mode::Full,
        },
        hmm: !arguments.no_hmm,
        compat: match arguments.compat {
            CompatName::JiebaRs => Compat::JiebaRs,
            CompatName::Python => Compat::Python,
        },
        tags: arguments.pos
            || arguments.keywords.is_some() && method(arguments) == Method::TextRank,
    }
}

fn form(arguments: &SegmentArgs) -> Form {
    match arguments.format {
        FormName::Json => Form::Json { tags: arguments.pos },
        FormName::Text => {
            Form::Text { delimiter: arguments.delimiter.clone().into_bytes(), tags: arguments.pos }
        }
    }
}

fn method(arguments: &SegmentArgs) -> Method {
    match arguments.keyword_method {
        MethodName::TfIdf => Method::TfIdf,
        MethodName::TextRank => Method::TextRank,
    }
}

fn product(arguments: &SegmentArgs) -> Product {
    if arguments.count {
        Product::Counts(Tally::default())
    } else if arguments.keywords.is_some() {
        Product::Keywords(method(arguments))
    } else {
        Product::Lines(form(arguments))
    }
}

/// Loads the dictionaries.
fn load(arguments: &SegmentArgs, compat: Compat) -> Result<Loaded, Fatal> {
    let replacement = arguments.dict.as_deref().map(open).transpose().map_err(fatal)?;
    let additions = arguments.user_dict.iter().map(|file| open(file));
    dictionary_files::load(replacement, additions, Vec::new(), compat).map_err(fatal)
}

/// Opens a dictionary.
fn open(file: &Path) -> Result<Source<'static>, LoadError> {
    let name = printable(file);
    match early::open(file) {
        Ok(opened) => Source::new(name, opened),
        Err(error) => Err(Source::unreadable(&name, error)),
    }
}

fn fatal(error: LoadError) -> Fatal {
    Fatal(error.to_string())
}

fn filter(arguments: &SegmentArgs) -> Result<Filter, Fatal> {
    let mut filter = Filter {
        space: arguments.drop.contains(&DropName::Space),
        punctuation: arguments.drop.contains(&DropName::Punct),
        ..Filter::default()
    };
    if let Some(file) = &arguments.stop_words {
        let name = printable(file);
        let opened = early::open(file).map_err(|error| Filter::unreadable(&name, error));
        let words = opened.and_then(|list| filter.add_stop_words(&name, list)).map_err(fatal)?;
        log::info!("stop words {name}: {words} words");
    }
    Ok(filter)
}
