//! The buffers of one worker, reused from piece to piece and from text to text.

use super::modes::exact::Bits;
use super::passes::route::Route;
use super::piece::{Characters, Words, WorkLists};
use super::tags::posseg;
use super::unknown::runs;

/// The buffers of one worker. After ordinary text they take about 100 KB.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) characters: Characters,
    pub(crate) words: Words,
    pub(crate) room: WorkLists,
    pub(crate) route: Route,
    pub(crate) bits: Bits,
    pub(crate) runs: runs::Buffers,
    pub(crate) posseg: posseg::Buffers,
}

/// The buffers take 40 bytes for each character. If a piece has more characters than this, they are
/// freed after it.
const KEPT: usize = 1 << 20;

impl Scratch {
    /// Makes room for pieces of so many characters.
    pub(crate) fn grow(&mut self, characters: usize) {
        self.characters.grow(characters);
        self.words.grow(characters);
        self.room.grow(characters);
        self.route.grow(characters);
    }

    /// Frees memory that only a very long piece needed.
    pub(crate) fn shrink(&mut self) {
        if self.characters.codes.len() > KEPT || self.runs.exceed(KEPT) {
            *self = Scratch::default();
        }
    }
}
