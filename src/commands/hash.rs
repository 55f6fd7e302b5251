//! `batchproc hash`: wires names, files, digests and output to a pipeline.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::inputs::Inputs;
use super::session::Session;
use crate::cli::{FormatName, HashArgs};
use crate::console::Console;
use crate::error::{Ending, Fatal};
use crate::hash::job::{HashJob, Outcome};
use crate::hash::md5::Kernel;
use crate::pipeline::Sink;
use crate::progress::Counters;
use crate::report::names::printable;
use crate::report::output::{Output, WriteError};
use crate::report::{self, Format, Record};

/// A single file up to this size is hashed without starting threads.
const SMALL: u64 = 1 << 20;

/// Runs the command.
///
/// # Errors
/// When the run itself cannot go on.
pub fn run(arguments: HashArgs, console: &Console) -> Result<Ending, Fatal> {
    let kernel = Kernel::best();
    let session = Session::begin(&arguments.run, kernel.lanes(), console)?;
    let inputs = Inputs::new(&arguments.input, session.running.settings.order)?;
    let format = format(&arguments)?;
    let target = arguments.output.as_deref();
    let output = target.map_or_else(Output::stdout, Output::file)?;
    let job = HashJob {
        kernel,
        opener: inputs.opener(output.identities(), &session.alarm),
        counters: session.counters.clone(),
    };
    let mut sink =
        HashSink { output, format, counters: session.counters.clone(), console: console.clone() };
    sink.format.begin(&mut sink.output.buffer);
    let ended = match inputs.single_file(SMALL) {
        Some(item) => session.run_one(&job, item, &mut sink, SMALL as usize),
        None => {
            let temporary = sink.output.temporary().map(Path::to_path_buf);
            let count = inputs.count(&session.control);
            let watch = session.watch(target.is_none(), temporary, count)?;
            let names = inputs.names(&session.alarm)?;
            let source = names.map(|found| found.map_err(Outcome::from));
            log::debug!("kernel: {}", kernel.name());
            session.run(&job, source, &mut sink, &watch)
        }
    };
    session.finish(ended, sink.output, target)
}

fn format(arguments: &HashArgs) -> Result<Box<dyn Format>, Fatal> {
    let name = if arguments.tag { FormatName::Bsd } else { arguments.format };
    if arguments.zero && name == FormatName::Csv {
        return Err(Fatal(
            "--zero does not go with --format csv, whose lines end with CR LF".into(),
        ));
    }
    Ok(report::format(name, arguments.zero))
}

/// Formats results, reports errors, and counts both.
struct HashSink {
    output: Output,
    format: Box<dyn Format>,
    counters: Arc<Counters>,
    console: Console,
}

impl Sink<Outcome> for HashSink {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome) -> Result<(), WriteError> {
        match outcome {
            Outcome::Digest(digest) => {
                let record = Record {
                    path: &digest.path,
                    algorithm: "md5",
                    digest: &digest.digest,
                    size: digest.size,
                    mtime: digest.mtime,
                };
                self.counters.files.fetch_add(1, Relaxed);
                self.format.record(&record, &mut self.output.buffer);
            }
            Outcome::Failed(failure) => {
                self.counters.failed.fetch_add(1, Relaxed);
                self.console.line(&failure.to_string());
            }
            Outcome::Broken(failure) => {
                self.output.write_all()?;
                let reason = format!("{failure}; the rest of the list was not read");
                return Err(WriteError::Failed(Fatal(reason)));
            }
            Outcome::Skipped(path, skip) => {
                self.counters.skipped[skip as usize].fetch_add(1, Relaxed);
                log::info!("skipped a {}: {}", skip.name(), printable(&path));
            }
        }
        self.output.write_if_large()
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        self.output.write_all()
    }
}
