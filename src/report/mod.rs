//! Where results go.

pub mod output;
pub mod partial;
pub mod place;
pub mod temporary;
pub mod verdict;
