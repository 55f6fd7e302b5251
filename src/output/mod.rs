//! Outputs: standard output, files that are replaced only when the whole result has been written,
//! and directories of results.
//!
//! ```text
//!  destination (what a name stands for) ──► target ──► temporary, or partial if it can be resumed
//!                                       └─► directory (one file for each input)
//! ```

pub mod destination;
pub mod directory;
pub mod partial;
pub mod target;
pub mod temporary;

pub use target::{Output, StartedOutput, WriteError};
