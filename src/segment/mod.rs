//! Chinese word segmentation: from files to tokens, and from tokens to lines of output.
//!
//! ```text
//! file ─encoding─► UTF-8 ─blocks─► block of lines ─cutter─► tokens ─filter─► render: text, JSON
//!                                                  (core)                    tally: counts, keywords
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`core`] | cuts text into tokens, and finds keywords among them |
//! | [`dictionary_files`] | dictionaries in jieba's format |
//! | [`encoding`] | text in other encodings |
//! | [`blocks`] | where a text may be divided |
//! | [`filter`] | which tokens are left out |
//! | [`render`] | tokens as lines of text or JSON |
//! | [`tally`] | word frequencies |
//! | [`job`] | all that as a job of the pipeline |

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
