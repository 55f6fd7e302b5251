//! The passes all modes share: from text to characters, words and the best way through them.

pub(crate) mod matches;
pub(crate) mod route;
pub(crate) mod scan;
