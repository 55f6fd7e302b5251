//! Computes a digest of the command line. It is stored beside FILE.partial, the unfinished output.
//! `--resume` continues this file only if the current command line has the same digest.

use std::env;

use crate::cli::HashArgs;
use crate::hash::again::Changed;
use crate::hash::algorithms::Algorithm;
use crate::manifest::Form;

/// Returns a digest of everything in the command that the output depends on.
pub fn digest(
    arguments: &HashArgs,
    algorithms: &[Algorithm],
    keeps_algorithms: bool,
    (form, links): (Form, bool),
    previous: Option<(u64, i128, u64)>,
) -> String {
    let HashArgs { input, zero, update, rehash, rehash_older_than, .. } = arguments;
    let all = format!(
        "{:?}",
        (
            env!("CARGO_PKG_VERSION"),
            env::current_dir().ok(),
            (algorithms, keeps_algorithms),
            (form, links),
            input,
            (zero, arguments.seal || arguments.verify.require_seal),
            arguments.changed.changed == Changed::Mark,
            (update, previous, rehash, rehash_older_than),
            (&arguments.ignore, arguments.forget_left_out),
            arguments.shard.shard,
        )
    );
    blake3::hash(all.as_bytes()).to_hex().to_string()
}
