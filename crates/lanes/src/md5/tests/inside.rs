//! Tests of the internals. The compression functions are compared with [`naive`], which follows RFC
//! 1321 step by step. The scheduler runs with a simulated instruction set.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use proptest::prelude::*;

use super::super::lanes::{BLOCK, Block, Feed, SINES, Words};
use super::super::{Kernel, State, scalar};
use super::CASES;
use crate::schedule::{self, Engine, Job, MAX_LANES, Tier};
use crate::testing::bytes;

/// The compression function as RFC 1321, section 3.4, defines it.
fn naive(words: [u32; 4], block: &Block) -> [u32; 4] {
    const SHIFTS: [[u32; 4]; 4] =
        [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let x = |k: usize| u32::from_le_bytes(*block[4 * k..].first_chunk().unwrap());
    let [mut a, mut b, mut c, mut d] = words;
    for n in 0..64 {
        let (value, k) = match n / 16 {
            0 => ((b & c) | (!b & d), n),
            1 => ((b & d) | (c & !d), (5 * n + 1) % 16),
            2 => (b ^ c ^ d, (3 * n + 5) % 16),
            _ => (c ^ (b | !d), 7 * n % 16),
        };
        let sum = a.wrapping_add(value).wrapping_add(x(k)).wrapping_add(SINES[n]);
        (a, d, c) = (d, c, b);
        b = b.wrapping_add(sum.rotate_left(SHIFTS[n / 16][n % 4]));
    }
    [
        words[0].wrapping_add(a),
        words[1].wrapping_add(b),
        words[2].wrapping_add(c),
        words[3].wrapping_add(d),
    ]
}

#[test]
fn constants_are_sines() {
    for (n, sine) in (1..).zip(SINES) {
        assert_eq!(sine, (4_294_967_296.0 * f64::from(n).sin().abs()) as u32, "constant {n}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(CASES) })]

    /// Compares the compression function of every kernel, at every width, with [`naive`]. The
    /// chaining values before the blocks are random.
    #[test]
    fn compression_equals_the_naive_one(
        seed in 0_usize..1_000_000,
        start in prop::array::uniform4(prop::array::uniform24(any::<u32>())),
        count in 0_usize..5,
    ) {
        // Lane `l` has already processed `l % 3` blocks when the span of time begins that the
        // kernels must process.
        let blocks: Vec<_> = (0..MAX_LANES)
            .map(|lane| bytes(seed + lane, (count + lane % 3) * BLOCK))
            .collect();
        let feed = Feed {
            views: std::array::from_fn(|lane| blocks[lane].as_chunks().0),
            starts: std::array::from_fn(|lane| 2 - lane as u32 % 3),
        };
        let mut expected = start;
        for lane in 0..MAX_LANES {
            let mut words = start.map(|row| row[lane]);
            let before = words;
            let due = &feed.views[lane][lane % 3..];
            scalar::compress(&mut words, due);
            let by_naive = due.iter().fold(before, naive);
            prop_assert_eq!(words, by_naive, "scalar");
            for (row, word) in expected.iter_mut().zip(by_naive) {
                row[lane] = word;
            }
        }
        for kernel in Kernel::available() {
            let engine = kernel.engine();
            for tier in engine.tiers() {
                let mut words: Words = schedule::Words(start);
                engine.compress(tier.width, &mut words, &feed, 2..2 + count as u32);
                for (row, expected) in words.0.iter().zip(&expected) {
                    let width = tier.width;
                    prop_assert_eq!(&row[..width], &expected[..width], "{} {}", kernel.name(), width);
                }
            }
        }
    }

    /// Tests the scheduler alone, with random widths that no instruction set has.
    #[test]
    fn any_tiers(
        lengths in prop::collection::vec(prop_oneof![0_usize..8, 0_usize..100], 0..60),
        width in 1_usize..=MAX_LANES,
        fewest in 1_usize..=MAX_LANES,
        second in 1_usize..=MAX_LANES,
    ) {
        let tiers = vec![
            Tier { width, fewest: fewest.min(width) },
            Tier { width: second, fewest: 1.max(second / 2) },
        ];
        run_simulated(tiers, &lengths);
    }
}

/// A simulated instruction set. It counts its steps, each of which processes one block in every
/// lane.
struct Simulated {
    tiers: &'static [Tier],
    steps: AtomicUsize,
}

impl Engine<u32, 4, BLOCK> for Simulated {
    fn name(&self) -> &'static str {
        "simulated"
    }

    fn tiers(&self) -> &'static [Tier] {
        self.tiers
    }

    fn compress(&self, width: usize, words: &mut Words, feed: &Feed<'_>, span: Range<u32>) {
        self.steps.fetch_add(span.len(), Relaxed);
        for lane in 0..width {
            let start = feed.starts[lane];
            let range = (span.start - start) as usize..(span.end - start) as usize;
            let mut column = words.0.map(|row| row[lane]);
            scalar::compress(&mut column, &feed.views[lane][range]);
            for (row, word) in words.0.iter_mut().zip(column) {
                row[lane] = word;
            }
        }
    }

    fn compress_one(&self, words: &mut [u32; 4], blocks: &[Block]) {
        scalar::compress(words, blocks);
    }
}

/// Runs one job for each of these lengths (in blocks) with these tiers, checks the results, and
/// returns the number of steps of the simulated instruction set.
fn run_simulated(tiers: Vec<Tier>, lengths: &[usize]) -> usize {
    let data: Vec<_> = lengths.iter().enumerate().map(|(i, n)| bytes(i, n * BLOCK)).collect();
    let mut results = vec![State::new().as_mut().words; lengths.len()];
    let job = |(i, words): (usize, _)| {
        let blocks = data[i].as_chunks().0;
        // The tail of a job has 0 to 2 blocks.
        let (body, tail) = blocks.split_at(blocks.len() - blocks.len().min(i % 3));
        Job { words, body, tail, done: 0, goal: 0 }
    };
    let jobs = results.iter_mut().enumerate().map(job).collect();
    let engine = Simulated { tiers: tiers.leak(), steps: AtomicUsize::new(0) };
    schedule::run(&engine, jobs);
    for (i, words) in results.iter().enumerate() {
        let expected = data[i].as_chunks().0.iter().fold(State::new().as_mut().words, naive);
        assert_eq!(*words, expected, "stream {i} of {lengths:?}");
    }
    engine.steps.into_inner()
}

/// Counts the steps of an instruction set that has sixteen lanes or one. If the scheduler packs the
/// streams badly into the sixteen lanes, the blocks that remain are processed in the single lane.
/// That takes more steps but gives the same digests, so only the number of steps reveals the fault.
#[test]
#[cfg_attr(miri, ignore = "thousands of blocks take Miri too long")]
fn lanes_stay_filled() {
    let steps = |lengths: &[usize]| {
        let wide = Tier { width: 16, fewest: 11 };
        let narrow = Tier { width: 1, fewest: 1 };
        run_simulated(vec![wide, narrow], lengths)
    };
    // Seventeen equal streams take 17/16 of the steps of sixteen such streams.
    assert_eq!(steps(&[160; 17]), 170);
    // One long stream among 150 short ones. The short streams share 15 lanes, and the long stream
    // has the time of a whole lane. Then the rest of the long stream goes on alone. At index 75,
    // two lanes share the long stream: one lane loads it at the step at which the other lane stores
    // it.
    for index in [70, 75] {
        let mut lengths = [6; 151];
        lengths[index] = 1000;
        assert_eq!(steps(&lengths), 60 + 940, "long stream at {index}");
    }
    // Fewer streams than lanes. The sixteen lanes stop when only ten streams are left, which is
    // after 5 steps. These ten streams go on one after the other.
    let lengths = [9, 8, 1, 2, 3, 4, 5, 6, 7, 50, 60, 70, 80, 90, 100];
    assert_eq!(steps(&lengths), 5 + (4 + 3 + 1 + 2 + 45 + 55 + 65 + 75 + 85 + 95));
}
