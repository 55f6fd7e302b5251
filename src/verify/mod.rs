//! Compares files with manifests. [`check()`] reads the files that a manifest lists; [`audit()`]
//! reads all files of a tree.
//!
//! A manifest may have any form that the program reads: md5sum lines, tagged (BSD) lines, JSON Lines or CSV.

mod audit;
mod check;
mod options;
#[cfg(test)]
mod tests;

pub use crate::verdict::audit::Verdict as AuditVerdict;
pub use audit::{Audited, audit};
pub use check::{Checked, Verdict, check};
pub use options::Options;
