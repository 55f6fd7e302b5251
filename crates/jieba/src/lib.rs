//! The segmentation core: cuts Chinese text into words. It gives the same words as jieba-rs 0.11.0,
//! or, on request, as Python jieba 0.42.1, and is several times as fast. The built-in dictionary
//! needs no work when the program starts.
//!
//! A text is cut into pieces of about 1,024 characters. Each piece goes through these passes:
//!
//! ```text
//! text ─scan─► codes, offsets ─matches─► pairs, edges ─route─► route ─mode─► tokens
//!              (characters as            (+ overlay:           exact, search, full; the model
//!               small numbers)            added words)         (hmm) joins single characters
//! ```
//!
//! Terms:
//!
//! - *block*: a sequence, as long as possible, of characters that dictionary words consist of:
//!   ideographs, ASCII letters and digits, and `+ # & . _ % -`.
//! - *gap*: a character outside all blocks, such as a space or a comma. It is a token of its own.
//! - *code*: the number of a character. Gaps have code 0.
//! - *value*: a number that stands for a frequency together with a tag. Each word has a value.
//!   Value 0 means "no word".
//! - *pair*: two neighbouring characters, or the two-character word that they form.
//! - *edge*: a word of three or more characters, with its position in the piece.
//! - *route*: the most probable way to cover the piece with dictionary words.
//! - *run*: neighbouring characters that the route takes one by one, as words of one character.
//! - *overlay*: the words that a caller added to the dictionary.
//!
//! Each file imports only from files in lower rows:
//!
//! | file | its job |
//! |---|---|
//! | `cutter.rs` | cuts bytes: what stays whole, text, and invalid UTF-8 |
//! | `keywords/` | finds the keywords of a text |
//! | `folded.rs` | adds the words of a dictionary with small letters |
//! | `jieba.rs` | `Core`: a dictionary, and the kind of CPU whose code cuts with it |
//! | `dispatch.rs` | chooses the code for this CPU |
//! | `cut.rs` | takes a text piece by piece through the passes |
//! | `scratch.rs` | the buffers of all passes |
//! | `modes/` | exact, search and full mode |
//! | `unknown/` | finds words that are in no dictionary |
//! | `passes/` | the passes all modes share: characters, words, route |
//! | `tags/` | parts of speech, and the model that guesses them |
//! | `compiled/` | reads, writes and checks dictionary files |
//! | `listing.rs` | lists the words of a dictionary, and the tags that tokens can have |
//! | `kernel/` | the inner loops, for each kind of CPU |
//! | `dictionary.rs` | a dictionary: tables and added words |
//! | `chain.rs` | the loop that finds the best route |
//! | `overlay.rs` | added words |
//! | `merge/` | moves many added words into the tables |
//! | `hmm.rs` | the hidden Markov model |
//! | `piece.rs` | what the passes hand to the modes |
//! | `tables.rs` | the tables of a dictionary, and the built-in tables |
//! | `builder/` | makes the tables of a dictionary |
//! | `options.rs`, `token.rs` | the options of a cut, and the tokens that it gives |
//! | `vocabulary.rs` | numbers words, to count them |
//! | `side_by_side.rs` | does a few pieces of work at the same time |
//! | `keep/` | finds what stays whole before cutting: words with symbols, and patterns |
//! | `protect.rs` | finds words with spaces or symbols |
//! | `limit.rs` | the error for too many words |
//!
//! Every array is flat and reused, so nothing is allocated per line or per piece. Every pass takes
//! time linear in the length of the piece. A piece never ends inside a block, so only an unusually
//! long block makes a piece long. If a piece has very many edges, the route is found with the edges of
//! 64 characters at a time, and later passes look single words up. So memory does not grow with the
//! number of edges, except in full mode, where each edge is a token.

mod builder;
mod chain;
pub mod compiled;
mod cut;
mod cutter;
mod dictionary;
mod dispatch;
mod folded;
mod hmm;
mod jieba;
mod keep;
mod kernel;
pub mod keywords;
mod limit;
mod listing;
mod merge;
mod modes;
mod options;
mod overlay;
mod passes;
mod piece;
mod protect;
mod scratch;
mod side_by_side;
mod tables;
mod tags;
#[cfg(test)]
mod tests;
mod token;
mod unknown;
mod vocabulary;

pub use builder::codes::is_block_character;
pub use cutter::{Cutter, InvalidBytes};
pub use dictionary::Dictionary;
pub use dispatch::CpuKind;
pub use jieba::Core;
pub use keep::{BadPattern, Kind, Patterns, Protected};
pub use limit::LimitExceeded;
pub use listing::{Listed, Origin};
pub use options::{Compat, Mode, Options};
pub use scratch::Scratch;
pub use side_by_side::side_by_side;
pub use token::{Tag, Token, ends_line};
pub use vocabulary::{Vocabulary, Word};
