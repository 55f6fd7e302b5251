//! Counts words. Each thread counts in its own table, so that no thread waits for another. At the
//! end the tables are added up. The memory in use grows with the number of different words times
//! the number of threads.

use std::sync::{Mutex, PoisonError};

use super::characters::shows_nothing;
use batchproc_jieba::{Token, Word, WordTable, ends_line};

/// Words with their counts.
type Counts = WordTable<u64>;

/// Counts words, in many threads at the same time.
#[derive(Debug, Default)]
pub struct Tally {
    /// The tables that no thread is filling now.
    tables: Mutex<Vec<Counts>>,
}

impl Tally {
    /// Adds the tokens of a block.
    pub fn add(&self, text: &[u8], tokens: &[Token]) {
        let lock = || self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let mut counts = lock().pop().unwrap_or_default();
        let places = tokens.iter().map(|token| (token.start, token.end));
        counts.visit(text, places, |count| *count += 1);
        lock().push(counts);
    }

    /// The counts of all words.
    pub fn total(self) -> Total {
        let mut tables = self.tables.into_inner().unwrap_or_else(PoisonError::into_inner);
        tables.sort_by_key(Counts::len);
        let mut all = tables.pop().unwrap_or_default();
        for table in tables {
            all.merge(&table, |count, more| *count += more);
        }
        Total(all)
    }
}

/// The counts of all words.
#[derive(Debug)]
pub struct Total(Counts);

/// A word with its count, and a part of the word that can be compared quickly.
struct Counted<'a> {
    prefix: u64,
    count: u64,
    word: Word<'a>,
}

impl Total {
    /// Calls `each` with all words and their counts until it fails. The most frequent word comes
    /// first. Words with equal counts are sorted by their bytes.
    ///
    /// # Errors
    /// The failure of `each`.
    pub fn each_sorted<E>(
        &self,
        mut each: impl FnMut(&[u8], u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let words = self.0.iter().filter(|(word, _)| is_word(word.bytes()));
        let mut words: Vec<Counted<'_>> = words
            .map(|(word, &count)| Counted { prefix: word.prefix(), count, word })
            .collect();
        radsort::sort_by_key(&mut words, |word| word.prefix);
        radsort::sort_by_key(&mut words, |word| u64::MAX - word.count);
        for equal in words.chunk_by_mut(|a, b| (a.prefix, a.count) == (b.prefix, b.count)) {
            if equal.len() > 1 {
                equal.sort_unstable_by(|a, b| a.word.bytes().cmp(b.word.bytes()));
            }
        }
        words.iter().try_for_each(|counted| each(counted.word.bytes(), counted.count))
    }
}

/// Whether a token is a word. Line ends and tokens that show nothing are none.
fn is_word(token: &[u8]) -> bool {
    let empty = || str::from_utf8(token).is_ok_and(|token| token.chars().all(shows_nothing));
    !ends_line(token) && !empty()
}
