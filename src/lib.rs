//! The library under the `batchproc` program.
//!
//! Dependencies run one way, from the top of this list to its bottom:
//!
//! | module | what it holds |
//! |---|---|
//! | [`cli`], [`config`] | what was typed, and what that means on this machine |
//! | [`commands`] | one file per command: wiring only |
//! | [`watch`], [`summary`] | signals and progress while a run goes on, the account at its end |
//! | [`manifest`] | manifests as they are read |
//! | [`hash`], [`segment`], [`input`], [`report`] | digests; words; names and files; forms of output |
//! | [`progress`], [`console`], [`error`] | counters, standard error, failures and exit codes |
//! | [`retry`], [`open_files`], [`system`] | interrupted calls; descriptors; the process itself |
//! | [`pipeline`] | source, readers, workers and sink; knows nothing of the above |

pub mod cli;
pub mod commands;
pub mod error;
pub mod escape;
pub mod files;
pub mod hash;
pub mod manifest;
pub mod marks;
pub mod output;
pub mod retry;
pub mod run;
pub mod segment;
pub mod stamp;
pub mod update;
pub mod verify;

pub use batchproc_pipeline as pipeline;
