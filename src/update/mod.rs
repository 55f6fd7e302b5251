//! `hash --update` and `hash --resume`: both use the results of an earlier run, so that unchanged
//! files need not be read again.
//!
//! ```text
//!  names ──► join (with previous) ──► resume ──► unchanged ──► pipeline
//! ```
//! With a budget for reading, `unread` then says which unchanged files are read again.

pub mod join;
pub mod known;
pub mod previous;
pub mod resume;
pub mod unchanged;
pub mod unread;
