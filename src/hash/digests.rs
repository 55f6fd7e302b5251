//! The digests of one file: the state while they are computed, and the finished values.

use super::algorithms::{Algorithm, Set};
use super::digesters::Digester;
use super::laned::{self, Laned};
use crate::pipeline::Step;
use batchproc_lanes::Input;
use batchproc_lanes::md5::{self, Kernel};

/// The state of all digests of one file while they are computed.
pub struct State {
    set: Set,
    /// The state of MD5; unused if the set does not contain MD5.
    md5: md5::State,
    /// The states of the other algorithms that process many files side by side, in the order of the
    /// set.
    laned: Vec<Laned>,
    /// The states of the algorithms that process one file after another, in the order of the set.
    others: Vec<Box<dyn Digester>>,
}

impl State {
    /// Begins a digest for each of these algorithms.
    pub fn new(set: Set) -> Self {
        let laned = set.iter().filter_map(Laned::begin).collect();
        let others = set.iter().filter_map(Algorithm::begin).collect();
        Self { set, md5: md5::State::new(), laned, others }
    }

    /// How many bytes the state of these algorithms takes beside the size of the type.
    pub fn held(&self) -> usize {
        let others = self.others.iter().map(|digester| size_of_val(&**digester));
        size_of_val(&*self.laned) + others.sum::<usize>()
    }

    /// Returns the finished digests. Before this, the last data must have been added, with `last`
    /// set in its [`Step`].
    pub fn digests(self) -> Digests {
        let md5 = if self.set.contains(Algorithm::MD5) { self.md5.digest() } else { [0; 16] };
        let (mut laned, mut one_by_one) = (self.laned.into_iter(), self.others.into_iter());
        let mut others = Vec::new();
        for algorithm in self.set.iter().filter(|&algorithm| algorithm != Algorithm::MD5) {
            if algorithm.is_laned() {
                laned.next().expect("a state for each algorithm").finish(&mut others);
            } else {
                one_by_one.next().expect("a state for each algorithm").finish(&mut others);
            }
        }
        Digests { set: self.set, md5, others: others.into() }
    }
}

/// Adds data to the digests of several files; each of `steps` is the state of one file with its
/// next data. The algorithms with kernels of their own process all files at once; the others process
/// one file after another.
pub fn update(kernel: Kernel, steps: &mut [Step<'_, State>]) {
    for step in &mut *steps {
        for digester in &mut step.state.others {
            digester.update(step.data);
        }
    }
    laned::update(steps, |state| &mut state.laned);
    let with_md5 = steps.iter_mut().filter(|step| step.state.set.contains(Algorithm::MD5));
    let mut inputs: Vec<_> = with_md5
        .map(|step| Input { state: &mut step.state.md5, data: step.data, last: step.last })
        .collect();
    if !inputs.is_empty() {
        md5::update(kernel, &mut inputs);
    }
}

/// The digests of one file, at most one for each algorithm. The MD5 digest is stored inline, so
/// that the usual case of MD5 alone needs no allocation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digests {
    set: Set,
    /// The MD5 digest; zeros if the set does not contain MD5.
    md5: [u8; 16],
    /// The digests of all algorithms but MD5, concatenated in the order of `set`.
    others: Box<[u8]>,
}

impl Digests {
    /// The algorithms that have a digest here.
    pub fn set(&self) -> Set {
        self.set
    }

    /// The digest of an algorithm, if the set contains it.
    pub fn get(&self, algorithm: Algorithm) -> Option<&[u8]> {
        if !self.set.contains(algorithm) {
            return None;
        }
        if algorithm == Algorithm::MD5 {
            return Some(&self.md5);
        }
        let start = self.offset(algorithm);
        self.others.get(start..start + algorithm.bytes())
    }

    /// The algorithms and their digests.
    pub fn iter(&self) -> impl Iterator<Item = (Algorithm, &[u8])> {
        self.set.iter().filter_map(|algorithm| Some((algorithm, self.get(algorithm)?)))
    }

