//! Chinese word segmentation.

pub mod core;
