//! Counts words. Each thread counts in its own table, so that no thread waits for another. At the
//! end the tables are added up. The memory in use grows with the number of different words times
//! the number of threads.

use std::sync::{Mutex, PoisonError};

use super::characters::shows_nothing;
use batchproc_jieba::{Token, Vocabulary, Word, ends_line};

/// Words with their counts.
#[derive(Debug, Default)]
pub struct Counts {
    words: Vocabulary,
    /// Indexed by the numbers of the words.
    counts: Vec<u64>,
}

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
        let mut table = lock().pop().unwrap_or_default();
        let Counts { words, counts } = &mut table;
        let places = tokens.iter().map(|token| (token.start, token.end));
        words.numbers(text, places, |number| match counts.get_mut(number as usize) {
            Some(count) => *count += 1,
            None => add_new(counts, number, 1),
        });
        lock().push(table);
    }

    /// The counts of all words.
    pub fn total(self) -> Counts {
        let mut tables = self.tables.into_inner().unwrap_or_else(PoisonError::into_inner);
        tables.sort_unstable_by_key(|table| table.words.len());
        let mut all = tables.pop().unwrap_or_default();
        tables.iter().for_each(|table| all.merge(table));
        all
    }
}

/// Counts a word that has just got its number.
#[cold]
fn add_new(counts: &mut Vec<u64>, number: u32, times: u64) {
    counts.resize(number as usize, 0);
    counts.push(times);
}

/// A word with its count, and the beginning of the word as a number.
#[derive(Clone, Copy)]
struct Counted {
    prefix: u64,
    count: u64,
    word: Word,
}

impl Counts {
    fn merge(&mut self, other: &Self) {
        for (number, &times) in (0..).zip(&other.counts).skip(1) {
            let number = self.words.number(other.words.bytes(&other.words.word(number)));
            match self.counts.get_mut(number as usize) {
                Some(count) => *count += times,
                None => add_new(&mut self.counts, number, times),
            }
        }
    }

    /// Calls `each` with all words and their counts until it fails. The most frequent word comes
    /// first. Words with equal counts are sorted by their bytes. Line ends and tokens that show
    /// nothing do not count as words.
    ///
    /// # Errors
    /// The failure of `each`.
    pub fn each_sorted<E>(
        &self,
        mut each: impl FnMut(&[u8], u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let words = &self.words;
        let mut sorted = Vec::with_capacity(words.len());
        for (number, &count) in (0..).zip(&self.counts).skip(1) {
            let word = words.word(number);
            if is_word(words.bytes(&word)) {
                sorted.push(Counted { prefix: words.prefix(&word), count, word });
            }
        }
        radsort::sort_by_key(&mut sorted, |word| word.prefix);
        radsort::sort_by_key(&mut sorted, |word| u64::MAX - word.count);
        for alike in sorted.chunk_by_mut(|a, b| (a.count, a.prefix) == (b.count, b.prefix)) {
            if alike.len() > 1 {
                alike.sort_unstable_by(|a, b| words.bytes(&a.word).cmp(words.bytes(&b.word)));
            }
        }
        sorted.iter().try_for_each(|counted| each(words.bytes(&counted.word), counted.count))
    }
}

/// Whether a token is a word.
fn is_word(token: &[u8]) -> bool {
    let empty = || str::from_utf8(token).is_ok_and(|token| token.chars().all(shows_nothing));
    !ends_line(token) && !empty()
}
