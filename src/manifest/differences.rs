//! Compares the size, times and identity of a file with those in its entry. The file is not read, so
//! this shows only whether it seems unchanged. `hash --update` and `audit --no-read` share these
//! rules.

use std::path::Path;

use super::entry::Entry;
use super::judge::Ignored;
use crate::stamp::{Stamp, is_exact_time, is_in_doubt, tick};

/// What differs between a file and its entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Differences(u8);

const SIZE: u8 = 1;
const MTIME: u8 = 2;
const CTIME: u8 = 4;
const INODE: u8 = 8;
const DEVICE: u8 = 16;
const DOUBT: u8 = 32;
const KIND: u8 = 64;
const TARGET: u8 = 128;

impl Differences {
    /// Whether nothing differs.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What differs, in words.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        let words = [
            (KIND, "kind"),
            (TARGET, "target"),
            (SIZE, "size"),
            (MTIME, "mtime"),
            (CTIME, "ctime"),
            (INODE, "inode"),
            (DEVICE, "device"),
            (DOUBT, "modified about when it was read"),
        ];
        words.into_iter().filter(move |(bit, _)| self.0 & bit != 0).map(|(_, word)| word)
    }

    /// Adds what differs if the entry or the file is a symbolic link. `target` is that of the file, if
    /// it is one.
    #[must_use]
    pub fn or_link(self, entry: &Entry, target: Option<&Path>) -> Self {
        let bit = match (entry.link.as_deref(), target) {
            (None, None) => 0,
            (Some(old), Some(new)) if old == new => 0,
            (Some(_), Some(_)) => TARGET,
            _ => KIND,
        };
        Self(self.0 | bit)
    }

    /// Adds a doubt if nothing differs, but the file may have been changed just after it was read: so
    /// soon that this left no trace in its times.
    #[must_use]
    pub fn or_doubt(self, entry: &Entry, ignored: Ignored) -> Self {
        let ctime = entry.ctime.filter(|_| !ignored.ctime);
        let latest = entry.mtime.max(ctime);
        let doubted =
            latest.zip(entry.hashed).is_some_and(|(time, hashed)| is_in_doubt(time, hashed));
        if self.is_empty() && doubted { Self(DOUBT) } else { self }
    }
}

/// Compares what the entry records, except for differences that are ignored. If the entry records no
/// ctime, the file's ctime must be earlier than the time at which the file was read.
pub fn differences(entry: &Entry, stamp: &Stamp, ignored: Ignored) -> Differences {
    let Stamp { size, mtime, ctime, identity: (device, inode), .. } = *stamp;
    let same_ctime = match (entry.ctime, entry.hashed) {
        _ if ignored.ctime => true,
        (Some(old), _) => old == ctime,
        (None, Some(hashed)) => ctime < hashed - tick(ctime),
        (None, None) => true,
    };
    let same_mtime = entry.mtime.is_none_or(|old| is_exact_time(old, mtime, ignored.zone));
    let (same_device, same_inode) =
        entry.identity.map_or((true, true), |old| (old.0 == device, old.1 == inode));
    let checks = [
        (SIZE, entry.size.is_none_or(|old| old == size)),
        (MTIME, same_mtime),
        (CTIME, same_ctime),
        (INODE, ignored.inode || same_inode),
        (DEVICE, ignored.device || same_device),
    ];
    let differ = checks.iter().filter(|(_, same)| !same).map(|(bit, _)| bit);
    Differences(differ.fold(0, |all, bit| all | bit))
}

#[cfg(test)]
mod tests {
    use rustix::fs::FileType;

    use super::*;

    const SECOND: i128 = 1_000_000_000;

    #[test]
    fn every_fact_of_an_entry_is_compared_unless_it_is_ignored() {
        let time = 1_700_000_001_123_456_789;
        let stamp = Stamp {
            kind: FileType::RegularFile,
            size: 5,
            mtime: time,
            ctime: time,
            identity: (1, 2),
        };
        let mut entry = Entry::empty(b"a".to_vec()).unwrap();
        let words = |entry: &Entry, stamp: &Stamp, ignored| -> Vec<_> {
            differences(entry, stamp, ignored).or_doubt(entry, ignored).words().collect()
        };
        let none = Ignored::default();
        assert!(words(&entry, &stamp, none).is_empty(), "an entry without facts");
        (entry.size, entry.mtime, entry.ctime) = (Some(5), Some(time), Some(time));
        (entry.identity, entry.hashed) = (Some((1, 2)), Some(time + SECOND));
        assert!(words(&entry, &stamp, none).is_empty());
        let other = Stamp { size: 6, mtime: time + 1, ctime: time + 1, identity: (3, 4), ..stamp };
        assert_eq!(words(&entry, &other, none), ["size", "mtime", "ctime", "inode", "device"]);
        let all = Ignored { ctime: true, inode: true, device: true, zone: true };
        assert_eq!(words(&entry, &other, all), ["size", "mtime"]);
        let zone = Stamp { mtime: time + 3600 * SECOND, ..stamp };
        assert_eq!(words(&entry, &zone, none), ["mtime"]);
        assert!(words(&entry, &zone, all).is_empty());
        entry.hashed = Some(time + 1);
        assert_eq!(words(&entry, &stamp, none), ["modified about when it was read"]);
        entry.ctime = None;
        assert_eq!(words(&entry, &stamp, none), ["ctime"], "changed after it was read");
    }

    #[test]
    fn without_a_ctime_in_the_entry_that_of_the_file_is_more_than_a_tick_before_the_reading() {
        for time in [1_700_000_001_123_456_789, 1_700_000_001 * SECOND] {
            let kind = FileType::RegularFile;
            let stamp = Stamp { kind, size: 5, mtime: time, ctime: time, identity: (1, 2) };
            let mut entry = Entry::empty(b"a".to_vec()).unwrap();
            for (later, same) in [(-SECOND, false), (0, false), (1, true), (SECOND, true)] {
                entry.hashed = Some(time + tick(time) + later);
                assert_eq!(differences(&entry, &stamp, Ignored::default()).is_empty(), same);
            }
        }
    }

    #[test]
    fn the_later_of_both_times_is_in_doubt_unless_the_ctime_is_ignored() {
        let time = 1_700_000_001_123_456_789;
        let mut entry = Entry::empty(b"a".to_vec()).unwrap();
        (entry.mtime, entry.ctime, entry.hashed) = (Some(1), Some(time), Some(time));
        let doubt = |ignored| Differences::default().or_doubt(&entry, ignored);
        assert_eq!(doubt(Ignored::default()), Differences(DOUBT));
        assert_eq!(doubt(Ignored { ctime: true, ..Ignored::default() }), Differences::default());
    }

    #[test]
    fn a_link_differs_by_its_target_and_from_all_that_is_no_link() {
        let file = Entry::empty(b"a".to_vec()).unwrap();
        let link = Entry::of_link(b"a".to_vec(), b"there".to_vec()).unwrap();
        for (entry, target, words) in [
            (&file, None, &["size"][..]),
            (&file, Some("there"), &["kind", "size"]),
            (&link, None, &["kind", "size"]),
            (&link, Some("there"), &["size"]),
            (&link, Some("elsewhere"), &["target", "size"]),
        ] {
            let found = Differences(SIZE).or_link(entry, target.map(Path::new));
            assert_eq!(found.words().collect::<Vec<_>>(), words, "{target:?}");
        }
    }
}
