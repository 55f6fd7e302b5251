//! Compares the digests of random mixtures of streams with those of the md-5 crate, for every
//! kernel of this machine. Stops with an error at the first difference and prints how to reproduce
//! it.
//!
//!     cargo run --release --package batchproc-tools --bin fuzz_md5 -- SEED MIXTURES

use std::env;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;

use batchproc_lanes::md5::{Input, Kernel, State, update};
use batchproc_tools::random::Random;
use md5::{Digest, Md5};

/// Whether the digests of one mixture of streams agree with those of the md-5 crate. The streams
/// have random lengths. Each update advances several of them by random steps.
fn agrees(seed: u64, bytes: &[u8], kernels: &[Kernel]) -> bool {
    let random = &mut Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let kernel = kernels[random.below(kernels.len())];
    let most = [3, 12, 30, 60][random.below(4)];
    let streams = 1 + random.below(most);
    let data: Vec<&[u8]> = (0..streams)
        .map(|_| {
            let length = random.length();
            let start = random.below(bytes.len() - length);
            &bytes[start..][..length]
        })
        .collect();
    let mut states = vec![State::new(); streams];
    let mut done = vec![0; streams];
    let mut left = streams;
    while left > 0 {
        let mut inputs = Vec::new();
        for ((state, done), data) in states.iter_mut().zip(&mut done).zip(&data) {
            if *done > data.len() || random.below(4) == 0 {
                continue;
            }
            let rest = &data[*done..];
            let last = random.below(3) > 0 || rest.len() < 64;
            let step = if last { rest.len() } else { random.below(rest.len() / 64 + 1) * 64 };
            // A stream that has ended counts as one byte more than its length, so that later
            // updates skip it.
            *done += step + usize::from(last);
            left -= usize::from(last);
            inputs.push(Input { state, data: &rest[..step], last });
        }
        update(kernel, &mut inputs);
    }
    let same = |(state, data): (&State, &&[u8])| state.digest()[..] == Md5::digest(data)[..];
    states.iter().zip(&data).all(same)
}

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1).map(|argument| argument.parse::<u64>());
    let (Some(Ok(seed)), Some(Ok(mixtures))) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: fuzz_md5 SEED MIXTURES");
        return ExitCode::from(2);
    };
    let random = &mut Random(seed | 1);
    let bytes: Vec<u8> = (0..100_000).map(|_| random.next() as u8).collect();
    let kernels: Vec<Kernel> = Kernel::available().collect();
    let (next, failed) = (AtomicU64::new(0), AtomicBool::new(false));
    let work = || {
        while !failed.load(Relaxed) {
            let number = next.fetch_add(1, Relaxed);
            if number >= mixtures {
                return;
            }
            if !agrees(seed.wrapping_add(number), &bytes, &kernels) {
                failed.store(true, Relaxed);
                eprintln!(
                    "mixture {number} of seed {seed} differs from the md-5 crate; \
                     to repeat this, run fuzz_md5 {seed} {}",
                    number + 1
                );
            }
        }
    };
    thread::scope(|threads| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            threads.spawn(work);
        }
    });
    if failed.into_inner() {
        return ExitCode::FAILURE;
    }
    println!("{mixtures} mixtures agree with the md-5 crate");
    ExitCode::SUCCESS
}
