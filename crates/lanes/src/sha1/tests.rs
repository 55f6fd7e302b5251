//! Tests every SHA-1 kernel that this machine can run. The expected digests come from the crate
//! sha1 and from the examples of NIST.

use crate::sha_tests::sha_tests;

sha_tests!(sha1::Sha1, 64, ["avx512-sha", "sha", "avx512", "avx2", "single"]);

/// The examples of FIPS 180-4 that NIST publishes, and the digest of a million letters.
#[test]
fn examples_of_nist() {
    const LONG: &[u8] = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    let million = vec![b'a'; 1_000_000];
    let examples: [(&[u8], &str); 4] = [
        (b"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (b"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        (LONG, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
        (&million, "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
    ];
    // A million letters take Miri too long.
    check_examples(if cfg!(miri) { &examples[..3] } else { &examples });
}
