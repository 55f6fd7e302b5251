//! The plan of a run of `hash`: what to compute and write, and how. It is made from the options as
//! typed and from the manifest of `--update`. Later code does not look at the options.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{command, links, part, previous, seals};
use crate::cli::{BudgetArgs, HashArgs, InputArgs, MaxGone, Sample};
use crate::commands::part::Part;
use crate::commands::resolve;
use crate::error::Fatal;
use crate::files::Item;
use crate::files::arguments::Inputs;
use crate::hash::again::Changed;
use crate::hash::algorithms::{Algorithm, Set};
use crate::hash::job;
use crate::hash::md5::Kernel;
use crate::manifest::forms::csv;
use crate::manifest::judge::Ignored;
use crate::manifest::{Form, Format, Writing};
use crate::output::partial::Run;
use crate::run::console::Console;
use crate::run::session::RunSettings;
use crate::stamp::{nanoseconds_of, now};
use crate::update::known::{Policy, Tally};
use crate::update::previous::Previous;
use crate::update::resume::Written;
use crate::update::unread::EARLIEST;

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
    /// Whether lines end with NUL.
    pub zero: bool,
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
    /// Whether symbolic links are recorded.
    links: bool,
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
    /// How much is read again; `None` if that is not bounded.
    budget: Option<Budget>,
}

/// How much is read again.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// How long the whole run may take.
    pub time: Option<Duration>,
    /// How many bytes the run may read.
    pub sample: Option<Sample>,
    /// Only files that were read before this time are read again, in nanoseconds since 1970.
    pub before: Option<i128>,
}

impl Updating {
    /// When the manifest was modified last, in nanoseconds since 1970.
    pub fn modified(&self) -> Option<i128> {
        self.version.map(|(_, modified, _)| modified)
    }
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
        if arguments.records {
            arguments.format.get_or_insert(Form::JSON);
        }
        let previous = previous::open(&arguments, tally, console)?;
        let seal = seals::is_wanted(&arguments, previous.as_ref())?;
        let links = links::are_wanted(&arguments, previous.as_ref())?;
        let first = previous.as_ref().and_then(|previous| previous.first.as_ref());
        let has_lines = first.is_some();
        let old = previous.as_ref().map_or(&[][..], |previous| &previous.algorithms);
        let keeps_algorithms = !old.is_empty() && arguments.algorithms.is_empty();
        let algorithms = algorithms(&arguments, old);
        let set = algorithms.iter().copied().collect();
        let old = first.map(|first| first.form).or_else(|| form_of_header(&arguments));
        let form = form(&arguments, &algorithms, old)?;
        check_records(&arguments, form, seal)?;
        let version = previous.as_ref().map(|previous| previous.version);
        // Only `--resume` uses this digest of the command, and it works only if the output is a
        // file.
        let typed = match arguments.output {
            Some(_) => {
                command::digest(&arguments, &algorithms, keeps_algorithms, (form, links), version)
            }
            None => String::new(),
        };
        let run = Run { arguments: typed, begun: now() };
        let mut inputs = resolve::inputs(&arguments.input, &arguments.run, arguments.run.order)?;
        inputs.rules.links = links;
        inputs.rules.shard = arguments.shard.shard;
        part::check(&arguments, &inputs)?;
        let is_whole = arguments.update.is_none() && arguments.shard.shard.is_none();
        let single = inputs.single_file(SMALL).filter(|_| is_whole);
        // A single small file is read without starting threads. For such a file, asking the system
        // for the CPU's features and the number of CPUs would take longer than computing the
        // digest.
        if single.is_some() {
            arguments.run.threads.get_or_insert(1);
        }
        let kernel = resolve::kernel(if single.is_some() { Kernel::single } else { Kernel::best })?;
        let mut run_settings = resolve::run_settings(&arguments.run, job::lanes(kernel, set));
        resolve::add_engine(&mut run_settings, arguments.engine, arguments.records);
        let changed = arguments.changed.changed;
        if changed == Changed::Mark && !form.has_times() {
            return Err(Fatal("--changed mark works only with --format json or csv: other formats have no place for the mark".into()));
        }
        let before = arguments.rehash_older_than.map(|age| run.begun - nanoseconds_of(age));
        let BudgetArgs { time_limit: time, sample } = arguments.budget;
        let budget = arguments.budget.is_given().then_some(Budget { time, sample, before });
        if budget.is_some() && run.begun < EARLIEST {
            return Err(Fatal("--time-limit and --sample need a clock that is set".into()));
        }
        links::check_form(links, form)?;
        let part = part::of(&arguments, &algorithms, &inputs, (form, links, seal));
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
            budget,
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
            links,
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

    /// The budget of the update for reading unchanged files again, and the update, if it has one.
    pub fn budget(&self) -> Option<(Budget, &Updating)> {
        self.update.as_ref().and_then(|update| Some((update.budget?, update)))
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
            links: self.links,
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
        // With a budget, unchanged files are read after the update.
        let at_once = update.budget.is_none();
        let older_than = update.older_than.filter(|_| at_once);
        Policy {
            all: update.rehash && at_once,
            before: older_than.map(|age| self.run.begun - nanoseconds_of(age)),
            least: if at_once { i128::MIN } else { EARLIEST },
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

/// Returns the algorithms of the run, each once. `old` are those of the manifest of `--update`, which are
/// used if no option names any. If there are none, those that are usual in the format are used.
fn algorithms(arguments: &HashArgs, old: &[Algorithm]) -> Vec<Algorithm> {
    let mut algorithms = arguments.algorithms.clone();
    if algorithms.is_empty() {
        algorithms = match old {
            [] => arguments.format.unwrap_or(Form::GNU).usual_algorithms(),
            old => old.to_vec(),
        };
    }
    let mut set = Set::default();
    algorithms.retain(|&algorithm| {
        let new = !set.contains(algorithm);
        set.insert(algorithm);
        new
    });
    algorithms
}

/// Refuses what would give a name no line, or a line no name, with `--records`.
fn check_records(arguments: &HashArgs, form: Form, seal: bool) -> Result<(), Fatal> {
    let InputArgs { files_from, walk, .. } = &arguments.input;
    let reason = if !arguments.records {
        return Ok(());
    } else if form != Form::JSON {
        "--records needs --format json: other formats have no line for a file that failed"
    } else if seal {
        "the old file has a seal, which would be one line more than --records prints; write to another file"
    } else if files_from.is_some() && (walk.min_size.is_some() || walk.max_size.is_some()) {
        "--records prints a line for each name of --files-from, so it cannot be used with --min-size or --max-size"
    } else {
        return Ok(());
    };
    Err(Fatal(reason.into()))
}

/// The form of a manifest of --update that lists nothing, as far as its header shows it.
fn form_of_header(arguments: &HashArgs) -> Option<Form> {
    let mut begin = [0; csv::BEGIN.len()];
    let mut file = File::open(arguments.update.as_deref()?).ok()?;
    file.read_exact(&mut begin).ok()?;
    (begin[..] == *csv::BEGIN).then_some(Form::CSV)
}

/// The format of the output. `old` is that of the manifest of --update.
fn form(arguments: &HashArgs, algorithms: &[Algorithm], old: Option<Form>) -> Result<Form, Fatal> {
    let update = arguments.update.is_some();
    let form = match (arguments.format, old) {
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
