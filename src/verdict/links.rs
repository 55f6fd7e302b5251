//! Says what differs between an entry and its file if one of them is a symbolic link.

use std::path::Path;

use crate::escape::printable;
use crate::hash::file_digest::FileDigest;
use crate::manifest::Entry;

/// What differs, in words. `None` if both are files, or links with the same target.
pub fn reason(entry: &Entry, digest: &FileDigest) -> Option<String> {
    between(entry.link.as_deref(), digest.link.as_deref())
}

/// What differs between two targets; a file has none.
fn between(old: Option<&Path>, new: Option<&Path>) -> Option<String> {
    match (old.map(printable), new.map(printable)) {
        (None, None) => None,
        (Some(_), Some(_)) if old == new => None,
        (Some(old), Some(new)) => {
            Some(format!("a symbolic link to {new}; in the manifest it leads to {old}"))
        }
        (Some(old), None) => {
            Some(format!("a regular file; in the manifest it is a symbolic link to {old}"))
        }
        (None, Some(new)) => {
            Some(format!("a symbolic link to {new}; in the manifest it is a regular file"))
        }
    }
}
