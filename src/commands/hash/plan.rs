//! What a run of `hash` computes and writes, and how, from what was typed and from the manifest that it
//! updates. From here on nobody asks what was typed.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{command, previous};
use crate::cli::{HashArgs, MaxGone};
use crate::commands::resolve;
use crate::error::Fatal;
use crate::files::Item;
use crate::files::arguments::Inputs;
use crate::hash::algorithms::{Algorithm, Set};
use crate::hash::job;
use crate::hash::md5::Kernel;
use crate::manifest::judge::Ignored;
use crate::manifest::{Entry, Form, Format, Writing};
use crate::output::partial::Run;
use crate::run::console::Console;
use crate::run::session::Running;
use crate::stamp::{nanoseconds_of, now};
use crate::update::known::{Policy, Tally};
use crate::update::previous::Previous;
use crate::update::resume::Written;

/// A single file up to this size is hashed without starting threads.
pub const SMALL: u64 = 1 << 20;

/// See the module's head.
pub struct Plan {
    /// What is read.
    pub inputs: Inputs,
    /// All of it, if that is one small file.
    pub single: Option<Item>,
    /// The digests, in the order in which they are written.
    pub algorithms: Vec<Algorithm>,
    /// The same as a set.
    pub set: Set,
    /// What computes MD5.
    pub kernel: Kernel,
    form: Form,
    zero: bool,
    /// The manifest that is updated, if one is.
    pub update: Option<Updating>,
    /// The file that is written, if it is not standard output.
    pub output: Option<PathBuf>,
    /// Whether it is replaced whatever it is.
    pub overwrite: bool,
    /// Whether the run goes on with what an interrupted one left.
    pub resume: bool,
    /// How many files of the old manifest may have no line in the new one.
    pub max_gone: Option<MaxGone>,
    /// How the run goes on.
    pub running: Running,
    /// What the output depends on.
    pub run: Run,
}

/// The update of a manifest.
pub struct Updating {
    /// Its name.
    pub manifest: PathBuf,
    /// The manifest, if it exists, until the source of the run takes it.
    pub previous: Option<Previous>,
    /// What it was: its size, time and inode.
    pub version: Option<(u64, i128, u64)>,
    /// Whether any line in it was understood.
    pub has_lines: bool,
    /// Whether each of its files keeps the algorithms of its line.
    pub keeps_algorithms: bool,
    /// What may differ without a meaning.
    pub ignored: Ignored,
    /// Whether the lines of files that options leave out are dropped.
    pub forget: bool,
    /// Whether all files are read.
    rehash: bool,
    /// Files that were read longer ago than this are read again.
    older_than: Option<Duration>,
}

impl Plan {
    /// Resolves what was typed.
    ///
    /// # Errors
    /// Options that do not go together, a manifest that cannot be updated, and what this machine lacks.
    pub fn resolve(
        mut arguments: HashArgs,
        tally: &Arc<Tally>,
        console: &Console,
    ) -> Result<Self, Fatal> {
        arguments.check_options()?;
        let previous = previous::open(&arguments, tally, console)?;
        let first = previous.as_ref().and_then(|previous| previous.first.as_ref());
        let keeps_algorithms = first.is_some() && arguments.algorithms.is_empty();
        let has_lines = first.is_some();
        let algorithms = algorithms(&arguments, first);
        let set = algorithms.iter().copied().collect();
        let form = form(&arguments, &algorithms, first)?;
        let version = previous.as_ref().map(|previous| previous.version);
        // Only a file can be left unfinished by one run and gone on with by another.
        let typed = match arguments.output {
            Some(_) => command::digest(&arguments, &algorithms, keeps_algorithms, form, version),
            None => String::new(),
        };
        let run = Run { arguments: typed, begun: now() };
        let inputs = resolve::inputs(&arguments.input, arguments.run.order)?;
        let single = inputs.single_file(SMALL).filter(|_| arguments.update.is_none());
        // For one small file no threads are started; to ask what the processor can do, or the control
        // groups for their number, would take longer than the digest.
        if single.is_some() {
            arguments.run.threads.get_or_insert(1);
        }
        let kernel = resolve::kernel(if single.is_some() { Kernel::scalar } else { Kernel::best })?;
        let running = resolve::running(&arguments.run, job::lanes(kernel, set));
        let HashArgs { output, overwrite, resume, max_gone, zero, .. } = arguments;
        let update = arguments.update.map(|manifest| Updating {
            manifest,
            previous,
            version,
            has_lines,
            keeps_algorithms,
            ignored: arguments.ignore.ignored(),
            forget: arguments.forget_left_out,
            rehash: arguments.rehash,
            older_than: arguments.rehash_older_than,
        });
        Ok(Self {
            inputs,
            single,
            algorithms,
            set,
            kernel,
            form,
            zero,
            update,
            output,
            overwrite,
            resume,
            max_gone,
            running,
            run,
        })
    }

