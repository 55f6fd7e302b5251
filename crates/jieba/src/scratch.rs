//! What a worker needs while it cuts, reused from piece to piece and from text to text.

use super::modes::exact::Bits;
use super::passes::route::Route;
use super::piece::{Characters, Room, Words};
use super::tags::posseg;
use super::unknown::runs;

/// Buffers of one worker, those of each pass together. After an ordinary text it holds about 100 KB.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) characters: Characters,
    pub(crate) words: Words,
    pub(crate) room: Room,
    pub(crate) route: Route,
    pub(crate) bits: Bits,
    pub(crate) runs: runs::Buffers,
    pub(crate) posseg: posseg::Buffers,
}

/// More than this many characters in a piece and the buffers, 40 bytes for each, are given back after it.
const KEPT: usize = 1 << 20;

impl Scratch {
    /// Makes room for pieces of so many characters.
    pub(crate) fn grow(&mut self, characters: usize) {
        self.characters.grow(characters);
        self.words.grow(characters);
        self.room.grow(characters);
        self.route.grow(characters);
    }

    /// Gives memory back that only a very long piece needed.
    pub(crate) fn shrink(&mut self) {
        if self.characters.codes.len() > KEPT || self.runs.exceed(KEPT) {
            *self = Scratch::default();
        }
    }
}
