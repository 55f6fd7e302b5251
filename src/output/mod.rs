//! Where results go: to standard output, or to a file that is replaced only when all is written.
//!
//! ```text
//!  place (what a name turns out to be) ──► target ──► temporary, or partial if it can be resumed
//!                                          directory (a file for each input)
//! ```

pub mod destination;
pub mod directory;
pub mod partial;
pub mod target;
pub mod temporary;

pub use target::{Output, StartedOutput, WriteError};
