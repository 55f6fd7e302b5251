//! Options of commands that compare a manifest with a tree or update it.

use clap::{Args, ValueEnum};

use crate::manifest::judge::Ignored;

/// Options about allowed differences, for `audit` and `hash --update`.
#[derive(Clone, Debug, Default, Args)]
pub struct IgnoreArgs {
    /// Ignore these differences (a list) between the manifest and a file, for trees that were
    /// restored or copied [default: ignore none]
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
    pub ignore: Vec<IgnoreName>,
}

impl IgnoreArgs {
    /// Converts the list as typed.
    pub fn ignored(&self) -> Ignored {
        let has = |name| self.ignore.contains(&name);
        Ignored {
            ctime: has(IgnoreName::Ctime),
            inode: has(IgnoreName::Inode),
            device: has(IgnoreName::Device),
            zone: has(IgnoreName::MtimeZone),
        }
    }
}

/// Differences between a manifest and a file that can be ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IgnoreName {
    /// The time of the last status change (ctime). If it is ignored, --update does not read a file
    /// that was replaced with its modification time kept; if such a file is read anyway, it is
    /// called corrupt
    Ctime,
    /// The inode. If it is ignored, --update does not notice that a file was replaced by another
    /// file of the same size and times
    Inode,
    /// The device. If it is ignored, --update does not notice that another file system was mounted
    /// in place of the old one
    Device,
    /// A difference of whole hours between the modification times, as between time zones. If it is
    /// ignored, an edit that changes the time by exactly whole hours is not noticed
    MtimeZone,
}

/// How many files may be gone from a tree before `hash` refuses to replace its manifest.
pub use crate::error::Share as MaxGone;

pub(super) fn parse_max_gone(text: &str) -> Result<MaxGone, String> {
    let parsed = match text.strip_suffix('%') {
        Some(percent) if percent.bytes().all(|c| c.is_ascii_digit() || c == b'.') => {
            percent.parse().ok().map(MaxGone::Percent)
        }
        Some(_) => None,
        None => text.parse().ok().map(MaxGone::Number),
    };
    match parsed {
        Some(MaxGone::Percent(percent)) if !(0.0..=100.0).contains(&percent) => None,
        parsed => parsed,
    }
    .ok_or_else(|| "expected a number of files, or a percentage such as 5%".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_or_a_percentage() {
        assert_eq!(parse_max_gone("0"), Ok(MaxGone::Number(0)));
        assert_eq!(parse_max_gone("2.5%"), Ok(MaxGone::Percent(2.5)));
        for text in ["", "%", "-1", "101%", "NaN%", "1e2%", "1.5", "5 %"] {
            assert!(parse_max_gone(text).is_err(), "{text}");
        }
        let [none, half] = [MaxGone::Number(0), MaxGone::Percent(50.0)];
        assert!(none.is_exceeded(1, 10) && !none.is_exceeded(0, 0));
        assert!(half.is_exceeded(6, 10) && !half.is_exceeded(5, 10) && !half.is_exceeded(0, 0));
        assert!(MaxGone::Percent(100.0).allows_all() && !half.allows_all());
    }
}
