//! The order of the lines of manifests: that of one run over all files.

use std::path::{Path, PathBuf};

use crate::manifest::order::are_in_order;
use crate::manifest::roots::Roots;

/// Where a line comes: which PATH its file lies below, and its name there with `/` as the smallest byte.
pub(super) type Place = (usize, Vec<u8>);

/// The place of lines that come after all others: those that an update keeps, and those of runs with
/// `--order completion`.
const LAST: usize = usize::MAX;

/// The order of the lines of a walk.
pub(super) struct Order {
    roots: Roots,
    /// Whether the PATHs are in the order of their names, so that all files are.
    by_name: bool,
    /// Whether the results were in the order of the input at all.
    in_order: bool,
}

impl Order {
    /// The order of a walk of these PATHs.
    pub(super) fn new(paths: &[PathBuf], in_order: bool) -> Self {
        Self { roots: Roots::new(paths), by_name: are_in_order(paths), in_order }
    }

    /// The place of the line of a file.
    pub(super) fn place(&self, path: &Path) -> Place {
        let section = match self.roots.index(path) {
            _ if !self.in_order => LAST,
            _ if self.by_name => 0,
            index => index.unwrap_or(LAST),
        };
        if section == LAST {
            return Self::last();
        }
        let mut name = path.as_os_str().as_encoded_bytes().to_vec();
        // No name has a zero byte.
        name.iter_mut().filter(|byte| **byte == b'/').for_each(|byte| *byte = 0);
        (section, name)
    }

    /// The place of lines that come after all others.
    pub(super) fn last() -> Place {
        (LAST, Vec::new())
    }

    /// Whether this is the place of lines that come after all others.
    pub(super) fn is_last(place: &Place) -> bool {
        place.0 == LAST
    }

    /// The name that decides which shard a file belongs to.
    pub(super) fn shard_name(&self, path: &Path) -> Box<[u8]> {
        self.roots.shard_name(path)
    }
}
