//! Counts what a run has done, and shows the progress.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use indicatif::{BinaryBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::console::Console;
use crate::files::Skip;
use crate::files::arguments::Total;

/// The progress bar appears when a run takes longer than this.
const BAR_AFTER: Duration = Duration::from_millis(300);
/// `--progress log` writes a line at these intervals.
const LOG_INTERVAL: Duration = Duration::from_secs(30);
/// Hadoop gets a line at these intervals. It ends a task that is silent for ten minutes.
const HADOOP_INTERVAL: Duration = Duration::from_secs(60);
/// A file counts as much as this many bytes when the remaining time is estimated.
const FILE_COST: u64 = 64 << 10;

/// The counters of a run; every thread adds to them.
#[derive(Debug, Default)]
pub struct Counters {
    /// The number of files that have a result.
    pub files: AtomicU64,
    /// The number of bytes that were read.
    pub bytes: Arc<AtomicU64>,
    /// The number of items that failed.
    pub failed: AtomicU64,
    /// The number of these of which the output has a result nevertheless, without some records.
    pub incomplete: AtomicU64,
    /// The number of skipped files by the reason, in the order of [`Skip::ALL`].
    pub skipped: [AtomicU64; Skip::ALL.len()],
    /// The total amount of work, once it is known.
    pub total: OnceLock<Total>,
}

impl Counters {
    /// A line about what the run has done so far, such as
    /// `12 files, 3.4 MiB, 6.8 MiB/s, 0:01 elapsed`.
    pub fn line(&self, elapsed: Duration) -> String {
        let (files, bytes) = (self.files.load(Relaxed), self.bytes.load(Relaxed));
        let mut line = format!("{}, {}", amount(files, bytes), rate(bytes, elapsed));
        let failed = self.failed.load(Relaxed);
        if failed > 0 {
            line += &format!(", {} failed", HumanCount(failed));
        }
        line += &format!(", {} elapsed", clock(elapsed));
        if let Some(left) = self.remaining(elapsed) {
            line += &format!(", about {} left", clock(left));
        }
        line
    }

    /// The finished and the total work, in bytes. Each file counts as its bytes plus [`FILE_COST`].
    fn work(&self) -> Option<(u64, u64)> {
        let total = self.total.get()?;
        let done = self.bytes.load(Relaxed) + FILE_COST * self.files.load(Relaxed);
        Some((done, (total.bytes + FILE_COST * total.files).max(done)))
    }

    fn remaining(&self, elapsed: Duration) -> Option<Duration> {
        let (done, all) = self.work()?;
        (done > 0).then(|| elapsed.mul_f64((all - done) as f64 / done as f64))
    }
}

/// The number of files and bytes, such as `12 files, 3.4 MiB`.
pub fn amount(files: u64, bytes: u64) -> String {
    let s = if files == 1 { "" } else { "s" };
    format!("{} file{s}, {}", HumanCount(files), BinaryBytes(bytes))
}

/// The speed, such as `56.7 MiB/s`.
pub fn rate(bytes: u64, elapsed: Duration) -> String {
    let per_second = bytes as f64 / elapsed.as_secs_f64().max(1e-9);
    format!("{}/s", BinaryBytes(per_second as u64))
}

fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match hours {
        0 => format!("{minutes}:{:02}", seconds % 60),
        _ => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
    }
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// A bar that is drawn again and again.
    Bar,
    /// A line every 30 seconds.
    Log,
    /// A line for Hadoop Streaming at the beginning and every minute.
    Hadoop,
    /// A line only when SIGUSR1 arrives.
    Nothing,
}

/// Shows the counters. The owner calls [`Display::tick`] every [`Display::interval`].
pub struct Display {
    show: Show,
    begun: Instant,
    /// When the last line was written, or the run began.
    last_line: Instant,
    bar: Option<ProgressBar>,
    /// Standard error.
    pub console: Console,
}

