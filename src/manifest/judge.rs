//! What a new digest says of a file that a manifest knows: the rules that `audit` and
//! `hash --update` share.
//!
//! A program that writes to a file can set its size and its time of modification (mtime) back to
//! what they were; nobody but the clock sets the time of its last change of status (ctime). So
//! other content under the same size and mtime was put there by somebody if the ctime has changed,
//! and by nobody, which is rot, if it has not. A ctime from about when the file was read proves
//! nothing: a later change may have the same.

use super::entry::Entry;
use crate::hash::file_digest::FileDigest;
use crate::stamp::{is_in_doubt, is_rounded, is_same_time};

/// What may differ without a meaning, as in a tree that was copied or restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    /// The time of the last change of status.
    pub ctime: bool,
    /// The number of the inode.
    pub inode: bool,
    /// The number of the device.
    pub device: bool,
    /// Whole hours between the times of modification.
    pub zone: bool,
}

/// What became of the content of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// It is the same.
    Same,
    /// It is the same, but the file was modified at another time.
    Touched,
    /// It is another one, and so is the size or the time of modification.
    Edited,
    /// It is another one under the same size and time of modification, and the status has changed
    /// or may have.
    Replaced,
    /// It is another one, though nothing says that anybody wrote to the file.
    Corrupt,
    /// It is another one, and the manifest does not tell sizes and times.
    Changed,
}

/// Compares a file with what a manifest says of it.
pub fn judge(entry: &Entry, digest: &FileDigest, ignored: Ignored) -> Content {
    let same_time = entry.mtime.zip(digest.mtime()).map(|(a, b)| is_same_time(a, b, ignored.zone));
    let same_size = entry.size.map(|size| size == digest.size);
    if entry.digests.agree(&digest.digests) {
        return if same_time == Some(false) { Content::Touched } else { Content::Same };
    }
    match (same_size, same_time) {
        (Some(false), _) | (_, Some(false)) => Content::Edited,
        (Some(true), Some(true)) => {
            let ctimes = entry.ctime.zip(digest.ctime()).filter(|_| !ignored.ctime);
            match ctimes {
                // No archive and no file system brings it back, so that it is never coarser.
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
            // Without a common digest they do not agree.
            let (path, digests) = ("a".into(), Digests::default());
            let kind = FileType::RegularFile;
            let stamp = Some(Stamp { kind, size: 1, mtime: time, ctime, identity: (1, 1) });
            let digest = FileDigest { path, digests, size: 1, stamp };
            judge(&entry, &digest, Ignored::default())
        };
        assert_eq!(verdict(Some(time + 10_000_000), time), Content::Corrupt);
        assert_eq!(verdict(None, time), Content::Corrupt);
        assert_eq!(verdict(Some(time + 10_000_000 - 1), time), Content::Replaced);
        assert_eq!(verdict(Some(time - 1_000_000_000), time), Content::Replaced);
        assert_eq!(verdict(Some(time + 10_000_000), time + 1_000_000), Content::Replaced);
    }
}
