//! Batch work on files: digests, comparison of files with manifests, and Chinese word segmentation.
//! It uses all cores, keeps the order of the input and bounds its memory. The program `batchproc`
//! is built on this library.
//!
//! - [`hash`]: [`Hasher`](hash::Hasher) computes digests of files, trees and bytes.
//! - [`verify`]: [`check`](verify::check) and [`audit`](verify::audit) compare files with a manifest.
//! - [`segment`]: [`Segmenter`](segment::Segmenter) cuts Chinese text into words, as jieba does.
//! - [`pipeline`]: the parallel pipeline that runs all of these, and can run your own jobs.
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
//! The library handles no signals (but see [`Hasher::map_files`](hash::Hasher::map_files)), writes nothing to standard error and starts no log. Results come
//! in the order of the input, or as soon as each one is ready ([`pipeline::Order`]). A file that
//! cannot be read gives an error in place of its result; the run goes on.
//!
//! The feature `cli`, which is on by default, adds the code of the program. Without this feature
//! the library is complete, except for `Hasher::map_files`, which is behind the feature `map-files`.

#![forbid(unsafe_code)]
// Some items are used by the program only. Without the program they would cause warnings.
#![cfg_attr(not(feature = "cli"), allow(dead_code, unused_imports))]

mod compression;
mod error;
mod escape;
pub mod files;
pub mod hash;
mod manifest;
mod marks;
mod retry;
pub mod segment;
mod stamp;
#[cfg(test)]
mod tests;
mod verdict;
pub mod verify;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "cli")]
mod commands;
#[cfg(feature = "cli")]
mod diff;
#[cfg(feature = "cli")]
mod dups;
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
