//! Turns the options as typed into values for this machine, such as the number of threads, the
//! memory, and whether a terminal shows the progress.

use std::env;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use crate::cli::{
    EngineArgs, InputArgs, IoThreads, OrderName, PageCacheArgs, ProgressName, ReporterName,
    RunArgs, WalkArgs,
};
use crate::error::Fatal;
use crate::escape::printable;
use crate::files::arguments::{Inputs, NameList};
use crate::files::globs::Globs;
use crate::files::link::is_link;
use crate::files::page_cache::PageCache;
use crate::files::rules::{Sizes, WalkRules};
use crate::hash::algorithms::Algorithm;
use crate::hash::md5::Kernel;
use crate::manifest::Accept;
use crate::output::destination::Destination;
use crate::pipeline::{Order, Settings, processors};
use crate::run::console::Console;
use crate::run::engine::Engine;
use crate::run::progress::Show;
use crate::run::session::RunSettings;
use batchproc_jieba::CpuKind;
use batchproc_os::page_cache::cached_bytes;

/// With a smaller bound on memory, in bytes, what the allocator keeps for each thread would be much of it.
const SHARED_ARENA: usize = 64 << 20;

/// Makes the settings of a run from the options. `lanes` is the number of files that one thread
/// processes at the same time. With little memory, the threads of the run will share an arena.
pub fn run_settings(arguments: &RunArgs, lanes: usize) -> RunSettings {
    if arguments.memory < SHARED_ARENA {
        batchproc_os::arenas::share();
    }
    let threads = arguments.threads.unwrap_or_else(processors);
    let readers = match arguments.io_threads {
        IoThreads::Fixed(number) => Some(number),
        IoThreads::Auto => None,
    };
    let order = order(arguments.order);
    let terminal = io::stderr().is_terminal();
    let show = match arguments.progress {
        ProgressName::Auto | ProgressName::Bar if terminal => Show::Bar,
        // A progress bar needs a terminal; without one, `--progress bar` prints lines instead.
        ProgressName::Log | ProgressName::Bar => Show::Log,
        ProgressName::Auto | ProgressName::Never => Show::Nothing,
    };
    RunSettings {
        settings: Settings::for_memory(arguments.memory, threads, readers, lanes, order),
        show,
        summary: terminal || arguments.verbose > 0,
        stats: arguments.stats,
        limit: arguments.limit,
        verbose: arguments.verbose,
        page_cache: page_cache(arguments.page_cache),
        no_atime: arguments.page_cache.no_atime,
        engine: Engine::default(),
    }
}

/// Adds what the options say about the program that started this one to the settings of a run.
pub fn add_engine(settings: &mut RunSettings, arguments: EngineArgs, records: bool) {
    let EngineArgs { allow_failed, reporter } = arguments;
    let hadoop = reporter == Some(ReporterName::Hadoop);
    settings.engine = Engine { records, allow_failed, hadoop };
    if hadoop {
        settings.show = Show::Hadoop;
    }
}

/// What the options say about files that the system has in memory.
fn page_cache(arguments: PageCacheArgs) -> Option<PageCache> {
    let PageCacheArgs { from_disk, keep_cache, .. } = arguments;
    let wish = if from_disk {
        PageCache::FromDisk
    } else if keep_cache {
        PageCache::Keep
    } else {
        return None;
    };
    Some(wish(cached_bytes))
}

/// Converts the value of the option `--order`.
pub fn order(name: OrderName) -> Order {
    match name {
        OrderName::Input => Order::Input,
        OrderName::Completion => Order::Completion,
    }
}

/// Returns where the results go: to the file with the name `output`, or to standard output if there
/// is no name.
///
/// # Errors
/// If nothing can be written there, for example because the name is a directory.
pub fn destination(output: Option<&Path>) -> Result<Destination, Fatal> {
    output.map_or_else(Destination::stdout, Destination::of)
}

/// Returns which algorithms are accepted in a manifest: the given ones, or all if none are given.
pub fn accept(algorithms: &[Algorithm]) -> Accept {
    Accept((!algorithms.is_empty()).then(|| algorithms.iter().copied().collect()))
}