impl Display {
    /// Makes a display and starts its clock. Hadoop gets its first line at once, however short the run is.
    pub fn new(show: Show, console: Console) -> Self {
        let begun = Instant::now();
        if show == Show::Hadoop {
            let line = Counters::default().line(Duration::ZERO);
            console.bare(&format!("reporter:status:{line}"));
        }
        Self { show, begun, last_line: begun, bar: None, console }
    }

    /// The time until the next call of [`Display::tick`] is due. `None` if no calls are needed.
    pub fn interval(&self) -> Option<Duration> {
        match self.show {
            Show::Bar => Some(Duration::from_millis(100)),
            Show::Log => Some(self.until_line(LOG_INTERVAL)),
            Show::Hadoop => Some(self.until_line(HADOOP_INTERVAL)),
            Show::Nothing => None,
        }
    }

    /// The time until the next line is due, if one is due at this interval.
    fn until_line(&self, interval: Duration) -> Duration {
        interval.saturating_sub(self.last_line.elapsed())
    }

    /// The time since the display was made.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Writes a line with the counters now.
    pub fn line(&self, counters: &Counters) {
        self.console.line(&counters.line(self.elapsed()));
    }

    /// Draws the progress bar, or writes a line if it is time for one.
    pub fn tick(&mut self, counters: &Counters) {
        match self.show {
            Show::Nothing => {}
            Show::Log => {
                if self.until_line(LOG_INTERVAL).is_zero() {
                    self.last_line = Instant::now();
                    self.line(counters);
                }
            }
            Show::Hadoop => {
                if self.until_line(HADOOP_INTERVAL).is_zero() {
                    self.last_line = Instant::now();
                    let line = counters.line(self.elapsed());
                    self.console.bare(&format!("reporter:status:{line}"));
                }
            }
            Show::Bar if self.elapsed() < BAR_AFTER => {}
            Show::Bar => {
                let bar = self.bar.get_or_insert_with(|| {
                    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
                    bar.set_style(style("{spinner} {wide_msg}"));
                    self.console.set_bar(Some(bar.clone()));
                    bar
                });
                if let Some((done, all)) = counters.work() {
                    if bar.length().is_none() {
                        bar.set_style(style("[{bar:24}] {percent:>3}% {wide_msg}"));
                    }
                    bar.set_length(all);
                    bar.set_position(done);
                }
                bar.set_message(counters.line(self.begun.elapsed()));
                bar.tick();
            }
        }
    }

    /// Removes the progress bar.
    pub fn finish(&self) {
        self.console.set_bar(None);
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_files_bytes_rate_and_remaining_time() {
        let counters = Counters::default();
        counters.files.store(1500, Relaxed);
        counters.bytes.store(10 << 20, Relaxed);
        let line = counters.line(Duration::from_secs(10));
        assert_eq!(line, "1,500 files, 10.00 MiB, 1.00 MiB/s, 0:10 elapsed");

        counters.failed.store(2, Relaxed);
        counters.total.set(Total { files: 3000, bytes: 20 << 20 }).unwrap();
        let line = counters.line(Duration::from_secs(3700));
        assert_eq!(
            line,
            "1,500 files, 10.00 MiB, 2.77 KiB/s, 2 failed, 1:01:40 elapsed, about 1:01:40 left"
        );
    }

    #[test]
    fn hadoop_gets_a_line_at_once_and_then_every_minute() {
        let mut display = Display::new(Show::Hadoop, Console::default());
        display.tick(&Counters::default());
        let next = display.interval().unwrap();
        assert!(!next.is_zero() && next <= HADOOP_INTERVAL, "{next:?}");
    }

    #[test]
    fn a_total_that_was_outgrown_leaves_no_time() {
        let counters = Counters::default();
        counters.files.store(10, Relaxed);
        counters.total.set(Total { files: 5, bytes: 0 }).unwrap();
        assert_eq!(counters.remaining(Duration::from_secs(9)), Some(Duration::ZERO));
    }
}
