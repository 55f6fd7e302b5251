//! Tools for the development of batchproc: fuzzers, comparisons with other programs, generated
//! trees.

pub mod random;
pub mod segmentation_fuzz;
