//! One run of the program: what watches it, what counts it, what is shown of it, and how it ends.

pub mod account;
pub mod console;
pub mod ending;
pub mod few;
pub mod progress;
pub mod session;
pub mod summary;
pub mod watch;
