//! The inputs of a run: the names of files, which come from arguments, directories and lists, and
//! the files themselves.
//!
//! ```text
//!  arguments ──► walk ──► tree (with rules, globs, gitignore)   ──► items ──► open
//!            └─► list
//! ```

pub(crate) mod arguments;
mod below;
pub(crate) mod beneath;
mod gitignore;
pub(crate) mod globs;
pub(crate) mod item;
pub(crate) mod limit;
pub(crate) mod link;
pub(crate) mod list;
mod listing;
pub(crate) mod long;
mod look;
pub(crate) mod mapping;
mod names;
pub(crate) mod no_atime;
pub(crate) mod open;
mod open_file;
pub(crate) mod page_cache;
pub(crate) mod pieces;
pub(crate) mod present;
mod retry_open;
pub(crate) mod rules;
mod runs;
mod seeks;
mod shard;
mod siblings;
pub(crate) mod stdin;
mod tree;
pub(crate) mod walk;

pub use globs::{GlobError, Globs};
pub(crate) use item::{Found, Item, Origin, Refused, Root, Skip};
pub use rules::WalkRules;
pub use shard::Shard;
