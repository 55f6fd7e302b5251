//! `batchproc hash`: wires names, files, digests and output to a pipeline.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use crate::cli::{FormatName, HashArgs};
use crate::config::{self, Running};
use crate::console::Console;
use crate::error::{Ending, Fatal, reason};
use crate::hash::job::{HashJob, Outcome};
use crate::hash::md5::Kernel;
use crate::input::file::Opener;
use crate::input::list::List;
use crate::input::stdin::{Alarm, Patient};
use crate::input::walk::Files;
use crate::input::{Found, Item, Origin};
use crate::pipeline::{self, Control, Sink, Stats};
use crate::progress::{Counters, Display, Total};
use crate::report::names::printable;
use crate::report::output::{Output, WriteError};
use crate::report::{self, Format, Record};
use crate::watch::{Watch, Watched, closable_stdout};
use crate::{summary, watch};

/// A single file up to this size is hashed without starting threads.
const SMALL: u64 = 1 << 20;

/// Runs the command.
///
/// # Errors
/// When the run itself cannot go on.
pub fn run(arguments: HashArgs, console: &Console) -> Result<Ending, Fatal> {
    let begun = Instant::now();
    console.start_log(arguments.run.verbose);
    if arguments.null && arguments.files_from.is_none() {
        return Err(Fatal("--null says how the names of --files-from end; there is none".into()));
    }
    let kernel = Kernel::best();
    let running = config::running(&arguments.run, kernel.lanes());
    let alarm = Alarm::new().map_err(|error| Fatal(reason(&error)))?;
    let output = match &arguments.output {
        Some(path) => Output::file(path)?,
        None => Output::stdout()?,
    };
    let counters = Arc::new(Counters::default());
    let job = HashJob {
        kernel,
        opener: Opener {
            min_size: arguments.walk.min_size,
            max_size: arguments.walk.max_size,
            follow: arguments.walk.follow,
            own: output.identities(),
            alarm: alarm.clone(),
        },
        counters: counters.clone(),
    };
    let format = format(&arguments)?;
    let mut sink =
        HashSink { output, format, counters: counters.clone(), console: console.clone() };
    sink.format.begin(&mut sink.output.buffer);

    let control = Control::default();
    let (result, signal) = match single_small_file(&arguments) {
        Some(item) => {
            (pipeline::run_one(&job, item, &mut sink, SMALL as usize).map(|()| None), None)
        }
        None => {
            let watch = watch(&arguments, &running, &sink, &control, &alarm)?;
            let names = names(&arguments, &running, &alarm)?;
            let source = names.map(|found| found.map_err(Outcome::from));
            log::info!("{:?}", running.settings);
            let result = pipeline::run(&job, source, &mut sink, &running.settings, &control);
            (result.map(Some), watch.signal())
        }
    };
    let stats = match result {
        Ok(stats) => stats,
        Err(pipeline::Error::Sink(WriteError::Closed)) => return Ok(Ending::Good),
        Err(error) => return Err(fatal(error)),
    };
    if control.is_aborted() {
        // Nobody reads the output any more.
        return Ok(Ending::Good);
    }
    if signal.is_none() {
        match sink.output.commit() {
            Ok(()) => {}
            Err(WriteError::Closed) => return Ok(Ending::Good),
            Err(WriteError::Failed(fatal)) => return Err(fatal),
        }
    }
    tell(&running, &counters, begun, stats.as_ref(), console);
    Ok(match signal {
        Some(number) => {
            console.line(&interrupted(number, arguments.output.as_deref()));
            Ending::Signal(number)
        }
        None if counters.failed.load(Relaxed) > 0 => Ending::SomeFailed,
        None => Ending::Good,
    })
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

/// The only argument, if it is a file that is not worth a thread.
fn single_small_file(arguments: &HashArgs) -> Option<Item> {
    let [path] = &arguments.paths[..] else { return None };
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let small = path.as_os_str() != "-" && metadata.len() <= SMALL;
    small.then(|| Item::File(path.clone(), Origin::Argument))
}

/// The names of what is to be hashed.
fn names(
    arguments: &HashArgs,
    running: &Running,
    alarm: &Alarm,
) -> Result<Box<dyn Iterator<Item = Found> + Send>, Fatal> {
    if let Some(list) = &arguments.files_from {
        return Ok(Box::new(List::new(open_list(list, alarm)?, list.clone(), arguments.null)));
    }
    let rules = config::walk_rules(&arguments.walk, running.settings.order);
    let paths = match &arguments.paths[..] {
        [] => vec![PathBuf::from("-")],
        paths => paths.to_vec(),
    };
    Ok(Box::new(Files::new(paths, rules)?))
}

fn open_list(list: &Path, alarm: &Alarm) -> Result<Patient, Fatal> {
    let fail = |why: &str| Fatal(format!("cannot read the list {}: {why}", printable(list)));
    if list.as_os_str() == "-" {
        return Patient::stdin(alarm).map_err(|error| fail(&reason(&error)));
    }
    let file = File::open(list).map_err(|error| fail(&reason(&error)))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Err(fail("Is a directory"));
    }
    Ok(Patient::new(file, alarm))
}

