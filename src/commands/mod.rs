//! One file per command; what all of them need is in `inputs` and `session`.

pub mod audit;
pub mod check;
pub mod dict;
mod few;
pub mod hash;
mod inputs;
pub mod segment;
mod session;
