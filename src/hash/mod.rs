//! Digests, and the job that makes them of files. Programs that use the library need [`Hasher`] and
//! [`Algorithm`].

pub mod algorithms;
mod digesters;
pub mod digests;
pub mod file_digest;
mod hasher;
pub mod job;

pub use algorithms::Algorithm;
pub use batchproc_lanes::md5;
pub use digests::Digests;
pub use file_digest::FileDigest;
pub use hasher::{FileResult, Hasher, Results};