fn watch(
    arguments: &HashArgs,
    running: &Running,
    sink: &HashSink,
    control: &Control,
    alarm: &Alarm,
) -> Result<Watch, Fatal> {
    let watched = Watched {
        control: control.clone(),
        alarm: alarm.clone(),
        counters: sink.counters.clone(),
        display: Display::new(running.show, sink.console.clone()),
        output: arguments.output.is_none().then(closable_stdout).flatten(),
        temporary: sink.output.temporary().map(Path::to_path_buf),
        count: count(arguments, running, control),
    };
    watch::Watch::start(watched).map_err(|error| Fatal(reason(&error)))
}

/// Counts what the walk will find, for the remaining time. A list cannot be read twice.
fn count(
    arguments: &HashArgs,
    running: &Running,
    control: &Control,
) -> Option<Box<dyn FnOnce() -> Option<Total> + Send>> {
    if arguments.files_from.is_some() || arguments.paths.is_empty() {
        return None;
    }
    let rules = config::walk_rules(&arguments.walk, running.settings.order);
    let files = Files::new(arguments.paths.clone(), rules).ok()?;
    let control = control.clone();
    Some(Box::new(move || {
        let mut total = Total::default();
        for found in files {
            if control.is_stopped() {
                return None;
            }
            match found {
                Ok(Item::File(path, _)) => {
                    total.files += 1;
                    total.bytes += fs::metadata(path).map_or(0, |metadata| metadata.len());
                }
                // The length of standard input is not known.
                Ok(Item::Stdin) => return None,
                Err(_) => {}
            }
        }
        Some(total)
    }))
}

/// The summary and the account, where they were asked for.
fn tell(
    running: &Running,
    counters: &Counters,
    begun: Instant,
    stats: Option<&Stats>,
    console: &Console,
) {
    if running.summary {
        console.line(&summary::line(counters, begun.elapsed(), stats));
    }
    if running.stats {
        match stats {
            Some(stats) => summary::table(stats, config::processors())
                .lines()
                .for_each(|line| console.line(line)),
            None => console.line("one small file was hashed without starting any threads"),
        }
    }
}

fn interrupted(signal: i32, output: Option<&Path>) -> String {
    let left = output.map(|path| format!("; {} is as it was", printable(path)));
    format!("stopped by signal {signal}{}", left.unwrap_or_default())
}

fn fatal(error: pipeline::Error<WriteError>) -> Fatal {
    match error {
        pipeline::Error::Sink(WriteError::Failed(fatal)) => fatal,
        pipeline::Error::Sink(WriteError::Closed) => Fatal("the output is closed".into()),
        pipeline::Error::Panic { stage, message } => {
            Fatal(format!("internal error in the {stage} stage: {message}"))
        }
        pipeline::Error::Threads(reason) => Fatal(format!("cannot start threads: {reason}")),
    }
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
