//! One run of the program: what watches it, what counts it, what is shown of it, and how it ends.

pub mod console;
pub mod ending;
pub mod line_reports;
pub mod progress;
pub mod reporter;
pub mod session;
pub mod summary;
pub mod watch;