    /// The digest of an algorithm as lower-case hexadecimal digits.
    pub fn hex(&self, algorithm: Algorithm) -> Option<String> {
        Some(self.get(algorithm)?.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Adds or replaces a digest.
    ///
    /// # Panics
    /// If `digest` does not have the length of the algorithm.
    pub fn insert(&mut self, algorithm: Algorithm, digest: &[u8]) {
        assert_eq!(digest.len(), algorithm.bytes(), "the length of a digest of {algorithm:?}");
        if algorithm == Algorithm::MD5 {
            self.md5.copy_from_slice(digest);
        } else {
            let start = self.offset(algorithm);
            let old = if self.set.contains(algorithm) { algorithm.bytes() } else { 0 };
            let mut others = std::mem::take(&mut self.others).into_vec();
            others.splice(start..start + old, digest.iter().copied());
            self.others = others.into();
        }
        self.set.insert(algorithm);
    }

    /// A copy with only the digests of these algorithms.
    #[must_use]
    pub fn only(&self, set: Set) -> Self {
        let mut only = Self::default();
        for algorithm in set.iter() {
            if let Some(digest) = self.get(algorithm) {
                only.insert(algorithm, digest);
            }
        }
        only
    }

    /// Whether both have at least one algorithm in common, and the same digest for every common
    /// algorithm.
    pub fn agree(&self, other: &Self) -> bool {
        let mut common = self.set.iter().filter(|&algorithm| other.set.contains(algorithm));
        let some = self.set.iter().any(|algorithm| other.set.contains(algorithm));
        some && common.all(|algorithm| self.get(algorithm) == other.get(algorithm))
    }

    /// The number of bytes that this value uses on the heap.
    pub fn weight(&self) -> usize {
        self.others.len()
    }

    /// The position in `others` where the digest of an algorithm begins, or where it would be
    /// inserted.
    fn offset(&self, algorithm: Algorithm) -> usize {
        let before = self.set.iter().filter(|&other| other < algorithm && other != Algorithm::MD5);
        before.map(Algorithm::bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hex(digests: &Digests, name: &str) -> String {
        let digest = digests.get(Algorithm::by_name(name).unwrap()).unwrap();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn all_of(pieces: &[&[u8]], set: Set) -> Digests {
        let mut state = State::new(set);
        let (last, before) = pieces.split_last().unwrap();
        for (data, last) in before.iter().map(|data| (data, false)).chain([(last, true)]) {
            update(Kernel::best(), &mut [Step { state: &mut state, data, last }]);
        }
        state.digests()
    }

    /// Digests of "abc". Sources: examples in RFC 1321, RFC 7693, FIPS 180-4, FIPS 202 and GB/T 32905-2016;
    /// b2sum 9.1 for the shorter BLAKE2b, b3sum 1.2.0 for BLAKE3, xxhsum 0.8.1 for XXH32, XXH64 and XXH3,
    /// gzip 1.12 for CRC-32.
    #[test]
    fn digests_match_published_ones() {
        let digests = all_of(&[b"abc"], Algorithm::all().collect());
        for (name, expected) in [
            ("md5", "900150983cd24fb0d6963f7d28e17f72"),
            ("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "sha512",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
            ("sha3-256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
            ("blake3", "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"),
            ("sha224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            (
                "sha384",
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
                 8086072ba1e7cc2358baeca134c825a7",
            ),
            ("sha512-256", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"),
            ("sm3", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
            (
                "blake2b",
                "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1\
                 7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
            ),
            ("blake2b-8", "6b"),
            ("blake2b-160", "384264f676f39536840523f284921cdc68b6846b"),
            ("blake2b-256", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"),
            ("xxh32", "32d153ff"),
            ("xxh64", "44bc2cf5ad770999"),
            ("xxh3-64", "78af5f94892f3950"),
            ("xxh3-128", "06b05ab6733a618578af5f94892f3950"),
            ("crc32", "352441c2"),
        ] {
            assert_eq!(hex(&digests, name), expected, "{name}");
        }
    }

    /// Several files at once go through other kernels than one file alone.
    #[test]
    fn many_files_at_once_have_the_digests_of_each_alone() {
        let all: Vec<_> = Algorithm::all().collect();
        let data: Vec<u8> = (0..100_000_usize).map(|at| (at * 31 + at / 251) as u8).collect();
        for count in [2, 5, 9, 16, 40] {
            // Files of different lengths, in two steps, each with all algorithms but one.
            let files: Vec<_> = (0..count)
                .map(|file| {
                    let set: Set = all.iter().filter(|a| **a != all[file % 9]).copied().collect();
                    (set, data[file..file * 2001].split_at((file * 64).min(file * 2000)))
                })
                .collect();
            let mut states: Vec<_> = files.iter().map(|(set, _)| State::new(*set)).collect();
            for last in [false, true] {
                let steps = states.iter_mut().zip(&files).map(|(state, (_, (first, second)))| {
                    Step { state, data: if last { second } else { first }, last }
                });
                update(Kernel::best(), &mut steps.collect::<Vec<_>>());
            }
            for (state, (set, (first, second))) in states.into_iter().zip(&files) {
                let alone = all_of(&[&[*first, *second].concat()], *set);
                assert_eq!(state.digests(), alone, "of {count} files");
            }
        }
    }

    proptest! {
        #[test]
        fn steps_and_sets_change_no_digest(blocks in prop::collection::vec(0..2000_usize, 0..4),
            end in 0..5000_usize, chosen in prop::sample::subsequence(Algorithm::all().collect::<Vec<_>>(), 1..9),
            some in prop::sample::subsequence(Algorithm::all().collect::<Vec<_>>(), 0..9))
        {
            let data: Vec<u8> = (0..200_000_usize).map(|at| (at * 31 + at / 251) as u8).collect();
            let mut rest = &data[..];
            let mut pieces = Vec::new();
            for length in blocks.iter().map(|blocks| blocks * 16 / 64 * 64).chain([end]) {
                let (piece, behind) = rest.split_at(length);
                pieces.push(piece);
                rest = behind;
            }
            let set: Set = chosen.iter().copied().collect();
            let stepwise = all_of(&pieces, set);
            let at_once = all_of(&[&pieces.concat()], some.into_iter().chain(chosen).collect());
            prop_assert_eq!(&stepwise, &at_once.only(set));
            prop_assert!(stepwise.agree(&at_once));
            // Inserting the digests one by one, in reverse order, gives the same result.
            let mut inserted = Digests::default();
            for algorithm in set.iter().collect::<Vec<_>>().into_iter().rev() {
                inserted.insert(algorithm, &vec![9; algorithm.bytes()]);
                inserted.insert(algorithm, at_once.get(algorithm).unwrap());
            }
            prop_assert_eq!(inserted, stepwise);
        }
    }
}
