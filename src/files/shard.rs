//! One of several shards into which the work of a run is divided, so that each is done by a run of
//! its own. Which shard a file belongs to is a format: two versions of the program must agree on it,
//! or files would be lost between them.

use std::fmt;
use std::ops::Range;

use twox_hash::XxHash3_64;

/// Shard `index` of `of`, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u64,
    of: u64,
}

impl Shard {
    /// Shard `index` of `of`. `None` unless `index` is from 1 to `of`.
    pub fn new(index: u64, of: u64) -> Option<Self> {
        (1..=of).contains(&index).then_some(Self { index, of })
    }

    /// The shard that is written as `i/n`.
    ///
    /// # Errors
    /// Says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').map(|(index, of)| (index.parse(), of.parse()));
        match numbers {
            Some((Ok(0), Ok(1_u64..))) => Err(
                "shards are counted from 1; where jobs are counted from 0, write $((JOB_COMPLETION_INDEX + 1))/N on Kubernetes, $((SLURM_ARRAY_TASK_ID + 1))/N with Slurm"
                    .into(),
            ),
            Some((Ok(index), Ok(of))) => Self::new(index, of)
                .ok_or_else(|| format!("there are only {of} shards, counted from 1")),
            _ => Err("expected a shard such as 3/8: the third of eight".into()),
        }
    }

    /// The number of this shard, from 1.
    pub fn index(self) -> u64 {
        self.index
    }

    /// The number of all shards.
    pub fn of(self) -> u64 {
        self.of
    }

    /// Whether the file with this name belongs to this shard.
    pub fn holds(self, name: &[u8]) -> bool {
        Self::place(name, self.of) == self.index
    }

    /// The number of the shard, of so many, that the file with this name belongs to: the XXH3-64
    /// (seed 0) of the name modulo `of`, plus 1. Empty components and `.` do not count, since they do
    /// not change which file a name means.
    pub fn place(name: &[u8], of: u64) -> u64 {
        let parts = name.split(|&byte| byte == b'/');
        let plain = parts.clone().skip(1).all(|part| !part.is_empty() && part != b".")
            && !name.starts_with(b"./")
            && name != b".";
        let hash = if plain {
            XxHash3_64::oneshot(name)
        } else {
            let parts = parts.filter(|part| !part.is_empty() && *part != b".");
            let joined = parts.collect::<Vec<_>>().join(&b'/');
            let top = if name.starts_with(b"/") { &b"/"[..] } else { b"" };
            XxHash3_64::oneshot(&[top, &joined].concat())
        };
        hash % of + 1
    }

    /// The part of `total` things that this shard has.
    pub fn range(self, total: u64) -> Range<u64> {
        let end = |index: u64| (u128::from(total) * u128::from(index) / u128::from(self.of)) as u64;
        end(self.index - 1)..end(self.index)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.index, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_counted_from_one() {
        assert_eq!(Shard::parse("3/8"), Ok(Shard { index: 3, of: 8 }));
        assert!(Shard::parse("0/8").unwrap_err().contains("$((SLURM_ARRAY_TASK_ID + 1))/N"));
        assert_eq!(Shard::parse("9/8").unwrap_err(), "there are only 8 shards, counted from 1");
        for text in ["", "1", "/", "1/", "/2", "-1/2", "1/2/3", "a/b", "0/0", "1/0"] {
            assert!(Shard::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_place_of_a_name_is_a_format_that_other_programs_can_compute() {
        // What `printf %s NAME | xxhsum -H3 -` prints.
        let known: [(&str, u64); 3] = [
            ("a", 0xe6c632b61e964e1f),
            ("a/b", 0x48f71e9475860604),
            ("中文.txt", 0x7be59ba21d599af6),
        ];
        for (name, hash) in known {
            for of in [1, 2, 7, 64, 1_000_003] {
                assert_eq!(Shard::place(name.as_bytes(), of), hash % of + 1, "{name} {of}");
            }
        }
        for (name, same) in
            [("./a", "a"), ("a//b", "a/b"), ("a/./b", "a/b"), ("//a", "/a"), ("a/b/", "a/b")]
        {
            let [name, same] = [name, same].map(|name| Shard::place(name.as_bytes(), 1_000_003));
            assert_eq!(name, same);
        }
    }

    #[test]
    fn the_ranges_of_all_shards_are_the_whole() {
        for (total, of) in [(0, 3), (1, 7), (10, 3), (100, 64), (u64::MAX, 10)] {
            let ranges = (1..=of).map(|index| Shard { index, of }.range(total));
            let end = ranges.fold(0, |end, range| {
                assert_eq!(range.start, end);
                range.end
            });
            assert_eq!(end, total);
        }
    }
}