/// Returns the MD5 kernel (code for one kind of CPU) that the environment variable
/// `BATCHPROC_MD5_KERNEL` names; tests use it to select a slower kernel. Without the variable,
/// returns `best()`.
///
/// # Errors
/// If this machine has no kernel of that name.
pub fn kernel(best: fn() -> Kernel) -> Result<Kernel, Fatal> {
    let names = || Kernel::available().map(Kernel::name).collect();
    named("BATCHPROC_MD5_KERNEL", best, Kernel::by_name, names)
}

/// Returns the kind of CPU whose instructions segmentation uses: the kind that the environment
/// variable `BATCHPROC_SEGMENT_PROCESSOR` names, which tests use to select slower code. Without the
/// variable, returns the best kind that this machine supports.
///
/// # Errors
/// If this machine does not support that kind.
pub fn segment_processor() -> Result<CpuKind, Fatal> {
    let names = || CpuKind::available().map(CpuKind::name).collect();
    named("BATCHPROC_SEGMENT_PROCESSOR", CpuKind::best, CpuKind::by_name, names)
}

/// Returns what an environment variable names, or the best choice if the variable is not set.
fn named<T>(
    variable: &str,
    best: impl FnOnce() -> T,
    by_name: impl FnOnce(&str) -> Option<T>,
    names: impl FnOnce() -> Vec<&'static str>,
) -> Result<T, Fatal> {
    let Some(name) = env::var_os(variable) else { return Ok(best()) };
    let found = name.to_str().and_then(by_name);
    found.ok_or_else(|| Fatal(format!("{variable} must be one of {}", names().join(", "))))
}

/// Makes the inputs of a run from the options, and checks that these options can be combined.
///
/// # Errors
/// If the options cannot be combined, or if a glob is invalid.
pub fn inputs(arguments: &InputArgs, run: &RunArgs, order: OrderName) -> Result<Inputs, Fatal> {
    let InputArgs { paths, walk, files_from, null } = arguments;
    if *null && files_from.is_none() {
        let reason =
            "--null says how the names in the list of --files-from end, so it needs --files-from";
        return Err(Fatal(reason.into()));
    }
    if files_from.is_some() && walk.has_walk_options() {
        let reason = "--files-from names files, so of the options for directories only --min-size and --max-size apply";
        return Err(Fatal(reason.into()));
    }
    let list = files_from.clone().map(|path| NameList { path, null: *null });
    walked(paths, list, walk, run, order)
}

/// Refuses `--follow` for a manifest that lists symbolic links.
///
/// # Errors
/// If `follow` is set.
pub fn links_and_follow(manifest: &Path, follow: bool) -> Result<(), Fatal> {
    match follow {
        true => Err(Fatal(format!(
            "{} lists symbolic links themselves, so --follow cannot be used with it",
            printable(manifest)
        ))),
        false => Ok(()),
    }
}

/// If symbolic links are recorded, says which PATHs are links to directories, since these are not
/// entered.
pub fn note_links(inputs: &Inputs, console: &Console) {
    let links = inputs.paths.iter().filter(|path| inputs.rules.links && is_link(path));
    for path in links.filter(|path| path.is_dir()) {
        let name = printable(path);
        console.line(&format!(
            "{name} is recorded as the symbolic link that it is; for the files in the directory it \
             leads to, write {name}/"
        ));
    }
}

/// Makes the inputs of a command that has no option `--files-from`.
///
/// # Errors
/// If a glob is invalid.
pub fn walk(
    paths: &[PathBuf],
    walk: &WalkArgs,
    run: &RunArgs,
    order: OrderName,
) -> Result<Inputs, Fatal> {
    walked(paths, None, walk, run, order)
}

fn walked(
    paths: &[PathBuf],
    list: Option<NameList>,
    walk: &WalkArgs,
    run: &RunArgs,
    order: OrderName,
) -> Result<Inputs, Fatal> {
    let rules = WalkRules {
        no_atime: run.page_cache.no_atime,
        globs: Globs::new(&walk.glob, &walk.exclude).map_err(|error| Fatal(error.to_string()))?,
        gitignore: walk.gitignore,
        no_hidden: walk.no_hidden,
        max_depth: walk.max_depth,
        one_file_system: walk.one_file_system,
        follow: walk.follow,
        links: false,
        sorted: order == OrderName::Input,
        names_memory: Some(Settings::names_memory(run.memory)),
        shard: None,
    };
    let sizes = Sizes { min: walk.min_size, max: walk.max_size };
    Ok(Inputs { paths: paths.to_vec(), list, rules, sizes })
}
