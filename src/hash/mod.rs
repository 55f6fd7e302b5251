//! Computes digests of files, in the parallel pipeline, and of bytes in memory. Users of the
//! library begin with [`Hasher`] and [`Algorithm`].

pub(crate) mod again;
pub(crate) mod algorithms;
mod digesters;
pub(crate) mod digests;
pub(crate) mod file_digest;
mod hasher;
pub(crate) mod job;
mod laned;
pub(crate) mod packed;
mod table;
pub(crate) mod until;

pub use algorithms::{Algorithm, Set};
pub(crate) use batchproc_lanes::md5;
pub use digests::Digests;
pub use file_digest::FileDigest;
pub use hasher::{FileResult, Hasher, Results};
