//! Decides the verdicts of `check` and `audit` by comparing the entries of a manifest with the
//! digests of files.

mod assumed;
pub mod audit;
pub mod check;
pub mod hints;
pub mod lines;
mod links;
pub mod paths;
mod unread;
mod words;
