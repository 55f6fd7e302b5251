//! `hash --update`: what is known about a file before it is read, the policy that decides which files are
//! read, and the counts of the outcomes.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use crate::files::rules::Sizes;
use crate::hash::algorithms::Set;
use crate::hash::job::Context;
use crate::manifest::Entry;
use crate::manifest::judge::Ignored;
use crate::stamp::is_in_doubt;

/// What is known about a file before it is read.
#[derive(Debug)]
pub enum Known {
    /// Nothing is known.
    Nothing,
    /// An interrupted run wrote the file's result, which consists of these bytes and this number of
    /// records.
    Done(Box<[u8]>, u64),
    /// The file has this entry in the manifest. With `true` the file must be read even if its size
    /// and times match the entry.
    Old(Box<Entry>, bool),
    /// The entries of several unchanged files.
    Carried(Vec<Entry>),
    /// The entry of a file that could not be checked, or that options exclude from the check. Its
    /// line is kept.
    Kept(Box<Entry>),
    /// The name in the manifest is now that of a file of another kind, such as a directory. This text
    /// says so.
    NoFile(String),
}

impl Context for Known {
    fn is_settled(&self) -> bool {
        matches!(self, Known::Done(..))
    }

    fn weight(&self) -> usize {
        match self {
            Known::Nothing => 0,
            Known::NoFile(reason) => reason.len(),
            Known::Done(bytes, _) => bytes.len(),
            Known::Carried(entries) => {
                entries.iter().map(|entry| size_of::<Entry>() + entry.weight()).sum()
            }
            Known::Old(entry, _) | Known::Kept(entry) => size_of::<Entry>() + entry.weight(),
        }
    }
}

/// Counts of the files of the manifest and of the tree, by outcome.
#[derive(Debug, Default)]
#[allow(missing_docs)]
pub struct Tally {
    pub unchanged: AtomicU64,
    pub changed: AtomicU64,
    pub renewed: AtomicU64,
    pub new: AtomicU64,
    pub gone: AtomicU64,
    pub kept: AtomicU64,
    pub replaced: AtomicU64,
    pub corrupt: AtomicU64,
    /// Files whose lines an interrupted run had written. The summary line does not show this
    /// number.
    pub done: AtomicU64,
    /// Files that options exclude; their lines are kept.
    pub left_out: AtomicU64,
    /// Files that options exclude, if another option asks to drop their lines.
    pub forgotten: AtomicU64,
    /// Lines of the manifest whose names do not lie below any PATH.
    pub elsewhere: AtomicU64,
    /// Names that the walk found and that are in the manifest. If a file turns out to be gone,
    /// unreadable or to be skipped when it is opened, it is subtracted. The summary line does not
    /// show this number.
    pub met: AtomicU64,
    /// Lines that are malformed or contradict other lines, or whose name is no longer a regular
    /// file. The summary line does not show this number.
    pub wrong: AtomicU64,
    /// Lines that are kept because the run was stopped before their files were looked at or read.
    pub unreached: AtomicU64,
    /// New files that were found and not read, because the run was stopped. The summary line does
    /// not show this number.
    pub unread: AtomicU64,
    /// Whether the walk was stopped before its end.
    pub cut: AtomicBool,
    /// Lines of other shards, as far as they show that the manifest is not about an empty tree. The summary line does not show this
    /// number.
    pub of_others: AtomicU64,
    /// New files whose name is the name of a file that is gone, in another Unicode form. The
    /// summary line does not show this number.
    pub respelled: AtomicU64,
    /// A PATH below which the manifest has names, if none of these files was found.
    pub emptied: Mutex<Option<PathBuf>>,
}

impl Tally {
    /// The summary line: `5 unchanged, 1 changed, 1 new, 2 gone`
    pub fn line(&self) -> String {
        let counts = [
            (&self.unchanged, "unchanged"),
            (&self.changed, "changed"),
            (&self.renewed, "read again"),
            (&self.new, "new"),
            (&self.gone, "gone"),
            (&self.kept, "kept unread"),
            (&self.replaced, "replaced"),
            (&self.corrupt, "corrupt"),
            (&self.left_out, "left out by options, lines kept"),
            (&self.forgotten, "left out by options, lines dropped"),
            (&self.elsewhere, "elsewhere"),
            (&self.unreached, "not reached"),
        ];
        let counts = counts.map(|(count, word)| (count.load(Relaxed), word));
        let shown = counts.iter().filter(|(count, word)| *count > 0 || *word == "unchanged");
        shown.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
    }

