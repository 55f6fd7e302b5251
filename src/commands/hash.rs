//! `batchproc hash`: wires names, files, digests and output to a pipeline.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::inputs::Inputs;
use super::session::Session;
use crate::cli::{CheckArgs, FormatName, HashArgs, VerdictFormat};
use crate::console::Console;
use crate::error::{Ending, Fatal, reason};
use crate::hash::algorithms::{self, Algorithm, Set};
use crate::hash::job::{self, HashJob, Outcome, Task};
use crate::hash::md5::Kernel;
use crate::input::Refused;
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
    if arguments.list_algorithms {
        return list_algorithms();
    }
    if arguments.check {
        return super::check::run(&checking(arguments)?, console);
    }
    if arguments.verify.is_given() {
        let reason =
            "--quiet, --status, --warn, --strict, --ignore-missing and --root go with --check";
        return Err(Fatal(reason.into()));
    }
    let kernel = Kernel::best();
    let algorithms = algorithms(&arguments.algorithms);
    let set: Set = algorithms.iter().copied().collect();
    let session = Session::begin(&arguments.run, job::lanes(kernel, set), console)?;
    let inputs = Inputs::new(&arguments.input, session.running.settings.order)?;
    let format = format(&arguments, &algorithms)?;
    let target = arguments.output.as_deref();
    let output = target.map_or_else(Output::stdout, Output::file)?;
    let opener = inputs.opener(output.identities(), &session.alarm);
    let job = HashJob::new(kernel, set, opener, session.counters.clone());
    let mut sink = HashSink {
        output,
        format,
        algorithms,
        counters: session.counters.clone(),
        console: console.clone(),
    };
    let task = |item| Task { item, algorithms: set, context: () };
    sink.format.begin(&mut sink.output.buffer);
    let ended = match inputs.single_file(SMALL) {
        Some(item) => session.run_one(&job, task(item), &mut sink, SMALL as usize),
        None => {
            let temporary = sink.output.temporary().map(Path::to_path_buf);
            let count = inputs.count(&session.control);
            let watch = session.watch(target.is_none(), temporary, count)?;
            let names = inputs.names(&session.alarm)?;
            let source = names.map(|found| found.map(task).map_err(Outcome::from));
            log::debug!("kernel: {}", kernel.name());
            session.run(&job, source, &mut sink, &watch)
        }
    };
    session.finish(ended, sink.output, target)
}

/// `hash --check` in terms of `check`.
fn checking(arguments: HashArgs) -> Result<CheckArgs, Fatal> {
    let format = match arguments.format {
        None => VerdictFormat::Text,
        Some(FormatName::Json) => VerdictFormat::Json,
        Some(_) => return Err(Fatal("with --check, the only --format is json".into())),
    };
    if arguments.input.walk.asks_for_directories() {
        return Err(Fatal(
            "--check reads the names of files from manifests, not directories".into(),
        ));
    }
    Ok(CheckArgs {
        manifests: arguments.input.paths,
        verify: arguments.verify,
        algorithms: arguments.algorithms,
        zero: arguments.zero,
        format,
        run: arguments.run,
    })
}

/// `--list-algorithms`
fn list_algorithms() -> Result<Ending, Fatal> {
    match std::io::stdout().write_all(algorithms::list().as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Fatal(format!("cannot write to standard output: {}", reason(&error))))
        }
        _ => Ok(Ending::Good),
    }
}

/// What was typed, each once.
fn algorithms(typed: &[Algorithm]) -> Vec<Algorithm> {
    let mut algorithms = Vec::new();
    for &algorithm in typed {
        if !algorithms.contains(&algorithm) {
            algorithms.push(algorithm);
        }
    }
    if algorithms.is_empty() {
        algorithms.push(Algorithm::MD5);
    }
    algorithms
}

fn format(arguments: &HashArgs, algorithms: &[Algorithm]) -> Result<Box<dyn Format>, Fatal> {
    let name = match arguments.format {
        _ if arguments.tag => FormatName::Bsd,
        // Bare digests of several kinds could not be told apart.
        None | Some(FormatName::Gnu) if algorithms.len() > 1 => FormatName::Bsd,
        None if !algorithms[0].has_tool() => FormatName::Bsd,
        format => format.unwrap_or(FormatName::Gnu),
    };
    if arguments.zero && name == FormatName::Csv {
        return Err(Fatal(
            "--zero does not go with --format csv, whose lines end with CR LF".into(),
        ));
    }
    Ok(report::format(name, arguments.zero, false))
}

/// Formats results, reports errors, and counts both.
struct HashSink {
    output: Output,
    format: Box<dyn Format>,
    algorithms: Vec<Algorithm>,
    counters: Arc<Counters>,
    console: Console,
}

impl Sink<Outcome<()>> for HashSink {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome<()>) -> Result<(), WriteError> {
        match outcome {
            Outcome::Settled(..) => {}
            Outcome::Digest(digest, ()) => {
                let record = Record {
                    path: &digest.path,
                    algorithms: &self.algorithms,
                    digests: &digest.digests,
                    size: Some(digest.size),
                    mtime: digest.mtime,
                    identity: digest.identity,
                    hashed: None,
                };
                self.counters.files.fetch_add(1, Relaxed);
                self.format.record(&record, &mut self.output.buffer);
            }
            Outcome::Refused(Refused::Failed(failure), _) => {
                self.counters.failed.fetch_add(1, Relaxed);
                self.console.line(&failure.to_string());
            }
            Outcome::Refused(Refused::Broken(failure), _) => {
                self.output.write_all()?;
                let reason = format!("{failure}; the rest of the list was not read");
                return Err(WriteError::Failed(Fatal(reason)));
            }
            Outcome::Refused(Refused::Skipped(path, skip), _) => {
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
