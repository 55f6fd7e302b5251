//! Digest algorithms, and sets of them.

use super::digesters::Digester;
use super::table::{Row, SHORT_BLAKE2B, TABLE};

/// A digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Algorithm(u8);

impl Algorithm {
    /// MD5, the default.
    pub const MD5: Self = Self(0);
    pub(super) const SHA1: Self = Self(1);
    pub(super) const SHA224: Self = Self(2);
    /// SHA-256, whose digests show tampering too.
    pub const SHA256: Self = Self(3);
    pub(super) const SHA384: Self = Self(4);
    pub(super) const SHA512: Self = Self(5);
    pub(super) const SHA512_256: Self = Self(6);
    pub(super) const SHA3_256: Self = Self(7);
    pub(super) const BLAKE3: Self = Self(10);

    /// All algorithms.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..(TABLE.len() + SHORT_BLAKE2B.len()) as u8).map(Self)
    }

    /// The algorithm with this name, alias or tag, in upper or lower case.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all()
            .find(|algorithm| algorithm.names().any(|known| known.eq_ignore_ascii_case(name)))
    }

    /// The algorithm of a tag, as in `TAG (name) = digest`, and whether the bytes of the digest are
    /// reversed, as `xxhsum --little-endian --tag` writes them. A tag may have lower-case letters
    /// only where a program prints them.
    pub fn by_tag(tag: &str) -> Option<(Self, bool)> {
        let known = |tag: &str| {
            let algorithm = Self::by_name(tag)?;
            let is_upper = !tag.contains(|c: char| c.is_ascii_lowercase());
            // b2sum accepts `BLAKE2b-512`, though it prints `BLAKE2b`.
            let is_printed = tag.starts_with("BLAKE2b-")
                || tag.starts_with(|c: char| c.is_ascii_uppercase())
                    && algorithm.names().any(|known| known == tag);
            (is_upper || is_printed).then_some(algorithm)
        };
        let reversed = || {
            let algorithm = known(tag.strip_suffix("_LE")?)?;
            (algorithm.tool() == Some("xxhsum")).then_some((algorithm, true))
        };
        known(tag).map(|algorithm| (algorithm, false)).or_else(reversed)
    }

    /// The algorithm that digests of this many bytes usually have if nothing names another one.
    pub fn usual(bytes: usize) -> Option<Self> {
        Self::all().find(|algorithm| algorithm.row().usual && algorithm.bytes() == bytes)
    }

    /// The name, the tag and the other names of the algorithm.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        let row = self.row();
        [row.name, row.tag].into_iter().chain(row.aliases.iter().copied())
    }

    /// The name on the command line, in JSON and in CSV, in lower case.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The name in lines of the BSD form, `TAG (name) = digest`.
    pub fn tag(self) -> &'static str {
        self.row().tag
    }

    /// The length of a digest in bytes.
    pub fn bytes(self) -> usize {
        self.row().bytes
    }

    /// The usual program for this algorithm, if there is one.
    pub fn tool(self) -> Option<&'static str> {
        self.row().tool
    }

    /// Whether results are lines `digest  name` unless the user asks for another form.
    pub fn is_plain(self) -> bool {
        self.row().plain
    }

    /// What stands before the digest in lines `digest  name`.
    pub fn prefix(self) -> &'static str {
        self.row().prefix
    }

    /// Begins a digest. `None` for algorithms that have kernels for many digests at once.
    pub(super) fn begin(self) -> Option<Box<dyn Digester>> {
        self.row().begin.map(|begin| begin())
    }

    /// Whether the algorithm has kernels for many digests at once.
    pub(super) fn is_laned(self) -> bool {
        self.row().begin.is_none()
    }

    /// The number of the algorithm in the table of this version of the program.
    pub(crate) fn number(self) -> u8 {
        self.0
    }

    /// The algorithm with this number, which [`Algorithm::number`] gave.
    pub(crate) fn of_number(number: u8) -> Self {
        Self(number)
    }

    fn row(self) -> &'static Row {
        let index = usize::from(self.0);
        TABLE.get(index).unwrap_or_else(|| &SHORT_BLAKE2B[index - TABLE.len()])
    }
}

