//! Chinese word segmentation. [`Segmenter`] cuts strings. The program cuts files like this:
//!
//! ```text
//! file ─encoding─► UTF-8 ─blocks─► block of lines ─cutter─► tokens ─filter─┬─► render: text, JSON
//!                                              (batchproc-jieba)          ├─► tally: word counts
//!                                                                         └─► keywords
//! ```
//!
//! `dictionary_files` and `dictionary_lines` read dictionaries in jieba's format. `job` combines
//! all this into a job that the pipeline runs.

pub(crate) mod blocks;
pub(crate) mod dictionary_files;
mod dictionary_lines;
pub(crate) mod encoding;
pub(crate) mod filter;
pub(crate) mod job;
mod load_error;
pub(crate) mod render;
mod segmenter;
pub(crate) mod tally;

pub use batchproc_jieba::keywords::Method;
pub use batchproc_jieba::{Compat, Mode, Options, Scratch, Tag, Token};
pub use load_error::LoadError;
pub use segmenter::{Builder, Segmenter, TooLong};
