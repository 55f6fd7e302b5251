//! Counts words. Each thread counts in its own table, so that no thread waits for another. At the
//! end there are as many threads as tables. First each thread sorts a table. Then each takes the
//! words between two words from all tables, joins and sorts them, and makes their lines. Last, the
//! lines are written in the order of the counts.
//!
//! The memory in use grows with the number of different words times the number of threads: about 50
//! bytes for each, and the length of a word of more than seven bytes. To that come the lines.

use std::cmp::Ordering;
use std::mem;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::characters::shows_nothing;
use batchproc_jieba::{Token, Vocabulary, Word, ends_line, side_by_side};

/// The most bytes that are written at a time.
const MOST_WRITTEN: usize = 64 << 10;
/// The length of an ordinary line, in bytes.
const LINE: usize = 12;

/// Words with their counts.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) words: Vocabulary,
    /// Indexed by the numbers of the words.
    pub(super) counts: Vec<u64>,
}

/// Counts words, in many threads at the same time.
#[derive(Debug, Default)]
pub struct Tally {
    /// The tables that no thread is filling now.
    tables: Mutex<Vec<Counts>>,
}

impl Tally {
    /// The words in these tables.
    pub(super) fn of(tables: Vec<Counts>) -> Self {
        Self { tables: Mutex::new(tables) }
    }

    /// The tables. No thread may be filling one.
    pub(super) fn tables(&self) -> MutexGuard<'_, Vec<Counts>> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes all words, so that none are left.
    pub(super) fn take(&self) -> Self {
        Self::of(mem::take(&mut *self.tables()))
    }

    /// Adds the tokens of a block.
    pub fn add(&self, text: &[u8], tokens: &[Token]) {
        let mut table = self.tables().pop().unwrap_or_default();
        let Counts { words, counts } = &mut table;
        let places = tokens.iter().map(|token| (token.start, token.end));
        words.numbers(text, places, |number| match counts.get_mut(number as usize) {
            Some(count) => *count += 1,
            None => add_new(counts, number),
        });
        self.tables().push(table);
    }

    /// Makes a line of each word and its count in digits, and calls `write` with some lines at a time until it
    /// fails. The line of the most frequent word comes first. Words with equal counts are sorted by
    /// their bytes. Line ends and tokens that show nothing do not count as words.
    ///
    /// # Errors
    /// The failure of `write`.
    pub fn write_sorted<E>(
        self,
        line: impl Fn(&[u8], &str, &mut Vec<u8>) + Sync,
        mut write: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let tables = self.tables.into_inner().unwrap_or_else(PoisonError::into_inner);
        let lists = side_by_side(tables.iter().collect(), Counts::sorted);
        let parts = match <[Vec<Counted<'_>>; 1]>::try_from(lists) {
            Ok([list]) => vec![Lines::new(list, &line)],
            Err(lists) => side_by_side(divided(&lists, lists.len()), |part| {
                let all = part.into_iter().fold(Vec::new(), |all, list| joined(&all, list));
                Lines::new(all, &line)
            }),
        };
        let mut rest: Vec<&[Run]> = parts.iter().map(|part| &part.runs[..]).collect();
        while let Some(count) = rest.iter().filter_map(|runs| Some(runs.first()?.count)).max() {
            for (part, runs) in parts.iter().zip(&mut rest) {
                if let Some((run, after)) = runs.split_first().filter(|(run, _)| run.count == count)
                {
                    part.bytes[run.lines.clone()].chunks(MOST_WRITTEN).try_for_each(&mut write)?;
                    *runs = after;
                }
            }
        }
        Ok(())
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
        self.prefix.cmp(&other.prefix).then_with(|| {
            if Vocabulary::whole(self.prefix).is_some() {
                return Ordering::Equal;
            }
            self.words.bytes(&self.word()).cmp(other.words.bytes(&other.word()))
        })
    }
}

