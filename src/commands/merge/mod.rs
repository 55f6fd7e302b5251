//! `batchproc merge` makes one result of the results of all shards: the same that one run would have
//! made. Parts are read side by side and not held in memory, except counts of words.

mod counts;
mod manifests;
mod order;
mod parts;
mod shared;
mod texts;

use std::sync::Arc;

use crate::cli::MergeArgs;
use crate::commands::hash::guard;
use crate::commands::part::{self, Kind};
use crate::commands::protect::{OUTPUT, refuse_to_replace};
use crate::commands::resolve;
use crate::error::{Fatal, reason};
use crate::files::stdin::Interrupt;
use crate::output::temporary::Temporaries;
use crate::output::{Output, WriteError};
use crate::pipeline::Control;
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::finish::stopped;
use crate::run::progress::{Display, Show};
use crate::run::watch::{Watch, Watched};
use batchproc_os::open_files;
use parts::Parts;
use shared::{Merge, Stop};

/// Runs the command.
///
/// # Errors
/// If the parts do not fit, or if the output cannot be written.
pub fn run(arguments: &MergeArgs, console: &Console) -> Result<Ending, Fatal> {
    open_files::limit();
    let destination = resolve::destination(arguments.output.as_deref())?;
    let read = arguments.parts.iter().map(|part| (&**part, "a part"));
    let list = arguments.files_from.iter().map(|list| (&**list, "the list (--files-from)"));
    refuse_to_replace(&destination, OUTPUT, read.chain(list))?;
    let sides: Vec<_> = arguments.parts.iter().map(|part| part::side(part)).collect();
    let sides = sides.iter().filter(|side| side.exists());
    refuse_to_replace(&destination, OUTPUT, sides.map(|side| (&**side, "what describes a part")))?;
    let parts = Parts::find(arguments)?;
    if parts.kind() == Kind::Manifest {
        guard::check_alone(&destination, arguments.overwrite)?;
    }
    let cannot = |action, error| Fatal(format!("cannot {action}: {}", reason(&error)));
    let interrupt = Interrupt::new().map_err(|error| cannot("open a pipe", error))?;
    let temporaries = Temporaries::default();
    let watch = Watch::start(Watched {
        control: Control::default(),
        interrupt: interrupt.clone(),
        counters: Arc::default(),
        display: Display::new(Show::Nothing, console.clone()),
        output: None,
        temporaries: temporaries.clone(),
        count: None,
    });
    let watch = watch.map_err(|error| cannot("watch for signals", error))?;
    let output = Output::file(destination, &temporaries)?;
    let failed = parts.failed(console);
    let kind = parts.kind();
    if !parts.are_described() {
        console
            .line("the parts have no .shard files, so it is not noticed if one of them is missing");
    }
    let mut merge = Merge { arguments, parts, interrupt, console, output };
    let merged = match kind {
        Kind::Manifest => merge.manifests(),
        Kind::Counts => merge.counts(),
        Kind::Text | Kind::Json | Kind::Keywords => merge.texts(kind),
    };
    let named = merge.output.named().map(String::from);
    let stopped = || watch.signal().map(|number| stopped(console, number, named.as_deref()));
    let written = merged.and_then(|()| merge.output.write_all().map_err(Stop::from));
    if let Some(ending) = stopped() {
        return Ok(ending);
    }
    match written.and_then(|()| merge.output.commit().map_err(Stop::from)) {
        Ok(_) | Err(Stop::Write(WriteError::Closed)) if failed => Ok(Ending::SomeFailed),
        Ok(_) | Err(Stop::Write(WriteError::Closed)) => Ok(Ending::Good),
        Err(Stop::Fatal(fatal) | Stop::Write(WriteError::Failed(fatal))) => {
            let unchanged = named.map(|name| format!("; {name} is unchanged")).unwrap_or_default();
            Err(Fatal(format!("{}{unchanged}", fatal.0)))
        }
    }
}
