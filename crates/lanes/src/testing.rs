//! Data for the tests of all algorithms.

/// `length` bytes that depend on `seed`, from a linear congruential generator.
pub fn bytes(seed: usize, length: usize) -> Vec<u8> {
    let mut x = (seed as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let step = || {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (x >> 56) as u8
    };
    std::iter::repeat_with(step).take(length).collect()
}
