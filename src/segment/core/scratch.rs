//! What a worker needs while it cuts, reused from piece to piece and from text to text.

use super::exact::Bits;
use super::piece::Edge;
use super::posseg;
use super::route::Route;
use super::runs;

/// Buffers of one worker. After an ordinary text it holds about 100 KB.
#[derive(Debug, Default)]
pub struct Scratch {
    /// By character: its code. Three zeros follow the last.
    pub(super) codes: Vec<u16>,
    /// By character: where it begins in the text. The piece's end follows.
    pub(super) offsets: Vec<u32>,
    /// By character: the value of the two-character word that begins here.
    pub(super) pairs: Vec<u32>,
    /// The best way through the words.
    pub(super) route: Route,
    /// By character: score of the best route from here to the end of the block.
    pub(super) scores: Vec<f64>,
    /// While words are looked up: the characters whose pair is left to look at. Later the
    /// tokens whose tag is.
    pub(super) rare: Vec<u32>,
    /// While words are looked up: the characters where longer words are left to look for. Later the
    /// places of set bits.
    pub(super) left: Vec<u32>,
    /// Longer words, ascending by first character and length.
    pub(super) edges: Vec<Edge>,
    /// Words of the overlay, and room for merging words into `edges`.
    pub(super) added: Vec<Edge>,
    pub(super) merged: Vec<Edge>,
    pub(super) bits: Bits,
    pub(super) runs: runs::Buffers,
    pub(super) posseg: posseg::Buffers,
}

/// More than this many characters in a piece and the buffers, 40 bytes for each, are given back after it.
const KEPT: usize = 1 << 20;

/// Entries after the last character's, which passes of many characters at a time overwrite or read.
const SLACK: usize = 80;

impl Scratch {
    /// Makes room for the codes and offsets of so many characters.
    pub(super) fn grow_text(&mut self, characters: usize) {
        let size = size_for(characters);
        if self.codes.len() < size {
            self.codes.resize(size, 0);
            self.offsets.resize(size, 0);
        }
    }

    /// Makes room for pieces of so many characters.
    pub(super) fn grow(&mut self, characters: usize) {
        self.grow_text(characters);
        let size = size_for(characters);
        if self.pairs.len() < size {
            self.pairs.resize(size, 0);
            self.rare.resize(size, 0);
            self.scores.resize(size, 0.0);
            self.left.resize(size, 0);
            self.route.grow(size);
        }
    }

    /// Gives memory back that only a very long piece needed.
    pub(super) fn shrink(&mut self) {
        if self.codes.len() > KEPT || self.runs.exceed(KEPT) {
            *self = Scratch::default();
        }
    }
}

fn size_for(characters: usize) -> usize {
    (characters + SLACK).next_multiple_of(1024)
}
