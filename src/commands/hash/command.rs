//! A digest of the command that wrote a FILE.partial. `--resume` continues the file only if the digest
//! stored beside it is that of the current command.

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
