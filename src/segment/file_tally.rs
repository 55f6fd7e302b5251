//! Counts the words of one file, whose blocks several threads may cut at the same time. The thread that
//! adds the last block makes something of the counts.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::file_words::BlockTokens;
use super::tally::Tally;

/// The words of a file so far, or the lines that were made of them.
#[derive(Debug, Default)]
pub struct FileTally {
    tally: Tally,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How many blocks have been added.
    added: u64,
    /// The number of blocks of the file, once that is known.
    blocks: Option<u64>,
    lines: Vec<u8>,
}

impl FileTally {
    /// Adds a block. If all blocks of the file have been added then, keeps the lines that `make` makes
    /// of the counts.
    pub fn add(&self, block: BlockTokens<'_>, make: impl FnOnce(Tally) -> Vec<u8>) {
        self.tally.add(block.text, block.tokens);
        let mut state = self.lock();
        state.added += 1;
        if block.last {
            state.blocks = Some(block.number + 1);
        }
        if state.blocks != Some(state.added) {
            return;
        }
        drop(state);
        let lines = make(self.tally.take());
        self.lock().lines = lines;
    }

    /// Takes the lines. All blocks of the file must have been added.
    pub fn take_lines(&self) -> Vec<u8> {
        mem::take(&mut self.lock().lines)
    }

    /// How many bytes of memory the lines take that were made so far.
    pub fn weight(&self) -> usize {
        self.lock().lines.capacity()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
