//! Decimal digits of the small numbers that say where a token is. They come from a table.

/// A number below this limit can be written as a [`Number`].
pub(super) const LIMIT: u64 = 10_000_000;

/// Indexed by a number: its digits, the first one in the lowest byte. Zero has one digit.
static DIGITS: [u32; 10_000] = {
    let mut table = [0; 10_000];
    let mut number = 0;
    while number < table.len() {
        let (mut rest, mut digits) = (number as u32, 0);
        loop {
            digits = digits << 8 | (b'0' as u32 + rest % 10);
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        table[number] = digits;
        number += 1;
    }
    table
};

/// A number with its digits, the first one in the lowest byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    pub number: u64,
    digits: u64,
}

impl Number {
    pub const ZERO: Self = Number { number: 0, digits: b'0' as u64 };

    /// The digits of a number below [`LIMIT`]. Those of greater numbers would be wrong.
    #[inline(always)]
    pub fn new(number: u64) -> Self {
        debug_assert!(number < LIMIT);
        let short = DIGITS.get(number as usize).map(|&digits| u64::from(digits));
        Self { number, digits: short.unwrap_or_else(|| long(number)) }
    }

    /// The digits and a byte after them, as an array that zeros fill up, and the length without the
    /// zeros.
    #[inline(always)]
    pub fn followed_by(self, byte: u8) -> ([u8; 8], usize) {
        let unused = self.digits.leading_zeros() & !7;
        let bytes = self.digits | u64::from(byte) << (64 - unused);
        (bytes.to_le_bytes(), 9 - unused as usize / 8)
    }
}

/// The digits of a number of five to seven digits.
#[inline(never)]
fn long(number: u64) -> u64 {
    let [high, low] = [number / 10_000, number % 10_000].map(|part| {
        let digits = DIGITS[part as usize % DIGITS.len()];
        (digits, 32 - (digits.leading_zeros() & !7))
    });
    // The low part gets zeros before it, up to four digits.
    let low = u64::from(low.0) << (32 - low.1) | u64::from(u32::from_be_bytes([b'0'; 4]));
    u64::from(high.0) | low << high.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_are_those_that_the_standard_library_writes() {
        let steps = (0..LIMIT).step_by(997);
        let borders = [9, 10, 99, 100, 999, 1000, 9_999, 10_000, 10_001, 99_999, 100_000];
        for number in (0..20_000).chain(steps).chain(borders).chain([999_999, LIMIT - 1]) {
            let (bytes, length) = Number::new(number).followed_by(b',');
            assert_eq!(str::from_utf8(&bytes[..length]).unwrap(), format!("{number},"));
        }
    }
}
