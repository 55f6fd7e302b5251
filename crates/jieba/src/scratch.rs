//! The buffers of one worker thread, which reuses them for each piece of a text and for each text.

use super::modes::exact::Bits;
use super::passes::route::Route;
use super::piece::{Characters, Words, WorkLists};
use super::tags::posseg;
use super::unknown::runs;

/// The buffers of one worker thread. After ordinary text they take about 100 KB.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) characters: Characters,
    pub(crate) words: Words,
    pub(crate) room: WorkLists,
    pub(crate) route: Route,
    pub(crate) bits: Bits,
    pub(crate) runs: runs::Buffers,
    pub(crate) posseg: posseg::Buffers,
    pub(crate) posseg_paths: posseg::path::Buffers,
}

/// If a piece of a text has more characters than this, the buffers are freed after the piece,
/// because they take 40 bytes for each character.
const KEPT: usize = 1 << 20;

impl Scratch {
    /// Makes the buffers large enough for a piece of a text with this many characters.
    pub(crate) fn grow(&mut self, characters: usize) {
        self.characters.grow(characters);
        self.words.grow(characters);
        self.room.grow(characters);
        self.route.grow(characters);
    }

    /// Frees the buffers if a very long piece of a text has made them large.
    pub(crate) fn shrink(&mut self) {
        if self.characters.codes.len() > KEPT || self.runs.exceed(KEPT) {
            *self = Scratch::default();
        }
    }
}
