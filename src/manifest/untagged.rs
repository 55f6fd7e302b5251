//! Decides which algorithm a line means that does not name one. The length of a digest is no proof,
//! since several algorithms have digests of the same length.

use std::path::Path;

use super::entry::Accept;
use crate::hash::algorithms::{Algorithm, Set};

/// The number of bytes from which a digest whose length only one algorithm has is taken for that
/// algorithm. Shorter ones look like the words, dates and numbers of any text.
const LONG: usize = 16;

/// What is known of the lines of a manifest that do not name an algorithm.
pub struct Untagged {
    accept: Accept,
    /// The algorithms that lines of the manifest have named so far.
    tagged: Set,
    /// The algorithms that the name of the manifest tells, such as `SHA256SUMS`.
    told: Set,
    /// The answer for the length that was asked for last, since most lines have the same one.
    last: Option<(usize, Option<Choice>)>,
}

/// The algorithm of a line that does not name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// Whether nothing but the length of the digest speaks for the algorithm, and other algorithms
    /// have digests of this length too.
    pub assumed: bool,
}

impl Untagged {
    /// The state before the first line of the manifest with this path, if it has one.
    pub fn new(accept: Accept, path: Option<&Path>) -> Self {
        let told = path.map(told_by).unwrap_or_default();
        Self { accept, tagged: Set::default(), told, last: None }
    }

    /// Notes the algorithms that a line of the manifest names.
    pub fn note(&mut self, algorithms: Set) {
        if !self.tagged.includes(algorithms) {
            self.tagged = self.tagged.union(algorithms);
            self.last = None;
        }
    }

    /// The algorithm that a line names without a tag, if it is accepted.
    pub fn named(&self, algorithm: Algorithm) -> Option<Choice> {
        self.accept.only(algorithm).map(|algorithm| Choice { algorithm, assumed: false })
    }

    /// Whether something other than the length of a digest speaks for this algorithm.
    pub fn expects(&self, algorithm: Algorithm) -> bool {
        [self.accept.0.unwrap_or_default(), self.tagged, self.told]
            .iter()
            .any(|known| known.contains(algorithm))
    }

    /// The algorithm of a digest of this many bytes. `None` if no algorithm is likely.
    pub fn choose(&mut self, bytes: usize) -> Option<Choice> {
        match self.last {
            Some((length, choice)) if length == bytes => choice,
            _ => {
                let choice = self.decide(bytes);
                self.last = Some((bytes, choice));
                choice
            }
        }
    }

    /// Narrows the algorithms of this length by what is known, the strongest reason first. The
    /// usual algorithm for the length counts last.
    fn decide(&self, bytes: usize) -> Option<Choice> {
        let mut left = Set::of_length(bytes);
        let mut is_known = false;
        if let Some(accepted) = self.accept.0 {
            (left, is_known) = (left.intersection(accepted), true);
        }
        for reason in [self.tagged, self.told] {
            let both = left.intersection(reason);
            if !both.is_empty() {
                (left, is_known) = (both, true);
            }
        }
        let usual = Algorithm::usual(bytes).filter(|&usual| left.contains(usual));
        let is_likely = is_known || usual.is_some() || bytes >= LONG;
        let algorithm = usual.or_else(|| left.iter().next()).filter(|_| is_likely)?;
        Some(Choice { algorithm, assumed: left.len() > 1 })
    }
}

/// The algorithms that the file name of a manifest tells: `SHA256SUMS`, `md5sum.txt`, `x.b3`.
fn told_by(path: &Path) -> Set {
    let Some(name) = path.file_name() else { return Set::default() };
    let name = name.to_string_lossy().to_ascii_lowercase();
    let name = name.strip_suffix(".txt").unwrap_or(&name);
    Algorithm::all().filter(|algorithm| words(*algorithm).any(|word| tells(name, &word))).collect()
}

/// The names of an algorithm and of its program, in lower case and without `sum`.
fn words(algorithm: Algorithm) -> impl Iterator<Item = String> {
    let tool = algorithm.tool().and_then(|tool| tool.strip_suffix("sum"));
    algorithm.names().chain(tool).map(str::to_ascii_lowercase)
}

