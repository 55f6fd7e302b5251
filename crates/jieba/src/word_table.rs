//! A table from words to numbers, made to count the words of much text. A word of up to seven bytes,
//! such as two ideographs, is its own key: comparing it takes one instruction, and it takes no
//! memory outside its slot. The bytes of longer words are in an arena.
//!
//! Words are looked up in batches. A batch first reads the slots of all its words, and nothing in
//! that loop waits for a result. So the CPU reads many slots at the same time, where most of them
//! are far away in memory.

use std::hash::Hasher;

use rustc_hash::FxHasher;

/// How many words are looked up at a time.
const BATCH: usize = 64;
/// The longest word that is its own key, in bytes.
const SHORT: usize = 7;
/// The number of slots of a table that has just got its first word, as a power of two.
const FIRST_LOG: u32 = 10;
/// Up to this number of slots (as a power of two), a full table becomes four times as large, else
/// twice as large.
const SMALL_LOG: u32 = 16;

/// A table from words to values; see the module documentation. A word that is looked up is added
/// with the default value.
#[derive(Clone, Debug)]
pub struct WordTable<V> {
    /// The slots. Their number is a power of two, or zero. A word is in the first free slot at or
    /// after the one that its hash selects.
    slots: Vec<Slot<V>>,
    /// A hash shifted right by this number of bits is the index of a slot.
    shift: u32,
    words: usize,
    /// The long words. Each begins at a multiple of eight, with its length in four bytes.
    arena: Vec<u8>,
}

/// A slot of a table.
///
/// ```text
/// key of a free slot     0
/// key of a short word    the bytes of the word, from the lowest byte of the key on; in the highest
///                        byte, the number of these bytes plus one
/// key of a long word     bits 0..32: the place of the word in the arena, divided by eight;
///                        bits 32..56: some bits of its hash; bits 56..64: all set
/// ```
#[derive(Clone, Copy, Debug, Default)]
struct Slot<V> {
    key: u64,
    value: V,
}

/// What is known of a word before its slot is looked at.
#[derive(Clone, Copy, Default)]
struct Probe {
    /// The key of a short word. The key of a long word, without the place in the arena.
    key: u64,
    hash: u64,
}

/// A mark for a long word, in the highest byte of its key.
const LONG: u64 = 0xff << 56;
/// The part of a long word's key that is its place in the arena.
const PLACE: u64 = 0xffff_ffff;

impl Probe {
    #[inline(always)]
    fn of(text: &[u8], (start, end): (u32, u32)) -> Self {
        let (start, end) = (start as usize, end as usize);
        let length = end - start;
        if length > SHORT {
            return Self::of_long(&text[start..end]);
        }
        let eight = match text.get(start..start + 8) {
            Some(eight) => u64::from_le_bytes(eight.try_into().expect("eight bytes")),
            None => {
                let mut eight = [0; 8];
                eight[..length].copy_from_slice(&text[start..end]);
                u64::from_le_bytes(eight)
            }
        };
        let bytes = eight & ((1 << (8 * length)) - 1);
        Self::of_short(bytes | (length as u64 + 1) << 56)
    }

    #[inline(always)]
    fn of_short(key: u64) -> Self {
        Self { key, hash: mix(key) }
    }

    fn of_long(word: &[u8]) -> Self {
        let mut hasher = FxHasher::default();
        hasher.write(word);
        let hash = mix(hasher.finish());
        Self { key: LONG | (hash & 0xff_ffff) << 32, hash }
    }

    /// The bits of a slot's key that tell, as far as the key can, whether the word is in the slot.
    #[inline(always)]
    fn mask(self) -> u64 {
        if self.key >= LONG { !PLACE } else { !0 }
    }
}

/// Spreads all bits of a number over the bits of a hash.
#[inline(always)]
fn mix(number: u64) -> u64 {
    let product = u128::from(number ^ 0x243f_6a88_85a3_08d3) * 0x9e37_79b9_7f4a_7c15;
    (product >> 64) as u64 ^ product as u64
}

/// A word of a table.
#[derive(Clone, Copy, Debug)]
pub struct Word<'a> {
    short: [u8; 8],
    /// The word, if it is long.
    long: Option<&'a [u8]>,
}

impl Word<'_> {
    /// The bytes of the word.
    pub fn bytes(&self) -> &[u8] {
        match self.long {
            Some(long) => long,
            None => &self.short[..usize::from(self.short[7]) - 1],
        }
    }

    /// A number for sorting words by their bytes: if the numbers of two words differ, their words
    /// are in the same order. If the numbers are equal, both words have more than seven bytes, and
    /// their first seven bytes are equal.
    pub fn prefix(&self) -> u64 {
        let mut first = self.short;
        if let Some(long) = self.long {
            first[..7].copy_from_slice(&long[..7]);
            first[7] = 0xff;
        }
        u64::from_be_bytes(first)
    }
}

impl<V> Default for WordTable<V> {
    fn default() -> Self {
        Self { slots: Vec::new(), shift: 0, words: 0, arena: Vec::new() }
    }
}

impl<V: Copy + Default> WordTable<V> {
    /// The number of words.
    pub fn len(&self) -> usize {
        self.words
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.words == 0
    }

