//! What `check` and `audit` conclude from an entry of a manifest and the digests of a file.

pub mod audit;
pub mod check;
pub mod lines;
