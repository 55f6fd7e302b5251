//! What a program needs that starts this one many times, such as Spark or Hadoop: silence if all is well, an
//! exit code that it can believe, and reports in its own form.

use std::sync::atomic::Ordering::Relaxed;

use super::console::Console;
use super::progress::Counters;
use crate::error::Share;

/// What the program that started this one needs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Engine {
    /// Whether each input has exactly one line of output. Then remarks are left to the log, and an output
    /// that its reader closes is a failure, since lines are missing.
    pub records: bool,
    /// How many files may fail in a run that counts as a success.
    pub allow_failed: Option<Share>,
    /// Whether the counters are reported to Hadoop at the end.
    pub hadoop: bool,
}

impl Engine {
    /// Makes a remark that says nothing about a failure.
    pub fn remark(self, console: &Console, text: &str) {
        if self.records {
            log::info!("{text}");
        } else {
            console.line(text);
        }
    }

    /// Whether so many files of all may fail in a run that counts as a success. Says so if
    /// `--allow-failed` decides it.
    pub fn allows(self, failed: u64, all: u64, console: &Console) -> bool {
        let Some(most) = self.allow_failed.filter(|_| failed > 0) else { return failed == 0 };
        let too_many = most.is_exceeded(failed, all);
        let verdict = if too_many { "more than" } else { "no more than" };
        let files = if all == 1 { "file" } else { "files" };
        console.line(&format!(
            "{failed} of {all} {files} failed, {verdict} --allow-failed {most} allows"
        ));
        !too_many
    }

    /// Reports the counters of the run to Hadoop, if the user asked for it. `kinds` are the numbers of the
    /// results by their kind.
    pub fn report(self, counters: &Counters, kinds: &[(&str, u64)], console: &Console) {
        if !self.hadoop {
            return;
        }
        let Counters { files, bytes, failed, skipped, .. } = counters;
        let skipped = skipped.iter().map(|skipped| skipped.load(Relaxed)).sum();
        let own = [("files", files.load(Relaxed)), ("bytes", bytes.load(Relaxed))];
        let others = [("failed", failed.load(Relaxed)), ("skipped", skipped)];
        for (name, number) in own.iter().chain(&others).chain(kinds) {
            console.bare(&format!("reporter:counter:batchproc,{name},{number}"));
        }
    }
}
