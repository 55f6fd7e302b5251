//! Tests every SHA3-256 kernel that this machine can run. The expected digests come from the crate
//! sha3 and from the examples of NIST.

use crate::sha_tests::sha_tests;

sha_tests!(sha3::Sha3_256, 136, ["avx512", "avx2", "single"]);

/// The examples of FIPS 202 that NIST publishes (no bit, and 1600 bits), those for the letters of the
/// examples of FIPS 180-4, and the digest of a million letters.
#[test]
fn examples_of_nist() {
    const LONG: &[u8] = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    let million = vec![b'a'; 1_000_000];
    let examples: [(&[u8], &str); 5] = [
        (b"abc", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
        (b"", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"),
        (LONG, "41c0dba2a9d6240849100376a8235e2c82e1b9998a999e21db32dd97496d3376"),
        (&[0xa3; 200], "79f38adec5c20307a98ef76e8324afbfd46cfd81b22e3973c65fa1bd9de31787"),
        (&million, "5c8875ae474a3634ba4fd55ec85bffd661f32aca75c6d699d0cdcb6c115891c1"),
    ];
    // A million letters take Miri too long.
    check_examples(if cfg!(miri) { &examples[..4] } else { &examples });
}
