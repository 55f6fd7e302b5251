//! Files compared with manifests: [`check`] takes the names of the manifest, [`audit`] those of a tree.
//!
//! A manifest may be of any form that the program reads: the lines of md5sum and its relatives, tagged
//! lines, JSON Lines, CSV.

mod audit;
mod check;
mod options;

pub use crate::verdict::audit::Verdict as AuditVerdict;
pub use audit::{Audited, audit};
pub use check::{Checked, Verdict, check};
pub use options::Options;
