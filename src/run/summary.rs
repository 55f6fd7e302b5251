//! What is printed at the end of a run: a summary in one line and, with `--stats`, a table of the
//! stages of the pipeline.

use std::fmt::Write;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use rustix::fs::{major, minor};

use super::progress::{Counters, amount, rate};
use crate::files::Skip;
use crate::pipeline::{Stage, Stats, processor_time};

/// The summary, such as
/// `12 files, 3.4 MiB in 0.50 s (6.8 MiB/s); skipped 2 FIFOs; 0 failed; readers: 8, workers: 2`.
pub fn line(counters: &Counters, elapsed: Duration, stats: Option<&Stats>) -> String {
    let (files, bytes) = (counters.files.load(Relaxed), counters.bytes.load(Relaxed));
    let mut line = format!(
        "{} in {:.2} s ({})",
        amount(files, bytes),
        elapsed.as_secs_f64(),
        rate(bytes, elapsed)
    );
    let skipped: Vec<String> = Skip::ALL
        .iter()
        .zip(&counters.skipped)
        .map(|(skip, count)| (skip.name(), count.load(Relaxed)))
        .filter(|&(_, count)| count > 0)
        .map(|(name, count)| {
            format!("{count} {}", if count == 1 { name.into() } else { plural(name) })
        })
        .collect();
    if !skipped.is_empty() {
        let _ = write!(line, "; skipped {}", skipped.join(", "));
    }
    let _ = write!(line, "; {} failed", counters.failed.load(Relaxed));
    if let Some(stats) = stats {
        let workers = stats.stage(Stage::Work).threads;
        let _ = write!(line, "; readers: {}, workers: {workers}", readers(&stats.devices));
    }
    line
}

/// The number of readers (threads that read files): `32`, or if the files are on several devices,
/// `32 on device 254:0 and 1 on device 8:16`.
fn readers(devices: &[(Option<u64>, usize)]) -> String {
    match devices {
        [] => return "none".into(),
        [(_, number)] => return number.to_string(),
        _ => {}
    }
    let each = devices.iter().map(|&(device, number)| match device {
        Some(device) => format!("{number} on device {}:{}", major(device), minor(device)),
        None => format!("{number} for names from a list"),
    });
    each.collect::<Vec<_>>().join(" and ")
}

fn plural(name: &str) -> String {
    match name.split_once(' ') {
        Some(("file", rest)) => format!("files {rest}"),
        _ => format!("{name}s"),
    }
}

/// The table of the stages of the pipeline, and a sentence on what limited the speed. `at_limit`: files were
/// read about as fast as `--limit` allows.
pub fn table(stats: &Stats, cpus: usize, at_limit: bool) -> String {
    let mut table = String::from("stage   threads      busy   starved   blocked\n");
    for (stage, account) in Stage::ALL.iter().zip(&stats.stages) {
        let [busy, starved, blocked] =
            [account.busy, account.starved, account.blocked].map(|time| time.as_secs_f64());
        let threads = account.threads;
        let _ = writeln!(
            table,
            "{stage:<7} {threads:>7} {busy:>7.2} s {starved:>7.2} s {blocked:>7.2} s"
        );
    }
    let cpu = processor_time();
    let _ = write!(
        table,
        "CPU time: {:.2} s of {:.2} s on {cpus} CPUs\n\
         readers: {}\n{}",
        cpu.as_secs_f64(),
        stats.elapsed.as_secs_f64() * cpus as f64,
        readers(&stats.devices),
        if at_limit { AT_LIMIT.into() } else { verdict(stats, cpu, cpus) }
    );
    table
}

const AT_LIMIT: &str = "The run was as fast as --limit allows.";

/// A run shorter than this gets no verdict, since starting its threads takes a large part of the
/// time.
const MIN_ELAPSED: Duration = Duration::from_millis(100);

