//! Outputs: standard output, files that are replaced only when the whole result has been written,
//! and directories of results.
//!
//! ```text
//!  destination (what a name stands for) ──► target ──► temporary, or partial if it can be resumed
//!  directory (one file for each input) ──► result_file ──► temporary ──► batch (final names)
//! ```

pub mod batch;
pub mod beside;
mod collisions;
mod description;
pub mod destination;
pub mod directory;
mod inherited;
pub mod inside;
pub mod journal;
pub mod partial;
mod record;
pub mod result_file;
pub mod target;
pub mod temporary;
mod terminal;

pub use target::starting::{JournaledOutput, StartedOutput};
pub use target::{Output, WriteError};
