//! Prints the SHA-256 of every file below the directories in the arguments, as sha256sum does.
//!
//!     cargo run --release --example hash_files -- DIR...

use std::env;
use std::process::ExitCode;

use batchproc::files::WalkRules;
use batchproc::hash::{Algorithm, Hasher};

fn main() -> ExitCode {
    let sha256 = Algorithm::by_name("sha256").expect("the library knows SHA-256");
    let hasher = Hasher::new([sha256]);
    let mut failed = false;
    for directory in env::args_os().skip(1) {
        for result in hasher.tree(directory, &WalkRules::default()) {
            match result {
                Ok(file) => {
                    let digest = file.digests.hex(sha256).unwrap_or_default();
                    println!("{digest}  {}", file.path.display());
                }
                Err(error) => {
                    eprintln!("{error}");
                    failed = true;
                }
            }
        }
    }
    ExitCode::from(u8::from(failed))
}
