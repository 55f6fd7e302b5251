//! Numbers in as few bytes as they need: 7 bits in each byte, the lowest first, and the highest bit of a byte
//! says that more follow.

/// Appends a number.
pub fn push_number(mut number: u128, buffer: &mut Vec<u8>) {
    while number > 0x7f {
        buffer.push(number as u8 | 0x80);
        number >>= 7;
    }
    buffer.push(number as u8);
}

/// Appends a number that may be negative. Numbers near 0 take few bytes.
pub fn push_signed(number: i128, buffer: &mut Vec<u8>) {
    push_number((number << 1 ^ number >> 127).cast_unsigned(), buffer);
}

/// Reads fields that were appended one after another. All methods panic if the bytes are at their end.
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Fields<'a> {
    /// The next so many bytes.
    pub fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at(count);
        self.0 = rest;
        bytes
    }

    /// The next two bytes as a number.
    pub fn flags(&mut self) -> u16 {
        let bytes = self.bytes(2);
        u16::from_le_bytes([bytes[0], bytes[1]])
    }

    /// The next number.
    pub fn number(&mut self) -> u128 {
        let (mut number, mut low, mut at) = (0, 0, 0);
        // The first 9 bytes fit into 64 bits, which are faster.
        loop {
            let byte = self.0[at];
            match at {
                0..9 => low |= u64::from(byte & 0x7f) << (7 * at),
                _ => number |= u128::from(byte & 0x7f) << (7 * at),
            }
            at += 1;
            if byte < 0x80 {
                break;
            }
        }
        self.0 = &self.0[at..];
        number | u128::from(low)
    }

    /// The next number that may be negative.
    pub fn signed(&mut self) -> i128 {
        let number = self.number();
        (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
    }

    /// The next text, which follows its length.
    pub fn text(&mut self) -> &'a [u8] {
        let length = self.number() as usize;
        self.bytes(length)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_near_0_take_few_bytes() {
        for (number, bytes) in [(0, 1), (-64, 1), (63, 1), (64, 2), (-65, 2), (i128::MIN, 19)] {
            let mut buffer = Vec::new();
            push_signed(number, &mut buffer);
            assert_eq!(buffer.len(), bytes, "{number}");
        }
    }

    proptest! {
        #[test]
        fn numbers_come_out_as_they_went_in(all in prop::collection::vec((any::<i128>(), 0..128_u32), 0..9)) {
            let mut buffer = Vec::new();
            let all: Vec<i128> = all.iter().map(|(number, shift)| number >> shift).collect();
            for &number in &all {
                push_signed(number, &mut buffer);
                push_number(number.cast_unsigned(), &mut buffer);
            }
            let mut fields = Fields(&buffer);
            for number in all {
                prop_assert_eq!(fields.signed(), number);
                prop_assert_eq!(fields.number(), number.cast_unsigned());
            }
            prop_assert!(fields.0.is_empty());
        }
    }
}
