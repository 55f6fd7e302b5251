//! Numbers words in the order in which they are first seen, so that what is known of a word can be
//! in arrays. Frequent words get low numbers, since they are seen early. So the parts of the arrays
//! that are often used are small.
//!
//! A word of up to seven bytes, such as two ideographs, is its own *key*: to compare it takes one
//! instruction. The bytes of longer words are in an arena. Words are looked up in batches, in
//! loops that wait for no result. So the CPU can read many places at the same time, where most of
//! them are far away in memory.

use std::hash::Hasher;

use rustc_hash::FxHasher;

/// How many words are looked up at a time.
const BATCH: usize = 256;
/// The longest word that is its own key, in bytes.
const SHORT: usize = 7;
/// The number of slots after the first word, as a power of two.
const FIRST_LOG: u32 = 10;
/// The number of entries of the cache, as a power of two.
const CACHE_LOG: u32 = 13;
/// With fewer slots than this (as a power of two) there is no cache, because all slots together
/// are hardly larger.
const CACHED_LOG: u32 = 14;
/// With more slots than this, a vocabulary that is cleared frees its memory if it used little of it.
const KEPT_SLOTS: usize = 1 << 16;

/// A mark for a long word, in the highest byte of its key.
const LONG: u64 = 0xff << 56;
/// The part of a long word's key that is its place in the arena.
const PLACE: u64 = 0xffff_ffff;

/// Words with their numbers, which begin with 1; see the module documentation.
///
/// ```text
/// key of a short word    the bytes of the word, from the lowest byte of the key on; in the highest
///                        byte, the number of these bytes plus one
/// key of a long word     bits 0..32: the place of the word in the arena, divided by eight;
///                        bits 32..56: some bits of its hash; bits 56..64: all set
/// ```
#[derive(Clone, Debug)]
pub struct Vocabulary {
    /// The numbers of the words; 0 in a free slot. There are no slots, or a power of two. A word is
    /// in the first slot that was free at or after the one that its hash selects.
    slots: Vec<u32>,
    /// The keys of the words, indexed by their numbers.
    keys: Vec<u64>,
    /// The long words. Each begins at a multiple of eight, with its length in four bytes.
    arena: Vec<u8>,
    /// Short words that were looked up lately. A word has only one possible place here. Most words
    /// of a text are found here, without a look at the slots.
    cache: Vec<Cached>,
}

/// An entry of the cache.
#[derive(Clone, Copy, Debug, Default)]
struct Cached {
    key: u64,
    number: u32,
}

/// What is known of a word before anything is looked up.
#[derive(Clone, Copy, Default)]
struct Probe {
    /// The key of a short word. The key of a long word, without the place in the arena.
    key: u64,
    hash: u64,
}

impl Probe {
    #[inline(always)]
    fn of(text: &[u8], start: usize, end: usize) -> Self {
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
        let key = bytes | (length as u64 + 1) << 56;
        Self { key, hash: mix(key) }
    }

    #[inline]
    fn of_long(word: &[u8]) -> Self {
        let mut hasher = FxHasher::default();
        hasher.write(word);
        let hash = mix(hasher.finish());
        Self { key: LONG | (hash & 0xff_ffff) << 32, hash }
    }

    /// Whether a word with this key may be the word of this probe. If that is short, it is.
    #[inline(always)]
    fn is_like(self, key: u64) -> bool {
        let ignored = if self.key >= LONG { PLACE } else { 0 };
        (self.key ^ key) & !ignored == 0
    }
}

/// Spreads all bits of a number over the bits of a hash.
#[inline(always)]
fn mix(number: u64) -> u64 {
    let product = u128::from(number ^ 0x243f_6a88_85a3_08d3) * 0x9e37_79b9_7f4a_7c15;
    (product >> 64) as u64 ^ product as u64
}

/// A word of a vocabulary: its key, the lowest byte first. [`Vocabulary::bytes`] returns the bytes
/// of the word.
#[derive(Clone, Copy, Debug)]
pub struct Word([u8; 8]);

impl Default for Vocabulary {
    fn default() -> Self {
        Self { slots: Vec::new(), keys: vec![0], arena: Vec::new(), cache: Vec::new() }
    }
}

