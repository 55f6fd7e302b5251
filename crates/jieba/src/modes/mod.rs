//! The modes: which tokens are made of the words of a piece.

pub(crate) mod exact;
pub(crate) mod full;
pub(crate) mod search;
