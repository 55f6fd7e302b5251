//! The source of the pipeline of `hash`: gives the names of the files, each with what the old
//! manifest or an interrupted run says about the file.
//!
//! ```text
//!  names ──► join with manifest ──► join with FILE.partial ──► stat: unchanged?
//!            (--update)             (--resume)                 (--update)
//! ```

use std::fs::File;
use std::sync::Arc;

use super::plan::{Plan, Updating};
use super::previous::line_reporter;
use crate::files::Item;
use crate::files::arguments::Source;
use crate::hash::algorithms::Set;
use crate::hash::job::{Outcome, Task};
use crate::run::console::Console;
use crate::update::join::Update;
use crate::update::known::{Known, Tally};
use crate::update::previous::Previous;
use crate::update::resume::Resumed;
use crate::update::unchanged::Unchanged;

/// Iterates over the tasks for the pipeline; an `Err` is the outcome of a file that need not be
/// read.
pub type Tasks = Box<dyn Iterator<Item = Result<Task<Known>, Outcome<Known>>> + Send>;

/// The task for a file about which no manifest says anything.
pub fn task(item: Item, algorithms: Set) -> Task<Known> {
    Task { item, algorithms, context: Known::Nothing }
}

/// The tasks for these names. `done` is a copy of the FILE.partial that an interrupted run left.
pub fn tasks(
    names: Source,
    done: Option<File>,
    plan: &mut Plan,
    tally: &Arc<Tally>,
    console: &Console,
) -> Tasks {
    let previous = plan.update.as_mut().and_then(|update| update.previous.take());
    let set = plan.set;
    let mut tasks: Tasks = match (&plan.update, previous) {
        (Some(update), Some(previous)) => {
            Box::new(joined(names, previous, update, plan, tally, console))
        }
        _ => Box::new(names.map(move |found| match found {
            Ok(item) => Ok(task(item, set)),
            Err(refused) => Err(Outcome::from(refused)),
        })),
    };
    if let Some(done) = done {
        tasks = Box::new(Resumed::new(tasks, done, plan.written()));
    }
    if let Some(update) = &plan.update {
        let live = plan.inputs.list.is_some();
        tasks = Box::new(Unchanged::new(tasks, live, update.ignored));
    }
    tasks
}

/// Joins each name with its entry in the manifest of `--update`.
fn joined(
    names: Source,
    previous: Previous,
    update: &Updating,
    plan: &Plan,
    tally: &Arc<Tally>,
    console: &Console,
) -> Update<Source> {
    if let Some(count) = previous.held() {
        log::info!(
            "the manifest is not in the order of the walk: its {count} entries are held in memory"
        );
    }
    let line_reporter = line_reporter(&update.manifest, tally, console);
    let inputs = &plan.inputs;
    let paths = inputs.list.is_none().then_some(&inputs.paths[..]);
    let policy = plan.policy(update);
    Update::new(names, previous, policy, tally.clone(), line_reporter, paths, inputs.rules.clone())
}
