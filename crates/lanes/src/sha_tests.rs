//! The tests that the SHA algorithms have in common, of every kernel that this machine can run. The
//! expected digests come from the crates sha1 and sha2.

/// Makes the tests of the algorithm in the module `super`, which the type `$crate_digest` of a crate
/// computes too. `$names` are the names of all kernels that the algorithm has.
macro_rules! sha_tests {
    ($crate_digest:ty, $block:literal, $names:expr) => {
        use proptest::prelude::*;
        #[allow(unused_imports)]
        use sha2::Digest;

        use super::{Input, Kernel, State, update};
        use crate::testing::bytes;

        /// The number of random cases in each test. It is small under Miri, which takes a thousand
        /// times as long.
        const CASES: u32 = if cfg!(miri) { 1 } else { 100 };

        /// Hashes streams with every kernel, in several calls of [`update`], and compares the
        /// digests with those of the crate. Each call but the last gets `step` bytes of every
        /// stream that has so many left.
        fn check(streams: &[Vec<u8>], step: usize) {
            for kernel in Kernel::available() {
                let mut states = vec![State::new(); streams.len()];
                let mut rests: Vec<_> =
                    states.iter_mut().zip(streams).map(|(s, d)| (s, &d[..])).collect();
                while !rests.is_empty() {
                    let mut inputs = Vec::new();
                    let mut later = Vec::new();
                    for (state, data) in &mut rests {
                        let last = data.len() <= step;
                        let (now, rest) = data.split_at(data.len().min(step));
                        inputs.push(Input { state, data: now, last });
                        later.push((last, rest));
                    }
                    update(kernel, &mut inputs);
                    let kept = rests.into_iter().zip(later).filter(|(_, (last, _))| !last);
                    rests = kept.map(|((state, _), (_, rest))| (state, rest)).collect();
                }
                for (index, (state, data)) in states.iter().zip(streams).enumerate() {
                    let expected = <$crate_digest>::digest(data);
                    assert_eq!(state.digest()[..], expected[..], "{}, {index}", kernel.name());
                }
            }
        }

        /// Checks published digests, all in one call.
        fn check_examples(examples: &[(&[u8], &str)]) {
            for kernel in Kernel::available() {
                let mut states = vec![State::new(); examples.len()];
                let inputs = states.iter_mut().zip(examples);
                let mut inputs: Vec<_> =
                    inputs.map(|(state, (data, _))| Input { state, data, last: true }).collect();
                update(kernel, &mut inputs);
                for (state, (_, expected)) in states.iter().zip(examples) {
                    let hex: String =
                        state.digest().iter().map(|byte| format!("{byte:02x}")).collect();
                    assert_eq!(hex, *expected, "{}", kernel.name());
                }
            }
        }

        /// All numbers of streams around the widths, with all lengths around the ends of blocks.
        #[test]
        fn lengths_around_the_ends_of_blocks() {
            let lengths =
                if cfg!(miri) { $block * 7 / 8 - 1..$block * 7 / 8 + 1 } else { 0..2 * $block + 2 };
            let counts = if cfg!(miri) { vec![9] } else { (0..10).chain([16, 17, 33]).collect() };
            for &count in &counts {
                for length in lengths.clone() {
                    check(
                        &(0..count).map(|i| bytes(i, length + i)).collect::<Vec<_>>(),
                        usize::MAX,
                    );
                }
            }
        }

        #[test]
        fn every_kernel_has_a_name_and_the_best_is_the_first() {
            let all: &[&str] = &$names;
            for kernel in Kernel::available() {
                assert_eq!(Kernel::by_name(kernel.name()), Some(kernel));
                assert!(all.contains(&kernel.name()), "{kernel:?}");
                assert!((1..=crate::schedule::MAX_LANES).contains(&kernel.lanes()));
            }
            assert_eq!(Some(Kernel::best()), Kernel::available().next());
            assert_eq!(Kernel::available().last(), Some(Kernel::single()));
            assert_eq!(Kernel::by_name("none"), None);
        }

        proptest! {
            #![proptest_config(ProptestConfig {
                failure_persistence: None, ..ProptestConfig::with_cases(CASES)
            })]

            /// The parts end within blocks, too.
            #[test]
            fn any_streams_in_any_parts(
                lengths in prop::collection::vec(
                    prop_oneof![4 => 0..200_usize, 2 => 0..3000_usize, 1 => 0..10_000_usize],
                    0..40,
                ),
                blocks in 1..20_usize,
                odd in prop_oneof![Just(0_usize), Just($block / 2), 0_usize..$block],
                seed in 0..1_000_000_usize,
            ) {
                let streams: Vec<_> =
                    lengths.iter().enumerate().map(|(i, &length)| bytes(seed + i, length)).collect();
                check(&streams, blocks * $block + odd);
            }
        }
    };
}

pub(crate) use sha_tests;
