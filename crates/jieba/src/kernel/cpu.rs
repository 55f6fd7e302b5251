//! What can be done better on one kind of CPU than on another. Each kind has a file with code for
//! it, and `dispatch.rs` chooses.

use super::units;
use crate::builder::codes::Codes;
use crate::builder::layout::AsciiSet;
use crate::chain::{Chain, Sets};
use crate::hmm::{Choices, Run};
use crate::piece::Edge;
use crate::tables::{Model, Tables};

/// What is compiled once for each kind of CPU: a function of a kind that is compiled for its
/// instructions calls `run`, which is to be inlined there with all that it calls.
pub(crate) trait Work {
    /// Does it all.
    fn run(self, cpu: impl Cpu);
}

/// What is done in its own way on a kind of CPU.
pub(crate) trait Cpu: Copy {
    /// Finds codes and offsets of characters from `at` on, a character's first byte, as long as
    /// there is room and text for many at a time; returns where the next character begins and how
    /// many were found. What follows them in the arrays is overwritten. With `latin`, and then `at` must be
    /// after a character that is in no block, ASCII words may be read as one character with code 0.
    fn characters(
        self,
        text: &[u8],
        at: usize,
        codes: &Codes,
        out_codes: &mut [u16],
        out_offsets: &mut [u32],
        latin: Option<Latin<'_>>,
    ) -> (usize, usize);

    /// What kinds of characters these are.
    fn classes(self, codes: &[u16; 64]) -> Classes;

    /// Finds where words end in four runs of 2 to [`MOST`](crate::hmm::MOST) characters, which should be
    /// of about the same length: bit `i` is set if a word ends after character `i`.
    fn find_ends_of_four(
        self,
        model: &Model,
        codes: &[u16],
        runs: &[Run; 4],
        room: &mut Choices,
    ) -> [u64; 4];

    /// Writes the places of all set bits to `out`, ascending, and returns how many. There must be
    /// room for eight more.
    fn set_bits(self, words: &[u64], out: &mut [u32]) -> usize;

    /// As [`set_bits`](Self::set_bits), for sets of few.
    #[inline(always)]
    fn set_bits_of_few(self, words: &[u64], out: &mut [u32]) -> usize {
        self.set_bits(words, out)
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

    /// Looks all pairs of codes up in the filters and among the frequent pairs.
    fn pairs(self, tables: &Tables, codes: &[u16], pairs: &mut [u32], lists: &mut Lists<'_>);

    /// Looks up the pairs in `rare`, and the words of three characters that begin at the characters in
    /// `three`; keeps there those that may have a fourth, and returns how many.
    #[inline(always)]
    fn units(
        self,
        tables: &Tables,
        codes: &[u16],
        pairs: &mut [u32],
        rare: &[u32],
        three: &mut [u32],
        edges: &mut Vec<Edge>,
    ) -> usize {
        let prefetch = |units: &[u64], at| self.prefetch(units, at);
        units::find(tables, codes, pairs, rare, three, edges, prefetch)
    }

    /// Asks the memory for a unit that is needed soon, where it can be asked; there may be none.
    #[inline(always)]
    fn prefetch(self, _units: &[u64], _at: usize) {}
}

/// Of 64 characters those of a kind, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Classes {
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
pub(crate) struct Latin<'a> {
    /// Letters that begin, and that continue, words that begin with two letters or digits.
    pub pairs: &'a [AsciiSet; 2],
    /// WorkLists for the words' places, for code that wants them.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code))]
    pub words: &'a mut [u32],
}

/// Characters that are left to look at after the filters, ascending. Eight entries after the last
/// may be overwritten.
pub(crate) struct Lists<'a> {
    /// May begin a word together with the one after them, which is not among the frequent ones.
    pub rare: &'a mut [u32],
    pub rare_count: usize,
    /// May begin a word together with the two after them.
    pub three: &'a mut [u32],
    pub three_count: usize,
}
