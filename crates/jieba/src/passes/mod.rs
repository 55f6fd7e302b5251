//! The passes that all modes share: from text to characters, words and the best route.

pub(crate) mod matches;
pub(crate) mod route;
pub(crate) mod scan;
