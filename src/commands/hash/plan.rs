//! The plan of a run of `hash`: what to compute and write, and how. It is made from the options as
//! typed and from the manifest of `--update`. Later code does not look at the options.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{command, previous, seals};
use crate::cli::{HashArgs, MaxGone};
use crate::commands::part::{Kind, Part, Work};
use crate::commands::resolve;
use crate::error::Fatal;
use crate::escape::printable;
use crate::files::Item;
use crate::files::arguments::Inputs;
use crate::hash::again::Changed;
use crate::hash::algorithms::{Algorithm, Set};
use crate::hash::job;
use crate::hash::md5::Kernel;
use crate::manifest::judge::Ignored;
use crate::manifest::roots::Roots;
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
    /// The input, if there is only one and it is a small file.
    pub single: Option<Item>,
    /// The algorithms, in the order of the output.
    pub algorithms: Vec<Algorithm>,
    /// The algorithms as a set.
    pub set: Set,
    /// The code that computes MD5, made for one kind of CPU.
    pub kernel: Kernel,
    /// The form of the output.
    pub form: Form,
    zero: bool,
    /// What `--update` needs; `None` without that option.
    pub update: Option<Updating>,
    /// The file that is written; `None` for standard output.
    pub output: Option<PathBuf>,
    /// Whether the output may replace a file that is not a manifest.
    pub overwrite: bool,
    /// Whether the output ends with a seal.
    pub seal: bool,
    /// Whether the run resumes an interrupted one.
    pub resume: bool,
    /// How many files of the old manifest may have no line in the new manifest.
    pub max_gone: Option<MaxGone>,
    /// What to do about files that change while they are read.
    pub changed: Changed,
    /// The settings for threads, memory and progress.
    pub run_settings: RunSettings,
    /// What the output is a part of, if the work is divided.
    pub part: Option<Part>,
    /// What a later `--resume` needs to know about this run.
    pub run: Run,
}

/// The update of a manifest.
pub struct Updating {
    /// The path of the manifest.
    pub manifest: PathBuf,
    /// The open manifest, if it exists. The source of the pipeline takes it out of this field.
    pub previous: Option<Previous>,
    /// Size, modification time in nanoseconds, and inode of the manifest when it was opened.
    pub version: Option<(u64, i128, u64)>,
    /// Whether the manifest has at least one valid line.
    pub has_lines: bool,
    /// Whether each file gets the same algorithms as its line in the manifest.
    pub keeps_algorithms: bool,
    /// The differences between a file and its line that are ignored.
    pub ignored: Ignored,
    /// Whether the new manifest drops the lines of files that options exclude.
    pub forget: bool,
    /// Whether every file is read, even if it seems unchanged.
    rehash: bool,
    /// Unchanged files that were last read longer ago than this are read again.
    older_than: Option<Duration>,
}

