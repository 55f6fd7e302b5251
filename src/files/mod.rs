//! What is read: names from arguments, walks and lists, and the files behind them.
//!
//! ```text
//!  arguments ──► walk ──► tree (with rules, globs, ignored)   ──► items ──► open
//!            └─► list
//! ```

pub mod arguments;
pub mod globs;
mod ignored;
pub mod item;
pub mod list;
pub mod open;
mod patience;
pub mod present;
pub mod rules;
mod siblings;
pub mod stdin;
mod tree;
pub mod walk;

pub use item::{Found, Item, Origin, Refused, Skip};
pub use rules::WalkRules;
