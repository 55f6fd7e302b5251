//! Runs of two and three Han characters: four fifths of all runs. They are told from the others, 64 characters
//! at a time, by arithmetic on sets, and have so few ways through the model that nothing is chosen on the way.

use crate::hmm;
use crate::kernel::processor::{Classes, Processor};
use crate::passes::route::Route;
use crate::piece::Piece;
use crate::tables::Model;

/// First characters of such runs of a piece, as sets.
#[derive(Debug, Default)]
pub(crate) struct ShortRuns {
    twos: Vec<u64>,
    threes: Vec<u64>,
}

impl ShortRuns {
    /// Takes them out of the set of all characters that are in runs; the set and the classes end with a word
    /// for no character.
    #[inline(always)]
    pub fn take(&mut self, runs: &mut [u64], classes: &[Classes], route: &Route) {
        self.twos.clear();
        self.threes.clear();
        let last = runs.len() - 1;
        let (mut before, mut taken_before) = (0, 0);
        for word in 0..last {
            let (run, run_after) = (runs[word], runs[word + 1]);
            let (han, han_after) = (classes[word].han, classes[word + 1].han);
            // What the first, second and third character after each is.
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

    /// Cuts them. A pair that is a word of the dictionary is left as it is, since the route knew better.
    #[inline(always)]
    pub fn cut(
        &self,
        piece: &Piece<'_>,
        model: &Model,
        begins: &mut [u64],
        places: &mut [u32],
        processor: impl Processor,
    ) {
        let count = processor.set_bits_of_few(&self.twos, places);
        for &from in &places[..count] {
            let from = from as usize;
            let codes = piece.codes[from..].first_chunk().expect("a run of two");
            let is_one = hmm::is_one_word(model, codes) & (piece.pairs[from] == 0);
            begins[(from + 1) / 64] &= !(u64::from(is_one) << ((from + 1) % 64));
        }
        let count = processor.set_bits_of_few(&self.threes, places);
        for &from in &places[..count] {
            let from = from as usize;
            let codes = piece.codes[from..].first_chunk().expect("a run of three");
            let inside = hmm::inside_words(model, codes);
            begins[(from + 1) / 64] &= !((inside & 1) << ((from + 1) % 64));
            begins[(from + 2) / 64] &= !(inside >> 1 << ((from + 2) % 64));
        }
    }
}
