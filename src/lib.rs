//! Batch work on files, on all cores, in order, with bounded memory: digests, their comparison with
//! manifests, and Chinese word segmentation. This is the library under the program `batchproc`.
//!
//! - [`hash`]: [`Hasher`](hash::Hasher) computes digests of files, trees and bytes.
//! - [`verify`]: [`check`](verify::check) and [`audit`](verify::audit) compare files with a manifest.
//! - [`segment`]: [`Segmenter`](segment::Segmenter) cuts Chinese text into words, as jieba does.
//! - [`pipeline`]: the machine under all of them, for work of your own.
//!
//! ```
//! use batchproc::files::WalkRules;
//! use batchproc::hash::{Algorithm, Hasher};
//!
//! let hasher = Hasher::new([Algorithm::MD5]);
//! for result in hasher.tree("src", &WalkRules::default()) {
//!     match result {
//!         Ok(file) => println!("{}  {}", file.digests.hex(Algorithm::MD5).unwrap(), file.path.display()),
//!         Err(error) => eprintln!("{error}"),
//!     }
//! }
//! ```
//!
//! Nothing here handles signals, writes to standard error or starts a log. Results come in the order of the
//! input or as they are made ([`pipeline::Order`]). A file that cannot be read is a result of its own; a run
//! is never ended by one.
//!
//! The feature `cli`, on by default, brings the program; the library does without it.

#![forbid(unsafe_code)]
// What the rooms have for the program alone.
#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports))]

mod error;
mod escape;
pub mod files;
pub mod hash;
mod manifest;
mod marks;
mod retry;
pub mod segment;
mod stamp;
mod verdict;
pub mod verify;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "cli")]
mod commands;
#[cfg(feature = "cli")]
mod output;
#[cfg(feature = "cli")]
mod run;
#[cfg(feature = "cli")]
mod update;

pub use batchproc_pipeline as pipeline;
pub use error::FileError;
pub use stamp::Stamp;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub use commands::main;
