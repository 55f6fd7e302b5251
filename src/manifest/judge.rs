//! Judges a file by its new digest and its entry in a manifest. `audit` and `hash --update` share
//! these rules.
//!
//! A program that writes to a file can restore the old size and modification time (mtime). A
//! program cannot set the time of the last status change (ctime), which always comes from the
//! clock. So if the content changed but size and mtime are the same:
//!
//! ```text
//!  ctime changed                 a program wrote to the file       Replaced
//!  ctime unchanged               no program did: the disk decayed  Corrupt
//!  ctime about when it was read  a later write may have that too   Replaced
//! ```

use super::entry::Entry;
use crate::hash::file_digest::FileDigest;
use crate::stamp::{is_in_doubt, is_rounded, is_same_time};

/// Differences between a file and its entry that are ignored, for example in a tree that was copied
/// or restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    /// Whether differences of the time of the last status change (ctime) are ignored.
    pub ctime: bool,
    /// Whether differences of the inode number are ignored.
    pub inode: bool,
    /// Whether differences of the device number are ignored.
    pub device: bool,
    /// Whether differences of whole hours between modification times are ignored.
    pub zone: bool,
}

/// What happened to the content of a file since its entry was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// The content is the same.
    Same,
    /// The content is the same, but the file's modification time differs.
    Touched,
    /// The content differs, and so does the size or the modification time.
    Edited,
    /// The content differs, but size and modification time are the same. The ctime shows that a
    /// program may have written to the file.
    Replaced,
    /// The content differs, but size, modification time and ctime show no write to the file.
    Corrupt,
    /// The content differs, and the manifest has no size or no time to compare, or the file changed
    /// while it was read.
    Changed,
}

/// Whether a file has the content that its entry records, or a symbolic link the target.
pub fn agree(entry: &Entry, digest: &FileDigest) -> bool {
    match (&entry.link, &digest.link) {
        (None, None) => entry.digests.agree(&digest.digests),
        (old, new) => old.as_deref() == new.as_deref(),
    }
}

/// Compares a file with its entry in a manifest.
pub fn judge(entry: &Entry, digest: &FileDigest, ignored: Ignored) -> Content {
    let same_time = entry.mtime.zip(digest.mtime()).map(|(a, b)| is_same_time(a, b, ignored.zone));
    let same_size = entry.size.map(|size| size == digest.size);
    let is_link = (entry.link.is_some(), digest.link.is_some());
    if agree(entry, digest) {
        return if same_time == Some(false) { Content::Touched } else { Content::Same };
    }
    match (same_size, same_time) {
        // One is a symbolic link and the other is not, so this is no decay of the stored data.
        _ if is_link.0 != is_link.1 => Content::Edited,
        // One of the digests may be that of no content that the file ever had as a whole.
        _ if entry.changed || digest.changed => Content::Changed,
        (Some(false), _) | (_, Some(false)) => Content::Edited,
        (Some(true), Some(true)) => {
            let ctimes = entry.ctime.zip(digest.ctime()).filter(|_| !ignored.ctime);
            match ctimes {
                // No archive can restore a ctime, so the file's ctime has its full precision. Only
                // a program that rewrote the manifest may have rounded the recorded ctime.
                Some((old, new)) if !is_rounded(old, new) => Content::Replaced,
                Some((old, _)) if entry.hashed.is_some_and(|hashed| is_in_doubt(old, hashed)) => {
                    Content::Replaced
                }
                _ => Content::Corrupt,
            }
        }
        _ => Content::Changed,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rustix::fs::FileType;

    use super::*;
    use crate::hash::digests::Digests;
    use crate::stamp::Stamp;

    #[test]
    fn a_ctime_from_when_the_file_was_read_proves_no_rot() {
        let time = 1_700_000_001_123_456_789;
        let verdict = |hashed, ctime| {
            let entry = Entry::empty(b"a".to_vec()).unwrap();
            let (size, mtime) = (Some(1), Some(time));
            let entry = Entry { size, mtime, ctime: Some(time), hashed, ..entry };
            // The entry and the file have no digest in common, so their contents count as
            // different.
            let (path, digests) = ("a".into(), Digests::default());
            let kind = FileType::RegularFile;
            let stamp = Some(Stamp { kind, size: 1, mtime: time, ctime, identity: (1, 1) });
            let (link, changed) = (None, false);
            let digest = FileDigest { path, digests, link, size: 1, stamp, changed };
            judge(&entry, &digest, Ignored::default())
        };
        assert_eq!(verdict(Some(time + 10_000_000), time), Content::Corrupt);
        assert_eq!(verdict(None, time), Content::Corrupt);
        assert_eq!(verdict(Some(time + 10_000_000 - 1), time), Content::Replaced);
        assert_eq!(verdict(Some(time - 1_000_000_000), time), Content::Replaced);
        assert_eq!(verdict(Some(time + 10_000_000), time + 1_000_000), Content::Replaced);
    }

    #[test]
    fn a_digest_of_a_file_that_changed_meanwhile_proves_no_rot() {
        let time = 1_700_000_001_123_456_789;
        let verdict = |before, now| {
            let entry = Entry::empty(b"a".to_vec()).unwrap();
            let (size, time_of) = (Some(1), Some(time));
            let entry = Entry { size, mtime: time_of, ctime: time_of, changed: before, ..entry };
            let (kind, identity) = (FileType::RegularFile, (1, 1));
            let digest = FileDigest {
                path: "a".into(),
                digests: Digests::default(),
                link: None,
                size: 1,
                stamp: Some(Stamp { kind, size: 1, mtime: time, ctime: time, identity }),
                changed: now,
            };
            judge(&entry, &digest, Ignored::default())
        };
        assert_eq!(verdict(false, false), Content::Corrupt);
        for (before, now) in [(true, false), (false, true), (true, true)] {
            assert_eq!(verdict(before, now), Content::Changed, "{before} {now}");
        }
    }

    #[test]
    fn a_link_in_place_of_a_file_is_no_decay() {
        let time = 1_700_000_001_123_456_789;
        let verdict = |old: Option<&str>, new: Option<&str>| {
            let link = old.map(|target| Path::new(target).into());
            let entry = Entry::empty(b"a".to_vec()).unwrap();
            let (size, mtime, ctime) = (Some(1), Some(time), Some(time));
            let entry = Entry { link, size, mtime, ctime, ..entry };
            let kind = if new.is_some() { FileType::Symlink } else { FileType::RegularFile };
            let stamp = Stamp { kind, size: 1, mtime: time, ctime: time, identity: (1, 1) };
            let digest = FileDigest {
                path: "a".into(),
                digests: Digests::default(),
                link: new.map(Into::into),
                size: 1,
                stamp: Some(stamp),
                changed: false,
            };
            judge(&entry, &digest, Ignored::default())
        };
        assert_eq!(verdict(Some("x"), Some("x")), Content::Same);
        assert_eq!(verdict(Some("x"), Some("y")), Content::Corrupt);
        assert_eq!(verdict(Some("x"), None), Content::Edited);
        assert_eq!(verdict(None, Some("x")), Content::Edited);
    }
}
