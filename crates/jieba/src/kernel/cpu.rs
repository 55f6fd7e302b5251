//! The operations that one kind of CPU can do better than another. Each kind of CPU has its own
//! files. `dispatch.rs` chooses the kind when the program runs.

use crate::builder::codes::Codes;
use crate::builder::layout::AsciiSet;
use crate::chain::{Chain, Sets};
use crate::hmm::{Choices, Run};
use crate::piece::Edge;
use crate::tables::{Model, Tables};

/// Work that is compiled once for each kind of CPU. For each kind, a function compiled for its
/// instructions calls `run`. All code of `run` must be inlined into that function.
pub(crate) trait Work {
    /// Does all the work.
    fn run(self, cpu: impl Cpu);
}

/// The operations that have code of their own on some kinds of CPU. For an operation without code
/// of its own, a kind uses the code of the kind below it.
pub(crate) trait Cpu: Copy {
    /// The next simpler kind of CPU, whose code this one can run too.
    type Below: Cpu;

    /// This CPU, as one of the kind below.
    fn below(self) -> Self::Below;

    /// Reads characters from byte `at` on, where a character begins, and writes their codes and
    /// offsets. Works on groups of characters, and stops when too little text or room is left for a
    /// whole group. Returns where the next character begins and how many characters were read. May
    /// overwrite entries after those of the characters read.
    ///
    /// If `latin` is given, ASCII words may be read as one character with code 0, and a gap or the
    /// start of the text must precede `at`.
    #[inline(always)]
    fn characters(
        self,
        text: &[u8],
        at: usize,
        codes: &Codes,
        out_codes: &mut [u16],
        out_offsets: &mut [u32],
        latin: Option<Latin<'_>>,
    ) -> (usize, usize) {
        self.below().characters(text, at, codes, out_codes, out_offsets, latin)
    }

    /// The classes of the characters with these codes.
    #[inline(always)]
    fn classes(self, codes: &[u16; 64]) -> Classes {
        self.below().classes(codes)
    }

    /// Finds, with the hidden Markov model, where words end in four runs of 2 to
    /// [`MAX_SHORT`](crate::hmm::MAX_SHORT) characters. It is fastest if the runs have about the
    /// same length. Bit `i` of a result is set if a word ends after character `i` of that run.
    #[inline(always)]
    fn find_ends_of_four(
        self,
        model: &Model,
        codes: &[u16],
        runs: &[Run; 4],
        room: &mut Choices,
    ) -> [u64; 4] {
        self.below().find_ends_of_four(model, codes, runs, room)
    }

    /// Writes the positions of all set bits to `out`, in ascending order, and returns how many
    /// there are. `out` must have eight spare entries.
    #[inline(always)]
    fn set_bits(self, words: &[u64], out: &mut [u32]) -> usize {
        self.below().set_bits(words, out)
    }

    /// The same as [`set_bits`](Self::set_bits), but faster if few bits are set.
    #[inline(always)]
    fn set_bits_of_few(self, words: &[u64], out: &mut [u32]) -> usize {
        self.below().set_bits_of_few(words, out)
    }

    /// Computes the scores of the last `steps` characters of four parts of a piece, as
    /// [`Chain::walk`] does. The parts end at `ends`. Returns false, without doing anything, if
    /// this kind of CPU has no code for it.
    #[inline(always)]
    fn four_parts(
        self,
        chain: &Chain<'_>,
        ends: [usize; 4],
        steps: usize,
        sets: &mut Sets<'_>,
    ) -> bool {
        self.below().four_parts(chain, ends, steps, sets)
    }

    /// Looks up all pairs of codes in the filters and in the table of frequent pairs. Fills `pairs`
    /// with the values of the words found, and `lists` with the characters that need more look-ups.
    #[inline(always)]
    fn pairs(self, tables: &Tables, codes: &[u16], pairs: &mut [u32], lists: &mut Lists<'_>) {
        self.below().pairs(tables, codes, pairs, lists);
    }

    /// Looks up the remaining words in the double array: the pairs that begin at the characters in
    /// `rare`, and the words of three characters that begin at those in `three`. Keeps in `three`
    /// the characters where a longer word may begin, and returns how many there are.
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
        self.below().units(tables, codes, pairs, rare, three, edges)
    }
}

/// The classes of 64 characters: bit `i` of a field is set if character `i` is in that class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Classes {
    /// Characters of blocks, which can be in words.
    pub in_block: u64,
    /// ASCII letters and digits.
    pub alphanumeric: u64,
    /// `.`, `_` and `-`.
    pub connectors: u64,
    /// `%`.
    pub percents: u64,
    /// Characters of the hidden Markov model.
    pub han: u64,
}

/// What is needed to read an ASCII word as one character. In every mode of jieba-rs, two or more
/// letters and digits between ASCII gaps are one token, if no dictionary word begins inside.
pub(crate) struct Latin<'a> {
    /// `Tables::latin`.
    pub pairs: &'a [AsciiSet; 2],
    /// Buffer for the indices of the words that are read as one character. Only some kinds of CPU
    /// need it.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code))]
    pub words: &'a mut [u32],
}

/// The characters to look up in the double array after the filters, in ascending order. Up to eight
/// entries after the last one may be overwritten.
pub(crate) struct Lists<'a> {
    /// The pair of characters that begins here passed the filter but is not among the frequent
    /// pairs.
    pub rare: &'a mut [u32],
    pub rare_count: usize,
    /// A word of three or more characters may begin here.
    pub three: &'a mut [u32],
    pub three_count: usize,
}
