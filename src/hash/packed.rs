//! The digests of one file as bytes in a larger buffer, so that those of many files take no memory beyond
//! their own length.

use super::algorithms::{Algorithm, Set};
use super::digests::Digests;

/// The digests of one file; see the module documentation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Packed<'a> {
    set: Set,
    /// The digests, one after another in the order of the set.
    bytes: &'a [u8],
}

impl<'a> Packed<'a> {
    /// The digests of these algorithms, with which `bytes` begins. Returns the bytes after them too.
    ///
    /// # Panics
    /// If there are fewer bytes.
    pub fn split(set: Set, bytes: &'a [u8]) -> (Self, &'a [u8]) {
        let (bytes, rest) = bytes.split_at(set.iter().map(Algorithm::bytes).sum());
        (Self { set, bytes }, rest)
    }

    /// Appends digests to a buffer.
    pub fn push(digests: &Digests, buffer: &mut Vec<u8>) {
        digests.iter().for_each(|(_, digest)| buffer.extend(digest));
    }

    /// The algorithms that have a digest here.
    pub fn set(self) -> Set {
        self.set
    }

    /// The digest of an algorithm, if the set contains it.
    pub fn get(self, algorithm: Algorithm) -> Option<&'a [u8]> {
        self.iter().find(|(own, _)| *own == algorithm).map(|(_, digest)| digest)
    }

    /// The algorithms and their digests.
    pub fn iter(self) -> impl Iterator<Item = (Algorithm, &'a [u8])> {
        let mut rest = self.bytes;
        self.set.iter().map(move |algorithm| {
            let (digest, after) = rest.split_at(algorithm.bytes());
            rest = after;
            (algorithm, digest)
        })
    }

    /// Whether both have at least one algorithm in common, and the same digest for every common
    /// algorithm.
    pub fn agree(self, other: Packed<'_>) -> bool {
        if self.set == other.set {
            return !self.set.is_empty() && self.bytes == other.bytes;
        }
        self.agree_by(other.set, |algorithm| other.get(algorithm))
    }

    /// Whether these agree with digests that are not packed.
    pub fn agree_with(self, other: &Digests) -> bool {
        self.agree_by(other.set(), |algorithm| other.get(algorithm))
    }

    fn agree_by<'b>(self, set: Set, other: impl Fn(Algorithm) -> Option<&'b [u8]>) -> bool {
        !self.set.intersection(set).is_empty()
            && self
                .iter()
                .all(|(algorithm, own)| other(algorithm).is_none_or(|digest| digest == own))
    }

    /// A copy of the digests.
    pub fn digests(self) -> Digests {
        let mut digests = Digests::default();
        self.iter().for_each(|(algorithm, digest)| digests.insert(algorithm, digest));
        digests
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Digests of the algorithms with these numbers, each of equal bytes.
    fn of(all: &[(u8, u8)]) -> Digests {
        let mut digests = Digests::default();
        for &(number, byte) in all {
            let algorithm = Algorithm::of_number(number);
            digests.insert(algorithm, &vec![byte; algorithm.bytes()]);
        }
        digests
    }

    proptest! {
        #[test]
        fn packed_digests_are_the_same_and_agree_alike(
            a in prop::collection::vec((0..20_u8, 0..2_u8), 0..4),
            b in prop::collection::vec((0..20_u8, 0..2_u8), 0..4))
        {
            let [a, b] = [a, b].map(|all| of(&all));
            let mut buffer = Vec::new();
            Packed::push(&a, &mut buffer);
            Packed::push(&b, &mut buffer);
            let (packed_a, rest) = Packed::split(a.set(), &buffer);
            let (packed_b, rest) = Packed::split(b.set(), rest);
            prop_assert!(rest.is_empty());
            prop_assert_eq!(packed_a.digests(), a.clone());
            for algorithm in Algorithm::all() {
                prop_assert_eq!(packed_b.get(algorithm), b.get(algorithm));
            }
            prop_assert_eq!(packed_a.agree(packed_b), a.agree(&b));
            prop_assert_eq!(packed_a.agree_with(&b), a.agree(&b));
        }
    }
}
