//! The plan of a run of `hash`: what to compute and write, and how. It is made from the typed
//! options and the manifest that is updated; later code does not look at the options.

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
use crate::run::session::RunSettings;
use crate::stamp::{nanoseconds_of, now};
use crate::update::known::{Policy, Tally};
use crate::update::previous::Previous;
use crate::update::resume::Written;

/// A single file up to this size is hashed without starting threads.
pub const SMALL: u64 = 1 << 20;

/// The plan of a run; see the module documentation.
pub struct Plan {
    /// The inputs.
    pub inputs: Inputs,
    /// The only input, if that is a single small file.
    pub single: Option<Item>,
    /// The algorithms, in the order of the output.
    pub algorithms: Vec<Algorithm>,
    /// The algorithms as a set.
    pub set: Set,
    /// The kernel that computes MD5.
    pub kernel: Kernel,
    form: Form,
    zero: bool,
    /// The update, with `--update`.
    pub update: Option<Updating>,
    /// The file that is written; `None` for standard output.
    pub output: Option<PathBuf>,
    /// Whether the file is replaced even if it is not a manifest.
    pub overwrite: bool,
    /// Whether the run resumes an interrupted one.
    pub resume: bool,
    /// The limit on files of the old manifest without a line in the new one.
    pub max_gone: Option<MaxGone>,
    /// Threads, memory and progress.
    pub run_settings: RunSettings,
    /// Identifies the run for a later `--resume`.
    pub run: Run,
}

/// The update of a manifest.
pub struct Updating {
    /// The path of the manifest.
    pub manifest: PathBuf,
    /// The manifest, if it exists; the source of the run takes it out.
    pub previous: Option<Previous>,
    /// Size, modification time in nanoseconds, and inode of the manifest when it was opened.
    pub version: Option<(u64, i128, u64)>,
    /// Whether the manifest has any valid line.
    pub has_lines: bool,
    /// Whether each file keeps the algorithms of its line in the manifest.
    pub keeps_algorithms: bool,
    /// Differences that are ignored.
    pub ignored: Ignored,
    /// Whether the lines of files that options exclude are dropped.
    pub forget: bool,
    /// Whether every file is read.
    rehash: bool,
    /// Files that were last read longer ago than this are read again.
    older_than: Option<Duration>,
}

impl Plan {
    /// Makes the plan from the typed options.
    ///
    /// # Errors
    /// If options cannot be combined, if the manifest cannot be updated, or if this machine lacks
    /// something.
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
        // Only a file can be resumed.
        let typed = match arguments.output {
            Some(_) => command::digest(&arguments, &algorithms, keeps_algorithms, form, version),
            None => String::new(),
        };
        let run = Run { arguments: typed, begun: now() };
        let inputs = resolve::inputs(&arguments.input, arguments.run.order)?;
        let single = inputs.single_file(SMALL).filter(|_| arguments.update.is_none());
        // A single small file is read without starting threads. To ask for the features of the CPU
        // and the number of CPUs would take longer than the digest.
        if single.is_some() {
            arguments.run.threads.get_or_insert(1);
        }
        let kernel = resolve::kernel(if single.is_some() { Kernel::scalar } else { Kernel::best })?;
        let run_settings = resolve::run_settings(&arguments.run, job::lanes(kernel, set));
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
            run_settings,
            run,
        })
    }

    /// The path of the manifest that is updated.
    pub fn manifest(&self) -> Option<&Path> {
        self.update.as_ref().map(|update| &*update.manifest)
    }

    /// In an update, the time at which the run began, in nanoseconds since 1970; a resumed run has
    /// the time of the first run.
    pub fn begun(&self) -> Option<i128> {
        self.update.is_some().then_some(self.run.begun)
    }

    /// The format of the output.
    pub fn format(&self) -> Box<dyn Format> {
        self.form.writer(Writing { zero: self.zero, hashed: self.update.is_some() })
    }

    /// The format of the output, for reading FILE.partial again.
    pub fn written(&self) -> Written {
        Written {
            algorithms: self.update.is_none().then(|| self.algorithms.clone()),
            line_each: self.form.line_each(),
            zero: self.zero,
            begun: self.begun(),
            since: self.run.begun,
        }
    }

    /// The rules by which unchanged files are read nevertheless.
    pub fn policy(&self, update: &Updating) -> Policy {
        Policy {
            all: update.rehash,
            before: update.older_than.map(|age| self.run.begun - nanoseconds_of(age)),
            now: now(),
            algorithms: self.set,
            own: update.keeps_algorithms,
            sizes: self.inputs.sizes,
            follow: self.inputs.rules.follow,
            ignored: update.ignored,
            forget: update.forget,
        }
    }
}

/// Returns the algorithms without repetition. `first` is the first entry of the manifest that is
/// updated.
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

/// The format of the output.
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
        // Lines without tags do not show which algorithm made a digest.
        (None | Some(Form::GNU), _) if algorithms.len() > 1 => Form::BSD,
        (None, _) if !algorithms[0].has_tool() => Form::BSD,
        (format, _) => format.unwrap_or(Form::GNU),
    };
    if arguments.zero && !form.may_end_with_nul() {
        return Err(Fatal(
            "--zero cannot be used with --format csv, whose lines end with CR LF".into(),
        ));
    }
    if update && !form.has_times() {
        return Err(Fatal("--update works only with --format json or csv".into()));
    }
    Ok(form)
}
