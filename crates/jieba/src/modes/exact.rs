//! Exact mode: the words of the best route. Runs (neighbouring single characters) are cut once
//! more.
//!
//! Without the hidden Markov model, the characters of a run stay single, except that ASCII letters
//! and digits are joined. With the model, the run is cut as [`runs`] describes.

use crate::kernel::cpu::{Classes, Cpu};
use crate::options::Compat;
use crate::passes::route::Route;
use crate::piece::Piece;
use crate::unknown::identifiers;
use crate::unknown::runs::{self, Unknown};
use crate::unknown::short_runs::ShortRuns;

/// Joins the characters of runs into words, and fills `bits.begins` with the characters where
/// tokens begin. `unknown` is `None` if the hidden Markov model is not wanted.
#[inline(always)]
pub(crate) fn join(
    piece: &Piece<'_>,
    route: &Route,
    unknown: Option<Unknown<'_>>,
    bits: &mut Bits,
    runs: &mut [u32],
    cpu: impl Cpu,
) {
    let words = piece.len().div_ceil(64);
    let Bits { begins, joinable, classes, short } = bits;
    route.begins(piece.len(), begins);
    joinable.clear();
    classes.clear();
    for (word, codes) in piece.padded_codes.chunks_exact(64).take(words).enumerate() {
        let codes: &[u16; 64] = codes.try_into().expect("a chunk of 64");
        let single = begins[word] & (begins[word] >> 1 | begins[word + 1] << 63);
        let class = cpu.classes(codes);
        joinable.push(single & if unknown.is_some() { class.in_block } else { class.alphanumeric });
        classes.push(class);
    }
    joinable.push(0);
    classes.push(Classes::default());
    match unknown {
        Some(mut unknown) => {
            // Keep only the characters that have a neighbour in the same run. The others can be
            // joined with nothing.
            let mut before = 0;
            for word in 0..words {
                let set = joinable[word];
                let neighbours = set << 1 | before >> 63 | set >> 1 | joinable[word + 1] << 63;
                joinable[word] = set & neighbours;
                before = set;
            }
            // If there are words that the model must not find, `runs::cut` cuts all runs, because
            // only it checks for these words.
            if unknown.forbidden.is_empty() {
                short.take(joinable, classes, route);
                short.cut(piece, unknown.model, begins, runs, cpu);
            }
            if unknown.compat == Compat::JiebaRs {
                identifiers::cut(piece, route, joinable, classes, begins);
            }
            // Turn the set of characters into the set of positions where the remaining runs begin
            // and end.
            before = 0;
            for set in &mut *joinable {
                (before, *set) = (*set, *set ^ (*set << 1 | before >> 63));
            }
            let count = cpu.set_bits_of_few(joinable, runs);
            runs::cut(piece, route, &runs[..count], classes, begins, &mut unknown, cpu);
        }
        None => {
            let mut before = 0;
            for (begins, &set) in begins.iter_mut().zip(&*joinable) {
                *begins &= !(set & (set << 1 | before >> 63));
                before = set;
            }
        }
    }
    join_line_ends(piece, classes, begins);
}

/// Sets of characters of a piece of text. Bit `i % 64` of element `i / 64` stands for character
/// `i`.
#[derive(Debug, Default)]
pub(crate) struct Bits {
    /// The positions where tokens begin, and the end of the last token.
    pub begins: Vec<u64>,
    /// Characters that the best route took one by one and that may be joined into words.
    joinable: Vec<u64>,
    /// The classes of the characters (such as Han or alphanumeric), 64 characters in each entry.
    classes: Vec<Classes>,
    short: ShortRuns,
}

/// Makes one token of each CR and the LF after it. Both are gaps (characters outside all blocks),
/// so the search goes only through the gaps that another gap follows.
fn join_line_ends(piece: &Piece<'_>, classes: &[Classes], begins: &mut [u64]) {
    let range = piece.offsets[0] as usize..piece.offsets[piece.len()] as usize;
    if memchr::memchr(b'\r', &piece.text.as_bytes()[range]).is_none() {
        return;
    }
    for (word, two) in classes.windows(2).enumerate() {
        let [gaps, gaps_after] = [0, 1].map(|word: usize| !two[word].in_block);
        let mut left = gaps & (gaps >> 1 | gaps_after << 63);
        while left != 0 {
            let from = 64 * word + left.trailing_zeros() as usize;
            if from >= piece.len() {
                break;
            }
            let others = piece.end_of_gap_token(from) - (from + 1);
            begins[(from + 1) / 64] &= !((others as u64) << ((from + 1) % 64));
            left &= left - 1;
        }
    }
}
