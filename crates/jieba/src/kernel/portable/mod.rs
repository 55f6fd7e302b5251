//! The passes for any CPU, in safe code without special instructions. Loops over many characters
//! are written so that the compiler can vectorize them. No branch depends on the text, because a
//! mispredicted branch costs as much as 20 additions.

mod characters;
mod pairs;
mod runs;
mod units;

use super::bits::{COUNTS, SET_BITS, set_of};
use super::cpu::{Classes, Cpu, Latin, Lists};
use crate::builder::codes::{
    CONNECTORS_END, Codes, DIGITS_START, HAN_END, HAN_START, LETTERS_END, PERCENT,
};
use crate::chain::{Chain, Sets};
use crate::hmm::{Choices, Run};
use crate::piece::Edge;
use crate::tables::{Model, Tables};
pub(crate) use pairs::find as find_pairs;

/// Any CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Portable;

impl Cpu for Portable {
    /// There is no kind below, so this kind has code for all operations.
    type Below = Self;

    #[inline(always)]
    fn below(self) -> Self {
        self
    }

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
        characters::find(text, at, codes, out_codes, out_offsets, latin)
    }

    #[inline(always)]
    fn classes(self, codes: &[u16; 64]) -> Classes {
        classes(codes)
    }

    #[inline(always)]
    fn find_ends_of_four(
        self,
        model: &Model,
        codes: &[u16],
        runs: &[Run; 4],
        _room: &mut Choices,
    ) -> [u64; 4] {
        runs.map(|run| runs::find_ends(model, &codes[run.from as usize..][..run.length as usize]))
    }

    #[inline(always)]
    fn set_bits(self, words: &[u64], out: &mut [u32]) -> usize {
        let mut count = 0;
        for (&word, base) in words.iter().zip((0..).step_by(64)) {
            for (eight, base) in word.to_le_bytes().into_iter().zip((base..).step_by(8)) {
                let out: &mut [u32; 8] = out[count..].first_chunk_mut().expect("room for eight");
                let positions = &SET_BITS[usize::from(eight)];
                for (out, &position) in out.iter_mut().zip(positions) {
                    *out = base + u32::from(position);
                }
                count += usize::from(COUNTS[usize::from(eight)]);
            }
        }
        count
    }

    #[inline(always)]
    fn set_bits_of_few(self, words: &[u64], out: &mut [u32]) -> usize {
        let mut count = 0;
        for (&word, base) in words.iter().zip((0..).step_by(64)) {
            let mut left = word;
            while left != 0 {
                out[count] = base + left.trailing_zeros();
                left &= left - 1;
                count += 1;
            }
        }
        count
    }

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

    #[inline(always)]
    fn pairs(self, tables: &Tables, codes: &[u16], pairs: &mut [u32], lists: &mut Lists<'_>) {
        find_pairs(tables, codes, 0, pairs, lists);
    }

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
        units::find(tables, codes, pairs, rare, three, edges)
    }
}

/// See [`Cpu::classes`].
#[inline(always)]
fn classes(codes: &[u16; 64]) -> Classes {
    let among = |start: u16, end: u16| {
        set_of(codes, move |code| u8::from(code.wrapping_sub(start) < end - start))
    };
    let mut classes = Classes {
        in_block: set_of(codes, |code| u8::from(code != 0)),
        han: among(HAN_START, HAN_END),
        ..Classes::default()
    };
    // Most blocks consist of Han characters only.
    if classes.in_block != classes.han {
        classes.alphanumeric = among(DIGITS_START, LETTERS_END);
        classes.connectors = among(LETTERS_END, CONNECTORS_END);
        classes.percents = set_of(codes, |code| u8::from(code == PERCENT));
    }
    classes
}
