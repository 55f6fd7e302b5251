//! What can be done better on one kind of processor than on another: the choice between portable code
//! and code for AVX2 or AVX-512, made once for each text.

use super::builder::codes::{Codes, PERCENT};
use super::builder::layout::AsciiSet;
use super::cut::Cut;
use super::hmm::{self, Choices, Run};
use super::piece::{is_alphanumeric, is_connector, is_han};
use super::route::{Chain, Sets};
use super::tables::{Model, Tables};

/// Runs the cut with the best instructions this processor has.
pub(super) fn cut(cut: Cut<'_>) {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx512) = super::avx512::Avx512::detect() {
        return avx512.cut(cut);
    }
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = super::avx2::Avx2::detect() {
        return avx2.cut(cut);
    }
    cut.run(Portable);
}

/// Any processor.
#[derive(Clone, Copy)]
pub(super) struct Portable;

impl Processor for Portable {}

/// What a processor can do better than the portable code; what is here does nothing, and the portable
/// code does all.
pub(super) trait Processor: Copy {
    /// Finds codes and offsets of characters from `at` on, a character's first byte, as long as
    /// there is room and text for many at a time; returns where the next character begins and how
    /// many were found. What follows them in the arrays is overwritten. With `latin`, and then `at` must be
    /// after a character that is in no block, ASCII words may be read as one character with code 0.
    #[inline(always)]
    fn characters(
        self,
        _text: &[u8],
        at: usize,
        _codes: &Codes,
        _out_codes: &mut [u16],
        _out_offsets: &mut [u32],
        _latin: Option<Latin<'_>>,
    ) -> (usize, usize) {
        (at, 0)
    }

    /// Asks the memory for a unit that is needed soon; there may be none.
    #[inline(always)]
    fn prefetch(self, _units: &[u64], _at: usize) {}

    /// What kinds of characters these are.
    #[inline(always)]
    fn classes(self, codes: &[u16; 64]) -> Classes {
        let mut classes = Classes::default();
        for (at, &code) in codes.iter().enumerate() {
            classes.in_block |= u64::from(code != 0) << at;
            classes.alphanumeric |= u64::from(is_alphanumeric(code)) << at;
            classes.connectors |= u64::from(is_connector(code)) << at;
            classes.percents |= u64::from(code == PERCENT) << at;
            classes.han |= u64::from(is_han(code)) << at;
        }
        classes
    }

    /// Finds where words end in four runs of 2 to [`hmm::MOST`] characters, which should be of about the
    /// same length: bit `i` is set if a word ends after character `i`.
    #[inline(always)]
    fn find_ends_of_four(
        self,
        model: &Model,
        codes: &[u16],
        runs: &[Run; 4],
        _room: &mut Choices,
    ) -> [u64; 4] {
        let (mut choices, mut ends) = ([0; hmm::MOST], [0; hmm::MOST]);
        runs.map(|run| {
            let codes = &codes[run.from as usize..][..run.length as usize];
            hmm::find_ends(model, codes, &mut choices, &mut ends);
            let ends = ends[..codes.len()].iter().rev();
            ends.fold(0, |bits, &end| bits << 1 | u64::from(end))
        })
    }

    /// Writes the places of all set bits to `out`, ascending, and returns how many. There must be
    /// room for eight more.
    #[inline(always)]
    fn set_bits(self, words: &[u64], out: &mut [u32]) -> usize {
        let mut count = 0;
        for (&word, base) in words.iter().zip((0..).step_by(64)) {
            let mut bits = word;
            while bits != 0 {
                out[count] = base + bits.trailing_zeros();
                bits &= bits - 1;
                count += 1;
            }
        }
        count
    }

    /// Goes the last `steps` characters of four parts, which end at `ends`, as [`Chain::walk`] does; returns
    /// whether it can.
    #[inline(always)]
    fn four_parts(
        self,
        _chain: &Chain<'_>,
        _ends: [usize; 4],
        _steps: usize,
        _sets: &mut Sets<'_>,
    ) -> bool {
        false
    }

    /// Looks the first pairs of codes up as `matches::portable_pairs` does, and returns how many.
    #[inline(always)]
    fn pairs(
        self,
        _tables: &Tables,
        _codes: &[u16],
        _pairs: &mut [u32],
        _lists: &mut Lists<'_>,
    ) -> usize {
        0
    }
}

/// Of 64 characters those of a kind, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Classes {
    /// In a block.
    pub in_block: u64,
    /// ASCII letters and digits.
    pub alphanumeric: u64,
    /// `.`, `_` and `-`.
    pub connectors: u64,
    /// `%`.
    pub percents: u64,
    /// Those the hidden Markov model is for.
    pub han: u64,
}

/// What it takes to read an ASCII word as one character: two or more letters and digits between ASCII
/// characters that are in no block are one token in every mode of jieba-rs, if no word of the
/// dictionary begins inside.
pub(super) struct Latin<'a> {
    /// Letters that begin, and that continue, words that begin with two letters or digits.
    pub pairs: &'a [AsciiSet; 2],
    /// Room for the words' places.
    pub words: &'a mut [u32],
}

/// Characters that are left to look at after the filters, ascending. Eight entries after the last
/// may be overwritten.
pub(super) struct Lists<'a> {
    /// May begin a word together with the one after them, which is not among the frequent ones.
    pub rare: &'a mut [u32],
    pub rare_count: usize,
    /// May begin a word together with the two after them.
    pub three: &'a mut [u32],
    pub three_count: usize,
}
