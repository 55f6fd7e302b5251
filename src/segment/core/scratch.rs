//! What a worker needs while it cuts, reused from piece to piece and from text to text.

use super::exact::Bits;
use super::piece::{Characters, Room, Words};
use super::posseg;
use super::route::Route;
use super::runs;

/// Buffers of one worker, those of each pass together. After an ordinary text it holds about 100 KB.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) characters: Characters,
    pub(super) words: Words,
    pub(super) room: Room,
    pub(super) route: Route,
    pub(super) bits: Bits,
    pub(super) runs: runs::Buffers,
    pub(super) posseg: posseg::Buffers,
}

/// More than this many characters in a piece and the buffers, 40 bytes for each, are given back after it.
const KEPT: usize = 1 << 20;

impl Scratch {
    /// Makes room for pieces of so many characters.
    pub(super) fn grow(&mut self, characters: usize) {
        self.characters.grow(characters);
        self.words.grow(characters);
        self.room.grow(characters);
        self.route.grow(characters);
    }

    /// Gives memory back that only a very long piece needed.
    pub(super) fn shrink(&mut self) {
        if self.characters.codes.len() > KEPT || self.runs.exceed(KEPT) {
            *self = Scratch::default();
        }
    }
}