impl Plan {
    /// Makes the plan from the options as typed.
    ///
    /// # Errors
    /// If options cannot be combined, if the manifest cannot be updated, or if this machine lacks
    /// the CPU instructions that the environment asks for.
    pub fn resolve(
        mut arguments: HashArgs,
        tally: &Arc<Tally>,
        console: &Console,
    ) -> Result<Self, Fatal> {
        arguments.check_options()?;
        let previous = previous::open(&arguments, tally, console)?;
        let seal = seals::is_wanted(&arguments, previous.as_ref())?;
        let first = previous.as_ref().and_then(|previous| previous.first.as_ref());
        let keeps_algorithms = first.is_some() && arguments.algorithms.is_empty();
        let has_lines = first.is_some();
        let algorithms = algorithms(&arguments, first);
        let set = algorithms.iter().copied().collect();
        let form = form(&arguments, &algorithms, first)?;
        let version = previous.as_ref().map(|previous| previous.version);
        // Only `--resume` uses this digest of the command, and it works only if the output is a
        // file.
        let typed = match arguments.output {
            Some(_) => command::digest(&arguments, &algorithms, keeps_algorithms, form, version),
            None => String::new(),
        };
        let run = Run { arguments: typed, begun: now() };
        let mut inputs = resolve::inputs(&arguments.input, arguments.run.order)?;
        let shard = arguments.shard.shard;
        inputs.rules.shard = shard;
        let roots = shard.map(|_| Roots::new(&inputs.paths));
        if let Some([outer, inner]) = roots.as_ref().and_then(Roots::nested) {
            return Err(Fatal(format!(
                "--shard needs PATHs that do not overlap, but {} lies in {}",
                printable(inner),
                printable(outer)
            )));
        }
        let single = inputs.single_file(SMALL);
        let single = single.filter(|_| arguments.update.is_none() && shard.is_none());
        // A single small file is read without starting threads. For such a file, asking the system
        // for the CPU's features and the number of CPUs would take longer than computing the
        // digest.
        if single.is_some() {
            arguments.run.threads.get_or_insert(1);
        }
        let kernel = resolve::kernel(if single.is_some() { Kernel::single } else { Kernel::best })?;
        let run_settings = resolve::run_settings(&arguments.run, job::lanes(kernel, set));
        let changed = arguments.changed.changed;
        if changed == Changed::Mark && !form.has_times() {
            return Err(Fatal("--changed mark works only with --format json or csv: other formats have no place for the mark".into()));
        }
        let part = shard.map(|shard| {
            let HashArgs { input, update, ignore, forget_left_out, .. } = &arguments;
            let options = format!(
                "{:?}",
                (
                    &algorithms,
                    &input.walk,
                    input.null,
                    changed,
                    update.is_some(),
                    ignore,
                    forget_left_out
                )
            );
            let work = Work {
                form: Some(form.name().into()),
                zero: arguments.zero,
                keeps: update.is_some(),
                ..Work::new(Kind::Manifest, &inputs, options)
            };
            Part { sealed: seal, ..Part::new(shard, work) }
        });
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
            seal,
            resume,
            max_gone,
            changed,
            run_settings,
            part,
            run,
        })
    }

    /// The path of the manifest that is updated.
    pub fn manifest(&self) -> Option<&Path> {
        self.update.as_ref().map(|update| &*update.manifest)
    }

    /// With `--update`, the time at which the run began, in nanoseconds since 1970; `None`
    /// otherwise. If the run resumes an interrupted one, this is the time at which the interrupted
    /// run began.
    pub fn begun(&self) -> Option<i128> {
        self.update.is_some().then_some(self.run.begun)
    }

    /// The writer for the format of the output.
    pub fn format(&self) -> Box<dyn Format> {
        self.form.writer(Writing {
            zero: self.zero,
            hashed: self.update.is_some(),
            changed: self.changed == Changed::Mark,
            algorithms: &self.algorithms,
        })
    }

    /// How the output is written. `--resume` needs this to read the unfinished output FILE.partial.
    pub fn written(&self) -> Written {
        Written {
            algorithms: self.update.is_none().then(|| self.algorithms.clone()),
            line_each: self.form.line_each(),
            zero: self.zero,
            begun: self.begun(),
            since: self.run.begun,
        }
    }

    /// The rules of an update, such as which unchanged files are read nevertheless.
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

/// Returns the algorithms of the run, each once. `first` is the first entry of the manifest of
/// `--update`; its algorithms are used if no option names any. Without it, those that are usual in
/// the format are used.
fn algorithms(arguments: &HashArgs, first: Option<&Entry>) -> Vec<Algorithm> {
    let mut algorithms = arguments.algorithms.clone();
    if algorithms.is_empty() {
        let usual = || arguments.format.unwrap_or(Form::GNU).usual_algorithms();
        algorithms = first.map_or_else(usual, Entry::algorithms);
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
        // Lines of the GNU form do not name the algorithm of a digest, so the BSD form is used,
        // whose tag does.
        (None | Some(Form::GNU), _) if algorithms.len() > 1 => Form::BSD,
        (None, _) if !algorithms[0].is_plain() => Form::BSD,
        (format, _) => format.unwrap_or(Form::GNU),
    };
    if arguments.zero && !form.may_end_with_nul() {
        return Err(Fatal(format!(
            "--zero cannot be used with --format {}, whose lines cannot end with NUL",
            form.name()
        )));
    }
    if let Some(only) = form.only_algorithms()
        && let Some(other) = algorithms.iter().find(|algorithm| !only.contains(algorithm))
    {
        let only: Vec<_> = only.iter().map(|algorithm| algorithm.name()).collect();
        return Err(Fatal(format!(
            "--format {} cannot have digests of {}; choose from {} with -a, or use another format",
            form.name(),
            other.name(),
            only.join(", ")
        )));
    }
    if update && !form.has_times() {
        return Err(Fatal("--update works only with --format json or csv".into()));
    }
    Ok(form)
}
