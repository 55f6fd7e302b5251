//! Finds files with the same content. A file is read only as far as that is needed to tell it from
//! the others:
//!
//! ```text
//!  names ──► look: size ──► same size? ──► prefix: first bytes ──► the same? ──► whole ──► groups
//!  manifests ─────────────────────────── listed: their digests ──────────────────────────┘
//! ```
//!
//! Each stage is a run of the pipeline. A file whose size no other file has is never opened. Small
//! files are read whole at once, so that each of them is opened only once. A digest of the whole
//! content decides; the digest of the first bytes only leaves files out.
//!
//! Everything that must be kept until the end is in flat tables: for each file its name and 64 bytes
//! ([`table`]), and for each file of which another file has the size up to 100 bytes more. The
//! entries of manifests stay where they were read, with 20 bytes more for each.

pub mod candidates;
pub mod files;
pub mod groups;
pub mod links;
pub mod listed;
pub mod look;
pub mod prefix;
pub mod render;
pub mod table;
