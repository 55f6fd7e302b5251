//! TextRank: the rank of a word is higher if it often occurs near other words of high rank. Source:
//! Mihalcea and Tarau, "TextRank: Bringing Order into Texts", 2004.

use super::candidates::{Best, Keywords, candidate, may_be_keyword, place, token_number};
use super::pairs::{self, Noted, Pair, Pairs, Place, key, merged};
use super::rank::page_rank;
use crate::side_by_side::side_by_side;
use crate::token::Token;
use crate::vocabulary::Vocabulary;

/// Two words are neighbours if they are fewer than this many tokens apart.
const SPAN: u32 = 5;
/// The most tokens before or after a token that are its neighbours.
const NEAR: usize = SPAN as usize - 1;
/// In place of the first place of a word: the word is no candidate.
const NONE: u64 = u64::MAX;

/// The words of a file or of a part of it, and how often two come together.
#[derive(Debug, Default)]
pub struct Neighbours<P> {
    words: Vocabulary,
    /// Indexed by the number of a word minus one: the place of its first token, or [`NONE`].
    firsts: Vec<u64>,
    /// How often the second word of a pair follows the first, fewer than [`SPAN`] tokens later.
    pairs: Pairs<P>,
    /// The tokens at the borders of the blocks.
    borders: Vec<Border>,
    /// Only used while a block is added: indices of tokens, then also the numbers of their words.
    indices: Vec<u32>,
    candidates: Vec<(u32, u32)>,
}

/// The tokens at the borders of a block: the number of each one's word, or 0 if it is no candidate.
#[derive(Clone, Copy, Debug, Default)]
struct Border {
    block: u64,
    /// The number of tokens of the block.
    tokens: u32,
    /// The first tokens, in their order.
    head: [u32; NEAR],
    /// The last tokens, the last one first.
    tail: [u32; NEAR],
}

/// The place where a pair comes together: that of its first word, and the distance to the second.
fn place_of_pair(first: u64, distance: u32) -> u64 {
    first << 3 | u64::from(distance)
}

impl<P: Place> Neighbours<P> {
    /// Adds a block. `ranked` says which tags are ranked.
    pub fn add(&mut self, ranked: &[bool], block: u64, text: &[u8], tokens: &[Token]) {
        let Self { words, firsts, pairs, borders, indices, candidates } = self;
        indices.clear();
        indices.resize(tokens.len(), 0);
        let mut count = 0;
        for (index, token) in tokens.iter().enumerate() {
            indices[count] = token_number(index);
            let ranked = ranked[usize::from(token.tag.0)];
            count += usize::from(ranked & may_be_keyword(text, token));
        }
        let indices = &indices[..count];
        let span = |index: u32| {
            let token = &tokens[index as usize];
            (token.start, token.end)
        };
        candidates.clear();
        let mut left = indices.iter().copied();
        words.numbers(text, indices.iter().map(|&index| span(index)), |number| {
            let index = left.next().unwrap_or_default();
            let place = place(block, index);
            let first = match firsts.get_mut(number as usize - 1) {
                Some(first) => first,
                None => {
                    let (start, end) = span(index);
                    let is_candidate = candidate(&text[start as usize..end as usize]).is_some();
                    firsts.push(if is_candidate { place } else { NONE });
                    &mut firsts[number as usize - 1]
                }
            };
            if *first != NONE {
                *first = place.min(*first);
                candidates.push((index, number));
            }
        });

        let mut border = Border { block, tokens: token_number(tokens.len()), ..Border::default() };
        for &(index, number) in candidates.iter().take(NEAR) {
            if let Some(head) = border.head.get_mut(index as usize) {
                *head = number;
            }
        }
        for &(index, number) in candidates.iter().rev().take(NEAR) {
            if let Some(tail) = border.tail.get_mut((border.tokens - 1 - index) as usize) {
                *tail = number;
            }
        }
        borders.push(border);

        // Behind the last candidate, as many more are needed as the loop looks at.
        let last = candidates.len();
        candidates.resize(last + NEAR, (u32::MAX, 0));
        let noted = &mut pairs.noted;
        let mut count = noted.len();
        noted.resize(count + last * NEAR, Noted::default());
        for near in candidates.windows(NEAR + 1) {
            let (index, number) = near[0];
            for &(other_index, other) in &near[1..] {
                let distance = other_index - index;
                let place = P::at(place_of_pair(place(block, index), distance));
                noted[count] = Noted { key: key(number, other), place };
                count += usize::from(distance < SPAN);
            }
        }
        noted.truncate(count);
        pairs.count_if_many();
    }

    pub fn clear(&mut self) {
        self.words.clear();
        self.firsts.clear();
        self.pairs.clear();
        self.borders.clear();
    }
}

/// The graph of all words of a file.
struct Graph<P> {
    words: Vocabulary,
    /// The numbers of the candidates in the vocabulary, in the order of their first places. The
    /// pairs have the indices of this list.
    candidates: Vec<u32>,
    /// All pairs, sorted by their keys.
    pairs: Vec<Pair<P>>,
}

