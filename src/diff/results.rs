//! What was read of the files of a directory: the digests of each file, or that it failed.

use crate::hash::algorithms::Set;
use crate::hash::digests::Digests;
use crate::hash::packed::Packed;

/// The number of a file that was not read.
const UNREAD: u32 = 0;
/// The number of a file that failed.
const FAILED: u32 = u32::MAX;

/// The results; see the module documentation.
#[derive(Debug, Default)]
pub struct Results {
    /// For each file the number of its place, from 1. Empty until one is read.
    files: Vec<u32>,
    /// The places: where the digests begin in `bytes`, and their algorithms by their place in `sets`.
    places: Vec<(u64, u32)>,
    sets: Vec<Set>,
    bytes: Vec<u8>,
}

impl Results {
    /// Notes the digests of the file with this index among so many files; `None` if it failed.
    pub fn put(&mut self, file: usize, files: usize, digests: Option<&Digests>) {
        if self.files.is_empty() {
            self.files = vec![UNREAD; files];
        }
        let Some(digests) = digests else {
            self.files[file] = FAILED;
            return;
        };
        let known = self.sets.iter().rposition(|&set| set == digests.set());
        let set = known.unwrap_or_else(|| {
            self.sets.push(digests.set());
            self.sets.len() - 1
        });
        self.places.push((self.bytes.len() as u64, set as u32));
        self.files[file] = self.places.len() as u32;
        Packed::push(digests, &mut self.bytes);
    }

    /// The digests of a file, none if it was not read; `None` if it failed.
    pub fn get(&self, file: usize) -> Option<Packed<'_>> {
        match self.files.get(file).copied().unwrap_or(UNREAD) {
            UNREAD => Some(Packed::default()),
            FAILED => None,
            number => {
                let (start, set) = self.places[number as usize - 1];
                let bytes = &self.bytes[start as usize..];
                Some(Packed::split(self.sets[set as usize], bytes).0)
            }
        }
    }
}
