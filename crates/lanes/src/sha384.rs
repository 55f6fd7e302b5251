//! SHA-384 of many streams at once: SHA-512 with another initial value, cut to 384 bits.
//!
//! Source: FIPS 180-4, section 5.3.4 and 6.5.

use crate::digest::digest;
pub use crate::sha512::Kernel;

digest! {
    name: "SHA-384", kernel: Kernel, words: [u64; 8], block: 128, form: Sha, bytes: 48,
    initial: [
        0xcbbb_9d5d_c105_9ed8, 0x629a_292a_367c_d507, 0x9159_015a_3070_dd17, 0x152f_ecd8_f70e_5939,
        0x6733_2667_ffc0_0b31, 0x8eb4_4a87_6858_1511, 0xdb0c_2e0d_64f9_8fa7, 0x47b5_481d_befa_4fa4,
    ],
}

#[cfg(test)]
mod tests {
    use crate::sha_tests::sha_tests;

    sha_tests!(sha2::Sha384, 128, ["avx512", "avx2", "single"]);

    /// The examples of FIPS 180-4 that NIST publishes, and the digest of a million letters.
    #[test]
    fn examples_of_nist() {
        const LONG: &[u8] = b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
        let million = vec![b'a'; 1_000_000];
        let examples: [(&[u8], &str); 4] = [
            (
                b"abc",
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed\
                 8086072ba1e7cc2358baeca134c825a7",
            ),
            (
                b"",
                "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da\
                 274edebfe76f65fbd51ad2f14898b95b",
            ),
            (
                LONG,
                "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712\
                 fcc7c71a557e2db966c3e9fa91746039",
            ),
            (
                &million,
                "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b\
                 07b8b3dc38ecc4ebae97ddd87f3d8985",
            ),
        ];
        // A million letters take Miri too long.
        check_examples(if cfg!(miri) { &examples[..3] } else { &examples });
    }
}
