//! Random numbers, and random bytes made of seeds. The generator is xorshift64* (Vigna 2014).

/// A sequence of numbers that depends only on its seed.
pub struct Random(u64);

impl Random {
    /// The numbers of one case.
    pub fn new(seed: u64, case: u64) -> Self {
        let mixed =
            seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ case.wrapping_mul(0xd134_2543_de82_ef95);
        let mut random = Self(mixed | 1);
        for _ in 0..4 {
            random.next();
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `end`; 0 if `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() >> 33) as usize % end.max(1)
    }

    /// Whether one of so many equal chances came.
    pub fn one_in(&mut self, chances: usize) -> bool {
        self.below(chances) == 0
    }

    /// One of these.
    pub fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// A text of these parts.
    pub fn text(&mut self, parts: &[&str], most: usize) -> String {
        (0..self.below(most + 1)).map(|_| *self.pick(parts)).collect()
    }

    /// Bytes without NUL, many of which mean something in a name.
    pub fn name(&mut self) -> Vec<u8> {
        let length = 1 + self.below(20);
        let odd = b"\"\\\n\r()  *#{},;=-/.\t";
        let byte = |random: &mut Self| match random.below(3) {
            0 => *random.pick(odd),
            1 => b'a' + random.below(26) as u8,
            _ => 1 + random.below(255) as u8,
        };
        (0..length).map(|_| byte(self)).collect()
    }

    /// A seed after some flips, cuts, splices and insertions; sometimes only tokens or noise.
    pub fn mutate(&mut self, seeds: &[Vec<u8>], tokens: &[&[u8]]) -> Vec<u8> {
        let mut bytes = match self.below(20) {
            0 => (0..self.below(200)).map(|_| self.next() as u8).collect(),
            1 if !tokens.is_empty() => {
                (0..self.below(30)).flat_map(|_| self.pick(tokens).iter().copied()).collect()
            }
            _ if seeds.is_empty() => Vec::new(),
            _ => self.pick(seeds).clone(),
        };
        for _ in 0..self.below(8) {
            let at = self.below(bytes.len() + 1);
            let end = (at + 1 + self.below(12)).min(bytes.len());
            match self.below(9) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 if at < bytes.len() => bytes[at] = self.next() as u8,
                2 => drop(bytes.drain(at..end.max(at))),
                3 => bytes.truncate(at),
                4 if !seeds.is_empty() => {
                    let other = self.pick(seeds);
                    bytes.truncate(at);
                    let from = (other.len() / 2).max(1) % (other.len() + 1);
                    bytes.extend_from_slice(&other[from..]);
                }
                5 | 6 if !tokens.is_empty() => {
                    let token = *self.pick(tokens);
                    drop(bytes.splice(at..at, token.iter().copied()));
                }
                7 => {
                    let part = bytes[at..end.max(at)].to_vec();
                    let times = 1 + self.below(40);
                    drop(bytes.splice(at..at, part.repeat(times)));
                }
                8 => bytes.insert(at, self.next() as u8),
                _ => {}
            }
        }
        bytes
    }
}
