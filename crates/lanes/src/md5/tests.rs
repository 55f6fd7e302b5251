//! Tests every MD5 kernel that this machine supports, through the public interface. The expected
//! digests come from the md-5 crate. [`check_kernel`] tests one kernel. `tests/inside.rs` tests the
//! internals.

use md5::{Digest, Md5};
use proptest::prelude::*;

use super::lanes::BLOCK;
use super::{Input, Kernel, State, update};
use crate::schedule::MAX_LANES;
use crate::testing::bytes;

mod inside;

/// The number of random cases in each test. It is small, because debug builds call a function for
/// every vector instruction, and Miri takes a thousand times as long.
const CASES: u32 = if cfg!(miri) { 1 } else { 48 };

fn hex(digest: [u8; 16]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn expected(data: &[u8]) -> [u8; 16] {
    Md5::digest(data).into()
}

/// The digests of `streams`, computed by one call of [`update`].
fn digests(kernel: Kernel, streams: &[Vec<u8>]) -> Vec<[u8; 16]> {
    let mut states = vec![State::new(); streams.len()];
    let mut inputs: Vec<_> = states
        .iter_mut()
        .zip(streams)
        .map(|(state, data)| Input { state, data, last: true })
        .collect();
    update(kernel, &mut inputs);
    states.iter().map(State::digest).collect()
}

/// Checks that one call of [`update`] gives the same digests as the md-5 crate.
fn check(kernel: Kernel, streams: &[Vec<u8>]) {
    let lengths = || streams.iter().map(Vec::len).collect::<Vec<_>>();
    for (index, (digest, data)) in digests(kernel, streams).iter().zip(streams).enumerate() {
        let name = kernel.name();
        assert_eq!(*digest, expected(data), "{name}, stream {index} of lengths {:?}", lengths());
    }
}

/// Hashes the streams in several calls of [`update`], so that the streams end in different calls,
/// and compares the digests with the md-5 crate. Call `n` gets `cuts[s][n]` whole blocks of stream
/// `s`. The call after the last cut of a stream gets the rest of the stream.
fn check_in_parts(kernel: Kernel, streams: &[Vec<u8>], cuts: &[Vec<usize>]) {
    let mut states = vec![State::new(); streams.len()];
    let mut rests: Vec<Option<&[u8]>> = streams.iter().map(|data| Some(&data[..])).collect();
    for n in 0.. {
        let mut inputs = Vec::new();
        for ((state, rest), cuts) in states.iter_mut().zip(&mut rests).zip(cuts) {
            let Some(data) = rest.take() else { continue };
            if let Some(blocks) = cuts.get(n) {
                let (data, later) = data.split_at((blocks * BLOCK).min(data.len() / 64 * 64));
                *rest = Some(later);
                inputs.push(Input { state, data, last: false });
            } else {
                inputs.push(Input { state, data, last: true });
            }
        }
        if inputs.is_empty() {
            break;
        }
        update(kernel, &mut inputs);
    }
    for (index, (state, data)) in states.iter().zip(streams).enumerate() {
        assert_eq!(state.digest(), expected(data), "{}, stream {index}", kernel.name());
    }
}

/// Runs all checks on the kernel with this name. Skips them if this machine does not support it.
fn check_kernel(name: &str) {
    let Some(kernel) = Kernel::by_name(name) else {
        eprintln!("skipped: this machine does not support {name}");
        return;
    };
    assert_eq!(kernel.name(), name);
    rfc_vectors(kernel);
    if cfg!(miri) {
        return;
    }
    for count in 0..=40 {
        check(kernel, &(0..count).map(|i| bytes(i, 130)).collect::<Vec<_>>());
        check(kernel, &(0..count).map(|i| bytes(i, i * i * 7 % 1000)).collect::<Vec<_>>());
    }
    every_length_in_every_lane(kernel);
    around_block_ends(kernel);
    long_and_short(kernel);
    parts(kernel);
}

/// Checks the test vectors of RFC 1321, section A.5.
fn rfc_vectors(kernel: Kernel) {
    let vectors = [
        ("", "d41d8cd98f00b204e9800998ecf8427e"),
        ("a", "0cc175b9c0f1b6a831c399e269772661"),
        ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
        (
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            "d174ab98d277d9f5a5611c2c9f419d9f",
        ),
        (
            "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
            "57edf4a22be3c955ac49da2e2107b67a",
        ),
    ];
    let streams = vectors.map(|(text, _)| text.as_bytes().to_vec());
    for (digest, (text, hash)) in digests(kernel, &streams).into_iter().zip(vectors) {
        assert_eq!(hex(digest), hash, "{}: {text}, with the others", kernel.name());
    }
    for (text, hash) in vectors {
        let alone = digests(kernel, &[text.as_bytes().to_vec()]);
        assert_eq!(hex(alone[0]), hash, "{}: {text}, alone", kernel.name());
        // The same text in every lane.
        for digest in digests(kernel, &vec![text.as_bytes().to_vec(); kernel.lanes()]) {
            assert_eq!(hex(digest), hash, "{}: {text}, many times", kernel.name());
        }
    }
}

fn every_length_in_every_lane(kernel: Kernel) {
    let data: Vec<_> = (0..=300).map(|length| bytes(length, length)).collect();
    let answers: Vec<_> = data.iter().map(|data| expected(data)).collect();
    for length in 0..=300 {
        for lane in 0..kernel.lanes() {
            let other = |i: usize| {
                if i == lane { length } else { (length + i * 37 + lane) % 301 }
            };
            let lengths: Vec<_> = (0..kernel.lanes()).map(other).collect();
            let streams: Vec<_> = lengths.iter().map(|&length| data[length].clone()).collect();
            for (digest, length) in digests(kernel, &streams).iter().zip(&lengths) {
                assert_eq!(*digest, answers[*length], "{}: {lengths:?}", kernel.name());
            }
        }
    }
}

fn around_block_ends(kernel: Kernel) {
    let lengths = [55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 183, 184, 192];
    for count in [1, 2, 3, kernel.lanes(), 2 * kernel.lanes() + 3] {
        for length in lengths {
            check(kernel, &(0..count).map(|i| bytes(i, length)).collect::<Vec<_>>());
        }
        let mixed = (0..count).map(|i| bytes(i, lengths[i % lengths.len()]));
        check(kernel, &mixed.collect::<Vec<_>>());
    }
}

fn long_and_short(kernel: Kernel) {
    for count in [2, 9, 17, 33, 100] {
        for long in [0, 1, count / 2, count - 1] {
            let length = |i| if i == long { 20_000 } else { i * 29 % 200 };
            check(kernel, &(0..count).map(|i| bytes(i, length(i))).collect::<Vec<_>>());
        }
    }
}

fn parts(kernel: Kernel) {
    for count in [1, 2, 5, 16, 21, 40] {
        let streams: Vec<_> = (0..count).map(|i| bytes(i, i * 97 % 1500)).collect();
        let cuts: Vec<_> = (0..count).map(|i| (0..i % 7).map(|n| (n + i) % 4).collect()).collect();
        check_in_parts(kernel, &streams, &cuts);
    }
}

#[test]
fn avx512() {
    check_kernel("avx512");
}

#[test]
fn avx2() {
    check_kernel("avx2");
}

#[test]
fn sse2() {
    check_kernel("sse2");
}

#[test]
fn neon() {
    check_kernel("neon");
}

#[test]
fn scalar() {
    check_kernel("scalar");
}

#[test]
fn no_kernel_is_forgotten_above() {
    let names: Vec<_> = Kernel::available().map(Kernel::name).collect();
    assert!(
        names.iter().all(|name| ["avx512", "avx2", "sse2", "neon", "scalar"].contains(name)),
        "{names:?}"
    );
    assert!(names.contains(&"scalar"));
    assert_eq!(Kernel::best().name(), names[0]);
    assert_eq!(Kernel::by_name("avx3"), None);
    for kernel in Kernel::available() {
        assert!((1..=MAX_LANES).contains(&kernel.lanes()));
        assert_eq!(Kernel::by_name(kernel.name()), Some(kernel));
    }
}

#[test]
fn parts_may_end_within_blocks() {
    for kernel in Kernel::available() {
        for step in [1, 63, 65, 100] {
            let streams: Vec<_> = (0..3).map(|i| bytes(i, 200 + i * 56)).collect();
            let mut states = vec![State::new(); streams.len()];
            for start in (0..400).step_by(step) {
                let inputs = states.iter_mut().zip(&streams).map(|(state, data)| {
                    let part = start.min(data.len())..(start + step).min(data.len());
                    Input { state, data: &data[part], last: false }
                });
                update(kernel, &mut inputs.collect::<Vec<_>>());
            }
            let inputs = states.iter_mut().map(|state| Input { state, data: &[], last: true });
            update(kernel, &mut inputs.collect::<Vec<_>>());
            for (state, data) in states.iter().zip(&streams) {
                assert_eq!(state.digest(), expected(data), "{} by {step}", kernel.name());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) })]

    /// Hashes random mixtures of mostly short and a few long streams, in one call and in parts.
    #[test]
    fn mixtures(
        lengths in prop::collection::vec(
            prop_oneof![4 => 0_usize..300, 2 => 0_usize..2000, 1 => 0_usize..10_000], 0..70),
        cuts in prop::collection::vec(prop::collection::vec(0_usize..20, 0..5), 70),
    ) {
        let streams: Vec<_> = lengths.iter().enumerate().map(|(i, &n)| bytes(i, n)).collect();
        for kernel in Kernel::available() {
            check(kernel, &streams);
            check_in_parts(kernel, &streams, &cuts);
        }
    }
}
