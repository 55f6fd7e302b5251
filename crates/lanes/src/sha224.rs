//! SHA-224 of many streams at once: SHA-256 with another initial value, cut to 224 bits.
//!
//! Source: FIPS 180-4, section 5.3.2 and 6.3.

use crate::digest::digest;
pub use crate::sha256::Kernel;

digest! {
    name: "SHA-224", kernel: Kernel, words: [u32; 8], block: 64, form: Sha, bytes: 28,
    initial: [
        0xc105_9ed8, 0x367c_d507, 0x3070_dd17, 0xf70e_5939,
        0xffc0_0b31, 0x6858_1511, 0x64f9_8fa7, 0xbefa_4fa4,
    ],
}

#[cfg(test)]
mod tests {
    use crate::sha_tests::sha_tests;

    sha_tests!(sha2::Sha224, 64, ["avx512-sha", "sha", "avx512", "avx2", "single"]);

    /// The examples of FIPS 180-4 that NIST publishes, and the digest of a million letters.
    #[test]
    fn examples_of_nist() {
        const LONG: &[u8] = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        let million = vec![b'a'; 1_000_000];
        let examples: [(&[u8], &str); 4] = [
            (b"abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            (b"", "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f"),
            (LONG, "75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525"),
            (&million, "20794655980c91d8bbb4c1ea97618a4bf03f42581948b2ee4ee7ad67"),
        ];
        // A million letters take Miri too long.
        check_examples(if cfg!(miri) { &examples[..3] } else { &examples });
    }
}