    /// The manifest that is updated.
    pub fn manifest(&self) -> Option<&Path> {
        self.update.as_ref().map(|update| &*update.manifest)
    }

    /// In an update, when the run began; when the first one did, if it goes on with another one.
    pub fn begun(&self) -> Option<i128> {
        self.update.is_some().then_some(self.run.begun)
    }

    /// The form of the output.
    pub fn format(&self) -> Box<dyn Format> {
        self.form.writer(Writing { zero: self.zero, hashed: self.update.is_some() })
    }

    /// The form of the output, for reading it again.
    pub fn written(&self) -> Written {
        Written {
            algorithms: self.update.is_none().then(|| self.algorithms.clone()),
            line_each: self.form.line_each(),
            zero: self.zero,
            begun: self.begun(),
            since: self.run.begun,
        }
    }

    /// When files that have not changed are read nevertheless.
    pub fn policy(&self, update: &Updating) -> Policy {
        Policy {
            all: update.rehash,
            before: update.older_than.map(|age| self.run.begun - nanoseconds_of(age)),
            now: now(),
            algorithms: self.set,
            own: update.keeps_algorithms,
            sizes: (self.inputs.min_size, self.inputs.max_size),
            follow: self.inputs.rules.follow,
            ignored: update.ignored,
            forget: update.forget,
        }
    }
}

/// The algorithms, each once. `first` is the first entry of the manifest that is updated.
fn algorithms(arguments: &HashArgs, first: Option<&Entry>) -> Vec<Algorithm> {
    let mut algorithms = arguments.algorithms.clone();
    if algorithms.is_empty() {
        algorithms = first.map_or_else(|| vec![Algorithm::MD5], Entry::algorithms);
    }
    let mut set = Set::default();
    algorithms.retain(|&algorithm| {
        let new = !set.contains(algorithm);
        set.insert(algorithm);
        new
    });
    algorithms
}

/// The form of the output.
fn form(
    arguments: &HashArgs,
    algorithms: &[Algorithm],
    first: Option<&Entry>,
) -> Result<Form, Fatal> {
    let update = arguments.update.is_some();
    let form = match (arguments.format, first.map(|first| first.form)) {
        _ if arguments.tag => Form::BSD,
        (None, Some(Form::CSV)) => Form::CSV,
        (None, _) if update => Form::JSON,
        // Bare digests of several kinds could not be told apart.
        (None | Some(Form::GNU), _) if algorithms.len() > 1 => Form::BSD,
        (None, _) if !algorithms[0].has_tool() => Form::BSD,
        (format, _) => format.unwrap_or(Form::GNU),
    };
    if arguments.zero && !form.may_end_with_nul() {
        return Err(Fatal(
            "--zero does not go with --format csv, whose lines end with CR LF".into(),
        ));
    }
    if update && !form.has_times() {
        return Err(Fatal("--update goes with --format json and csv only".into()));
    }
    Ok(form)
}
