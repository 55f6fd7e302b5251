//! Chinese word segmentation. [`Segmenter`] cuts strings. The program cuts files like this:
//!
//! ```text
//! file ─encoding─► UTF-8 ─blocks─► block of lines ─cutter─► tokens ─filter─┬─► render: text, JSON
//!                                              (batchproc-jieba)          ├─► tally: word counts
//!                                                                         └─► file_words: keywords
//! ```
//!
//! With `fields`, only one field of each record of a block is cut, and gets back into the block.
//!
//! `side_files` reads dictionaries and lists as text. `dictionary_files`, `dictionary_lines` and
//! `python_lines` read dictionaries in jieba's format, and `notes` tells what is odd in them. `job`
//! combines all this into a job that the pipeline runs.

pub(crate) mod blocks;
mod characters;
pub(crate) mod dictionary_files;
mod dictionary_lines;
pub(crate) mod encoding;
pub(crate) mod fields;
pub(crate) mod file_words;
pub(crate) mod filter;
pub(crate) mod job;
mod load_error;
mod notes;
mod python_lines;
pub(crate) mod render;
mod segmenter;
pub(crate) mod side_files;
pub(crate) mod slots;
mod stop_words;
pub(crate) mod tally;
mod unwanted;

pub use batchproc_jieba::keywords::Method;
pub use batchproc_jieba::{Compat, Mode, Options, Scratch, Tag, Token};
pub use filter::Filter;
pub use load_error::LoadError;
pub use segmenter::{Builder, Segmenter, TooLong};