/// A set of algorithms. Iteration gives them in the order of [`Algorithm::all`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Set(u128);

impl Set {
    /// Whether the set contains the algorithm.
    pub fn contains(self, algorithm: Algorithm) -> bool {
        self.0 >> algorithm.0 & 1 == 1
    }

    /// Adds an algorithm.
    pub fn insert(&mut self, algorithm: Algorithm) {
        self.0 |= 1 << algorithm.0;
    }

    /// The algorithms that are in at least one of the two sets.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the set contains all algorithms of `other`.
    pub fn includes(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The algorithms that are in both sets.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The algorithms whose digests have this many bytes.
    pub fn of_length(bytes: usize) -> Self {
        Algorithm::all().filter(|algorithm| algorithm.bytes() == bytes).collect()
    }

    /// The set as a number, with a bit for each algorithm.
    pub(crate) fn bits(self) -> u128 {
        self.0
    }

    /// The set of these bits, which [`Set::bits`] gave.
    pub(crate) fn of_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The number of algorithms in the set.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Iterates over the algorithms of the set.
    pub fn iter(self) -> impl Iterator<Item = Algorithm> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let first = (rest != 0).then(|| Algorithm(rest.trailing_zeros() as u8));
            rest &= rest.wrapping_sub(1);
            first
        })
    }
}

impl FromIterator<Algorithm> for Set {
    fn from_iter<I: IntoIterator<Item = Algorithm>>(algorithms: I) -> Self {
        let mut set = Self::default();
        algorithms.into_iter().for_each(|algorithm| set.insert(algorithm));
        set
    }
}

/// The table of algorithms as text for people.
pub fn list() -> String {
    let head = ["name", "bits", "tag", "program", "also", "about"].map(String::from);
    let rows = TABLE.iter().map(|row| {
        let also = row.aliases.join(", ");
        let bits = (8 * row.bytes).to_string();
        let texts = [row.name, &bits, row.tag, row.tool.unwrap_or("-"), &also, row.about];
        texts.map(String::from)
    });
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let [name, bits, tag, tool, also] = [0, 1, 2, 3, 4].map(width);
    let line = |[a, b, c, d, e, f]: &[String; 6]| {
        format!("{a:<name$}  {b:>bits$}  {c:<tag$}  {d:<tool$}  {e:<also$}  {f}\n")
    };
    rows.iter().map(line).collect()
}

/// The names of the algorithms as text for people. One name stands for the shorter forms of
/// BLAKE2b.
pub fn names() -> String {
    let names: Vec<_> = TABLE.iter().map(|row| row.name).collect();
    format!("{}, blake2b-N", names.join(", "))
}

/// The names of the algorithms that may be meant by a name that is none: those that are written alike but for
/// `-` and `_`, and else those that begin with it.
pub fn near(name: &str) -> Vec<&'static str> {
    let plain = |name: &str| name.replace(['-', '_'], "").to_ascii_lowercase();
    let wanted = plain(name);
    let those = |is_near: &dyn Fn(&str) -> bool| -> Vec<&'static str> {
        let row = |row: &&Row| {
            std::iter::once(row.name)
                .chain(row.aliases.iter().copied())
                .any(|name| is_near(&plain(name)))
        };
        TABLE.iter().filter(row).map(|row| row.name).collect()
    };
    match those(&|name| name == wanted) {
        same if same.is_empty() && wanted.len() > 1 => those(&|name| name.starts_with(&wanted)),
        same => same,
    }
}

#[cfg(test)]
mod tests {
    use super::super::laned::Laned;
    use super::*;

