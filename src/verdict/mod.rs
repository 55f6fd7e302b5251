//! The verdicts of `check` and `audit`: they compare entries of a manifest with digests of files.

pub mod audit;
pub mod check;
pub mod lines;
