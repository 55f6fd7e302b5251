//! Cuts runs of two and three Han characters, which are four fifths of all runs. They are found by
//! operations on sets of 64 characters. The model can cut such a run in only two or four ways, so
//! the scores of all of them are computed, without branches.

use crate::hmm;
use crate::kernel::cpu::{Classes, Cpu};
use crate::passes::route::Route;
use crate::piece::Piece;
use crate::tables::Model;

/// Where runs of two and of three Han characters begin in a piece of text, as sets of characters.
#[derive(Debug, Default)]
pub(crate) struct ShortRuns {
    twos: Vec<u64>,
    threes: Vec<u64>,
}

impl ShortRuns {
    /// Finds runs of two and three Han characters, and removes them from `runs`, the set of all
    /// characters in runs. `runs` and `classes` must end with an extra, empty entry.
    #[inline(always)]
    pub fn take(&mut self, runs: &mut [u64], classes: &[Classes], route: &Route) {
        self.twos.clear();
        self.threes.clear();
        let last = runs.len() - 1;
        let (mut before, mut taken_before) = (0, 0);
        for word in 0..last {
            let (run, run_after) = (runs[word], runs[word + 1]);
            let (han, han_after) = (classes[word].han, classes[word + 1].han);
            // The members of `one`, `two` and `three` are the characters whose first, second or
            // third successor is in a run.
            let next = |set: u64, after: u64, by: u32| set >> by | after << (64 - by);
            let [one, two, three] = [1, 2, 3].map(|by| next(run, run_after, by));
            let [han_one, han_two] = [1, 2].map(|by| next(han, han_after, by));
            let starts = run & !(run << 1 | before >> 63) & one & han & han_one;
            let twos = starts & !two;
            let threes = starts & two & !three & han_two & !route.longer_starts()[word];
            self.twos.push(twos);
            self.threes.push(threes);
            before = run;
            runs[word] =
                run & !(twos | twos << 1 | threes | threes << 1 | threes << 2 | taken_before);
            taken_before = twos >> 63 | threes >> 63 | threes >> 62;
        }
        runs[last] &= !taken_before;
    }

    /// Cuts the runs that `take` found. A run of two that is a dictionary word stays two
    /// characters, because the route rejected this word.
    #[inline(always)]
    pub fn cut(
        &self,
        piece: &Piece<'_>,
        model: &Model,
        begins: &mut [u64],
        positions: &mut [u32],
        cpu: impl Cpu,
    ) {
        let count = cpu.set_bits_of_few(&self.twos, positions);
        for &from in &positions[..count] {
            let from = from as usize;
            let codes = piece.codes[from..].first_chunk().expect("a run of two");
            let is_one = hmm::is_one_word(model, codes) & (piece.pairs[from] == 0);
            begins[(from + 1) / 64] &= !(u64::from(is_one) << ((from + 1) % 64));
        }
        let count = cpu.set_bits_of_few(&self.threes, positions);
        for &from in &positions[..count] {
            let from = from as usize;
            let codes = piece.codes[from..].first_chunk().expect("a run of three");
            let inside = hmm::inside_words(model, codes);
            begins[(from + 1) / 64] &= !((inside & 1) << ((from + 1) % 64));
            begins[(from + 2) / 64] &= !(inside >> 1 << ((from + 2) % 64));
        }
    }
}
