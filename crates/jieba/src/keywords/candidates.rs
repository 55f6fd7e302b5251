//! What both methods share: which tokens can be keywords, where a token is in its file, and how the
//! best of many words are chosen.

use crate::token::{Token, ends_line};
use std::cmp::Ordering;

/// Words that are never keywords: jieba's own list.
const STOP_WORDS: [&str; 32] = [
    "the", "of", "is", "and", "to", "in", "that", "we", "for", "an", "are", "by", "be", "as", "on",
    "with", "can", "if", "from", "which", "you", "it", "this", "then", "at", "have", "all", "not",
    "one", "has", "or", "that",
];

/// The keywords of a file with their weights, the best first.
pub type Keywords = Vec<(Box<str>, f64)>;

/// Bits of the number of a token in its block, in [`place`].
const TOKEN_BITS: u32 = 32;
/// More blocks than this are counted as this many. A place has three spare bits.
const MOST_BLOCKS: u64 = (1 << (64 - 3 - TOKEN_BITS)) - 1;

/// The place of a token, as a number that is higher for a later token. `block` is the number of
/// blocks before its block, and `token` its number in the block.
pub fn place(block: u64, token: u32) -> u64 {
    block.min(MOST_BLOCKS) << TOKEN_BITS | u64::from(token)
}

/// The number of a token in its block. The block is shorter than 4 GiB, and only full mode can give
/// more tokens than bytes.
pub fn token_number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Whether a token may be a keyword. This test is quick and is not the only one: it excludes most
/// tokens of one character. It has no branch, which the CPU could not predict.
#[inline(always)]
pub fn may_be_keyword(text: &[u8], token: &Token) -> bool {
    let length = token.end.wrapping_sub(token.start);
    let first = text.get(token.start as usize).copied().unwrap_or_default();
    (length > 3) | (length > 1) & (first < 0xe0)
}

/// The token as a text, if it can be a keyword.
pub fn candidate(token: &[u8]) -> Option<&str> {
    let word = str::from_utf8(token).ok()?;
    let is_candidate = word.chars().nth(1).is_some()
        && !ends_line(token)
        && !(word.is_ascii() && STOP_WORDS.contains(&word.to_ascii_lowercase().as_str()));
    is_candidate.then_some(word)
}

/// Collects the best of many weighted words.
pub struct Best<Order> {
    most: usize,
    order: Order,
    kept: Vec<(u32, f64)>,
    /// Words of less weight are not among the best.
    pub least: f64,
}

impl<Order: Fn(u32, u32) -> Ordering> Best<Order> {
    /// Collects at most `most` words. `order` is the order of words of equal weight.
    pub fn new(most: usize, order: Order) -> Self {
        Self { most, order, kept: Vec::new(), least: f64::NEG_INFINITY }
    }

    pub fn add(&mut self, word: u32, weight: f64) {
        if weight < self.least {
            return;
        }
        self.kept.push((word, weight));
        if self.kept.len() >= self.most.saturating_mul(2).saturating_add(32) {
            self.cut();
        }
    }

    /// Drops all words but the best.
    fn cut(&mut self) {
        if self.most > 0 && self.kept.len() > self.most {
            let order = |a: &_, b: &_| compare(&self.order, a, b);
            let (_, last, _) = self.kept.select_nth_unstable_by(self.most - 1, order);
            self.least = last.1;
        }
        self.kept.truncate(self.most);
    }

    /// The best words, the best first.
    pub fn sorted(mut self) -> Vec<(u32, f64)> {
        self.cut();
        self.kept.sort_unstable_by(|a, b| compare(&self.order, a, b));
        self.kept
    }
}

fn compare(order: impl Fn(u32, u32) -> Ordering, a: &(u32, f64), b: &(u32, f64)) -> Ordering {
    b.1.total_cmp(&a.1).then_with(|| order(a.0, b.0))
}
