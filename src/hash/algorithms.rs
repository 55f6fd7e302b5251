//! The table of digest algorithms. To add an algorithm, add a row to `TABLE` and, to the module
//! `digesters`, a function that begins a digest.

use super::digesters::{self, Digester};

/// The properties of an algorithm.
struct Row {
    /// The name on the command line, in JSON and in CSV.
    name: &'static str,
    /// Other names that are accepted.
    aliases: &'static [&'static str],
    /// The name in lines of the BSD form, `TAG (name) = digest`, as cksum, xxhsum and rhash print
    /// it.
    tag: &'static str,
    /// The length of a digest in bytes.
    bytes: usize,
    /// The usual program for this algorithm that writes lines `digest  name`, if there is one.
    tool: Option<&'static str>,
    /// Whether a line that names no algorithm is assumed to mean this one if the digest has its
    /// length.
    by_length: bool,
    /// The purpose of the algorithm and where it is defined.
    about: &'static str,
    /// The function that begins a digest. `None` for MD5 and SHA-256, which have their own code for many digests
    /// at once.
    begin: Option<fn() -> Box<dyn Digester>>,
}

/// All algorithms, in the order in which [`list`] prints them. There may be at most 16, because a
/// [`Set`] has one bit for each.
static TABLE: [Row; 9] = [
    Row {
        name: "md5",
        aliases: &["md-5"],
        tag: "MD5",
        bytes: 16,
        tool: Some("md5sum"),
        by_length: true,
        about: "accidental damage only; RFC 1321",
        begin: None,
    },
    Row {
        name: "sha1",
        aliases: &["sha-1"],
        tag: "SHA1",
        bytes: 20,
        tool: Some("sha1sum"),
        by_length: true,
        about: "broken as a protection; FIPS 180-4",
        begin: Some(digesters::sha1),
    },
    Row {
        name: "sha256",
        aliases: &["sha-256", "sha2-256"],
        tag: "SHA256",
        bytes: 32,
        tool: Some("sha256sum"),
        by_length: true,
        about: "FIPS 180-4",
        begin: None,
    },
    Row {
        name: "sha512",
        aliases: &["sha-512", "sha2-512"],
        tag: "SHA512",
        bytes: 64,
        tool: Some("sha512sum"),
        by_length: true,
        about: "FIPS 180-4",
        begin: Some(digesters::sha512),
    },
    Row {
        name: "sha3-256",
        aliases: &["sha3"],
        tag: "SHA3-256",
        bytes: 32,
        tool: None,
        by_length: false,
        about: "FIPS 202",
        begin: Some(digesters::sha3_256),
    },
    Row {
        name: "blake3",
        aliases: &["b3"],
        tag: "BLAKE3",
        bytes: 32,
        tool: Some("b3sum"),
        by_length: false,
        about: "the fastest that protects against tampering",
        begin: Some(digesters::blake3),
    },
    Row {
        name: "xxh3-64",
        aliases: &["xxh3", "xxh3_64"],
        tag: "XXH3",
        bytes: 8,
        tool: None,
        by_length: true,
        about: "as fast as memory; accidental damage only",
        begin: Some(digesters::xxh3_64),
    },
    Row {
        name: "xxh3-128",
        aliases: &["xxh128", "xxh3_128"],
        tag: "XXH128",
        bytes: 16,
        tool: None,
        by_length: false,
        about: "as fast as memory; accidental damage only",
        begin: Some(digesters::xxh3_128),
    },
    Row {
        name: "crc32",
        aliases: &["crc-32"],
        tag: "CRC32",
        bytes: 4,
        tool: None,
        by_length: true,
        about: "as in zip and gzip (not that of cksum); accidental damage of small files only",
        begin: Some(digesters::crc32),
    },
];

/// A digest algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Algorithm(u8);

impl Algorithm {
    /// MD5, the default.
    pub const MD5: Self = Self(0);
    /// SHA-256, whose digests show tampering too.
    pub const SHA256: Self = Self(2);

    /// All algorithms.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..TABLE.len() as u8).map(Self)
    }

    /// The algorithm with this name, alias or tag, in upper or lower case.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().find(|algorithm| {
            let row = algorithm.row();
            let mut names = [row.name, row.tag].into_iter().chain(row.aliases.iter().copied());
            names.any(|known| known.eq_ignore_ascii_case(name))
        })
    }

    /// The algorithm that is assumed for a digest of this many bytes if the line does not name one.
    pub fn by_length(bytes: usize) -> Option<Self> {
        Self::all().find(|algorithm| algorithm.row().by_length && algorithm.bytes() == bytes)
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

    /// Whether another algorithm has digests of the same length.
    pub fn shares_length(self) -> bool {
        Self::all().any(|other| other != self && other.bytes() == self.bytes())
    }

    /// Whether a usual program for this algorithm writes lines `digest  name`.
    pub fn has_tool(self) -> bool {
        self.row().tool.is_some()
    }

    /// Begins a digest. `None` for MD5 and SHA-256, which have their own code for many digests at once.
    pub(super) fn begin(self) -> Option<Box<dyn Digester>> {
        self.row().begin.map(|begin| begin())
    }

    fn row(self) -> &'static Row {
        &TABLE[usize::from(self.0)]
    }
}

/// A set of algorithms. Iteration gives them in the order of [`Algorithm::all`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Set(u16);

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

    /// Iterates over the algorithms of the set.
    pub fn iter(self) -> impl Iterator<Item = Algorithm> {
        Algorithm::all().filter(move |&algorithm| self.contains(algorithm))
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
    let mut text = format!(
        "{:<10} {:>4}  {:<9} {:<10} {:<19} {}\n",
        "name", "bits", "tag", "program", "also", "about"
    );
    for row in &TABLE {
        text += &format!(
            "{:<10} {:>4}  {:<9} {:<10} {:<19} {}\n",
            row.name,
            8 * row.bytes,
            row.tag,
            row.tool.unwrap_or("-"),
            row.aliases.join(", "),
            row.about
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_alias_and_tag_leads_to_its_algorithm_alone() {
        let mut names = Vec::new();
        for algorithm in Algorithm::all() {
            let row = algorithm.row();
            for name in [row.name, row.tag].iter().chain(row.aliases) {
                assert_eq!(Algorithm::by_name(name), Some(algorithm), "{name}");
                assert_eq!(Algorithm::by_name(&name.to_uppercase()), Some(algorithm), "{name}");
            }
            names.push(row.name);
        }
        names.dedup();
        assert_eq!(names.len(), TABLE.len());
        assert_eq!(Algorithm::by_name("sha2"), None);
    }

    #[test]
    fn a_length_means_one_algorithm() {
        for bytes in 0..100 {
            let all = TABLE.iter().filter(|row| row.by_length && row.bytes == bytes).count();
            assert!(all <= 1, "{bytes}");
        }
        assert_eq!(Algorithm::by_length(16), Some(Algorithm::MD5));
        assert_eq!(Algorithm::by_length(32), Algorithm::by_name("sha256"));
    }

    #[test]
    fn only_md5_and_sha256_have_kernels_of_their_own() {
        for algorithm in Algorithm::all() {
            let has_kernels = [Algorithm::MD5, Algorithm::SHA256].contains(&algorithm);
            assert_eq!(algorithm.begin().is_none(), has_kernels);
        }
        assert_eq!(Algorithm::SHA256.name(), "sha256");
        assert_eq!(Algorithm::MD5.name(), "md5");
        assert!(TABLE.len() <= 16, "a set has 16 bits");
    }
}