impl Vocabulary {
    /// The number of words, which is also the highest number of a word.
    pub fn len(&self) -> usize {
        self.keys.len() - 1
    }

    /// Whether there are no words.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Calls `each` with the numbers of these words, in their order. A word is given by the places
    /// in `text` where it begins and ends.
    #[inline]
    pub fn numbers(
        &mut self,
        text: &[u8],
        words: impl Iterator<Item = (u32, u32)>,
        mut each: impl FnMut(u32),
    ) {
        let mut words = words.fuse();
        let mut places = [(0, 0); BATCH];
        let mut probes = [Probe::default(); BATCH];
        let mut numbers = [0; BATCH];
        let mut missed = [0u16; BATCH];
        loop {
            let mut count = 0;
            for (place, word) in places.iter_mut().zip(&mut words) {
                *place = word;
                count += 1;
            }
            if count == 0 {
                return;
            }
            let batch = probes.iter_mut().zip(&places[..count]).zip(&mut numbers).zip(0..);
            let mut misses = 0;
            for (((probe, &(start, end)), number), index) in batch {
                *probe = Probe::of(text, start as usize, end as usize);
                let entry = match self.cache.is_empty() {
                    true => Cached::default(),
                    false => self.cache[(probe.hash >> (64 - CACHE_LOG)) as usize],
                };
                *number = entry.number;
                missed[misses] = index;
                misses += usize::from(entry.key != probe.key);
            }
            self.look_up(text, &missed[..misses], &places, &probes, &mut numbers);
            numbers[..count].iter().for_each(|&number| each(number));
        }
    }

    /// Looks up the words of a batch that are not in the cache, which are given by their indices.
    #[inline(never)]
    fn look_up(
        &mut self,
        text: &[u8],
        missed: &[u16],
        places: &[(u32, u32); BATCH],
        probes: &[Probe; BATCH],
        numbers: &mut [u32; BATCH],
    ) {
        self.reserve(missed.len());
        let shift = self.shift();
        let mut seen = [0; BATCH];
        for (seen, &index) in seen.iter_mut().zip(missed) {
            *seen = self.slots[(probes[usize::from(index)].hash >> shift) as usize];
        }
        let mut keys = [0; BATCH];
        for (key, &number) in keys.iter_mut().zip(&seen[..missed.len()]) {
            *key = self.keys[number as usize];
        }
        for ((&index, &key), &number) in missed.iter().zip(&keys).zip(&seen) {
            let index = usize::from(index);
            let probe = probes[index];
            let number = if key == probe.key {
                number
            } else {
                let (start, end) = places[index];
                self.find(probe, &text[start as usize..end as usize])
            };
            numbers[index] = number;
            if probe.key < LONG && !self.cache.is_empty() {
                let entry = (probe.hash >> (64 - CACHE_LOG)) as usize;
                self.cache[entry] = Cached { key: probe.key, number };
            }
        }
    }

    /// The number of a word, which is added if it is new.
    pub fn number(&mut self, word: &[u8]) -> u32 {
        self.reserve(1);
        self.find(Probe::of(word, 0, word.len()), word)
    }

    /// Calls `each` with the numbers here of all words of another vocabulary, in the order of their
    /// numbers there. Words that are new are added.
    pub fn numbers_of_all(&mut self, other: &Self, mut each: impl FnMut(u32)) {
        let mut probes = [Probe::default(); BATCH];
        let (mut seen, mut known) = ([0; BATCH], [0; BATCH]);
        for keys in other.keys[1..].chunks(BATCH) {
            self.reserve(keys.len());
            let shift = self.shift();
            for (probe, &key) in probes.iter_mut().zip(keys) {
                *probe = match key {
                    LONG.. => Probe::of_long(other.long(key)),
                    _ => Probe { key, hash: mix(key) },
                };
            }
            for (seen, probe) in seen.iter_mut().zip(&probes[..keys.len()]) {
                *seen = self.slots[(probe.hash >> shift) as usize];
            }
            for (known, &number) in known.iter_mut().zip(&seen[..keys.len()]) {
                *known = self.keys[number as usize];
            }
            for (index, &key) in keys.iter().enumerate() {
                let probe = probes[index];
                each(match key {
                    _ if known[index] == probe.key => seen[index],
                    LONG.. => self.find(probe, other.long(key)),
                    // The key is the whole word.
                    _ => self.find(probe, &[]),
                });
            }
        }
    }

