//! Chinese word segmentation. [`Segmenter`] cuts strings. The program cuts files like this:
//!
//! ```text
//! file ─encoding─► UTF-8 ─blocks─► block of lines ─cutter─► tokens ─filter─┬─► render: text, JSON
//!                                              (batchproc-jieba)          ├─► tally: word counts
//!                                                                         ├─► file_words: keywords
//!                                                                         └─► gather: both, for lines,
//!                                                                             files or all
//! ```
//!
//! With `records`, the lines of a block are first made clean. With `fields`, only one field of each record of
//! a block is cut, and gets back into the block. With `skip`, some lines are not cut. `pretokenized` takes the
//! place of the cutter if the text is cut already, and `origin` tells where a word comes from.
//! With `forms`, a `copy` of the block is cut, in which characters have another form, and the tokens are
//! moved back to the block.
//!
//! `side_files` reads dictionaries and lists as text. `dictionary_files`, `dictionary_lines` and
//! `python_lines` read dictionaries in jieba's format, and `notes` tells what is odd in them. `job`
//! combines all this into a job that the pipeline runs.

pub(crate) mod blocks;
mod characters;
mod copy;
mod cut_block;
mod cut_copy;
pub(crate) mod dictionary_files;
mod dictionary_lines;
pub(crate) mod dictionary_text;
pub(crate) mod documents;
pub(crate) mod encoding;
pub(crate) mod fields;
mod file_tally;
pub(crate) mod file_words;
pub(crate) mod filter;
pub(crate) mod forms;
pub(crate) mod gather;
pub(crate) mod idf_file;
pub(crate) mod job;
mod load_error;
mod notes;
pub(crate) mod origin;
mod outcome;
pub(crate) mod point;
mod pretokenized;
mod python_lines;
pub(crate) mod records;
pub(crate) mod render;
mod segmenter;
pub(crate) mod side_files;
pub(crate) mod skip;
pub(crate) mod slots;
mod stop_words;
pub(crate) mod tables;
pub(crate) mod tally;
mod unwanted;

pub use batchproc_jieba::keywords::Method;
pub use batchproc_jieba::{Compat, Mode, Options, Scratch, Tag, Token};
pub use filter::{Filter, Kinds};
pub use load_error::LoadError;
pub use segmenter::{Builder, Segmenter, TooLong};
