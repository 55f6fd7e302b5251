//! TF-IDF: the weight of a word is its share of all words of the file, times its inverse document
//! frequency, which says how rare it is in other texts.

use super::candidates::{Best, Keywords, candidate, may_be_keyword, place, token_number};
use super::own::Idf;
use crate::options::Compat;
use crate::side_by_side::side_by_side;
use crate::token::Token;
use crate::vocabulary::Vocabulary;

/// The words of a file or of a part of it, and how often each occurs. Some are no candidates.
#[derive(Debug, Default)]
pub struct Frequencies {
    words: Vocabulary,
    /// Indexed by the number of a word minus one.
    seen: Vec<Seen>,
    /// Only used while a block is added: the indices of the tokens that may be keywords.
    indices: Vec<u32>,
}

/// What is known of a word.
#[derive(Clone, Copy, Debug)]
struct Seen {
    count: u64,
    /// The place of the word's first token.
    first: u64,
}

impl Frequencies {
    pub fn add(&mut self, block: u64, text: &[u8], tokens: &[Token]) {
        let Self { words, seen, indices } = self;
        indices.clear();
        indices.resize(tokens.len(), 0);
        let mut count = 0;
        for (index, token) in tokens.iter().enumerate() {
            indices[count] = token_number(index);
            count += usize::from(may_be_keyword(text, token));
        }
        let indices = &indices[..count];
        let places = indices.iter().map(|&index| {
            let token = &tokens[index as usize];
            (token.start, token.end)
        });
        let mut indices = indices.iter();
        words.numbers(text, places, |number| {
            let index = indices.next().copied().unwrap_or_default();
            note(seen, number, Seen { count: 1, first: place(block, index) });
        });
    }

    fn merge(&mut self, other: &Self) {
        let mut all = other.seen.iter();
        self.words.numbers_of_all(&other.words, |number| {
            if let Some(&more) = all.next() {
                note(&mut self.seen, number, more);
            }
        });
    }

    pub fn clear(&mut self) {
        self.words.clear();
        self.seen.clear();
    }
}

/// How words are ranked.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// Whose weights are returned.
    pub compat: Compat,
    /// How rare words are.
    pub idf: Idf,
    /// Whether the words come from several files in any order, so that their places say nothing.
    pub placeless: bool,
}

/// Notes that a word was seen, for which the next number may have been made.
#[inline(always)]
fn note(seen: &mut Vec<Seen>, number: u32, more: Seen) {
    match seen.get_mut(number as usize - 1) {
        Some(seen) => {
            seen.count += more.count;
            seen.first = seen.first.min(more.first);
        }
        None => seen.push(more),
    }
}

/// The best keywords of a file whose words are in these tables.
pub fn best(tables: &mut [&mut Frequencies], ranking: &Ranking, most: usize) -> Keywords {
    let Ranking { compat, idf, placeless } = ranking;
    tables.sort_unstable_by_key(|table| table.words.len());
    // If several threads have gathered words, as many are idle now.
    let threads = tables.len();
    let Some((all, tables)) = tables.split_last_mut() else { return Vec::new() };
    tables.iter().for_each(|table| all.merge(table));
    let Frequencies { words, seen, .. } = &**all;

    let borders = (0..=threads).map(|part| (seen.len() * part / threads) as u32 + 1);
    let borders: Vec<u32> = borders.collect();
    let ranges = borders.windows(2).map(|two| two[0]..two[1]).collect();
    let candidates = side_by_side(ranges, |range| {
        let is_candidate = |&number: &u32| candidate(words.bytes(&words.word(number))).is_some();
        range.filter(is_candidate).collect::<Vec<_>>()
    });
    let counts = candidates.iter().flatten().map(|&number| seen[number as usize - 1].count);
    let total = counts.sum::<u64>() as f64;
    let weight = |count: u64, idf: f64| match *compat {
        // The order decides how the last bit is rounded, and so which weights are equal.
        Compat::JiebaRs => count as f64 * idf / total,
        Compat::Python => count as f64 * (idf / total),
    };
    let seen = |number: u32| seen[number as usize - 1];
    let order = |a, b| match *compat {
        Compat::Python if !placeless => seen(a).first.cmp(&seen(b).first),
        _ => words.bytes(&words.word(a)).cmp(words.bytes(&words.word(b))),
    };
    let parts = side_by_side(candidates, |candidates| {
        let mut best = Best::new(most, order);
        for number in candidates {
            let count = seen(number).count;
            // Most words are too rare in the file for any inverse document frequency, so it is not
            // looked up.
            if weight(count, idf.highest()) >= best.least
                && let Some(word) = candidate(words.bytes(&words.word(number)))
            {
                best.add(number, weight(count, idf.of(word)));
            }
        }
        best.sorted()
    });
    let mut best = Best::new(most, order);
    parts.into_iter().flatten().for_each(|(number, weight)| best.add(number, weight));
    let name = |number| candidate(words.bytes(&words.word(number))).unwrap_or_default().into();
    best.sorted().into_iter().map(|(number, weight)| (name(number), weight)).collect()
}
