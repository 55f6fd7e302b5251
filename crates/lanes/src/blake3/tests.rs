//! BLAKE3 against the crate blake3.

use crate::sha_tests::sha_tests;

/// The digest by the crate.
struct Crate;

impl Crate {
    fn digest(data: &[u8]) -> [u8; 32] {
        *blake3::hash(data).as_bytes()
    }
}

sha_tests!(Crate, 64, ["avx512", "avx2", "single"]);

/// All numbers of chunks, with the last one of any length of blocks.
#[test]
fn trees_of_all_shapes() {
    let shapes: Vec<_> = (0..=34_usize).map(|chunks| bytes(chunks, chunks * 1024)).collect();
    check(&shapes, usize::MAX);
    let around = |i: usize| i * 1024 + [0, 1, 63, 64, 65, 512, 960, 961, 1023][i % 9];
    check(&(0..66).map(|i| bytes(i, around(i % 33))).collect::<Vec<_>>(), usize::MAX);
}

/// The first two of the test vectors of BLAKE3: no byte, and the byte 0.
#[test]
fn published_digests() {
    check_examples(&[
        (b"", "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
        (b"\0", "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"),
    ]);
}
