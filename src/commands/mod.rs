//! One file per command.

pub mod hash;
