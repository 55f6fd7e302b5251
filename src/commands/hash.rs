//! `batchproc hash`: wires names, files, digests and output to a pipeline.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use rustix::fs::OFlags;

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
use crate::summary;
use crate::watch::{Watch, Watched, closable_stdout};

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
    config::walk_rules(&arguments.walk, running.settings.order).check()?;
    let alarm = Alarm::new().map_err(|error| cannot("open a pipe", &error))?;
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
            let settings = &running.settings;
            log::info!(
                "workers: {}, readers: {} to {}, buffers: {} of {} KiB, kernel: {}",
                settings.threads,
                settings.readers,
                settings.most_readers,
                settings.buffers,
                settings.buffer_bytes >> 10,
                job.kernel.name()
            );
            let result = pipeline::run(&job, source, &mut sink, &running.settings, &control);
            (result.map(Some), watch.signal())
        }
    };
    let stopped = |number| {
        console.line(&format!("stopped by signal {number}{}", left(arguments.output.as_deref())));
        Ending::Signal(number)
    };
    let stats = match (result, signal) {
        (Ok(stats), _) => stats,
        (Err(pipeline::Error::Sink(WriteError::Closed)), Some(number)) => {
            return Ok(stopped(number));
        }
        (Err(pipeline::Error::Sink(WriteError::Closed)), None) => return Ok(Ending::Good),
        (Err(error), _) => return Err(fatal(error)),
    };
    let failed = counters.failed.load(Relaxed);
    if let Some(number) = signal {
        tell(&running, &counters, begun, stats.as_ref(), console);
        return Ok(stopped(number));
    }
    if control.is_aborted() {
        // Nobody reads the output any more.
        return Ok(Ending::Good);
    }
    if failed > 0 && counters.files.load(Relaxed) == 0 && sink.output.temporary().is_some() {
        // A wrong name, or a disk that is not mounted: no reason to lose the last good result.
        console.line(&format!("nothing was hashed{}", left(arguments.output.as_deref())));
        return Ok(Ending::SomeFailed);
    }
    match sink.output.commit() {
        Ok(()) => {}
        Err(WriteError::Closed) => return Ok(Ending::Good),
        Err(WriteError::Failed(fatal)) => return Err(fatal),
    }
    tell(&running, &counters, begun, stats.as_ref(), console);
    Ok(if failed > 0 { Ending::SomeFailed } else { Ending::Good })
}

/// What is told of the output where it was not replaced.
fn left(output: Option<&Path>) -> String {
    output.map(|path| format!("; {} is as it was", printable(path))).unwrap_or_default()
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
        if arguments.walk.asks_for_directories() {
            let reason = "the names of --files-from are files, to which only --min-size and --max-size apply";
            return Err(Fatal(reason.into()));
        }
        return Ok(Box::new(List::new(open_list(list, alarm)?, list.clone(), arguments.null)));
    }
    let rules = config::walk_rules(&arguments.walk, running.settings.order);
    let paths = match &arguments.paths[..] {
        [] => vec![PathBuf::from("-")],
        paths => paths.to_vec(),
    };
    Ok(Box::new(Files::new(paths, rules)))
}

fn open_list(list: &Path, alarm: &Alarm) -> Result<Patient, Fatal> {
    let fail = |why: &str| Fatal(format!("cannot read the list {}: {why}", printable(list)));
    if list.as_os_str() == "-" {
        return Patient::stdin(alarm).map_err(|error| fail(&reason(&error)));
    }
    // Opening a FIFO must not wait for its writer, as nothing could end that.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let opened = File::options().read(true).custom_flags(flags).open(list);
    let file = opened.map_err(|error| fail(&reason(&error)))?;
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
    Watch::start(watched).map_err(|error| cannot("watch for signals", &error))
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
    let files = Files::new(arguments.paths.clone(), rules);
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
            Some(stats) => summary::table(stats, pipeline::processors())
                .lines()
                .for_each(|line| console.line(line)),
            None => console.line("one small file was hashed without starting any threads"),
        }
    }
}

fn cannot(action: &str, error: &io::Error) -> Fatal {
    Fatal(format!("cannot {action}: {}", reason(error)))
}

fn fatal(error: pipeline::Error<WriteError>) -> Fatal {
    match error {
        pipeline::Error::Sink(WriteError::Failed(fatal)) => fatal,
        pipeline::Error::Sink(WriteError::Closed) => Fatal("the output is closed".into()),
        pipeline::Error::Panic { stage, message } => {
            Fatal(format!("the {stage} stage failed: {message}"))
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
