//! One run of the program: signals, counters, progress, messages and exit code.

pub mod console;
pub mod ending;
pub mod engine;
mod execution;
pub mod finish;
pub mod line_reports;
mod pipelines;
pub mod progress;
pub mod reporter;
pub mod session;
pub mod summary;
pub mod summary_file;
mod summary_forms;
pub mod watch;
