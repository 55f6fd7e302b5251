//! Counts words. Each thread counts in its own table, so that no thread waits for another. At the
//! end the tables are sorted, also side by side, and joined. The memory in use grows with the number of different words times
//! the number of threads: about 50 bytes for each, and the length of a word of more than seven bytes.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::characters::shows_nothing;
use batchproc_jieba::{Token, Vocabulary, Word, ends_line};

/// Words with their counts.
#[derive(Debug, Default)]
struct Counts {
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
            None => add_new(counts, number),
        });
        lock().push(table);
    }

    /// Calls `each` with all words and their counts until it fails. The most frequent word comes
    /// first. Words with equal counts are sorted by their bytes. Line ends and tokens that show
    /// nothing do not count as words.
    ///
    /// # Errors
    /// The failure of `each`.
    pub fn each_sorted<E>(
        self,
        mut each: impl FnMut(&[u8], u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let tables = self.tables.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut lists = sorted_lists(&tables);
        while lists.len() > 1
            && let (Some(one), Some(other)) = (lists.pop_front(), lists.pop_front())
        {
            lists.push_back(joined(&one, &other));
        }
        let mut all = lists.pop_front().unwrap_or_default();
        // Both sorts keep the order of words with equal counts. There are few large counts.
        let small = |word: &Counted<'_>| u16::try_from(word.count).unwrap_or(u16::MAX);
        radsort::sort_by_key(&mut all, |word| u16::MAX - small(word));
        let large = all.partition_point(|word| small(word) == u16::MAX);
        all[..large].sort_by_key(|word| u64::MAX - word.count);
        all.iter().try_for_each(|word| each(word.words.bytes(&word.word()), word.count))
    }
}

/// Counts a word that has just got its number.
#[cold]
fn add_new(counts: &mut Vec<u64>, number: u32) {
    counts.resize(number as usize, 0);
    counts.push(1);
}

/// A word with its count, and the beginning of the word as a number.
#[derive(Clone, Copy)]
struct Counted<'a> {
    prefix: u64,
    count: u64,
    number: u32,
    words: &'a Vocabulary,
}

impl Counted<'_> {
    fn word(&self) -> Word {
        self.words.word(self.number)
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.prefix
            .cmp(&other.prefix)
            .then_with(|| self.words.bytes(&self.word()).cmp(other.words.bytes(&other.word())))
    }
}

impl Counts {
    /// The words with their counts, sorted by their bytes.
    fn sorted(&self) -> Vec<Counted<'_>> {
        let words = &self.words;
        let mut sorted = Vec::with_capacity(words.len());
        for (number, _) in (0..).zip(&self.counts).skip(1) {
            let word = words.word(number);
            if is_word(words.bytes(&word)) {
                sorted.push((words.prefix(&word), number));
            }
        }
        radsort::sort_by_key(&mut sorted, |&(prefix, _)| prefix);
        for alike in sorted.chunk_by_mut(|a, b| a.0 == b.0).filter(|alike| alike.len() > 1) {
            alike.sort_unstable_by(|a, b| {
                let [a, b] = [a.1, b.1].map(|number| words.word(number));
                words.bytes(&a).cmp(words.bytes(&b))
            });
        }
        let counted = |(prefix, number): (u64, u32)| Counted {
            prefix,
            count: self.counts[number as usize],
            number,
            words,
        };
        sorted.into_iter().map(counted).collect()
    }
}

/// The sorted words of each table. Each table is sorted by a thread of its own, if one can be
/// started.
fn sorted_lists(tables: &[Counts]) -> VecDeque<Vec<Counted<'_>>> {
    let Some((first, others)) = tables.split_first() else { return VecDeque::new() };
    thread::scope(|scope| {
        let mut started = Vec::new();
        for table in others {
            let sort = || table.sorted();
            started.push((table, thread::Builder::new().spawn_scoped(scope, sort)));
        }
        let mut lists = VecDeque::from([first.sorted()]);
        lists.extend(started.into_iter().map(|(table, started)| match started {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(_) => table.sorted(),
        }));
        lists
    })
}

