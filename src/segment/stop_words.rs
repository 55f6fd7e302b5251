//! A set of words that is fast to search for words that are not in it.

use rustc_hash::FxHashSet;

/// A set of words.
#[derive(Debug, Default)]
pub(super) struct StopWords {
    words: FxHashSet<Box<[u8]>>,
    /// A hash table of the heads of all words. Zeros are free entries. The length is a power of two,
    /// and at least half of the entries are free.
    heads: Vec<u64>,
}

/// A head has this many bytes of its word, and the word's length.
const HEAD: usize = 7;

impl StopWords {
    /// The number of words.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Adds words. An empty word is in no text.
    pub fn extend<'w>(&mut self, words: impl IntoIterator<Item = &'w [u8]>) {
        self.words.extend(words.into_iter().map(Box::from));
        self.heads = vec![0; (4 * self.words.len()).next_power_of_two()];
        for word in &self.words {
            let head = head(word, 0, word.len());
            let slot = slot_of(&self.heads, head);
            self.heads[slot] = head;
        }
    }

    /// Whether the word `start..end` of a text is in the set, which must not be empty.
    #[inline(always)]
    pub fn contains(&self, text: &[u8], start: usize, end: usize) -> bool {
        let head = head(text, start, end);
        let found = self.heads[slot_of(&self.heads, head)] == head;
        // The head of a short word is the whole word.
        found && (end - start <= HEAD || self.words.contains(&text[start..end]))
    }
}

/// The entry for a head: where it is, or where it can be put.
#[inline(always)]
fn slot_of(heads: &[u64], head: u64) -> usize {
    let mask = heads.len() - 1;
    let mut slot = (head.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & mask;
    while heads[slot] != 0 && heads[slot] != head {
        slot = (slot + 1) & mask;
    }
    slot
}

/// The head of the word `start..end` of a text: its first bytes and, in the highest byte, its
/// length plus one, or 255 if that is more. So it is never zero.
#[inline(always)]
fn head(text: &[u8], start: usize, end: usize) -> u64 {
    let length = end - start;
    let bytes = match text.get(start..).and_then(<[u8]>::first_chunk::<8>) {
        Some(&bytes) => bytes,
        None => {
            let mut bytes = [0; 8];
            bytes[..text.len() - start].copy_from_slice(&text[start..]);
            bytes
        }
    };
    let mask = (1 << (8 * length.min(HEAD))) - 1;
    u64::from_le_bytes(bytes) & mask | (length.min(254) as u64 + 1) << (8 * HEAD)
}
