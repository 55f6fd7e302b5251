//! Tests every SHA-256 kernel that this machine can run. The expected digests come from the crate
//! sha2 and from the examples of NIST.

use crate::sha_tests::sha_tests;

sha_tests!(sha2::Sha256, 64, ["avx512-sha", "sha", "avx512", "avx2", "single"]);

/// The examples of FIPS 180-4 that NIST publishes, and the digest of a million letters.
#[test]
fn examples_of_nist() {
    const LONG: &[u8] = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    let million = vec![b'a'; 1_000_000];
    let examples: [(&[u8], &str); 4] = [
        (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (LONG, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
        (&million, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ];
    // A million letters take Miri too long.
    check_examples(if cfg!(miri) { &examples[..3] } else { &examples });
}
