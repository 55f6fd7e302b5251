//! Finds the keywords of a file by TF-IDF or TextRank, as jieba's `analyse` does. A keyword has at
//! least two characters and is not a stop word.
//!
//! The words of a file are gathered block by block, in any order, and by several threads if there
//! are several. Each thread gathers in a table of its own, and at the end the tables are merged.
//! Words have numbers ([`Vocabulary`](crate::Vocabulary)), and what is known of them is in arrays.
//! What is tested of a word is tested once for each different word.

mod fnv;
pub(crate) mod idf;
mod pairs;
mod rank;
mod text_rank;
mod tf_idf;

use super::jieba::Core;
use super::options::Compat;
use super::token::{Token, ends_line};
use std::cmp::Ordering;
use text_rank::Neighbours;
use tf_idf::Frequencies;

/// Words that are never keywords: jieba's own list.
const STOP_WORDS: [&str; 32] = [
    "the", "of", "is", "and", "to", "in", "that", "we", "for", "an", "are", "by", "be", "as", "on",
    "with", "can", "if", "from", "which", "you", "it", "this", "then", "at", "have", "all", "not",
    "one", "has", "or", "that",
];

/// TextRank: the tags of the words that are ranked: place names, nouns, verbal nouns and verbs.
const RANKED_TAGS: [&str; 4] = ["ns", "n", "vn", "v"];

/// How keywords are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Ranks a word by how often it occurs in the file, and how rare it is in other texts.
    TfIdf,
    /// Ranks a word by how often it occurs near other words of high rank.
    TextRank,
}

/// Finds keywords.
#[derive(Clone, Debug)]
pub struct Finder {
    method: Method,
    compat: Compat,
    /// Indexed by the number of a tag: whether the words that have it are ranked.
    ranked: Vec<bool>,
}

/// The words of a file, or of some of its blocks.
#[derive(Debug)]
pub struct Gathered(Words);

#[derive(Debug)]
enum Words {
    TfIdf(Frequencies),
    /// With TextRank, the weights of jieba-rs do not depend on where words come together first.
    TextRank(Neighbours<()>),
    TextRankOfPython(Neighbours<u64>),
}

/// The keywords of a file with their weights, the best first.
pub type Keywords = Vec<(Box<str>, f64)>;

impl Finder {
    /// Finds keywords by this method, as this program does, in texts that this core has cut.
    pub fn new(method: Method, compat: Compat, core: &Core) -> Self {
        let tags = core.dictionary.tables.tags.iter();
        let ranked = tags.map(|name| RANKED_TAGS.contains(&&**name)).collect();
        Self { method, compat, ranked }
    }

    /// No words yet.
    pub fn gather(&self) -> Gathered {
        Gathered(match (self.method, self.compat) {
            (Method::TfIdf, _) => Words::TfIdf(Frequencies::default()),
            (Method::TextRank, Compat::JiebaRs) => Words::TextRank(Neighbours::default()),
            (Method::TextRank, Compat::Python) => Words::TextRankOfPython(Neighbours::default()),
        })
    }

    /// The best keywords, at most `most`, in a file whose words are in these tables. Leaves the
    /// tables in no useful state; clear them before they are used again. Among words of equal
    /// weight, those of Python jieba are in the order of their first places.
    pub fn best(&self, tables: &mut [Gathered], most: usize) -> Keywords {
        match self.method {
            Method::TfIdf => {
                let tables = tables.iter_mut().filter_map(|table| match &mut table.0 {
                    Words::TfIdf(words) => Some(words),
                    _ => None,
                });
                tf_idf::best(&mut Vec::from_iter(tables), self.compat, most)
            }
            Method::TextRank if self.compat == Compat::JiebaRs => {
                let tables = tables.iter_mut().filter_map(|table| match &mut table.0 {
                    Words::TextRank(words) => Some(words),
                    _ => None,
                });
                text_rank::best(&mut Vec::from_iter(tables), most)
            }
            Method::TextRank => {
                let tables = tables.iter_mut().filter_map(|table| match &mut table.0 {
                    Words::TextRankOfPython(words) => Some(words),
                    _ => None,
                });
                text_rank::best_of_python(&mut Vec::from_iter(tables), most)
            }
        }
    }
}

impl Gathered {
    /// Adds the words of a block. `block` is the number of blocks before it in the file. `tokens`
    /// need tags for [`Method::TextRank`].
    pub fn add(&mut self, finder: &Finder, block: u64, text: &[u8], tokens: &[Token]) {
        match &mut self.0 {
            Words::TfIdf(words) => words.add(block, text, tokens),
            Words::TextRank(words) => words.add(&finder.ranked, block, text, tokens),
            Words::TextRankOfPython(words) => words.add(&finder.ranked, block, text, tokens),
        }
    }

    /// Removes all words. Keeps memory for the next file.
    pub fn clear(&mut self) {
        match &mut self.0 {
            Words::TfIdf(words) => words.clear(),
            Words::TextRank(words) => words.clear(),
            Words::TextRankOfPython(words) => words.clear(),
        }
    }
}

/// Bits of the number of a token in its block, in [`place`].
const TOKEN_BITS: u32 = 32;
/// More blocks than this are counted as this many. A place has three spare bits.
const MOST_BLOCKS: u64 = (1 << (64 - 3 - TOKEN_BITS)) - 1;

/// The place of a token, as a number that is higher for a later token. `block` is the number of
/// blocks before its block, and `token` its number in the block.
fn place(block: u64, token: u32) -> u64 {
    block.min(MOST_BLOCKS) << TOKEN_BITS | u64::from(token)
}

/// The number of a token in its block. The block is shorter than 4 GiB, and only full mode can give
/// more tokens than bytes.
fn token_number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// Whether a token may be a keyword. This test is quick and is not the only one: it excludes most
/// tokens of one character. It has no branch, which the CPU could not predict.
#[inline(always)]
fn may_be_keyword(text: &[u8], token: &Token) -> bool {
    let length = token.end.wrapping_sub(token.start);
    let first = text.get(token.start as usize).copied().unwrap_or_default();
    (length > 3) | (length > 1) & (first < 0xe0)
}

/// The token as a text, if it can be a keyword.
fn candidate(token: &[u8]) -> Option<&str> {
    let word = str::from_utf8(token).ok()?;
    let is_candidate = word.chars().nth(1).is_some()
        && !ends_line(token)
        && !(word.is_ascii() && STOP_WORDS.contains(&word.to_ascii_lowercase().as_str()));
    is_candidate.then_some(word)
}

/// Collects the best of many weighted words.
struct Best<Order> {
    most: usize,
    order: Order,
    kept: Vec<(u32, f64)>,
    /// Words of less weight are not among the best.
    least: f64,
}

impl<Order: Fn(u32, u32) -> Ordering> Best<Order> {
    /// Collects at most `most` words. `order` is the order of words of equal weight.
    fn new(most: usize, order: Order) -> Self {
        Self { most, order, kept: Vec::new(), least: f64::NEG_INFINITY }
    }

    fn add(&mut self, word: u32, weight: f64) {
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
    fn sorted(mut self) -> Vec<(u32, f64)> {
        self.cut();
        self.kept.sort_unstable_by(|a, b| compare(&self.order, a, b));
        self.kept
    }
}

fn compare(order: impl Fn(u32, u32) -> Ordering, a: &(u32, f64), b: &(u32, f64)) -> Ordering {
    b.1.total_cmp(&a.1).then_with(|| order(a.0, b.0))
}
