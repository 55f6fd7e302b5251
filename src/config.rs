//! Resolves what was typed against the machine: numbers of threads, sizes, terminals.

use std::env;
use std::io::{self, IsTerminal};

use crate::cli::{IoThreads, OrderName, ProgressName, RunArgs, WalkArgs};
use crate::error::Fatal;
use crate::hash::md5::Kernel;
use crate::input::globs::Globs;
use crate::input::walk;
use crate::pipeline::{Order, Settings, processors};
use crate::progress::Show;
use crate::segment::core::ProcessorKind;

/// How a run goes on.
#[derive(Debug)]
pub struct Running {
    /// The pipeline's numbers.
    pub settings: Settings,
    /// How progress is shown.
    pub show: Show,
    /// Whether the run is summed up at its end.
    pub summary: bool,
    /// Whether the stages' account is printed.
    pub stats: bool,
}

/// Resolves how to run a job that works `lanes` steps at a time.
pub fn running(arguments: &RunArgs, lanes: usize) -> Running {
    let threads = arguments.threads.unwrap_or_else(processors);
    let readers = match arguments.io_threads {
        IoThreads::Fixed(number) => Some(number),
        IoThreads::Auto => None,
    };
    let order = order(arguments.order);
    let terminal = io::stderr().is_terminal();
    let show = match arguments.progress {
        ProgressName::Auto | ProgressName::Bar if terminal => Show::Bar,
        // A bar needs a terminal.
        ProgressName::Log | ProgressName::Bar => Show::Log,
        ProgressName::Auto | ProgressName::Never => Show::Nothing,
    };
    Running {
        settings: Settings::for_memory(arguments.memory, threads, readers, lanes, order),
        show,
        summary: terminal || arguments.verbose > 0,
        stats: arguments.stats,
    }
}

/// The order of that name.
pub fn order(name: OrderName) -> Order {
    match name {
        OrderName::Input => Order::Input,
        OrderName::Completion => Order::Completion,
    }
}

/// The MD5 kernel: `best` of all, usually [`Kernel::best`], or, to try out a weaker one, that which the
/// environment names in `BATCHPROC_MD5_KERNEL`.
///
/// # Errors
/// When this machine has no kernel of that name.
pub fn kernel(best: fn() -> Kernel) -> Result<Kernel, Fatal> {
    let names = || Kernel::available().map(Kernel::name).collect();
    named("BATCHPROC_MD5_KERNEL", best, Kernel::by_name, names)
}

/// The kind of processor segmentation is run for: the best that this machine is, or, to try out the
/// code for a weaker one, that which the environment names in `BATCHPROC_SEGMENT_PROCESSOR`.
///
/// # Errors
/// When this machine cannot run the code for a kind of that name.
pub fn segment_processor() -> Result<ProcessorKind, Fatal> {
    let names = || ProcessorKind::available().map(ProcessorKind::name).collect();
    named("BATCHPROC_SEGMENT_PROCESSOR", ProcessorKind::best, ProcessorKind::by_name, names)
}

/// What an environment variable names, or the best there is if it is not set.
fn named<T>(
    variable: &str,
    best: impl FnOnce() -> T,
    by_name: impl FnOnce(&str) -> Option<T>,
    names: impl FnOnce() -> Vec<&'static str>,
) -> Result<T, Fatal> {
    let Some(name) = env::var_os(variable) else { return Ok(best()) };
    let found = name.to_str().and_then(by_name);
    found.ok_or_else(|| Fatal(format!("{variable} has to be one of {}", names().join(", "))))
}

/// Resolves what is found in directories.
///
/// # Errors
/// When a glob cannot be understood.
pub fn walk_rules(arguments: &WalkArgs, order: Order) -> Result<walk::Rules, Fatal> {
    Ok(walk::Rules {
        globs: Globs::new(&arguments.glob, &arguments.exclude)?,
        gitignore: arguments.gitignore,
        no_hidden: arguments.no_hidden,
        max_depth: arguments.max_depth,
        one_file_system: arguments.one_file_system,
        follow: arguments.follow,
        sorted: order == Order::Input,
    })
}
