//! Manifests: lists of files with their digests, as we and other programs write them. They are
//! read as a stream, line by line, and each line says by itself what form it has; only CSV begins
//! with a header. What cannot be understood is told with its line and loses nothing else.
//!
//! ```text
//!  bytes ──► lines ──► records (gnu, bsd, json, csv) ──► entries (all digests of a file)
//! ```

mod entry;
pub mod forms;
pub mod held;
pub mod judge;
pub mod lines;
mod merged;
pub mod names;
pub mod order;
mod records;
pub mod roots;
pub mod spelling;

#[cfg(test)]
mod tests;

pub use entry::{Accept, Entry, Form, Problem};
pub use forms::{Format, Record, Writing};
pub use merged::Entries;
pub use records::Records;
