//! Chinese word segmentation: from files to tokens, and from tokens to lines of output.
//!
//! ```text
//! file ─encoding─► UTF-8 ─blocks─► block of lines ─cutter─► tokens ─filter─► render: text, JSON
//!                                                  (core, protect)           tally: counts, keywords
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`core`] | cuts text into tokens |
//! | [`dictionary`] | dictionaries in jieba's format |
//! | [`protect`] | words with spaces or symbols, found before cutting |
//! | [`cutter`] | core, protected words and invalid bytes together |
//! | [`encoding`] | text in other encodings |
//! | [`blocks`] | where a text may be divided |
//! | [`filter`] | which tokens are left out |
//! | [`render`] | tokens as lines of text or JSON |
//! | [`tally`], [`core::keywords`] | word frequencies; the words that tell most about a file |
//! | [`job`] | all that as a job of the pipeline |

pub mod blocks;
pub mod core;
pub mod cutter;
pub mod dictionary;
pub mod encoding;
pub mod filter;
pub mod job;
pub mod protect;
pub mod render;
pub mod tally;
