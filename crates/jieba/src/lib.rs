//! The segmentation core: cuts Chinese text into words exactly as jieba-rs 0.11.0 does (or, asked
//! for, as Python jieba 0.42.1), several times as fast, with nothing to build at start.
//!
//! Data flow, for a piece of about 1,024 characters at a time:
//!
//! ```text
//! text ─scan─► codes, offsets ─matches─► pairs, edges ─route─► route ─mode─► tokens
//!              (characters as            (overlay:              exact: joins what the route left
//!               small numbers)            added words)           (hmm); search; full; tags
//! ```
//!
//! A file imports only from rows below its own:
//!
//! | file | its job |
//! |---|---|
//! | `cutter.rs` | cuts blocks of bytes: protected words, text, and what is none |
//! | `keywords/` | the words that tell most about a text |
//! | `jieba.rs` | cuts: a dictionary, and the code that cuts with it |
//! | `dispatch.rs` | which kind of processor the code is for |
//! | `cut.rs` | the way of a piece through the passes |
//! | `scratch.rs` | the memory they use |
//! | `modes/` | exact, search and full mode |
//! | `unknown/` | words that are in no dictionary |
//! | `passes/` | what all modes share: characters, words, route |
//! | `tags/` | parts of speech, and the model that guesses them |
//! | `compiled/` | dictionaries in a file, and what those must be like |
//! | `kernel/` | what is done in its own way on a kind of processor |
//! | `dictionary.rs` | a dictionary: tables and the words added to them |
//! | `chain.rs` | the walk that finds the best route |
//! | `overlay.rs` | added words |
//! | `hmm.rs` | the hidden Markov model |
//! | `piece.rs` | what the passes leave for the modes |
//! | `tables.rs` | what the tables of a dictionary mean; the built-in ones |
//! | `builder/` | makes the tables of a dictionary |
//! | `options.rs`, `token.rs` | how to cut, and what comes of it |
//! | `limit.rs` | the error of too many words |
//! | `protect.rs` | words with spaces or symbols, found before cutting |
//!
//! Every array is flat and reused; nothing is allocated for a line or a piece. All passes are linear
//! in the piece, whose length only a block without an end can make large.

mod builder;
mod chain;
pub mod compiled;
mod cut;
mod cutter;
mod dictionary;
mod dispatch;
mod hmm;
mod jieba;
mod kernel;
pub mod keywords;
mod limit;
mod modes;
mod options;
mod overlay;
mod passes;
mod piece;
mod protect;
mod scratch;
mod tables;
mod tags;
#[cfg(test)]
mod tests;
mod token;
mod unknown;

pub use builder::codes::is_block_character;
pub use cutter::{Cutter, InvalidBytes};
pub use dictionary::Dictionary;
pub use dispatch::ProcessorKind;
pub use jieba::Core;
pub use limit::LimitExceeded;
pub use options::{Compat, Mode, Options};
pub use protect::Protected;
pub use scratch::Scratch;
pub use token::{Tag, Token, ends_line};
