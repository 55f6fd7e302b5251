//! Counts the digests that do not match and whose algorithm was only assumed, because their lines do
//! not name it. Another algorithm with digests of the same length may have made them.

use std::collections::BTreeMap;

use crate::hash::algorithms::{Algorithm, Set};
use crate::hash::digests::Digests;

/// The numbers of such digests in one manifest, by the assumed algorithm.
#[derive(Default)]
pub struct Assumed(BTreeMap<Algorithm, u64>);

impl Assumed {
    /// Counts the algorithm if it was assumed and a file has another digest of it than the manifest.
    pub fn compare(&mut self, assumed: Option<Algorithm>, listed: &Digests, found: &Digests) {
        if let Some(algorithm) = assumed
            && listed.get(algorithm) != found.get(algorithm)
        {
            *self.0.entry(algorithm).or_default() += 1;
        }
    }

    /// A line for each assumed algorithm: which others have digests of the same length, and how to
    /// name them. `manifest` is the name of the manifest.
    pub fn hints(&self, manifest: &str) -> impl Iterator<Item = String> {
        self.0.iter().map(move |(&assumed, &count)| {
            let others = Set::of_length(assumed.bytes()).iter().filter(|&other| other != assumed);
            let mut others: Vec<_> = others.map(|other| format!("-a {}", other.name())).collect();
            let last = others.pop().unwrap_or_default();
            let others = match others.is_empty() {
                true => last,
                false => format!("{} or {last}", others.join(", ")),
            };
            let (lines, they) = match count {
                1 => ("line that did not match does", "it is"),
                _ => ("lines that did not match do", "they are"),
            };
            let name = assumed.name();
            format!(
                "{manifest}: {count} {lines} not name an algorithm, and {name} was assumed; if {they} of another algorithm, name it with {others}"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_names_all_other_algorithms_of_the_length() {
        let named = |name| Algorithm::by_name(name).unwrap();
        let digests = |fill: u8| {
            let mut digests = Digests::default();
            for algorithm in ["crc32", "sha256", "blake3"].map(named) {
                digests.insert(algorithm, &vec![fill; algorithm.bytes()]);
            }
            digests
        };
        let mut assumed = Assumed::default();
        for name in ["sha256", "crc32"] {
            assumed.compare(Some(named(name)), &digests(1), &digests(1));
        }
        assert_eq!(assumed.hints("m").count(), 0);
        for name in ["sha256", "crc32", "sha256"] {
            assumed.compare(Some(named(name)), &digests(1), &digests(2));
        }
        assumed.compare(None, &digests(1), &digests(2));
        assert_eq!(
            assumed.hints("m").collect::<Vec<_>>(),
            [
                "m: 2 lines that did not match do not name an algorithm, and sha256 was assumed; if they are of another algorithm, name it with -a sha512-256, -a sha3-256, -a sm3, -a blake3 or -a blake2b-256",
                "m: 1 line that did not match does not name an algorithm, and crc32 was assumed; if it is of another algorithm, name it with -a xxh32 or -a blake2b-32",
            ]
        );
    }

    #[test]
    fn every_usual_algorithm_shares_its_length() {
        for usual in (0..100).filter_map(Algorithm::usual) {
            assert!(Set::of_length(usual.bytes()).len() > 1, "{}", usual.name());
        }
    }
}
