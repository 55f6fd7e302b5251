//! Runs without Han characters, cut into identifiers and what is between them, for jieba-rs: 64 characters
//! at a time, by arithmetic on sets. Those that reach over the 64, and those that may be a word of the
//! dictionary, are left to [`super::runs`].

use crate::kernel::processor::Classes;
use crate::passes::route::Route;
use crate::piece::Piece;

/// Cuts such runs and takes them out of the set of all characters that are in runs; the set and the classes
/// end with a word for no character.
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
        // Those that go on with a Han character, or reach the end of the 64.
        let unfit = fill_down(others & ((run & !others) >> 1 | 1 << 63), others);
        let mut starts = first & !unfit;
        // Runs of two that are words.
        let mut twos = starts & !(others >> 2);
        while twos != 0 {
            let from = 64 * word + twos.trailing_zeros() as usize;
            let is_word = u64::from(piece.pairs[from] != 0);
            starts &= !((twos & twos.wrapping_neg()) & is_word.wrapping_neg());
            twos &= twos - 1;
        }
        // Adding carries through a run to the character after it.
        let taken = others & !others.wrapping_add(starts);
        let tokens = tokens(taken, class.alphanumeric, class.connectors, class.percents);
        begins[word] &= !(taken & !tokens);
        runs[word] = run & !taken;
    }
}

/// Where tokens begin in runs without ideographs: identifiers are letters and digits, in groups joined by
/// single connectors, then perhaps `%`; what is between them is one token each.
#[inline(always)]
pub(crate) fn tokens(runs: u64, alphanumeric: u64, connectors: u64, percents: u64) -> u64 {
    let alphanumeric = alphanumeric & runs;
    let inside = alphanumeric | connectors & runs & alphanumeric << 1 & alphanumeric >> 1;
    let between = runs & !(inside | percents & inside << 1);
    (inside & !(inside << 1)) | (between & !(between << 1))
}

/// The set, and those members of `within` from which only such lead up to a member of it.
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
