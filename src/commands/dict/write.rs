//! Writes a dictionary to its output, which is replaced only when the whole is written.

use std::io;
use std::sync::Arc;

use crate::error::{Fatal, reason};
use crate::files::stdin::Interrupt;
use crate::output::destination::Destination;
use crate::output::temporary::Temporaries;
use crate::output::{Output, WriteError};
use crate::pipeline::Control;
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::finish::stopped;
use crate::run::progress::{Display, Show};
use crate::run::watch::{Watch, Watched};

/// Writes these bytes. Returns how the run ended: a signal may have stopped it.
///
/// # Errors
/// If the output cannot be written.
pub(super) fn write(
    bytes: Vec<u8>,
    destination: Destination,
    console: &Console,
) -> Result<Ending, Fatal> {
    // Until here a signal ends the process at once. From here on signals are handled, because a
    // temporary file may have to be removed before the process ends.
    let temporaries = Temporaries::default();
    let watch = Watch::start(Watched {
        control: Control::default(),
        interrupt: Interrupt::new().map_err(|error| cannot("open a pipe", &error))?,
        counters: Arc::default(),
        display: Display::new(Show::Nothing, console.clone()),
        output: None,
        temporaries: temporaries.clone(),
        count: None,
    });
    let watch = watch.map_err(|error| cannot("watch for signals", &error))?;
    let mut output = Output::file(destination, &temporaries)?;
    output.buffer = bytes;
    let written = output.write_all();
    if let (Ok(()), Some(number)) = (&written, watch.signal()) {
        return Ok(stopped(console, number, output.named()));
    }
    match written.and_then(|()| output.commit()) {
        Ok(_) | Err(WriteError::Closed) => Ok(Ending::Good),
        Err(WriteError::Failed(fatal)) => Err(fatal),
    }
}

fn cannot(action: &str, error: &io::Error) -> Fatal {
    Fatal(format!("cannot {action}: {}", reason(error)))
}