    /// The numbers of files by outcome. Most of the outcomes occur only in an `update`, and some only
    /// if it has a `budget` for reading.
    pub fn kinds(&self, update: bool, budget: bool) -> Vec<(&'static str, u64)> {
        let count = |count: &AtomicU64| count.load(Relaxed);
        let digested = [&self.changed, &self.renewed, &self.new, &self.replaced, &self.corrupt];
        let digested = digested.into_iter().map(count).sum();
        let mut kinds = vec![("digested", digested), ("resumed", count(&self.done))];
        if update {
            let more = [
                ("unchanged", &self.unchanged),
                ("changed", &self.changed),
                ("read_again", &self.renewed),
                ("new", &self.new),
                ("gone", &self.gone),
                ("kept_unread", &self.kept),
                ("replaced", &self.replaced),
                ("corrupt", &self.corrupt),
                ("left_out", &self.left_out),
                ("forgotten", &self.forgotten),
                ("elsewhere", &self.elsewhere),
                ("wrong", &self.wrong),
                ("respelled", &self.respelled),
            ];
            kinds.extend(more.map(|(name, number)| (name, count(number))));
        }
        if budget {
            let more = [("not_reached", &self.unreached), ("new_unread", &self.unread)];
            kinds.extend(more.map(|(name, number)| (name, count(number))));
        }
        kinds
    }

    /// How many files are gone, and how many files the manifest had below the PATHs.
    pub fn gone(&self) -> (u64, u64) {
        let count = |count: &AtomicU64| count.load(Relaxed);
        let gone = count(&self.gone);
        let others = [&self.met, &self.kept, &self.left_out, &self.forgotten, &self.unreached];
        (gone, gone + others.iter().map(|other| count(other)).sum::<u64>())
    }

    /// How many lines the new manifest has.
    pub fn lines(&self) -> u64 {
        let counts = [
            &self.unchanged,
            &self.changed,
            &self.renewed,
            &self.new,
            &self.kept,
            &self.replaced,
            &self.corrupt,
            &self.left_out,
            &self.elsewhere,
            &self.unreached,
            &self.done,
        ];
        counts.iter().map(|count| count.load(Relaxed)).sum()
    }
}

/// The rules for which files are read although their size and times match their entries.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Whether all files are read.
    pub all: bool,
    /// Files that were last read before this time are read again. In nanoseconds since 1970.
    pub before: Option<i128>,
    /// A file that was read before this time, as its entry says, is read again, since that time must
    /// be wrong. In nanoseconds since 1970.
    pub least: i128,
    /// The current time, in nanoseconds since 1970. A file that was read later than this, as its
    /// entry says, is read again, since that time must be wrong.
    pub now: i128,
    /// The algorithms for all files, or, if `own` is set, only for new files.
    pub algorithms: Set,
    /// Whether files in the manifest keep the algorithms of their entries.
    pub own: bool,
    /// The sizes of files that are wanted. Files of other sizes are excluded.
    pub sizes: Sizes,
    /// Whether symbolic links are followed.
    pub follow: bool,
    /// Differences between a file and its entry that are ignored.
    pub ignored: Ignored,
    /// Whether lines of files that options exclude are dropped.
    pub forget: bool,
}

impl Policy {
    /// Whether the file must be read even if its size and times match.
    pub fn must_read(&self, entry: &Entry) -> bool {
        let (Some(hashed), Some(mtime), Some(size)) = (entry.hashed, entry.mtime, entry.size)
        else {
            return true;
        };
        let ctime = entry.ctime.filter(|_| !self.ignored.ctime);
        let latest = mtime.max(ctime.unwrap_or(mtime));
        self.all
            || self.before.is_some_and(|before| hashed < before)
            || !(self.least..=self.now).contains(&hashed)
            || is_in_doubt(latest, hashed)
            || !self.own && entry.link.is_none() && !entry.digests.set().includes(self.algorithms)
            || self.sizes.exclude(size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_may_have_changed_in_the_same_tick_is_read_again() {
        let second = 1_000_000_000;
        let policy = Policy {
            all: false,
            before: None,
            least: i128::MIN,
            now: 100 * second,
            algorithms: Set::default(),
            own: true,
            sizes: Sizes::default(),
            follow: false,
            ignored: Ignored::default(),
            forget: false,
        };
        let must_read = |ctime: i128, hashed: i128| {
            let entry = Entry::empty(b"a".to_vec()).unwrap();
            let (size, mtime) = (Some(1), Some(10 * second));
            let (ctime, hashed) = (Some(ctime), Some(hashed));
            policy.must_read(&Entry { size, mtime, ctime, hashed, ..entry })
        };
        let fine = 10 * second + 123;
        assert!(must_read(fine, fine + 9_000_000) && !must_read(fine, fine + 11_000_000));
        // A file system whose times are whole seconds, or multiples of two seconds.
        let coarse = 12 * second;
        assert!(must_read(coarse, coarse + second) && !must_read(coarse, coarse + 2 * second + 1));
        assert!(must_read(fine, 101 * second), "read later than now");
    }
}
