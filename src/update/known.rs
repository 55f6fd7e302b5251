//! `hash --update`: what is known of a file before it is read, when it is read nevertheless, and what
//! became of all files in the end.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::hash::algorithms::Set;
use crate::hash::job::Context;
use crate::manifest::Entry;
use crate::manifest::judge::Ignored;
use crate::stamp::is_in_doubt;

/// What is known of a file before it is read.
#[derive(Debug)]
pub enum Known {
    /// Nothing.
    Nothing,
    /// An interrupted run wrote its result: these bytes.
    Done(Box<[u8]>),
    /// What the manifest says. With `true` it is to be read whatever its size and times are.
    Old(Box<Entry>, bool),
    /// Entries of files that are as they were.
    Carried(Vec<Entry>),
    /// What the manifest says, and whether it still holds cannot be found out or was not asked.
    Kept(Box<Entry>),
    /// The manifest's file is no file any more, but something of this kind.
    NoFile(&'static str),
}

impl Context for Known {
    fn is_settled(&self) -> bool {
        matches!(self, Known::Done(_))
    }

    fn weight(&self) -> usize {
        match self {
            Known::Nothing | Known::NoFile(_) => 0,
            Known::Done(bytes) => bytes.len(),
            Known::Carried(entries) => {
                entries.iter().map(|entry| size_of::<Entry>() + entry.weight()).sum()
            }
            Known::Old(entry, _) | Known::Kept(entry) => size_of::<Entry>() + entry.weight(),
        }
    }
}

/// What became of the files of the manifest and of the tree.
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
    /// Files whose lines an interrupted run had written; not counted in the line.
    pub done: AtomicU64,
    /// Files that exist, but that options leave out; their lines are kept.
    pub left_out: AtomicU64,
    /// The same, but their lines are dropped, as an option says.
    pub forgotten: AtomicU64,
    /// Lines of the manifest whose names do not lie below any PATH.
    pub elsewhere: AtomicU64,
    /// Names that were both found and in the manifest, but for those that turned out to be gone,
    /// unreadable or left out when they were to be read; not counted in the line.
    pub met: AtomicU64,
    /// Lines with which something is wrong, or whose file is none any more; not counted in the line.
    pub wrong: AtomicU64,
    /// New names that are names of gone files in another form of Unicode; not counted in the line.
    pub respelled: AtomicU64,
    /// A PATH under which the manifest has names of which none was found.
    pub emptied: Mutex<Option<PathBuf>>,
}

impl Tally {
    /// `5 unchanged, 1 changed, 1 new, 2 gone`
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
        ];
        let counts = counts.map(|(count, word)| (count.load(Relaxed), word));
        let told = counts.iter().filter(|(count, word)| *count > 0 || *word == "unchanged");
        told.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
    }

    /// How many files are gone, and of how many that the manifest had below the PATHs.
    pub fn gone(&self) -> (u64, u64) {
        let count = |count: &AtomicU64| count.load(Relaxed);
        let gone = count(&self.gone);
        let others = [&self.met, &self.kept, &self.left_out, &self.forgotten];
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
            &self.done,
        ];
        counts.iter().map(|count| count.load(Relaxed)).sum()
    }
}

/// When files that have not changed are read nevertheless.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// All of them.
    pub all: bool,
    /// Those that were read before this time, in nanoseconds since 1970.
    pub before: Option<i128>,
    /// Now, in the same unit: what lies ahead of it says nothing.
    pub now: i128,
    /// The digests that are wanted, or with `own` those of new files.
    pub algorithms: Set,
    /// Whether each file of the manifest keeps the algorithms of its line.
    pub own: bool,
    /// The sizes that are wanted.
    pub sizes: (Option<u64>, Option<u64>),
    /// Whether links are followed.
    pub follow: bool,
    /// What may differ without a meaning.
    pub ignored: Ignored,
    /// Whether the lines of files that options leave out are dropped.
    pub forget: bool,
}

impl Policy {
    /// Whether a file of this size is not wanted.
    pub fn leaves_out(&self, size: Option<u64>) -> bool {
        let (least, most) = self.sizes;
        size.is_some_and(|size| least.is_some_and(|least| size < least))
            || size.is_some_and(|size| most.is_some_and(|most| size > most))
    }

    /// Whether the file has to be read, whatever its size and times are.
    pub fn wants(&self, entry: &Entry) -> bool {
        let (Some(hashed), Some(mtime), Some(size)) = (entry.hashed, entry.mtime, entry.size)
        else {
            return true;
        };
        let ctime = entry.ctime.filter(|_| !self.ignored.ctime);
        let latest = mtime.max(ctime.unwrap_or(mtime));
        self.all
            || self.before.is_some_and(|before| hashed < before)
            || hashed > self.now
            || is_in_doubt(latest, hashed)
            || !self.own && !entry.digests.set().includes(self.algorithms)
            || self.leaves_out(Some(size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_been_written_in_the_same_tick_is_read_again() {
        let second = 1_000_000_000;
        let policy = Policy {
            all: false,
            before: None,
            now: 100 * second,
            algorithms: Set::default(),
            own: true,
            sizes: (None, None),
            follow: false,
            ignored: Ignored::default(),
            forget: false,
        };
        let wants = |ctime: i128, hashed: i128| {
            let entry = Entry::empty(b"a".to_vec()).unwrap();
            let (size, mtime) = (Some(1), Some(10 * second));
            let (ctime, hashed) = (Some(ctime), Some(hashed));
            policy.wants(&Entry { size, mtime, ctime, hashed, ..entry })
        };
        let fine = 10 * second + 123;
        assert!(wants(fine, fine + 9_000_000) && !wants(fine, fine + 11_000_000));
        // A clock that ticks in seconds, or in pairs of them.
        let coarse = 12 * second;
        assert!(wants(coarse, coarse + second) && !wants(coarse, coarse + 2 * second + 1));
        assert!(wants(fine, 101 * second), "read ahead of now");
    }
}
