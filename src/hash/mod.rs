//! Digests, and the job that makes them of files.

pub mod algorithms;
mod digesters;
pub mod digests;
pub mod file_digest;
pub mod job;

pub use batchproc_lanes::md5;
