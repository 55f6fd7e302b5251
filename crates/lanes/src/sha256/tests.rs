//! Tests every SHA-256 kernel that this machine can run. The expected digests come from the crate
//! sha2 and from the examples of NIST.

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::{BLOCK, Input, Kernel, State, update};
use crate::testing::bytes;

/// The number of random cases in each test. It is small under Miri, which takes a thousand times as
/// long.
const CASES: u32 = if cfg!(miri) { 1 } else { 100 };

/// Hashes streams with every kernel, in several calls of [`update`], and compares the digests with
/// those of the crate sha2. Each call but the last gets `step` blocks of every stream that has so
/// many left.
fn check(streams: &[Vec<u8>], step: usize) {
    for kernel in Kernel::available() {
        let mut states = vec![State::new(); streams.len()];
        let mut rests: Vec<_> = states.iter_mut().zip(streams).map(|(s, d)| (s, &d[..])).collect();
        while !rests.is_empty() {
            let mut inputs = Vec::new();
            let mut later = Vec::new();
            for (state, data) in &mut rests {
                let cut = step * BLOCK;
                let last = data.len() <= cut;
                let (now, rest) = data.split_at(data.len().min(cut));
                inputs.push(Input { state, data: now, last });
                later.push((last, rest));
            }
            update(kernel, &mut inputs);
            let kept = rests.into_iter().zip(later).filter(|(_, (last, _))| !last);
            rests = kept.map(|((state, _), (_, rest))| (state, rest)).collect();
        }
        for (index, (state, data)) in states.iter().zip(streams).enumerate() {
            let expected: [u8; 32] = Sha256::digest(data).into();
            assert_eq!(state.digest(), expected, "{}, stream {index}", kernel.name());
        }
    }
}

/// The examples of FIPS 180-4 that NIST publishes, and the digest of a million letters.
#[test]
fn examples_of_nist() {
    let million = vec![b'a'; if cfg!(miri) { 0 } else { 1_000_000 }];
    let examples = [
        (&b"abc"[..], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
        (&million, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ];
    for kernel in Kernel::available() {
        let mut states = vec![State::new(); examples.len()];
        let inputs = states.iter_mut().zip(examples);
        let mut inputs: Vec<_> =
            inputs.map(|(state, (data, _))| Input { state, data, last: true }).collect();
        update(kernel, &mut inputs);
        for (state, (data, expected)) in states.iter().zip(examples) {
            let hex: String = state.digest().iter().map(|byte| format!("{byte:02x}")).collect();
            if !(cfg!(miri) && data.is_empty()) {
                assert_eq!(hex, expected, "{}", kernel.name());
            }
        }
    }
}

/// All numbers of streams around the widths, with all lengths around the ends of blocks.
#[test]
fn lengths_around_the_ends_of_blocks() {
    let lengths = if cfg!(miri) { 55..57 } else { 0..130 };
    for count in 0..10 {
        for length in lengths.clone() {
            check(
                &(0..count).map(|i| bytes(i, length + i)).collect::<Vec<_>>(),
                usize::MAX / BLOCK,
            );
        }
    }
}

#[test]
fn the_best_kernel_has_a_name() {
    for kernel in Kernel::available() {
        assert_eq!(Kernel::by_name(kernel.name()), Some(kernel));
        assert!([1, 4].contains(&kernel.lanes()));
    }
    assert_eq!(Some(Kernel::best()), Kernel::available().next());
    assert_eq!(Kernel::by_name("none"), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) })]

    #[test]
    fn any_streams_in_any_parts(
        lengths in prop::collection::vec(prop_oneof![0..200_usize, 0..3000_usize], 0..14),
        step in 1..20_usize,
        seed in 0..1_000_000_usize,
    ) {
        let streams: Vec<_> =
            lengths.iter().enumerate().map(|(i, &length)| bytes(seed + i, length)).collect();
        check(&streams, step);
    }
}
