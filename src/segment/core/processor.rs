//! What can be done better on one kind of processor than on another, and the choice between code for
//! every processor and code for AVX2 or AVX-512, made once for each dictionary.

#[cfg(target_arch = "x86_64")]
use super::avx2::Avx2;
#[cfg(target_arch = "x86_64")]
use super::avx512::Avx512;
use super::builder::codes::Codes;
use super::builder::layout::AsciiSet;
use super::cut::Cut;
use super::hmm::{Choices, Run};
#[cfg(not(target_arch = "x86_64"))]
use super::portable::Portable as Baseline;
use super::route::{Chain, Sets};
#[cfg(target_arch = "x86_64")]
use super::sse2::Sse2 as Baseline;
use super::tables::{Model, Tables};

/// A kind of processor that code is written for. A value exists only on a machine that can run the
/// code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessorKind(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    Portable(Baseline),
}

impl ProcessorKind {
    /// What this machine runs fastest.
    #[must_use]
    pub fn best() -> Self {
        Self::available().next().unwrap_or(Self(Kind::Portable(Baseline)))
    }

    /// The kind of that [name](Self::name). `None` if there is none or this machine cannot run its
    /// code.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::available().find(|kind| kind.name() == name)
    }

    /// `avx512`, `avx2` or `portable`, which is what every processor of this architecture can run.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(_) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(_) => "avx2",
            Kind::Portable(_) => "portable",
        }
    }

    /// All kinds whose code this machine can run, the fastest first.
    pub fn available() -> impl Iterator<Item = Self> {
        let kinds = [
            #[cfg(target_arch = "x86_64")]
            Avx512::detect().map(Kind::Avx512),
            #[cfg(target_arch = "x86_64")]
            Avx2::detect().map(Kind::Avx2),
            Some(Kind::Portable(Baseline)),
        ];
        kinds.into_iter().flatten().map(Self)
    }

    /// Runs the cut.
    pub(super) fn cut(self, cut: Cut<'_>) {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(avx512) => avx512.cut(cut),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(avx2) => avx2.cut(cut),
            Kind::Portable(portable) => cut.run(portable),
        }
    }
}

/// What is done in its own way on a kind of processor.
pub(super) trait Processor: Copy {
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

    /// Whether the memory can be asked for what is needed soon.
    #[inline(always)]
    fn prefetches(self) -> bool {
        true
    }

    /// Asks the memory for a unit that is needed soon; there may be none.
    fn prefetch(self, units: &[u64], at: usize);

    /// What kinds of characters these are.
    fn classes(self, codes: &[u16; 64]) -> Classes;

    /// Finds where words end in four runs of 2 to [`MOST`](super::hmm::MOST) characters, which should be
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

    /// Looks the first pairs of codes up in the filters and among the frequent pairs, and returns how
    /// many; the others are looked up by the portable code.
    fn pairs(
        self,
        tables: &Tables,
        codes: &[u16],
        pairs: &mut [u32],
        lists: &mut Lists<'_>,
    ) -> usize;
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
    /// Room for the words' places, for code that wants them.
    #[cfg_attr(not(target_arch = "x86_64"), expect(dead_code))]
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
