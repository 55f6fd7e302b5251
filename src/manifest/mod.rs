//! Manifests: lists of files with their digests, written by this program or by others. Manifests
//! are read line by line. Every line shows its own form (such as JSON), except that CSV needs a
//! header. A malformed line is reported with its number, and reading goes on with the next line.
//!
//! ```text
//!  bytes ──► lines ──► records (gnu, csv, …) ──► entries (all digests of a file)
//! ```

mod arena;
pub mod contents;
pub mod crowds;
pub mod differences;
mod entry;
pub mod forms;
pub mod held;
pub mod index;
pub mod judge;
pub mod lines;
mod merged;
pub mod names;
mod numbers;
mod options;
pub mod order;
mod records;
mod renames;
pub mod roots;
pub mod seal;
pub mod sealed;
pub mod spelling;
mod store;
mod untagged;
mod watch;

#[cfg(test)]
mod tests;

pub use entry::{Accept, Entry, Form, Problem};
pub use forms::json::UNREAD;
pub use forms::{Format, NAMELESS, Record, Writing};
pub use merged::Entries;
pub use options::ReadOptions;
pub use records::Records;
pub use renames::Renames;
pub use store::View;

/// What is said about a manifest that lists nothing, as by md5sum.
pub const LISTS_NOTHING: &str = "no properly formatted checksum lines found";
