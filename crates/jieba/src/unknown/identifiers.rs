//! Cuts runs without Han characters into identifiers and the text between them, as jieba-rs does. A
//! run is a sequence of characters that the best route takes one by one. This module handles 64
//! characters at a time with operations on sets. It leaves to [`super::runs`] the runs that cross
//! the border between two sets, and those that may be dictionary words.

use crate::kernel::cpu::Classes;
use crate::passes::route::Route;
use crate::piece::Piece;

/// Cuts runs without Han characters, and removes them from `runs`, the set of all characters in
/// runs. `runs` and `classes` must end with an extra, empty entry.
#[inline(always)]
pub(crate) fn cut(
    piece: &Piece<'_>,
    route: &Route,
    runs: &mut [u64],
    classes: &[Classes],
    begins: &mut [u64],
) {
    let last = runs.len() - 1;
    let mut before = 0;
    for word in 0..last {
        let (run, class) = (runs[word], &classes[word]);
        let others = run & !class.han;
        let first = others & !(run << 1 | before >> 63) & !route.longer_starts()[word];
        before = run;
        if first == 0 {
            continue;
        }
        // Other code cuts the runs that go on with a Han character or reach the end of these 64
        // characters.
        let unfit = fill_down(others & ((run & !others) >> 1 | 1 << 63), others);
        let mut starts = first & !unfit;
        // Leave runs of two characters that are dictionary words as they are: the route rejected
        // these words.
        let mut twos = starts & !(others >> 2);
        while twos != 0 {
            let from = 64 * word + twos.trailing_zeros() as usize;
            let is_word = u64::from(piece.pairs[from] != 0);
            starts &= !((twos & twos.wrapping_neg()) & is_word.wrapping_neg());
            twos &= twos - 1;
        }
        // Adding the first bit of a run to the run carries through all its bits into the bit after
        // it. So the bits of these runs, and no others, become 0.
        let taken = others & !others.wrapping_add(starts);
        let tokens = tokens(taken, class.alphanumeric, class.connectors, class.percents);
        begins[word] &= !(taken & !tokens);
        runs[word] = run & !taken;
    }
}

/// The set of characters where tokens begin, in runs without ideographs. An identifier consists of
/// letters and digits, in groups joined by single connectors, and may end with `%`. The text
/// between two identifiers is one token.
#[inline(always)]
pub(crate) fn tokens(runs: u64, alphanumeric: u64, connectors: u64, percents: u64) -> u64 {
    let alphanumeric = alphanumeric & runs;
    let inside = alphanumeric | connectors & runs & alphanumeric << 1 & alphanumeric >> 1;
    let between = runs & !(inside | percents & inside << 1);
    (inside & !(inside << 1)) | (between & !(between << 1))
}

/// Extends the set downwards within `within`: adds the members of `within` from which an unbroken
/// row of members leads up to a member of the set.
///
/// ```text
/// within  1 0 1 1 1 1     (lowest bit on the left)
/// set     0 0 0 0 1 0
/// result  0 0 1 1 1 0
/// ```
#[inline(always)]
fn fill_down(mut set: u64, mut within: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        set |= within & set >> shift;
        within &= within >> shift;
    }
    set
}

#[cfg(test)]
mod tests {
    use super::fill_down;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_filled_is_what_a_walk_fills(set in any::<u64>(), all in any::<u64>(), more in any::<u64>()) {
            let within = all | more;
            let set = set & all & !more & within;
            let mut expected = set;
            for at in (0..63).rev() {
                expected |= within & expected >> 1 & 1 << at;
            }
            prop_assert_eq!(fill_down(set, within), expected);
        }
    }
}
