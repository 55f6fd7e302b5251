//! Counts words. Each thread counts in its own table, so that no thread waits for another. At the
//! end the tables are added up. The memory in use grows with the number of different words times
//! the number of threads.

use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::characters::shows_nothing;
use batchproc_jieba::{Token, ends_line};

/// Words with their counts.
pub type Counts = FxHashMap<Box<[u8]>, u64>;

/// Counts words, in many threads at the same time.
#[derive(Debug, Default)]
pub struct Tally {
    /// The tables that no thread is filling now.
    tables: Mutex<Vec<Counts>>,
}

impl Tally {
    /// Adds the words of a block. Line ends and tokens that show nothing do not count as words.
    pub fn add(&self, text: &[u8], tokens: &[Token]) {
        let lock = || self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let mut counts = lock().pop().unwrap_or_default();
        for word in words(text, tokens) {
            count(&mut counts, word, 1);
        }
        lock().push(counts);
    }

    /// All words, the most frequent first. Words with equal counts are sorted by their bytes.
    pub fn into_sorted(self) -> Vec<(Box<[u8]>, u64)> {
        let mut tables = self.tables.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut all = tables.pop().unwrap_or_default();
        for (word, times) in tables.into_iter().flatten() {
            count(&mut all, &word, times);
        }
        let mut sorted: Vec<_> = all.into_iter().collect();
        sorted.sort_unstable_by(|(a, more), (b, fewer)| fewer.cmp(more).then_with(|| a.cmp(b)));
        sorted
    }
}

/// The tokens that are words: all except line ends and tokens that show nothing.
fn words<'a>(text: &'a [u8], tokens: &'a [Token]) -> impl Iterator<Item = &'a [u8]> {
    let words = tokens.iter().map(|token| &text[token.start as usize..token.end as usize]);
    words.filter(|word| {
        let empty = || str::from_utf8(word).is_ok_and(|word| word.chars().all(shows_nothing));
        !ends_line(word) && !empty()
    })
}

fn count(counts: &mut Counts, word: &[u8], times: u64) {
    match counts.get_mut(word) {
        Some(count) => *count += times,
        None => {
            counts.insert(word.into(), times);
        }
    }
}
