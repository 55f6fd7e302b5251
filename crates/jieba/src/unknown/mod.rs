//! Words that are in no dictionary: what the route left alone, cut with the hidden Markov model and by
//! what identifiers and numbers are like.

pub(crate) mod identifiers;
pub(crate) mod runs;
pub(crate) mod short_runs;
