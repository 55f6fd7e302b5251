//! Finds words that are in no dictionary. It cuts the runs (neighbouring characters that the best
//! route takes one by one) with the hidden Markov model, and with rules for identifiers and
//! numbers.

pub(crate) mod identifiers;
pub(crate) mod runs;
pub(crate) mod short_runs;
