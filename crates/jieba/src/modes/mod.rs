//! The modes: which tokens a piece gives.

pub(crate) mod exact;
pub(crate) mod full;
pub(crate) mod search;
