//! Byte strings of different lengths in one buffer. Each takes 5 bytes beyond its own.

/// The byte strings; see the module documentation.
#[derive(Debug, Default)]
pub struct Arena {
    bytes: Vec<u8>,
    /// Where each string begins, in 5 bytes with the lowest first.
    starts: Vec<[u8; 5]>,
    /// How many bytes belong to no string any more.
    wasted: usize,
}

impl Arena {
    /// The most bytes that fit.
    const MOST: usize = 1 << 40;

    /// The number of strings.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is room for another string of up to so many bytes.
    pub fn has_room(&self, bytes: usize) -> bool {
        self.bytes.len() + bytes < Self::MOST && self.starts.len() < u32::MAX as usize
    }

    /// Adds a string that `write` appends to the buffer. The caller has made sure that there is room.
    pub fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.starts.push(packed(self.bytes.len()));
        write(&mut self.bytes);
    }

    /// Replaces the string with this index, which has this length. If half of the buffer is waste, it is
    /// made anew; `length` then tells the lengths of strings from their first bytes.
    pub fn replace(
        &mut self,
        index: usize,
        write: impl FnOnce(&mut Vec<u8>),
        length: impl Fn(&[u8]) -> usize,
    ) {
        self.wasted += length(self.get(index));
        self.starts[index] = packed(self.bytes.len());
        write(&mut self.bytes);
        if self.wasted > self.bytes.len() / 2 {
            let mut bytes = Vec::with_capacity(self.bytes.len() - self.wasted);
            for start in &mut self.starts {
                let old = &self.bytes[unpacked(*start)..];
                *start = packed(bytes.len());
                bytes.extend(&old[..length(old)]);
            }
            (self.bytes, self.wasted) = (bytes, 0);
        }
    }

    /// The bytes from where the string with this index begins. What it holds says where it ends.
    pub fn get(&self, index: usize) -> &[u8] {
        &self.bytes[unpacked(self.starts[index])..]
    }
}

fn packed(start: usize) -> [u8; 5] {
    let [a, b, c, d, e, ..] = (start as u64).to_le_bytes();
    [a, b, c, d, e]
}

fn unpacked([a, b, c, d, e]: [u8; 5]) -> usize {
    u64::from_le_bytes([a, b, c, d, e, 0, 0, 0]) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_have_40_bits() {
        for start in [0, 255, 256, (1 << 32) + 7, Arena::MOST - 1] {
            assert_eq!(unpacked(packed(start)), start);
        }
    }

    #[test]
    fn there_is_room_for_as_many_bytes_as_have_places() {
        let mut arena = Arena::default();
        assert!(arena.has_room(Arena::MOST - 1) && !arena.has_room(Arena::MOST));
        arena.push(|bytes| bytes.extend(b"abc"));
        assert!(arena.has_room(Arena::MOST - 4) && !arena.has_room(Arena::MOST - 3));
    }

    #[test]
    fn strings_that_are_replaced_again_and_again_take_no_more_than_twice_their_bytes() {
        let length = |bytes: &[u8]| 1 + usize::from(bytes[0]);
        let put = |number: u8| {
            move |bytes: &mut Vec<u8>| {
                bytes.push(number % 7);
                bytes.extend(vec![number; usize::from(number % 7)]);
            }
        };
        let mut arena = Arena::default();
        (0..10).for_each(|number| arena.push(put(number)));
        let mut expected: Vec<u8> = (0..10).collect();
        for number in 10..200_u8 {
            let index = usize::from(number) * 7 % 10;
            let waste = arena.wasted + length(arena.get(index));
            let all = arena.bytes.len() + 1 + usize::from(number % 7);
            arena.replace(index, put(number), length);
            expected[index] = number;
            assert!(arena.bytes.len() <= 2 * 70, "{}", arena.bytes.len());
            let left = if 2 * waste > all { 0 } else { waste };
            assert_eq!(arena.wasted, left, "{waste} of {all}");
            for (index, &number) in expected.iter().enumerate() {
                let (mut bytes, found) = (Vec::new(), arena.get(index));
                put(number)(&mut bytes);
                assert_eq!(found[..length(found)], bytes);
            }
        }
    }
}
