//! The most probable way through a piece's words, from its end to its beginning.
//!
//! A route's score is the sum of ln(frequency) - ln(total) of its words, added in this order in
//! double precision, since the last bit decides between words in real text: the scores must be
//! those of jieba-rs and Python jieba. Each block's sum begins with 0 at its end. Of two equal
//! scores the longer word's wins.

use super::scratch::{Edge, Scratch};
use super::tables::Tables;

/// Fills `steps` for the first `count` characters. With `zero_is_absent`, a single character with
/// frequency zero is no word.
#[inline(always)]
pub(super) fn find(
    tables: &Tables,
    log_total: f64,
    zero_is_absent: bool,
    count: usize,
    scratch: &mut Scratch,
) {
    let Scratch { codes, pairs, steps, scores, edges, .. } = scratch;
    let (codes, pairs) = (&codes[..count], &pairs[..count]);
    let (steps, scores) = (&mut steps[..count], &mut scores[..count + 1]);
    let (single_log, logs) = (&tables.single_log[..], &tables.logs[..]);
    scores[count] = 0.0;
    let mut edges = &edges[..];
    let mut with_edges = edges.last().map_or(u32::MAX, |edge| edge.from);
    let (mut after_one, mut after_two) = (0.0, 0.0);
    for from in (0..count).rev() {
        let (code, pair) = (codes[from], pairs[from]);
        let one = single_log[usize::from(code)] - log_total + after_one;
        let two = logs[pair as usize] - log_total + after_two;
        // Written so that it becomes one maximum and one comparison and no branch, which would be
        // guessed wrong all the time. If `two` is NaN the result is `one`.
        let mut best = if two > one { two } else { one };
        let mut step = 1 + u32::from(two == best);
        if with_edges == from as u32 || best.is_nan() || best == f64::NEG_INFINITY {
            let start = edges.iter().rposition(|edge| edge.from < from as u32).map_or(0, |e| e + 1);
            let mut single = single_log[usize::from(code)];
            let absent = tables.single_value[usize::from(code)] == 0;
            if absent || zero_is_absent && single == f64::NEG_INFINITY {
                single = f64::NAN;
            }
            (best, step) = among_all(&edges[start..], single, pair, from, log_total, logs, scores);
            edges = &edges[..start];
            with_edges = edges.last().map_or(u32::MAX, |edge| edge.from);
        }
        let in_block = f64::from_bits(u64::from(code == 0).wrapping_sub(1));
        best = f64::from_bits(best.to_bits() & in_block.to_bits());
        steps[from] = step;
        scores[from] = best;
        (after_one, after_two) = (best, after_one);
    }
}

/// The best of all candidates at one character, among them words of any length.
#[inline(never)]
fn among_all(
    edges: &[Edge],
    single: f64,
    pair: u32,
    from: usize,
    log_total: f64,
    logs: &[f64],
    scores: &[f64],
) -> (f64, u32) {
    let mut best: Option<(f64, u32)> = None;
    let mut offer = |log: f64, length: u32| {
        let score = log - log_total + scores[from + length as usize];
        if best.is_none_or(|(highest, _)| score >= highest) {
            best = Some((score, length));
        }
    };
    // A word of one character that the user added comes as an edge, or with value 0 if removed.
    match edges.first().filter(|edge| edge.length == 1) {
        Some(edge) if edge.value != 0 => offer(logs[edge.value as usize], 1),
        None if !single.is_nan() => offer(single, 1),
        _ => {}
    }
    if pair != 0 {
        offer(logs[pair as usize], 2);
    }
    for edge in edges.iter().filter(|edge| edge.length > 2) {
        offer(logs[edge.value as usize], edge.length);
    }
    best.unwrap_or((0.0 - log_total + scores[from + 1], 1))
}