    /// Calls `each` with the value of each of these words, in their order. A word is given by the
    /// places in `text` where it begins and ends.
    #[inline]
    pub fn visit(
        &mut self,
        text: &[u8],
        words: impl Iterator<Item = (u32, u32)>,
        mut each: impl FnMut(&mut V),
    ) {
        let mut words = words.fuse();
        let mut batch = [(0, 0); BATCH];
        let mut probes = [Probe::default(); BATCH];
        let mut found = [false; BATCH];
        loop {
            let mut count = 0;
            for (place, word) in batch.iter_mut().zip(&mut words) {
                *place = word;
                count += 1;
            }
            if count == 0 {
                return;
            }
            self.reserve(count);
            let (slots, shift) = (&self.slots[..], self.shift);
            for ((probe, found), &word) in probes.iter_mut().zip(&mut found).zip(&batch[..count]) {
                *probe = Probe::of(text, word);
                let slot = &slots[(probe.hash >> shift) as usize];
                *found = slot.key == probe.key;
            }
            for ((&probe, &found), &(start, end)) in probes.iter().zip(&found).zip(&batch[..count])
            {
                let at = if found {
                    (probe.hash >> shift) as usize
                } else {
                    self.find(probe, &text[start as usize..end as usize])
                };
                each(&mut self.slots[at].value);
            }
        }
    }

    /// The value of a word.
    pub fn value(&mut self, word: &[u8]) -> &mut V {
        self.reserve(1);
        let end = u32::try_from(word.len()).expect("a word has less than 4 GiB");
        let at = self.find(Probe::of(word, (0, end)), word);
        &mut self.slots[at].value
    }

    /// The slot of a word, which is added if it is not in the table. There must be room for it.
    #[inline(never)]
    fn find(&mut self, probe: Probe, word: &[u8]) -> usize {
        let mut at = (probe.hash >> self.shift) as usize;
        loop {
            let key = self.slots[at].key;
            if key == 0 {
                self.words += 1;
                self.slots[at].key = match probe.key >= LONG {
                    true => probe.key | self.store(word),
                    false => probe.key,
                };
                return at;
            }
            let alike = (key ^ probe.key) & probe.mask() == 0;
            if alike && (probe.key < LONG || self.long(key) == word) {
                return at;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Stores a long word in the arena. Returns its place, divided by eight.
    fn store(&mut self, word: &[u8]) -> u64 {
        let place = self.arena.len() as u64 / 8;
        assert!(place <= PLACE, "the long words have less than 32 GiB");
        let length = u32::try_from(word.len()).expect("a word has less than 4 GiB");
        self.arena.extend_from_slice(&length.to_ne_bytes());
        self.arena.extend_from_slice(word);
        self.arena.resize(self.arena.len().next_multiple_of(8), 0);
        place
    }

    /// The long word that has this key.
    fn long(&self, key: u64) -> &[u8] {
        let (length, rest) = self.arena[(key & PLACE) as usize * 8..].split_at(4);
        let length = u32::from_ne_bytes(length.try_into().expect("four bytes"));
        &rest[..length as usize]
    }

    /// Makes room for this many more words.
    fn reserve(&mut self, more: usize) {
        // At most three of four slots are used.
        let needed = (self.words + more) * 4 / 3 + 1;
        if needed <= self.slots.len() {
            return;
        }
        let log = match self.slots.len() {
            0 => FIRST_LOG,
            small if small < 1 << SMALL_LOG => small.ilog2() + 2,
            large => large.ilog2() + 1,
        };
        let log = log.max(needed.next_power_of_two().ilog2());
        let free = Slot { key: 0, value: V::default() };
        let old = std::mem::replace(&mut self.slots, vec![free; 1 << log]);
        self.shift = 64 - log;
        for slot in old.into_iter().filter(|slot| slot.key != 0) {
            let mut at = (self.hash(slot.key) >> self.shift) as usize;
            while self.slots[at].key != 0 {
                at = (at + 1) & (self.slots.len() - 1);
            }
            self.slots[at] = slot;
        }
    }

    fn hash(&self, key: u64) -> u64 {
        if key >= LONG { Probe::of_long(self.long(key)).hash } else { mix(key) }
    }

    /// The words and their values, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (Word<'_>, &V)> {
        let used = self.slots.iter().filter(|slot| slot.key != 0);
        used.map(|slot| {
            let long = (slot.key >= LONG).then(|| self.long(slot.key));
            (Word { short: slot.key.to_le_bytes(), long }, &slot.value)
        })
    }

    /// Adds all words of another table, and calls `each` with the values of the word in this table
    /// and in the other.
    pub fn merge(&mut self, other: &Self, mut each: impl FnMut(&mut V, &V)) {
        // The slots of `other` are in the order of the hashes. Without room for all of them, its
        // first words would crowd at the beginning of this table.
        self.reserve(other.words);
        for slot in other.slots.iter().filter(|slot| slot.key != 0) {
            let at = if slot.key >= LONG {
                let word = other.long(slot.key);
                self.find(Probe::of_long(word), word)
            } else {
                self.find(Probe::of_short(slot.key), &[])
            };
            each(&mut self.slots[at].value, &slot.value);
        }
    }

    /// Removes all words. Keeps the memory, unless the words used only a small part of it.
    pub fn clear(&mut self) {
        if self.slots.len() > 1 << SMALL_LOG && self.words < self.slots.len() / 16 {
            *self = Self::default();
            return;
        }
        self.slots.fill(Slot::default());
        self.words = 0;
        self.arena.clear();
    }
}
