//! The modes: each one decides which tokens a piece of text gives.

pub(crate) mod exact;
pub(crate) mod full;
pub(crate) mod search;
