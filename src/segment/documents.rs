//! Counts in how many documents each word comes. A document is a file or a line that has at least one
//! word. Each thread counts in a table of its own.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use super::tally::{Counts, Tally, is_word};
use batchproc_jieba::Token;

/// The documents of a run, and in how many of them each word comes.
#[derive(Debug, Default)]
pub struct Documents {
    /// The tables that no thread is filling now.
    tables: Mutex<Vec<Table>>,
    /// The number of documents.
    number: AtomicU64,
}

#[derive(Debug, Default)]
struct Table {
    counts: Counts,
    /// Indexed by the numbers of the words: the last document of this table that has the word.
    last: Vec<u64>,
    /// The number of documents that this table has counted.
    documents: u64,
}

impl Table {
    fn note(&mut self, number: u32) {
        note(&mut self.counts.counts, &mut self.last, self.documents, number);
    }
}

/// Notes that this document has a word.
#[inline]
fn note(counts: &mut Vec<u64>, last: &mut Vec<u64>, document: u64, number: u32) {
    let index = number as usize;
    if index >= last.len() {
        counts.resize(index + 1, 0);
        last.resize(index + 1, 0);
    }
    if last[index] != document {
        last[index] = document;
        counts[index] += 1;
    }
}

impl Documents {
    fn with_table(&self, work: impl FnOnce(&mut Table)) {
        let lock = || self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let mut table = lock().pop().unwrap_or_default();
        work(&mut table);
        lock().push(table);
    }

    /// Adds documents with these tokens.
    pub fn add<'t>(&self, text: &[u8], documents: impl Iterator<Item = &'t [Token]>) {
        let has_word = |tokens: &&[Token]| {
            tokens.iter().any(|token| is_word(&text[token.start as usize..token.end as usize]))
        };
        self.with_table(|table| {
            for tokens in documents.filter(has_word) {
                table.documents += 1;
                self.number.fetch_add(1, Relaxed);
                let Table { counts: Counts { words, counts }, last, documents } = &mut *table;
                let places = tokens.iter().map(|token| (token.start, token.end));
                words.numbers(text, places, |number| note(counts, last, *documents, number));
            }
        });
    }

    /// Adds a document whose words were counted.
    pub fn add_counted(&self, document: &Tally) {
        let words = document.tables();
        if !words.iter().any(Counts::has_words) {
            return;
        }
        self.number.fetch_add(1, Relaxed);
        self.with_table(|table| {
            table.documents += 1;
            for more in &*words {
                let mut numbers = Vec::with_capacity(more.words.len());
                table.counts.words.numbers_of_all(&more.words, |number| numbers.push(number));
                numbers.into_iter().for_each(|number| table.note(number));
            }
        });
    }

    /// The number of documents.
    pub fn number(&self) -> u64 {
        self.number.load(Relaxed)
    }

    /// In how many documents each word comes.
    pub fn into_tally(self) -> Tally {
        let tables = self.tables.into_inner().unwrap_or_else(PoisonError::into_inner);
        Tally::of(tables.into_iter().map(|table| table.counts).collect())
    }
}