/// Whether a file name is the word or has it as its extension, or has it as a word with `sum` or
/// `sums` at its end.
fn tells(name: &str, word: &str) -> bool {
    let is_border = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    name.match_indices(word).any(|(at, _)| {
        let (before, behind) = (&name[..at], &name[at + word.len()..]);
        let sum = behind.strip_prefix("sum").map(|rest| rest.strip_prefix('s').unwrap_or(rest));
        match sum {
            Some(rest) => is_border(before.chars().next_back()) && is_border(rest.chars().next()),
            None => behind.is_empty() && (before.is_empty() || before.ends_with('.')),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Algorithm {
        Algorithm::by_name(name).unwrap()
    }

    /// The algorithm for this number of hexadecimal digits, with `?` if it is assumed.
    fn chosen(untagged: &mut Untagged, digits: usize) -> String {
        let choice = untagged.choose(digits / 2);
        choice.map_or("-".into(), |Choice { algorithm, assumed }| {
            format!("{}{}", algorithm.name(), if assumed { "?" } else { "" })
        })
    }

    fn of(path: &str, digits: usize) -> String {
        chosen(&mut Untagged::new(Accept(None), Some(Path::new(path))), digits)
    }

    #[test]
    fn the_name_of_a_manifest_tells_the_algorithm() {
        for (path, digits, expected) in [
            ("MD5SUMS", 32, "md5"),
            ("dir/SHA256SUMS", 64, "sha256"),
            ("sha256sums.txt", 64, "sha256"),
            ("sha256sum.txt", 64, "sha256"),
            ("SHA256SUMS-arm64.txt", 64, "sha256"),
            ("x_1.0_SHA256SUMS", 64, "sha256"),
            ("B2SUMS", 128, "blake2b"),
            ("B2SUMS", 64, "blake2b-256"),
            ("B2SUMS", 2, "blake2b-8"),
            ("x.b2", 40, "blake2b-160"),
            ("B3SUMS", 64, "blake3"),
            ("x.b3", 64, "blake3"),
            ("x.blake3", 64, "blake3"),
            ("x.BLAKE3.txt", 64, "blake3"),
            ("blake3", 64, "blake3"),
            ("x.b3sum", 64, "blake3"),
            ("x.blake2b", 128, "blake2b"),
            ("x.blake2b-256", 64, "blake2b-256"),
            ("x.sha512-256", 64, "sha512-256"),
            ("SHA512-256SUMS", 64, "sha512-256"),
            ("x.sm3", 64, "sm3"),
            ("x.xxh64", 16, "xxh64"),
            ("x.xxh3", 16, "xxh3-64"),
            ("x.xxh128", 32, "xxh3-128"),
            ("x.xxh32", 8, "xxh32"),
            ("x.crc32", 8, "crc32"),
            // What a name tells matters only where the length agrees.
            ("MD5SUMS", 64, "sha256?"),
            // These names tell nothing.
            ("room-b3.txt", 64, "sha256?"),
            ("ab3sums", 64, "sha256?"),
            ("b3summary", 64, "sha256?"),
            ("notes", 64, "sha256?"),
            ("", 64, "sha256?"),
            ("B2SUMS/m", 64, "sha256?"),
            // This name tells two algorithms.
            ("sha256sums.b3", 64, "sha256?"),
        ] {
            assert_eq!(of(path, digits), expected, "{path} {digits}");
        }
        // Every name, tag and alias without a slash can be an extension.
        for algorithm in Algorithm::all() {
            for name in algorithm.names().filter(|name| !name.contains('/')) {
                let digits = 2 * algorithm.bytes();
                assert_eq!(of(&format!("x.{name}"), digits), algorithm.name(), "{name}");
                assert_eq!(of(&format!("{name}sums"), digits), algorithm.name(), "{name}");
            }
        }
    }

    #[test]
    fn the_usual_algorithm_of_a_length_is_assumed() {
        for (digits, expected) in [
            (8, "crc32?"),
            (16, "xxh64?"),
            (32, "md5?"),
            (40, "sha1?"),
            (56, "sha224?"),
            (64, "sha256?"),
            (96, "sha384?"),
            (128, "sha512?"),
            // Only BLAKE2b has these lengths.
            (48, "blake2b-192"),
            (126, "blake2b-504"),
            (34, "blake2b-136"),
            (30, "-"),
            (10, "-"),
            (2, "-"),
            (0, "-"),
            (130, "-"),
        ] {
            assert_eq!(of("m", digits), expected, "{digits}");
        }
    }

    #[test]
    fn accepted_algorithms_come_first_then_tagged_ones_then_the_name() {
        let path = Some(Path::new("x.b3"));
        let accept = |names: &[&str]| Accept(Some(names.iter().map(|name| named(name)).collect()));
        for (names, digits, expected) in [
            (&["sm3"][..], 64, "sm3"),
            (&["sm3", "blake3"], 64, "blake3"),
            (&["sm3", "sha3"], 64, "sha3-256?"),
            (&["sm3", "sha256"], 64, "sha256?"),
            (&["sm3"], 32, "-"),
            (&["blake2b-8"], 2, "blake2b-8"),
        ] {
            assert_eq!(chosen(&mut Untagged::new(accept(names), path), digits), expected);
        }
        let mut untagged = Untagged::new(Accept(None), path);
        assert_eq!(chosen(&mut untagged, 64), "blake3");
        untagged.note(Set::from_iter([named("sm3"), named("xxh128")]));
        assert_eq!(chosen(&mut untagged, 64), "sm3");
        assert_eq!(chosen(&mut untagged, 32), "xxh3-128");
        assert_eq!(chosen(&mut untagged, 40), "sha1?");
        // Two tagged algorithms of a length leave it to the name.
        untagged.note(Set::from_iter([named("blake3")]));
        assert_eq!(chosen(&mut untagged, 64), "blake3");
        untagged.told = Set::default();
        untagged.note(Set::from_iter([named("sha3")]));
        assert_eq!(chosen(&mut untagged, 64), "sha3-256?");
        untagged.note(Set::from_iter([named("sha256")]));
        assert_eq!(chosen(&mut untagged, 64), "sha256?");
    }
}
