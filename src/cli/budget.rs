//! The options that bound how much of a tree `hash --update` reads again in one run.

use std::time::Duration;

use clap::Args;

use super::values::{parse_age, parse_size};

/// How much a run reads again at most.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct BudgetArgs {
    /// With --rehash or --rehash-older-than: read unchanged files, those first that were read
    /// longest ago, until the run has taken this long, such as 2h or 30m. A file that was begun is
    /// read to its end. New and changed files are read before, however long it takes [default: no
    /// limit]
    #[arg(long, value_name = "TIME", requires = "update", value_parser = parse_age)]
    pub time_limit: Option<Duration>,

    /// With --rehash or --rehash-older-than: of unchanged files, those first that were read longest
    /// ago, read at most this share of all bytes of the tree, such as 5%, or this many bytes, such as
    /// 100G, but at least one file. What new and changed files have taken is subtracted [default: no
    /// limit]
    #[arg(long, value_name = "SIZE", requires = "update", value_parser = parse_sample)]
    pub sample: Option<Sample>,
}

impl BudgetArgs {
    /// Whether one of the options is given.
    pub fn is_given(&self) -> bool {
        self.time_limit.is_some() || self.sample.is_some()
    }
}

/// How many bytes are read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sample {
    /// This number of bytes.
    Bytes(u64),
    /// This percentage of all bytes.
    Percent(f64),
}

impl Sample {
    /// The number of bytes if there are `all` of them.
    pub fn of(self, all: u64) -> u64 {
        match self {
            Sample::Bytes(bytes) => bytes,
            Sample::Percent(percent) if percent >= 100.0 => u64::MAX,
            Sample::Percent(percent) => (all as f64 * percent / 100.0) as u64,
        }
    }
}

fn parse_sample(text: &str) -> Result<Sample, String> {
    let Some(percent) = text.strip_suffix('%') else {
        let parsed = parse_size(text).map(Sample::Bytes);
        return parsed.map_err(|reason| format!("{reason}, or a percentage such as 5%"));
    };
    let plain = percent.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let parsed = percent.parse().ok().filter(|percent| plain && (0.0..=100.0).contains(percent));
    parsed.map(Sample::Percent).ok_or_else(|| "expected a percentage from 0% to 100%".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_a_number_of_bytes_or_a_percentage() {
        assert_eq!(parse_sample("100G"), Ok(Sample::Bytes(100 << 30)));
        assert_eq!(parse_sample("2.5%"), Ok(Sample::Percent(2.5)));
        for text in ["", "%", "-1", "101%", "NaN%", "1e2%", "1.5", "5 %"] {
            assert!(parse_sample(text).is_err(), "{text}");
        }
        assert_eq!(Sample::Bytes(7).of(3), 7);
        assert_eq!((Sample::Percent(34.0).of(300), Sample::Percent(0.0).of(300)), (102, 0));
        assert_eq!(Sample::Percent(100.0).of(3), u64::MAX);
    }
}
