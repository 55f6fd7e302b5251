//! PageRank over the graph of words that come together. The sums are made in a certain order,
//! because the order decides how they are rounded.

use super::pairs::{Pair, numbers};

/// The share of a word's rank that comes from its neighbours.
const DAMPING: f64 = 0.85;

/// The ranks of all words after so many rounds over the graph of these pairs, in their order. The
/// words have the numbers below `words`, and `size` words count. Each round goes over the words in
/// this order.
pub fn page_rank<P>(
    pairs: &[Pair<P>],
    words: usize,
    size: usize,
    order: impl Iterator<Item = u32> + Clone,
    rounds: usize,
) -> Vec<f64> {
    // The neighbours of a word are in a row. First, `ends` has where the rows begin.
    let mut ends = vec![0usize; words + 1];
    for pair in pairs {
        let (a, b) = numbers(pair.key);
        ends[a as usize + 1] += 1;
        ends[b as usize + 1] += 1;
    }
    let mut end = 0;
    for row in &mut ends {
        end += *row;
        *row = end;
    }
    let mut neighbours = vec![0u32; end];
    let mut weights = vec![0.0; end];
    let mut outflow = vec![0.0; words];
    let mut add = |word: u32, other: u32, times: f64| {
        let at = &mut ends[word as usize];
        neighbours[*at] = other;
        weights[*at] = times;
        *at += 1;
        outflow[word as usize] += times;
    };
    for pair in pairs {
        let (a, b) = numbers(pair.key);
        add(a, b, pair.times as f64);
        add(b, a, pair.times as f64);
    }
    // Now `ends` has where the rows end.
    for (weight, &other) in weights.iter_mut().zip(&neighbours) {
        *weight /= outflow[other as usize];
    }
    let mut ranks = vec![1.0 / size as f64; words];
    for _ in 0..rounds {
        for word in order.clone() {
            let word = word as usize;
            let row = if word == 0 { 0 } else { ends[word - 1] }..ends[word];
            let shares = neighbours[row.clone()].iter().zip(&weights[row]);
            let share = |(&other, &weight): (&u32, &f64)| weight * ranks[other as usize];
            let inflow: f64 = shares.map(share).sum();
            ranks[word] = (1.0 - DAMPING) + DAMPING * inflow;
        }
    }
    ranks
}