    #[test]
    fn every_name_alias_and_tag_leads_to_its_algorithm_alone() {
        let mut names = Vec::new();
        for algorithm in Algorithm::all() {
            for name in algorithm.names() {
                assert_eq!(Algorithm::by_name(name), Some(algorithm), "{name}");
                assert_eq!(Algorithm::by_name(&name.to_uppercase()), Some(algorithm), "{name}");
            }
            names.push(algorithm.name());
        }
        names.dedup();
        assert_eq!(names.len(), 79);
        assert_eq!(names.len(), Algorithm::all().count());
        assert_eq!(Algorithm::by_name("sha2"), None);
    }

    #[test]
    fn a_length_has_one_usual_algorithm() {
        for (digits, name) in [
            (8, "crc32"),
            (16, "xxh64"),
            (32, "md5"),
            (40, "sha1"),
            (56, "sha224"),
            (64, "sha256"),
            (96, "sha384"),
            (128, "sha512"),
        ] {
            assert_eq!(Algorithm::usual(digits / 2), Algorithm::by_name(name), "{name}");
            assert_eq!(TABLE.iter().filter(|row| row.usual && row.bytes == digits / 2).count(), 1);
        }
        assert_eq!(TABLE.iter().filter(|row| row.usual).count(), 8);
    }

    #[test]
    fn tags_are_read_as_programs_print_them() {
        let read = |tag| Algorithm::by_tag(tag).map(|(algorithm, le)| (algorithm.name(), le));
        for (tag, name) in [
            ("MD5", "md5"),
            ("BLAKE2b", "blake2b"),
            ("BLAKE2b-8", "blake2b-8"),
            ("BLAKE2B-512", "blake2b"),
            ("BLAKE2b512", "blake2b"),
            ("SHA2-512/256", "sha512-256"),
            ("SHA512/256", "sha512-256"),
            ("SHA512-256", "sha512-256"),
            ("SHA512t256", "sha512-256"),
            ("XXH3_64", "xxh3-64"),
        ] {
            assert_eq!(read(tag), Some((name, false)), "{tag}");
        }
        for (tag, name) in [
            ("XXH32_LE", "xxh32"),
            ("XXH64_LE", "xxh64"),
            ("XXH3_LE", "xxh3-64"),
            ("XXH128_LE", "xxh3-128"),
        ] {
            assert_eq!(read(tag), Some((name, true)), "{tag}");
        }
        for tag in ["md5", "Md5", "blake2b", "BLAKE2b-0", "BLAKE2b-7", "BLAKE2b-520", "MD5_LE", ""]
        {
            assert_eq!(read(tag), None, "{tag}");
        }
    }

    #[test]
    fn a_set_holds_every_algorithm_in_order() {
        let all: Vec<_> = Algorithm::all().collect();
        let set: Set = all.iter().rev().copied().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), all);
        assert_eq!(set.len(), all.len());
        assert!(all.len() <= 128, "a set has 128 bits");
        for &algorithm in &all {
            let one = Set::from_iter([algorithm]);
            assert_eq!(one.iter().collect::<Vec<_>>(), [algorithm]);
            assert!(set.includes(one) && !one.includes(set) && one.intersection(set) == one);
            assert!(Set::of_length(algorithm.bytes()).contains(algorithm));
        }
    }

    #[test]
    fn an_algorithm_has_kernels_for_many_digests_or_code_for_one() {
        for algorithm in Algorithm::all() {
            let is_laned = Laned::begin(algorithm).is_some() || algorithm == Algorithm::MD5;
            assert_eq!(algorithm.is_laned(), is_laned, "{}", algorithm.name());
            assert_eq!(algorithm.begin().is_none(), is_laned, "{}", algorithm.name());
        }
        for (algorithm, name) in [
            (Algorithm::MD5, "md5"),
            (Algorithm::SHA1, "sha1"),
            (Algorithm::SHA224, "sha224"),
            (Algorithm::SHA256, "sha256"),
            (Algorithm::SHA384, "sha384"),
            (Algorithm::SHA512, "sha512"),
            (Algorithm::SHA512_256, "sha512-256"),
            (Algorithm::SHA3_256, "sha3-256"),
            (Algorithm::BLAKE3, "blake3"),
        ] {
            assert_eq!(algorithm.name(), name);
        }
    }
}