impl Counts {
    /// Whether there is any word.
    pub(super) fn has_words(&self) -> bool {
        let mut numbers = 1..=self.words.len() as u32;
        numbers.any(|number| is_word(self.words.bytes(&self.words.word(number))))
    }

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

/// Divides sorted lists into parts of about the same size. The words of a part come before those of
/// the next one. A part has some words of each list.
fn divided<'a, 'b>(lists: &'b [Vec<Counted<'a>>], parts: usize) -> Vec<Vec<&'b [Counted<'a>]>> {
    let mut rest: Vec<&[Counted<'a>]> = lists.iter().map(|list| &list[..]).collect();
    let longest = lists.iter().max_by_key(|list| list.len()).map_or(&[][..], |list| list);
    let mut all = Vec::with_capacity(parts);
    for part in 1..parts {
        let Some(border) = longest.get(longest.len() * part / parts) else { break };
        let before = |list: &mut &'b [Counted<'a>]| {
            let at = list.partition_point(|word| word.prefix < border.prefix);
            let (before, after) = list.split_at(at);
            *list = after;
            before
        };
        all.push(rest.iter_mut().map(before).collect());
    }
    all.push(rest);
    all
}

/// The lines of some words, sorted by their counts.
struct Lines {
    bytes: Vec<u8>,
    runs: Vec<Run>,
}

/// The lines of words with the same count.
struct Run {
    count: u64,
    /// Where they are among the bytes of all lines.
    lines: Range<usize>,
}

impl Lines {
    /// The lines of these words, which are sorted by their bytes.
    fn new(mut words: Vec<Counted<'_>>, line: impl Fn(&[u8], &str, &mut Vec<u8>)) -> Self {
        // Both sorts keep the order of words with equal counts. There are few large counts.
        let small = |word: &Counted<'_>| u16::try_from(word.count).unwrap_or(u16::MAX);
        radsort::sort_by_key(&mut words, |word| u16::MAX - small(word));
        let large = words.partition_point(|word| small(word) == u16::MAX);
        words[..large].sort_by_key(|word| u64::MAX - word.count);
        let mut bytes = Vec::with_capacity(LINE * words.len());
        let runs = words.chunk_by(|a, b| a.count == b.count).map(|alike| {
            let (start, count) = (bytes.len(), alike[0].count);
            let digits = count.to_string();
            for word in alike {
                let Counted { prefix, words, .. } = *word;
                // To look most words up would take longer than to make their lines.
                match Vocabulary::whole(prefix) {
                    Some((bytes_of, length)) => line(&bytes_of[..length], &digits, &mut bytes),
                    None => line(words.bytes(&word.word()), &digits, &mut bytes),
                }
            }
            Run { count, lines: start..bytes.len() }
        });
        let runs = runs.collect();
        Self { bytes, runs }
    }
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
pub(super) fn is_word(token: &[u8]) -> bool {
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
        // Each line has the length of the word, the word, and the count.
        let mut lines = Vec::new();
        let line = |word: &[u8], count: &str, out: &mut Vec<u8>| {
            out.push(u8::try_from(word.len()).unwrap());
            out.extend_from_slice(word);
            out.push(u8::try_from(count.len()).unwrap());
            out.extend_from_slice(count.as_bytes());
        };
        let write = |bytes: &[u8]| {
            lines.extend_from_slice(bytes);
            Ok::<(), Infallible>(())
        };
        let Ok(()) = tally.write_sorted(line, write);
        let (mut all, mut left) = (Vec::new(), &lines[..]);
        while let Some((&length, rest)) = left.split_first() {
            let (word, rest) = rest.split_at(usize::from(length));
            let (count, rest) = rest[1..].split_at(usize::from(rest[0]));
            all.push((word.to_vec(), str::from_utf8(count).unwrap().parse().unwrap()));
            left = rest;
        }
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
            threads in 1..5usize,
        ) {
            let mut core = Core::new();
            for word in &words {
                core.add_word(word, Some(1000), None);
            }
            for mode in [Mode::Exact, Mode::Search, Mode::Full] {
                for compat in [Compat::JiebaRs, Compat::Python] {
                    let options = Options { mode, hmm: true, compat, tags: false };
                    // Several tables, as if several threads had counted.
                    let tallies: Vec<_> = (0..threads).map(|_| Tally::default()).collect();
                    let mut all: Vec<&[u8]> = Vec::new();
                    for (number, block) in blocks.iter().enumerate() {
                        let mut tokens = Vec::new();
                        core.cut(block, &options, &mut Scratch::default(), &mut tokens);
                        tallies[number % threads].add(block.as_bytes(), &tokens);
                        all.extend(tokens.iter().map(|token| &block.as_bytes()[token.start as usize..token.end as usize]));
                    }
                    let tally = Tally::default();
                    for other in tallies {
                        tally.tables.lock().unwrap().append(&mut other.tables.into_inner().unwrap());
                    }
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
