//! Tests below the surface: the compression functions against [`naive`], the RFC's text written
//! down step by step, and the scheduler with a stand-in for the instruction set.

use std::cell::Cell;
use std::ops::Range;

use proptest::prelude::*;

use super::super::lanes::{BLOCK, Block, Feed, MAX_LANES, SINES, Words};
use super::super::schedule::{self, Engine, Job, Tier};
use super::super::{Kernel, State, scalar};
use super::{CASES, bytes};

/// The naive twin of the compression functions: RFC 1321 section 3.4 as it stands there.
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

    /// Every width of every kernel, from any chaining values, against the naive twin.
    #[test]
    fn compression_equals_its_naive_twin(
        seed in 0_usize..1_000_000,
        start in prop::array::uniform4(prop::array::uniform24(any::<u32>())),
        count in 0_usize..5,
    ) {
        // Lane `l` has shown `l % 3` blocks already when the span begins.
        let blocks: Vec<_> = (0..MAX_LANES)
            .map(|lane| bytes(seed + lane, (count + lane % 3) * BLOCK))
            .collect();
        let feed = Feed {
            views: std::array::from_fn(|lane| blocks[lane].as_chunks().0),
            starts: std::array::from_fn(|lane| 2 - lane as u32 % 3),
        };
        let mut twin = start;
        for lane in 0..MAX_LANES {
            let mut words = start.map(|row| row[lane]);
            let before = words;
            let due = &feed.views[lane][lane % 3..];
            scalar::compress(&mut words, due);
            let by_twin = due.iter().fold(before, naive);
            prop_assert_eq!(words, by_twin, "scalar");
            for (row, word) in twin.iter_mut().zip(by_twin) {
                row[lane] = word;
            }
        }
        for kernel in Kernel::available() {
            let engine = kernel.engine();
            for tier in engine.tiers() {
                let mut words = Words(start);
                engine.compress(tier.width, &mut words, &feed, 2..2 + count as u32);
                for (row, twin) in words.0.iter().zip(&twin) {
                    let width = tier.width;
                    prop_assert_eq!(&row[..width], &twin[..width], "{} {}", kernel.name(), width);
                }
            }
        }
    }

    /// The scheduler alone, with widths that no instruction set has.
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
        run_by_twin(tiers, &lengths);
    }
}

/// Stands in for an instruction set, and counts the steps it is asked for.
struct Twin {
    tiers: &'static [Tier],
    steps: Cell<usize>,
}

impl Engine for Twin {
    fn tiers(&self) -> &'static [Tier] {
        self.tiers
    }

    fn compress(&self, width: usize, words: &mut Words, feed: &Feed<'_>, span: Range<u32>) {
        self.steps.set(self.steps.get() + span.len());
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
}

/// Runs jobs of so many blocks with these tiers, checks the results, and returns the steps.
fn run_by_twin(tiers: Vec<Tier>, lengths: &[usize]) -> usize {
    let data: Vec<_> = lengths.iter().enumerate().map(|(i, n)| bytes(i, n * BLOCK)).collect();
    let mut results = vec![State::new().words; lengths.len()];
    let job = |(i, words): (usize, _)| {
        let blocks = data[i].as_chunks().0;
        // Some blocks as the body and some as the tail, at places that differ.
        let (body, tail) = blocks.split_at(blocks.len() - blocks.len().min(i % 3));
        Job { words, body, tail, done: 0, goal: 0 }
    };
    let jobs = results.iter_mut().enumerate().map(job).collect();
    let twin = Twin { tiers: tiers.leak(), steps: Cell::new(0) };
    schedule::run(&twin, jobs);
    for (i, words) in results.iter().enumerate() {
        let by_twin = data[i].as_chunks().0.iter().fold(State::new().words, naive);
        assert_eq!(*words, by_twin, "stream {i} of {lengths:?}");
    }
    twin.steps.get()
}

/// Counts the steps in which sixteen lanes are advanced and those in which one is. What a faulty
/// packing leaves undone goes through the one lane, so that the digests are right all the same.
#[test]
fn lanes_stay_filled() {
    let steps = |lengths: &[usize]| {
        let wide = Tier { width: 16, fewest: 11 };
        let narrow = Tier { width: 1, fewest: 1 };
        run_by_twin(vec![wide, narrow], lengths)
    };
    // Seventeen equal streams: 17/16 of the time of sixteen.
    assert_eq!(steps(&[160; 17]), 170);
    // A long one among short ones: the short ones share 15 lanes, it has one for that long, and
    // the rest of it goes alone. At place 75 it is
    // cut in two, and taken up by one lane in the moment in which the other puts it down.
    for place in [70, 75] {
        let mut lengths = [6; 151];
        lengths[place] = 1000;
        assert_eq!(steps(&lengths), 60 + 940, "long one at {place}");
    }
    // Fewer than lanes: goes on until ten are left, one after the other.
    let lengths = [9, 8, 1, 2, 3, 4, 5, 6, 7, 50, 60, 70, 80, 90, 100];
    assert_eq!(steps(&lengths), 5 + (4 + 3 + 1 + 2 + 45 + 55 + 65 + 75 + 85 + 95));
}
