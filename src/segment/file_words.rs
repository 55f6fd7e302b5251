//! Gathers the words of one file, whose blocks several threads may cut at the same time, and finds
//! its keywords. Each of these threads gathers in a table of its own. The thread that adds the last
//! block finds the keywords, so that different files keep different threads busy.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use batchproc_jieba::Token;
use batchproc_jieba::keywords::{Finder, Gathered, Keywords};

/// How keywords are found, and how many of each file are wanted.
#[derive(Debug)]
pub struct Wanted {
    /// Finds them.
    pub finder: Finder,
    /// The most keywords of a file.
    pub most: usize,
}

/// The words of a file so far, or its keywords.
#[derive(Debug, Default)]
pub struct FileWords(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The tables that no thread is filling now.
    tables: Vec<Gathered>,
    /// How many blocks have been added.
    added: u64,
    /// The number of blocks of the file, once that is known.
    blocks: Option<u64>,
    keywords: Keywords,
}

/// The tokens of a block.
#[derive(Clone, Copy, Debug)]
pub struct BlockTokens<'a> {
    /// The number of blocks before it in the file.
    pub number: u64,
    /// Whether it is the last block of the file.
    pub last: bool,
    /// The text of the block.
    pub text: &'a [u8],
    /// Its tokens.
    pub tokens: &'a [Token],
}

impl FileWords {
    /// Adds a block. If all blocks of the file have been added then, finds the keywords. `spare` is
    /// an empty table that the thread keeps for the next file.
    pub fn add(&self, block: BlockTokens<'_>, wanted: &Wanted, spare: &mut Option<Gathered>) {
        let Wanted { finder, most } = wanted;
        let table = self.lock().tables.pop();
        let mut table = table.or_else(|| spare.take()).unwrap_or_else(|| finder.gather());
        table.add(finder, block.number, block.text, block.tokens);
        let mut state = self.lock();
        state.tables.push(table);
        state.added += 1;
        if block.last {
            state.blocks = Some(block.number + 1);
        }
        if state.blocks != Some(state.added) {
            return;
        }
        let mut tables = mem::take(&mut state.tables);
        drop(state);
        let keywords = finder.best(&mut tables, *most);
        self.lock().keywords = keywords;
        if let Some(mut table) = tables.pop() {
            table.clear();
            *spare = Some(table);
        }
    }

    /// Takes the keywords of the file. All its blocks must have been added.
    pub fn take_keywords(&self) -> Keywords {
        mem::take(&mut self.lock().keywords)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
