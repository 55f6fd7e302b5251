//! The option about files that change while they are read.

use clap::Args;

use crate::error::Fatal;
use crate::hash::again::Changed;

/// How often a file is read again if the option names no number.
const TIMES: u32 = 3;

/// The option about files that change while they are read.
#[derive(Clone, Copy, Debug, Args)]
pub struct ChangedArgs {
    /// What to do about a file that changes while it is read. `fail`: report an error; `retry`: read
    /// it again up to 3 times (`retry:N`: up to N times), and report an error if it changes each
    /// time; `mark`: keep the digest, and mark it in JSON and CSV (only for hash)
    #[arg(long, value_name = "ACTION", default_value = "fail", value_parser = parse_changed)]
    #[arg(help_heading = "Reading")]
    pub changed: Changed,
}

impl ChangedArgs {
    /// The action of a command that writes no manifest.
    ///
    /// # Errors
    /// The action is to mark the file, for which there is no place.
    pub fn without_mark(self) -> Result<Changed, Fatal> {
        match self.changed {
            Changed::Mark => Err(Fatal(
                "--changed mark is only for hash without --check: verdicts have no place for the mark".into(),
            )),
            other => Ok(other),
        }
    }
}

fn parse_changed(text: &str) -> Result<Changed, String> {
    match text {
        "fail" => Ok(Changed::Fail),
        "mark" => Ok(Changed::Mark),
        "retry" => Ok(Changed::Retry(TIMES)),
        _ => text
            .strip_prefix("retry:")
            .and_then(|times| times.parse().ok())
            .map(Changed::Retry)
            .ok_or_else(|| "expected fail, retry, retry:N or mark".into()),
    }
}
