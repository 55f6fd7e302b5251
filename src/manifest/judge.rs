//! What a new digest says of a file that a manifest knows: the rules that `audit` and
//! `hash --update` share.
//!
//! A program that writes to a file can set its size and its time of modification (mtime) back to
//! what they were; nobody but the clock sets the time of its last change of status (ctime). So
//! other content under the same size and mtime was put there by somebody if the ctime has changed,
//! and by nobody, which is rot, if it has not.

use super::entry::Entry;
use crate::hash::file_digest::FileDigest;
use crate::stamp::{is_rounded, is_same_time};

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
    /// It is another one under the same size and time of modification, and the status has changed.
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
                _ => Content::Corrupt,
            }
        }
        _ => Content::Changed,
    }
}
