//! Fuzzing on the stable toolchain: each target gets random bytes that were made of its seeds, and must
//! neither panic nor lose anything. A case depends on the seed and its number alone.
//!
//! `cargo test` runs a few hundred cases of each target. `just fuzz SECONDS` runs as many as fit into the
//! time, with a limit on memory. A case that fails is shown with its seed and its number:
//! `FUZZ_SEED=… FUZZ_CASE=…` runs it again. `FUZZ_SECONDS` is the time for each target, `FUZZ_SHOW=1` says
//! the number of each case before it runs, to find one that ends the process.

mod manifests;
mod random;
mod texts;
mod words;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use random::Random;

/// How many cases a target runs if no time is given.
const CASES: u64 = 400;

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name}: {value}")))
}

/// Runs `case` with the bytes of each case and more random numbers. The bytes are made of the seeds and
/// the tokens.
fn run(target: &str, seeds: &[Vec<u8>], tokens: &[&[u8]], case: impl Fn(&[u8], &mut Random)) {
    let (seed, only) = (number("FUZZ_SEED").unwrap_or(1), number("FUZZ_CASE"));
    let time = number("FUZZ_SECONDS").map(Duration::from_secs);
    let (begun, show) = (Instant::now(), env::var_os("FUZZ_SHOW").is_some());
    let mut done = 0;
    for index in only.unwrap_or(0).. {
        let over = match (only, time) {
            (Some(only), _) => index > only,
            (None, Some(time)) => begun.elapsed() >= time,
            (None, None) => index >= CASES,
        };
        if over {
            break;
        }
        if show {
            eprintln!("{target}: FUZZ_SEED={seed} FUZZ_CASE={index}");
        }
        let mut random = Random::new(seed, index);
        let bytes = random.mutate(seeds, tokens);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| case(&bytes, &mut random))) {
            eprintln!("{target}: FUZZ_SEED={seed} FUZZ_CASE={index}: {}", bytes.escape_ascii());
            std::panic::resume_unwind(panic);
        }
        done += 1;
    }
    if time.is_some() {
        println!("{target}: {done} cases of seed {seed} in {} s", begun.elapsed().as_secs());
    }
}