    /// The number of a word, which is added if it is new. There must be room for it.
    fn find(&mut self, probe: Probe, word: &[u8]) -> u32 {
        let mut at = (probe.hash >> self.shift()) as usize;
        loop {
            let number = self.slots[at];
            if number == 0 {
                let number = u32::try_from(self.keys.len()).expect("fewer than 2^32 words");
                let place = if probe.key >= LONG { self.store(word) } else { 0 };
                self.slots[at] = number;
                self.keys.push(probe.key | place);
                return number;
            }
            let key = self.keys[number as usize];
            if probe.is_like(key) && (key < LONG || self.long(key) == word) {
                return number;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Stores a long word in the arena. Returns its place, divided by eight.
    fn store(&mut self, word: &[u8]) -> u64 {
        if self.arena.is_empty() {
            // The place 0 stays free, so no key of a long word is equal to one without a place.
            self.arena.resize(8, 0);
        }
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

    /// A hash shifted right by this number of bits is the index of a slot.
    #[inline(always)]
    fn shift(&self) -> u32 {
        64 - self.slots.len().trailing_zeros()
    }

    /// Makes room for this many more words: at most half of the slots are used.
    #[inline]
    fn reserve(&mut self, more: usize) {
        let needed = 2 * (self.keys.len() + more);
        if needed > self.slots.len() {
            self.grow(needed);
        }
    }

    #[inline(never)]
    fn grow(&mut self, needed: usize) {
        let log = needed.next_power_of_two().trailing_zeros();
        // A small vocabulary grows faster.
        let log = if log < CACHED_LOG { log + 1 } else { log }.max(FIRST_LOG);
        self.slots.clear();
        self.slots.resize(1 << log, 0);
        let shift = self.shift();
        for (number, &key) in (0..).zip(&self.keys).skip(1) {
            let hash = if key >= LONG { Probe::of_long(self.long(key)).hash } else { mix(key) };
            let mut at = (hash >> shift) as usize;
            while self.slots[at] != 0 {
                at = (at + 1) & (self.slots.len() - 1);
            }
            self.slots[at] = number;
        }
        if log >= CACHED_LOG && self.cache.is_empty() {
            self.cache = vec![Cached::default(); 1 << CACHE_LOG];
        }
    }

    /// The word that has this number.
    #[inline]
    pub fn word(&self, number: u32) -> Word {
        Word(self.keys[number as usize].to_le_bytes())
    }

    /// The bytes of a word of this vocabulary.
    #[inline]
    pub fn bytes<'a>(&'a self, Word(key): &'a Word) -> &'a [u8] {
        match key[SHORT] {
            0xff => self.long(u64::from_le_bytes(*key)),
            length => &key[..usize::from(length) - 1],
        }
    }

    /// A number for sorting words by their bytes. If the numbers of two words differ, the words are
    /// in the order of the numbers. If the numbers are equal, the words are equal or both have more
    /// than seven bytes, of which the first seven are equal.
    #[inline]
    pub fn prefix(&self, word: &Word) -> u64 {
        let mut first = word.0;
        if first[SHORT] == 0xff {
            first[..SHORT].copy_from_slice(&self.bytes(word)[..SHORT]);
        }
        u64::from_be_bytes(first)
    }

    /// The bytes of the word that has this [`Self::prefix`], and how many they are. `None` if the
    /// word is longer than its prefix.
    #[inline]
    pub fn whole(prefix: u64) -> Option<([u8; 8], usize)> {
        let bytes = prefix.to_be_bytes();
        match bytes[SHORT] {
            0xff => None,
            length => Some((bytes, usize::from(length) - 1)),
        }
    }

    /// Removes all words. Keeps the memory, unless the words used only a small part of it.
    pub fn clear(&mut self) {
        if self.slots.len() > KEPT_SLOTS && self.len() < self.slots.len() / 16 {
            *self = Self::default();
            return;
        }
        self.slots.fill(0);
        self.keys.truncate(1);
        self.arena.clear();
        self.cache.fill(Cached::default());
    }
}
