//! Compares two trees, each of which is a directory or a manifest:
//!
//! ```text
//!  directory ──► look ──┐
//!  manifest ──► entries ┴─► side ─┐
//!                                 ├─► plan: what must be read ──► read ──► judge ──► verdicts
//!                           side ─┘
//! ```
//!
//! Names are compared below the root of each side. Files with one name and different sizes differ,
//! so they are not read. A file that only one side has is read only if the other side has a file of
//! its size, because only then can it have been moved or copied. Both sides are in memory: about 60 bytes for
//! each entry of a manifest and 110 for each file of a directory, and its name and digest.

pub mod judge;
pub mod pairs;
pub mod plan;
pub mod results;
pub mod side;
