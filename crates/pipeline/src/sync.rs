//! All that the pipeline uses to synchronize threads and to measure time: locks, condition
//! variables, atomics, threads and clocks. They are in one file so that a model checker can replace
//! them.
//!
//! The program uses those of the standard library. Tests in a build with `--cfg shuttle` use those
//! of the checker Shuttle, which runs one thread at a time and chooses which one. The checker also
//! chooses what the clock shows, so that a run that failed can be repeated.

#[cfg(all(test, shuttle))]
mod model;
#[cfg(not(all(test, shuttle)))]
mod system;

#[cfg(all(test, shuttle))]
pub(crate) use model::*;
#[cfg(not(all(test, shuttle)))]
pub(crate) use system::*;
