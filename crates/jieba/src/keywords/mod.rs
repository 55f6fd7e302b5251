//! Finds the keywords of a file by TF-IDF or TextRank, as jieba's `analyse` does. A keyword has at
//! least two characters and is not a stop word. Source of TextRank: Mihalcea and Tarau, "TextRank:
//! Bringing Order into Texts", 2004.

mod fnv;
mod idf;

use std::collections::HashMap;

use rustc_hash::FxHashMap;

use super::jieba::Core;
use super::token::{Token, ends_line};
use idf::{idf, median};

/// Words that are never keywords: jieba's own list.
const STOP_WORDS: [&str; 32] = [
    "the", "of", "is", "and", "to", "in", "that", "we", "for", "an", "are", "by", "be", "as", "on",
    "with", "can", "if", "from", "which", "you", "it", "this", "then", "at", "have", "all", "not",
    "one", "has", "or", "that",
];

/// TextRank: two words are neighbours if they are fewer than this many tokens apart.
const SPAN: usize = 5;
/// TextRank: the share of a word's rank that comes from its neighbours.
const DAMPING: f64 = 0.85;
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

/// What a block of text contributes to the keywords of its file.
#[derive(Debug)]
pub enum Candidates {
    /// Words and how often each occurs.
    Counted(FxHashMap<Box<str>, u64>),
    /// All tokens of the block in order. A token that cannot be a keyword is `None`.
    Sequence(Vec<Option<Box<str>>>),
}

impl Candidates {
    /// The approximate size in memory, in bytes.
    pub fn weight(&self) -> usize {
        match self {
            Candidates::Counted(words) => words.len() * 64,
            Candidates::Sequence(words) => words.len() * 24,
        }
    }
}

impl Method {
    /// The words of a block that may become keywords. `tokens` need tags for [`Method::TextRank`].
    pub fn candidates(self, text: &[u8], tokens: &[Token], core: &Core) -> Candidates {
        let words = tokens.iter().map(|token| {
            let bytes = &text[token.start as usize..token.end as usize];
            (str::from_utf8(bytes).ok().filter(|word| is_candidate(word)), token)
        });
        match self {
            Method::TfIdf => {
                let mut counted: FxHashMap<Box<str>, u64> = HashMap::default();
                for word in words.filter_map(|(word, _)| word) {
                    match counted.get_mut(word) {
                        Some(count) => *count += 1,
                        None => drop(counted.insert(word.into(), 1)),
                    }
                }
                Candidates::Counted(counted)
            }
            Method::TextRank => Candidates::Sequence(
                words
                    .map(|(word, token)| {
                        let ranked = RANKED_TAGS.contains(&core.tag_name(token.tag));
                        word.filter(|_| ranked).map(Box::from)
                    })
                    .collect(),
            ),
        }
    }
}

fn is_candidate(word: &str) -> bool {
    word.chars().nth(1).is_some()
        && !ends_line(word.as_bytes())
        && !(word.is_ascii() && STOP_WORDS.contains(&word.to_ascii_lowercase().as_str()))
}

/// Collects the candidates of the blocks of one file. Add the blocks in their order.
#[derive(Debug, Default)]
pub struct Gathered {
    /// The number of each word, counted in the order in which the words are added.
    numbers: FxHashMap<Box<str>, usize>,
    /// Indexed by the number of a word: how often the word occurs.
    counts: Vec<u64>,
    /// TextRank: the word numbers of the last tokens; `None` for tokens that cannot be keywords.
    recent: std::collections::VecDeque<Option<usize>>,
    /// TextRank: how often the second word of a key follows the first, fewer than `SPAN` tokens
    /// later.
    together: FxHashMap<(usize, usize), u64>,
}

impl Gathered {
    /// Adds the candidates of the next block.
    pub fn add(&mut self, candidates: Candidates) {
        match candidates {
            Candidates::Counted(words) => {
                for (word, count) in words {
                    let number = self.number(word);
                    self.counts[number] += count;
                }
            }
            Candidates::Sequence(words) => {
                for word in words {
                    let number = word.map(|word| self.number(word));
                    if let Some(number) = number {
                        self.counts[number] += 1;
                        for before in self.recent.iter().flatten() {
                            *self.together.entry((*before, number)).or_default() += 1;
                        }
                    }
                    self.recent.push_back(number);
                    if self.recent.len() == SPAN {
                        self.recent.pop_front();
                    }
                }
            }
        }
    }

    fn number(&mut self, word: Box<str>) -> usize {
        let next = self.counts.len();
        let number = *self.numbers.entry(word).or_insert(next);
        if number == next {
            self.counts.push(0);
        }
        number
    }

    /// The best keywords with their weights, at most `most`, the best first.
    pub fn best(self, method: Method, most: usize) -> Vec<(Box<str>, f64)> {
        let weights = match method {
            Method::TfIdf => self.frequencies(),
            Method::TextRank => self.ranks(),
        };
        let mut words: Vec<_> =
            self.numbers.into_iter().map(|(word, number)| (word, weights[number])).collect();
        words.sort_unstable_by(|(a, more), (b, less)| less.total_cmp(more).then_with(|| a.cmp(b)));
        words.truncate(most);
        words
    }

    /// TF-IDF: a word's share of all words, times its inverse document frequency.
    fn frequencies(&self) -> Vec<f64> {
        let total = self.counts.iter().sum::<u64>() as f64;
        let mut weights = vec![0.0; self.counts.len()];
        for (word, &number) in &self.numbers {
            let idf = idf(word).unwrap_or_else(median);
            weights[number] = self.counts[number] as f64 * idf / total;
        }
        weights
    }

    /// TextRank: PageRank over the graph of neighbours, whose weights are the counts in `together`.
    fn ranks(&self) -> Vec<f64> {
        let size = self.counts.len();
        let mut edges: Vec<Vec<(usize, f64)>> = vec![Vec::new(); size];
        let mut pairs: Vec<_> = self.together.iter().collect();
        pairs.sort_unstable();
        for (&(a, b), &times) in pairs {
            edges[a].push((b, times as f64));
            edges[b].push((a, times as f64));
        }
        let sum = |edges: &Vec<(usize, f64)>| edges.iter().map(|(_, weight)| weight).sum::<f64>();
        let outflow: Vec<f64> = edges.iter().map(sum).collect();
        let mut ranks = vec![1.0 / size as f64; size];
        for _ in 0..20 {
            for word in 0..size {
                let share =
                    |&(other, weight): &(usize, f64)| weight / outflow[other] * ranks[other];
                let inflow: f64 = edges[word].iter().map(share).sum();
                ranks[word] = (1.0 - DAMPING) + DAMPING * inflow;
            }
        }
        ranks
    }
}
