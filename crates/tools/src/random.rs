//! The xorshift64* generator (Vigna 2014): reproducible numbers, good enough for sizes and
//! contents.

use std::f64::consts::TAU;

/// A sequence of numbers that depends only on its seed, which must not be 0.
pub struct Random(pub u64);

impl Random {
    /// The next number.
    #[allow(clippy::should_implement_trait, reason = "it never ends")]
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number greater than 0 and at most 1.
    pub fn fraction(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// A log-normal size in bytes with a median of 4096, by the Box-Muller method.
    pub fn size(&mut self) -> usize {
        let normal = (-2.0 * self.fraction().ln()).sqrt() * (TAU * self.fraction()).cos();
        (4096.0 * (1.18 * normal).exp()) as usize
    }

    /// A number below `end`, which must not be 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() >> 33) as usize % end
    }

    /// A length in bytes for tests of MD5: mostly a few blocks of 64 bytes, and often a length at
    /// which the padding just fits into a block or needs another one.
    pub fn length(&mut self) -> usize {
        match self.below(20) {
            0..8 => self.below(300),
            8..14 => [0, 1, 55, 56, 57, 63][self.below(6)] + 64 * self.below(12),
            14..19 => self.below(1500),
            _ => self.below(20_000),
        }
    }
}
