//! Finds entries by their digests, in 8 bytes for each digest.

use crate::hash::digests::Digests;
use crate::hash::packed::Packed;

/// For each digest: its first bytes in the upper half, and in the lower half the number of the entry
/// that has it. Sorted.
#[derive(Debug)]
pub struct Contents(Vec<u64>);

impl Contents {
    /// The contents of entries with these numbers, all of which are less than 2³².
    pub fn new<'a>(entries: impl Iterator<Item = (usize, Packed<'a>)>) -> Self {
        let mut all = Vec::new();
        for (number, digests) in entries {
            all.extend(digests.iter().map(|(_, digest)| beginning(digest) | number as u64));
        }
        all.sort_unstable();
        Self(all)
    }

    /// The numbers of the entries that may have these digests, in ascending order.
    pub fn find(&self, digests: &Digests) -> Vec<usize> {
        self.find_all(digests.iter().map(|(_, digest)| digest))
    }

    /// The numbers of the entries that may have these packed digests, in ascending order.
    pub fn find_packed(&self, digests: Packed<'_>) -> Vec<usize> {
        self.find_all(digests.iter().map(|(_, digest)| digest))
    }

    fn find_all<'a>(&self, digests: impl Iterator<Item = &'a [u8]>) -> Vec<usize> {
        let mut numbers = Vec::new();
        for digest in digests {
            let wanted = beginning(digest);
            let first = self.0.partition_point(|&one| one < wanted);
            let same = self.0[first..].iter().take_while(|&&one| one >> 32 == wanted >> 32);
            numbers.extend(same.map(|&one| (one & u64::from(u32::MAX)) as usize));
        }
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

/// The first bytes of a digest, in the upper half.
fn beginning(digest: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(digest.iter().take(4)).for_each(|(byte, digit)| *byte = *digit);
    u64::from_be_bytes(bytes)
}