/// Says what limited the speed of the run, and which option would help.
fn verdict(stats: &Stats, cpu: Duration, cpus: usize) -> String {
    if stats.elapsed < MIN_ELAPSED {
        return "The run was too short to show what limited it.".into();
    }
    let elapsed = stats.elapsed.as_secs_f64().max(1e-9);
    let share =
        |time: Duration, threads: usize| time.as_secs_f64() / (elapsed * threads.max(1) as f64);
    let (read, work) = (stats.stage(Stage::Read), stats.stage(Stage::Work));
    let workers_busy = share(work.busy, work.threads);
    let machine_busy = share(cpu, cpus);
    if workers_busy > 0.8 && work.threads < cpus && machine_busy < 0.8 {
        return format!(
            "The run was CPU-bound: its {} of {cpus} possible workers were busy; a larger -j would help.",
            work.threads
        );
    }
    if machine_busy > 0.8 || workers_busy > 0.8 {
        return "The run was CPU-bound: all CPUs were busy, so no setting would help.".into();
    }
    if share(stats.stage(Stage::Sink).busy, 1) > 0.5 {
        return "The run was I/O-bound: it waited for the reader of its output.".into();
    }
    if share(read.starved, read.threads) > 0.5 {
        return "The run was I/O-bound: it waited for the names of the files (the walk or the list).".into();
    }
    if share(read.blocked, read.threads) > 0.5 {
        return "The run was CPU-bound: the readers waited for the workers, and these for CPUs that other programs used.".into();
    }
    "The run was I/O-bound: the readers waited for the files; try a larger --io-threads, or on a hard disk a smaller one.".into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::StageStats;
    use rustix::fs::makedev;

    fn stats(read: [u64; 3], work: [u64; 3], threads: usize) -> Stats {
        let stage = |threads, [busy, starved, blocked]: [u64; 3]| StageStats {
            threads,
            busy: Duration::from_secs(busy),
            starved: Duration::from_secs(starved),
            blocked: Duration::from_secs(blocked),
            lent: Duration::ZERO,
        };
        let stages =
            [stage(1, [1, 0, 9]), stage(2, read), stage(threads, work), stage(1, [0, 10, 0])];
        let devices = vec![(None, 2)];
        Stats { elapsed: Duration::from_secs(10), stages, devices, fewer_open: None }
    }

    #[test]
    fn the_verdict_names_what_was_short() {
        let busy = Duration::from_secs(19);
        let idle = Duration::from_secs(3);
        assert!(verdict(&stats([5, 0, 15], [19, 1, 0], 2), busy, 2).contains("no setting"));
        assert!(
            verdict(&stats([5, 0, 5], [9, 1, 0], 1), Duration::from_secs(10), 4).contains("-j")
        );
        assert!(verdict(&stats([19, 1, 0], [2, 18, 0], 2), idle, 2).contains("--io-threads"));
        assert!(verdict(&stats([2, 18, 0], [2, 18, 0], 2), idle, 2).contains("names"));
        let half = Duration::from_secs(9);
        assert!(verdict(&stats([1, 1, 18], [14, 6, 0], 2), half, 2).contains("other programs"));
    }

    #[test]
    fn a_run_as_fast_as_its_limit_gets_no_advice() {
        let [free, limited] = [false, true]
            .map(|at_limit| table(&stats([19, 1, 0], [2, 18, 0], 2), 1_000_000, at_limit));
        let last = |table: &str| table.lines().last().map(str::to_owned);
        assert!(last(&free).is_some_and(|line| line.contains("try a larger --io-threads")));
        assert_eq!(last(&limited).as_deref(), Some("The run was as fast as --limit allows."));
    }

    #[test]
    fn a_run_of_milliseconds_has_no_verdict() {
        let mut short = stats([19, 1, 0], [2, 18, 0], 2);
        short.elapsed = Duration::from_millis(99);
        let message = verdict(&short, Duration::from_millis(150), 2);
        assert_eq!(message, "The run was too short to show what limited it.");
        short.elapsed = Duration::from_millis(100);
        assert!(verdict(&short, Duration::from_millis(150), 2).contains("bound: "));
    }

    #[test]
    fn each_device_has_its_number_of_readers() {
        let (disk, network) = (makedev(8, 16), makedev(0, 45));
        assert_eq!(readers(&[(Some(disk), 1)]), "1");
        assert_eq!(
            readers(&[(Some(disk), 1), (Some(network), 64), (None, 4)]),
            "1 on device 8:16 and 64 on device 0:45 and 4 for names from a list"
        );
    }

    #[test]
    fn the_summary_counts_what_was_skipped_by_reason() {
        let counters = Counters::default();
        counters.files.store(1, Relaxed);
        counters.skipped[0].store(2, Relaxed);
        counters.skipped[1].store(1, Relaxed);
        let line = line(&counters, Duration::from_secs(1), None);
        assert_eq!(
            line,
            "1 file, 0 B in 1.00 s (0 B/s); skipped 2 symbolic links, 1 FIFO; 0 failed"
        );
    }
}
