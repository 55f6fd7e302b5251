//! `hash --update` and `--resume`: what an earlier run knew, and what need not be read again for it.
//!
//! ```text
//!  names ──► join (with previous) ──► resume ──► unchanged ──► pipeline
//! ```

pub mod join;
pub mod known;
pub mod previous;
pub mod resume;
pub mod unchanged;
