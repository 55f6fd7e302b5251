//! SHA-512/256 of many streams at once: SHA-512 with another initial value, cut to 256 bits.
//!
//! Source: FIPS 180-4, section 5.3.6.2 and 6.7.

use crate::digest::digest;
pub use crate::sha512::Kernel;

digest! {
    name: "SHA-512/256", kernel: Kernel, words: [u64; 8], block: 128, form: Sha, bytes: 32,
    initial: [
        0x2231_2194_fc2b_f72c, 0x9f55_5fa3_c84c_64c2, 0x2393_b86b_6f53_b151, 0x9638_7719_5940_eabd,
        0x9628_3ee2_a88e_ffe3, 0xbe5e_1e25_5386_3992, 0x2b01_99fc_2c85_b8aa, 0x0eb7_2ddc_81c5_2ca2,
    ],
}

#[cfg(test)]
mod tests {
    use crate::sha_tests::sha_tests;

    sha_tests!(sha2::Sha512_256, 128, ["avx512", "avx2", "single"]);

    /// The examples of FIPS 180-4 that NIST publishes, and the digest of a million letters.
    #[test]
    fn examples_of_nist() {
        const LONG: &[u8] = b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
        let million = vec![b'a'; 1_000_000];
        let examples: [(&[u8], &str); 4] = [
            (b"abc", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"),
            (b"", "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a"),
            (LONG, "3928e184fb8690f840da3988121d31be65cb9d3ef83ee6146feac861e19b563a"),
            (&million, "9a59a052930187a97038cae692f30708aa6491923ef5194394dc68d56c74fb21"),
        ];
        // A million letters take Miri too long.
        check_examples(if cfg!(miri) { &examples[..3] } else { &examples });
    }
}
