//! Digests, and the job that makes them of files.

pub mod job;
pub mod md5;
