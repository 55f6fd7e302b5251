//! Finds the keywords of a file by TF-IDF or TextRank, as jieba's `analyse` does. A keyword has at
//! least two characters and is not a stop word. Source of TextRank: Mihalcea and Tarau, "TextRank:
//! Bringing Order into Texts", 2004.

mod fnv;
mod idf;

use std::cmp::Ordering;
use std::collections::HashMap;

use rustc_hash::FxHashMap;

use super::jieba::Core;
use super::options::Compat;
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
    /// Words and how often each occurs, in the order of their first places.
    Counted(Vec<(Box<str>, u64)>),
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
                let mut numbers: FxHashMap<&str, usize> = HashMap::default();
                let mut counted: Vec<(Box<str>, u64)> = Vec::new();
                for word in words.filter_map(|(word, _)| word) {
                    let number = *numbers.entry(word).or_insert(counted.len());
                    match counted.get_mut(number) {
                        Some((_, count)) => *count += 1,
                        None => counted.push((word.into(), 1)),
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
    together: FxHashMap<(usize, usize), Together>,
    /// TextRank: the number of tokens that were added.
    tokens: u64,
}

/// TextRank: how often two words come together.
#[derive(Clone, Copy, Debug)]
struct Together {
    times: u64,
    /// The places of the two tokens where they come together first.
    first: (u64, u64),
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
                        let place = self.tokens;
                        for (distance, before) in (1..).zip(self.recent.iter().rev()) {
                            let Some(before) = before else { continue };
                            let here = Together { times: 0, first: (place - distance, place) };
                            let together = self.together.entry((*before, number)).or_insert(here);
                            together.times += 1;
                            together.first = together.first.min(here.first);
                        }
                    }
                    self.tokens += 1;
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

    /// The best keywords with their weights, at most `most`, the best first. Among words of equal
    /// weight, those of Python jieba are in the order of their first places.
    pub fn best(self, method: Method, compat: Compat, most: usize) -> Vec<(Box<str>, f64)> {
        let mut names: Vec<_> = self.numbers.iter().collect();
        names.sort_unstable_by_key(|&(_, number)| *number);
        let names: Vec<&str> = names.into_iter().map(|(word, _)| &**word).collect();
        let mut words = match (method, compat) {
            (Method::TfIdf, _) => self.frequencies(&names, compat),
            (Method::TextRank, Compat::JiebaRs) => self.ranks(),
            (Method::TextRank, Compat::Python) => self.ranks_of_python(&names),
        };
        words.sort_by(|(a, more), (b, less)| {
            less.total_cmp(more).then_with(|| match compat {
                Compat::JiebaRs => names[*a].cmp(names[*b]),
                Compat::Python => Ordering::Equal,
            })
        });
        words.truncate(most);
        words.into_iter().map(|(number, weight)| (names[number].into(), weight)).collect()
    }

    /// TF-IDF: a word's share of all words, times its inverse document frequency.
    fn frequencies(&self, names: &[&str], compat: Compat) -> Vec<(usize, f64)> {
        let total = self.counts.iter().sum::<u64>() as f64;
        let weight = |(number, word): (usize, &&str)| {
            let (count, idf) = (self.counts[number] as f64, idf(word).unwrap_or_else(median));
            // The order decides how the last bit is rounded, and so which weights are equal.
            let weight = match compat {
                Compat::JiebaRs => count * idf / total,
                Compat::Python => count * (idf / total),
            };
            (number, weight)
        };
        names.iter().enumerate().map(weight).collect()
    }

    /// TextRank as in jieba-rs: PageRank over the graph of neighbours, whose weights are the counts
    /// in `together`.
    fn ranks(&self) -> Vec<(usize, f64)> {
        let mut pairs: Vec<_> = self.together.iter().collect();
        pairs.sort_unstable_by_key(|&(pair, _)| *pair);
        let order: Vec<usize> = (0..self.counts.len()).collect();
        let ranks = self.page_rank(pairs, self.counts.len(), &order, 20);
        ranks.into_iter().enumerate().collect()
    }

    /// TextRank as in Python jieba: words without neighbours are left out, and the weights are
    /// scaled so that the highest is 1. The words are in the order in which they come together with
    /// others.
    fn ranks_of_python(&self, names: &[&str]) -> Vec<(usize, f64)> {
        let mut pairs: Vec<_> = self.together.iter().collect();
        pairs.sort_unstable_by_key(|(_, together)| together.first);
        let mut order: Vec<usize> = pairs.iter().flat_map(|&(&(a, b), _)| [a, b]).collect();
        let mut seen = vec![false; names.len()];
        order.retain(|&number| !std::mem::replace(&mut seen[number], true));
        let mut by_name = order.clone();
        by_name.sort_unstable_by_key(|&number| names[number]);
        let ranks = self.page_rank(pairs, order.len(), &by_name, 10);
        let found = order.iter().map(|&number| ranks[number]);
        let least = found.clone().fold(f64::MAX, f64::min) / 10.0;
        let most = found.fold(f64::MIN_POSITIVE, f64::max);
        let scale = |number: usize| (number, (ranks[number] - least) / (most - least));
        order.into_iter().map(scale).collect()
    }

    /// The ranks of all words after so many rounds over the graph of these pairs, which has `size`
    /// words. Each round goes over the words in this order.
    fn page_rank(
        &self,
        pairs: Vec<(&(usize, usize), &Together)>,
        size: usize,
        order: &[usize],
        rounds: usize,
    ) -> Vec<f64> {
        let mut edges: Vec<Vec<(usize, f64)>> = vec![Vec::new(); self.counts.len()];
        for (&(a, b), Together { times, .. }) in pairs {
            edges[a].push((b, *times as f64));
            edges[b].push((a, *times as f64));
        }
        let sum = |edges: &Vec<(usize, f64)>| edges.iter().map(|(_, weight)| weight).sum::<f64>();
        let outflow: Vec<f64> = edges.iter().map(sum).collect();
        let mut ranks = vec![1.0 / size as f64; edges.len()];
        for _ in 0..rounds {
            for &word in order {
                let share =
                    |&(other, weight): &(usize, f64)| weight / outflow[other] * ranks[other];
                let inflow: f64 = edges[word].iter().map(share).sum();
                ranks[word] = (1.0 - DAMPING) + DAMPING * inflow;
            }
        }
        ranks
    }
}
