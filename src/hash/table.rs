//! The table of digest algorithms. To add an algorithm, add a row to `TABLE` and, to the module
//! `digesters`, a function that begins a digest, or a line to the module `laned`.

use super::digesters::{self, Digester};

/// The properties of an algorithm.
pub struct Row {
    /// The name on the command line, in JSON and in CSV.
    pub name: &'static str,
    /// Other names that are accepted, written as programs print them in tags.
    pub aliases: &'static [&'static str],
    /// The name in lines of the BSD form, `TAG (name) = digest`, as cksum, xxhsum and rhash print
    /// it.
    pub tag: &'static str,
    /// The length of a digest in bytes.
    pub bytes: usize,
    /// The usual program for this algorithm, if there is one.
    pub tool: Option<&'static str>,
    /// Whether results are lines `digest  name` unless the user asks for another form, because the
    /// usual program prints such lines.
    pub plain: bool,
    /// What stands before the digest in lines `digest  name`. Only xxhsum writes such a prefix.
    pub prefix: &'static str,
    /// Whether a digest of this length, in a line that names no algorithm, usually is of this
    /// algorithm.
    pub usual: bool,
    /// The purpose of the algorithm and where it is defined.
    pub about: &'static str,
    /// The function that begins a digest. `None` for MD5 and the algorithms in the module `laned`, which
    /// have kernels for many digests at once.
    pub begin: Option<fn() -> Box<dyn Digester>>,
}

/// What most rows have in common.
const ROW: Row = Row {
    name: "",
    aliases: &[],
    tag: "",
    bytes: 0,
    tool: None,
    plain: false,
    prefix: "",
    usual: false,
    about: "",
    begin: None,
};

/// All algorithms but the shorter forms of BLAKE2b, in the order in which the list of algorithms
/// shows them.
pub static TABLE: [Row; 16] = [
    Row {
        name: "md5",
        aliases: &["md-5"],
        tag: "MD5",
        bytes: 16,
        tool: Some("md5sum"),
        plain: true,
        usual: true,
        about: "accidental damage only; RFC 1321",
        ..ROW
    },
    Row {
        name: "sha1",
        aliases: &["sha-1"],
        tag: "SHA1",
        bytes: 20,
        tool: Some("sha1sum"),
        plain: true,
        usual: true,
        about: "broken as a protection; FIPS 180-4",
        ..ROW
    },
    Row {
        name: "sha224",
        aliases: &["sha-224", "sha2-224"],
        tag: "SHA224",
        bytes: 28,
        tool: Some("sha224sum"),
        plain: true,
        usual: true,
        about: "FIPS 180-4",
        ..ROW
    },
    Row {
        name: "sha256",
        aliases: &["sha-256", "sha2-256"],
        tag: "SHA256",
        bytes: 32,
        tool: Some("sha256sum"),
        plain: true,
        usual: true,
        about: "FIPS 180-4",
        ..ROW
    },
    Row {
        name: "sha384",
        aliases: &["sha-384", "sha2-384"],
        tag: "SHA384",
        bytes: 48,
        tool: Some("sha384sum"),
        plain: true,
        usual: true,
        about: "FIPS 180-4",
        ..ROW
    },
    Row {
        name: "sha512",
        aliases: &["sha-512", "sha2-512"],
        tag: "SHA512",
        bytes: 64,
        tool: Some("sha512sum"),
        plain: true,
        usual: true,
        about: "FIPS 180-4",
        ..ROW
    },
    Row {
        name: "sha512-256",
        aliases: &["sha512/256", "sha2-512/256", "SHA512t256"],
        tag: "SHA512-256",
        bytes: 32,
        about: "SHA-512 with other constants, cut to 256 bits; FIPS 180-4",
        ..ROW
    },
    Row {
        name: "sha3-256",
        aliases: &["sha3"],
        tag: "SHA3-256",
        bytes: 32,
        about: "FIPS 202",
        ..ROW
    },
    Row {
        name: "sm3",
        tag: "SM3",
        bytes: 32,
        about: "the Chinese standard; GB/T 32905-2016",
        begin: Some(digesters::sm3),
        ..ROW
    },
    Row {
        name: "blake2b",
        aliases: &["blake2b-512", "BLAKE2b512"],
        tag: "BLAKE2b",
        bytes: 64,
        tool: Some("b2sum"),
        plain: true,
        about: "RFC 7693; blake2b-N has N bits: 8, 16, 24 and so on up to 504",
        begin: Some(digesters::blake2b::<64>),
        ..ROW
    },
    Row {
        name: "blake3",
        aliases: &["b3"],
        tag: "BLAKE3",
        bytes: 32,
        tool: Some("b3sum"),
        plain: true,
        about: "the fastest that protects against tampering",
        ..ROW
    },
    Row {
        name: "xxh32",
        tag: "XXH32",
        bytes: 4,
        tool: Some("xxhsum"),
        about: "accidental damage of small files only",
        begin: Some(digesters::xxh32),
        ..ROW
    },
    Row {
        name: "xxh64",
        tag: "XXH64",
        bytes: 8,
        tool: Some("xxhsum"),
        plain: true,
        usual: true,
        about: "accidental damage only; xxh3-64 is faster",
        begin: Some(digesters::xxh64),
        ..ROW
    },
    Row {
        name: "xxh3-64",
        aliases: &["xxh3", "xxh3_64"],
        tag: "XXH3",
        bytes: 8,
        tool: Some("xxhsum"),
        prefix: "XXH3_",
        about: "as fast as memory; accidental damage only",
        begin: Some(digesters::xxh3_64),
        ..ROW
    },
    Row {
        name: "xxh3-128",
        aliases: &["xxh128", "xxh3_128"],
        tag: "XXH128",
        bytes: 16,
        tool: Some("xxhsum"),
        about: "as fast as memory; accidental damage only",
        begin: Some(digesters::xxh3_128),
        ..ROW
    },
    Row {
        name: "crc32",
        aliases: &["crc-32"],
        tag: "CRC32",
        bytes: 4,
        usual: true,
        about: "as in zip and gzip (not that of cksum); accidental damage of small files only",
        begin: Some(digesters::crc32),
        ..ROW
    },
];

/// The rows of BLAKE2b with fewer than 64 bytes.
macro_rules! blake2b {
    ($($bits:literal)*) => {
        [$(Row {
            name: concat!("blake2b-", $bits),
            tag: concat!("BLAKE2b-", $bits),
            bytes: $bits / 8,
            tool: Some("b2sum"),
            begin: Some(digesters::blake2b::<{ $bits / 8 }>),
            ..ROW
        }),*]
    };
}

/// BLAKE2b with fewer than 64 bytes: `b2sum -l N`.
pub static SHORT_BLAKE2B: [Row; 63] = blake2b![
    8 16 24 32 40 48 56 64 72 80 88 96 104 112 120 128 136 144 152 160 168 176 184 192 200 208 216
    224 232 240 248 256 264 272 280 288 296 304 312 320 328 336 344 352 360 368 376 384 392 400 408
    416 424 432 440 448 456 464 472 480 488 496 504
];