impl<P: Place> Graph<P> {
    fn new(tables: &mut [&mut Neighbours<P>]) -> Self {
        tables.sort_unstable_by_key(|table| usize::MAX - table.words.len());
        let mut words = Vocabulary::default();
        let mut firsts = Vec::new();
        // The number in `words` of each word of each table.
        let mut all_numbers: Vec<Vec<u32>> = Vec::new();
        for table in &mut *tables {
            if words.is_empty() {
                words = std::mem::take(&mut table.words);
                firsts = std::mem::take(&mut table.firsts);
                all_numbers.push((0..=firsts.len() as u32).collect());
                continue;
            }
            let mut numbers = vec![0];
            let mut all = table.firsts.iter();
            words.numbers_of_all(&table.words, |number| {
                let first = all.next().copied().unwrap_or(NONE);
                match firsts.get_mut(number as usize - 1) {
                    Some(known) => *known = first.min(*known),
                    None => firsts.push(first),
                }
                numbers.push(number);
            });
            all_numbers.push(numbers);
        }

        let is_candidate = |number: &u32| firsts[*number as usize - 1] != NONE;
        let mut candidates: Vec<u32> = (1..=firsts.len() as u32).filter(is_candidate).collect();
        candidates.sort_unstable_by_key(|&number| firsts[number as usize - 1]);
        let mut index_of = vec![0; firsts.len() + 1];
        for (index, &number) in (0..).zip(&candidates) {
            index_of[number as usize] = index;
        }

        let mut pairs = Vec::new();
        let mut borders = Vec::new();
        // If several threads have gathered words, as many are idle now.
        let of_tables = tables.iter_mut().map(|table| &mut table.pairs).zip(&all_numbers);
        let renumbered = side_by_side(of_tables.collect(), |(pairs, numbers)| {
            pairs.renumbered(|number| index_of[numbers[number as usize] as usize])
        });
        for more in renumbered {
            pairs = merged(&pairs, &more);
        }
        for (table, numbers) in tables.iter_mut().zip(&all_numbers) {
            for border in table.borders.drain(..) {
                let number = |number: u32| numbers[number as usize];
                let (head, tail) = (border.head.map(number), border.tail.map(number));
                borders.push(Border { head, tail, ..border });
            }
        }
        let more = across_borders(borders).renumbered(|number| index_of[number as usize]);
        Graph { words, candidates, pairs: merged(&pairs, &more) }
    }

    fn name(&self, index: u32) -> Box<str> {
        let word = self.words.word(self.candidates[index as usize]);
        candidate(self.words.bytes(&word)).unwrap_or_default().into()
    }
}

/// The pairs whose words are in different blocks.
fn across_borders<P: Place>(mut borders: Vec<Border>) -> Pairs<P> {
    borders.sort_unstable_by_key(|border| border.block);
    let mut pairs = Pairs::default();
    // The last tokens before a block, the last one first, with their places.
    let mut before = [(0, 0); NEAR];
    for Border { block, tokens, head, tail } in borders {
        for (second, at) in head.into_iter().zip(0..tokens) {
            for ((first, first_place), back) in before.into_iter().zip(1..) {
                let distance = at + back;
                if first != 0 && second != 0 && distance < SPAN {
                    let place = P::at(place_of_pair(first_place, distance));
                    pairs.noted.push(Noted { key: key(first, second), place });
                }
            }
        }
        let last = tail.into_iter().zip((0..tokens).rev());
        let last = last.map(|(number, token)| (number, place(block, token)));
        let all: Vec<_> = last.chain(before).take(NEAR).collect();
        before.copy_from_slice(&all);
    }
    pairs
}

/// The best keywords as jieba-rs finds them: PageRank over the graph of neighbours, whose weights
/// say how often two words come together.
pub fn best(tables: &mut [&mut Neighbours<()>], most: usize) -> Keywords {
    let graph = Graph::new(tables);
    let words = graph.candidates.len();
    let ranks = page_rank(&graph.pairs, words, words, 0..words as u32, 20);
    let Graph { words, candidates, .. } = &graph;
    let name = |index: u32| words.word(candidates[index as usize]);
    let mut best = Best::new(most, |a, b| words.bytes(&name(a)).cmp(words.bytes(&name(b))));
    (0..).zip(ranks).for_each(|(index, rank)| best.add(index, rank));
    best.sorted().into_iter().map(|(index, rank)| (graph.name(index), rank)).collect()
}

/// The best keywords as Python jieba finds them: words without neighbours are left out, and the
/// weights are scaled so that the highest is 1. Words of equal weight are in the order in which
/// they come together with others.
pub fn best_of_python(tables: &mut [&mut Neighbours<u64>], most: usize) -> Keywords {
    let mut graph = Graph::new(tables);
    graph.pairs.sort_unstable_by_key(|pair| pair.first);
    let words = graph.candidates.len();
    let mut order: Vec<u32> = Vec::new();
    let mut order_of = vec![u32::MAX; words];
    for pair in &graph.pairs {
        let (a, b) = pairs::numbers(pair.key);
        for index in [a, b] {
            let place = &mut order_of[index as usize];
            if *place == u32::MAX {
                *place = order.len() as u32;
                order.push(index);
            }
        }
    }
    let mut by_name = order.clone();
    by_name.sort_by_cached_key(|&index| graph.name(index));
    let ranks = page_rank(&graph.pairs, words, order.len(), by_name.iter().copied(), 10);
    let found = order.iter().map(|&index| ranks[index as usize]);
    let least = found.clone().fold(f64::MAX, f64::min) / 10.0;
    let highest = found.fold(f64::MIN_POSITIVE, f64::max);
    let mut best = Best::new(most, |a, b| order_of[a as usize].cmp(&order_of[b as usize]));
    for &index in &order {
        best.add(index, (ranks[index as usize] - least) / (highest - least));
    }
    best.sorted().into_iter().map(|(index, weight)| (graph.name(index), weight)).collect()
}
