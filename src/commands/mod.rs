//! The commands: wiring only. `resolve` turns what was typed into values for this machine.

pub mod audit;
pub mod check;
pub mod dict;
pub mod hash;
mod keep;
mod resolve;
pub mod segment;
