//! batchproc
pub mod pipeline;