/// Joins two sorted lists and adds the counts of words that are in both.
fn joined<'a>(one: &[Counted<'a>], other: &[Counted<'a>]) -> Vec<Counted<'a>> {
    let mut joined = Vec::with_capacity(one.len() + other.len());
    let (mut left, mut right) = (one, other);
    while let ([a, after_a @ ..], [b, after_b @ ..]) = (left, right) {
        match a.compare(b) {
            Ordering::Less => {
                joined.push(*a);
                left = after_a;
            }
            Ordering::Greater => {
                joined.push(*b);
                right = after_b;
            }
            Ordering::Equal => {
                joined.push(Counted { count: a.count + b.count, ..*a });
                (left, right) = (after_a, after_b);
            }
        }
    }
    joined.extend_from_slice(left);
    joined.extend_from_slice(right);
    joined
}

/// Whether a token is a word.
fn is_word(token: &[u8]) -> bool {
    let empty = || str::from_utf8(token).is_ok_and(|token| token.chars().all(shows_nothing));
    !ends_line(token) && !empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use batchproc_jieba::{Compat, Core, Mode, Options, Scratch};
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    fn sorted(tally: Tally) -> Vec<(Vec<u8>, u64)> {
        let mut all = Vec::new();
        let each = |word: &[u8], count| {
            all.push((word.to_vec(), count));
            Ok::<(), Infallible>(())
        };
        let Ok(()) = tally.each_sorted(each);
        all
    }

    fn expected<'a>(words: impl Iterator<Item = &'a [u8]>) -> Vec<(Vec<u8>, u64)> {
        let mut counts: BTreeMap<&[u8], u64> = BTreeMap::new();
        let shown = |word: &[u8]| {
            str::from_utf8(word).map_or(true, |word| !word.chars().all(shows_nothing))
        };
        words
            .filter(|word| !word.ends_with(b"\n") && shown(word))
            .for_each(|word| *counts.entry(word).or_default() += 1);
        let mut counts: Vec<_> =
            counts.into_iter().map(|(word, count)| (word.to_vec(), count)).collect();
        counts.sort_by_key(|(_, count)| u64::MAX - count);
        counts
    }

    proptest! {
        #[test]
        fn counts_are_those_of_a_plain_map(
            blocks in prop::collection::vec("([\u{4e00}-\u{4e20}]{1,7}|清华大学|中华人民共和国|[a-c0 -]{1,12}|\u{feff}|\r\n|\n){0,60}", 1..6),
            words in prop::collection::vec("[\u{4e00}-\u{4e20}a]{1,5}", 0..4),
        ) {
            let mut core = Core::new();
            for word in &words {
                core.add_word(word, Some(1000), None);
            }
            for mode in [Mode::Exact, Mode::Search, Mode::Full] {
                for compat in [Compat::JiebaRs, Compat::Python] {
                    let options = Options { mode, hmm: true, compat, tags: false };
                    // Two tables, as if two threads had counted.
                    let (tally, other) = (Tally::default(), Tally::default());
                    let mut all: Vec<&[u8]> = Vec::new();
                    for (number, block) in blocks.iter().enumerate() {
                        let mut tokens = Vec::new();
                        core.cut(block, &options, &mut Scratch::default(), &mut tokens);
                        [&tally, &other][number % 2].add(block.as_bytes(), &tokens);
                        all.extend(tokens.iter().map(|token| &block.as_bytes()[token.start as usize..token.end as usize]));
                    }
                    tally.tables.lock().unwrap().append(&mut other.tables.lock().unwrap());
                    prop_assert_eq!(sorted(tally), expected(all.into_iter()));
                }
            }
        }
    }

    #[test]
    fn words_that_are_no_text_are_counted_and_sorted_by_their_bytes() {
        let words: [&[u8]; 9] = [
            b"\xff",
            b"a",
            b"a\0",
            b"",
            b"1234567",
            b"12345678",
            b"\xff",
            b"1234567\xff",
            b"1234567\0",
        ];
        let text = words.concat();
        let mut tokens = Vec::new();
        for word in words {
            let start = tokens.last().map_or(0, |token: &Token| token.end);
            tokens.push(Token { start, end: start + word.len() as u32, tag: Default::default() });
        }
        let tally = Tally::default();
        tally.add(&text, &tokens);
        assert_eq!(sorted(tally), expected(words.into_iter()));
    }
}
