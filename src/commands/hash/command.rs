//! Identifies the command behind a FILE.partial: `--resume` continues one only if this digest is
//! the same.

use std::env;

use crate::cli::HashArgs;
use crate::hash::algorithms::Algorithm;
use crate::manifest::Form;

/// A digest of everything that the output depends on.
pub fn digest(
    arguments: &HashArgs,
    algorithms: &[Algorithm],
    keeps_algorithms: bool,
    form: Form,
    previous: Option<(u64, i128, u64)>,
) -> String {
    let HashArgs { input, zero, update, rehash, rehash_older_than, .. } = arguments;
    let all = format!(
        "{:?}",
        (
            env!("CARGO_PKG_VERSION"),
            env::current_dir().ok(),
            (algorithms, keeps_algorithms),
            form,
            input,
            zero,
            (update, previous, rehash, rehash_older_than),
            (&arguments.ignore, arguments.forget_left_out),
        )
    );
    blake3::hash(all.as_bytes()).to_hex().to_string()
}
