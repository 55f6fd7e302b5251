//! Decides which stream is in which lane, and for how long.
//!
//! A stream cannot be split into parts that run at the same time. But it can pause, with its
//! chaining value in memory, and go on in another lane. That allows a packing without gaps
//! (McNaughton's wrap-around rule, 1959): put all streams end to end, and cut the row into pieces
//! of equal length, one for each lane.
//!
//! ```text
//! streams   |---A---|---B---|---C---|
//! lanes     |-----0-----|-----1-----|      a cut divides B
//!
//! lane 0    A A A A A A B B B              B's last part, after A
//! lane 1    B B B C C C C C C              B's first part, before C
//! ```
//!
//! Two lanes share a stream that a cut divides, such as B. The second of the two lanes begins with
//! the first part of the stream, and the first of the two lanes ends with the last part. No stream
//! is longer than a piece, so the first part is finished before the last part begins. So 17 equal
//! streams take 17/16 of the time of 16, and not twice that time.
//!
//! Streams longer than a piece are cut off at its length. The rest of them goes on in the next
//! round, which is often narrower. In the end, the scalar code finishes the last streams one after
//! the other.
//!
//! The packing affects only speed. A job's chaining value and its number of processed blocks always
//! change together, and the next round processes the blocks that a round leaves.
//!
//! Measured with 24 AVX2 lanes on one core of a Zen 3: 7.6 GB/s on streams of 64 KiB, 5.8 on mixed
//! lengths up to 4 KiB, 2.8 on mixed lengths up to 500 bytes. Each time a lane changes its stream,
//! the code that advances the lanes must return and be called again, which costs time. So it is
//! faster if all lanes change their streams at the same time: with streams of 1 KiB, the speed is
//! 5.8 GB/s for 120 streams (five for each lane), and 4.3 for 128.

use core::ops::Range;

/// The most lanes any instruction set uses (three groups of eight for MD5 with AVX2).
pub const MAX_LANES: usize = 24;

/// The chaining values of all lanes: `words.0[w][l]` is word `w` of the stream in lane `l`. So one
/// vector load reads the same word of neighbouring lanes. The chaining value of a stream has `N`
/// words of the type `W`.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub struct Words<W, const N: usize>(pub [[W; MAX_LANES]; N]);

/// The blocks of `B` bytes that each lane must process. Time counts blocks: at time `t`, lane `l`
/// processes block `t - starts[l]` of `views[l]`. So a lane needs no update until the blocks in
/// `views[l]` end.
#[derive(Clone, Debug)]
pub struct Feed<'a, const B: usize> {
    /// The blocks of each lane.
    pub views: [&'a [[u8; B]]; MAX_LANES],
    /// The time at which each lane processes its first block.
    pub starts: [u32; MAX_LANES],
}

impl<'a, const B: usize> Feed<'a, B> {
    /// The blocks of a lane in this span of time.
    ///
    /// # Panics
    ///
    /// If the lane has no block for a time in `span`.
    #[inline(always)]
    pub fn due(&self, lane: usize, span: &Range<u32>) -> &'a [[u8; B]] {
        let first = (span.start - self.starts[lane]) as usize;
        &self.views[lane][first..][..span.len()]
    }
}

/// A width at which an instruction set can run: the number of lanes that advance together.
#[derive(Clone, Copy, Debug)]
pub struct Tier {
    /// The number of lanes.
    pub width: usize,
    /// With fewer streams than this, the next tier is faster (after the last tier, the scalar
    /// code).
    pub fewest: usize,
}

/// An instruction set that advances several lanes together, or only one stream at a time, as by the
/// default methods. Chaining values have `N` words of the type `W`, and blocks have `B` bytes.
pub trait Engine<W, const N: usize, const B: usize>: Sync {
    /// The name of the kernel.
    fn name(&self) -> &'static str;

    /// The available widths, the widest first.
    fn tiers(&self) -> &'static [Tier] {
        &[]
    }

    /// Advances the first lanes, as many as the width says, by the blocks that the feed has for this
    /// span of time. Only an engine with tiers needs it.
    fn compress(&self, _: usize, _: &mut Words<W, N>, _: &Feed<'_, B>, _: Range<u32>) {
        unreachable!("this engine has no tier")
    }

    /// Advances one stream by these blocks.
    fn compress_one(&self, words: &mut [W; N], blocks: &[[u8; B]]);
}

/// The blocks of one stream that must be processed.
#[derive(Debug)]
pub struct Job<'a, W, const N: usize, const B: usize> {
    /// The chaining value of the stream.
    pub words: &'a mut [W; N],
    /// Whole blocks of the input.
    pub body: &'a [[u8; B]],
    /// The padded blocks at the end of the stream, which follow `body`.
    pub tail: &'a [[u8; B]],
    /// The number of blocks processed so far.
    pub done: usize,
    /// What `done` will be after the current round.
    pub goal: usize,
}

impl<'a, W, const N: usize, const B: usize> Job<'a, W, N, B> {
    /// The number of blocks that remain.
    fn rest(&self) -> usize {
        self.body.len() + self.tail.len() - self.done
    }

    /// The next `count` blocks, as two parts. Only the second part may be empty.
    fn take(&self, count: usize) -> (&'a [[u8; B]], &'a [[u8; B]]) {
        let body = &self.body[self.done.min(self.body.len())..];
        if body.is_empty() {
            (&self.tail[self.done - self.body.len()..][..count], &[])
        } else if count <= body.len() {
            (&body[..count], &[])
        } else {
            (body, &self.tail[..count - body.len()])
        }
    }
}

/// The state of a lane that only the scheduler needs, not the compression function.
#[derive(Clone, Copy, Debug, Default)]
struct Lane<'a, const B: usize> {
    /// Index of the job in this lane. Meaningless if the lane is idle.
    job: usize,
    /// What `Job::done` will be when the job leaves this lane.
    until: usize,
    /// The blocks of the job that this lane processes after those in `Feed::views`.
    second: &'a [[u8; B]],
    /// The number of blocks that the lane may still load in this round.
    budget: usize,
}

/// All lanes, with their chaining values and blocks.
struct Lanes<'a, W, const N: usize, const B: usize> {
    words: Words<W, N>,
    feed: Feed<'a, B>,
    lanes: [Lane<'a, B>; MAX_LANES],
    /// The time at which each lane has processed its blocks in `Feed::views`, or [`IDLE`] if the
    /// lane has nothing to do.
    ends: [u32; MAX_LANES],
}

/// In place of the time at which a lane ends: later than any time. Time counts blocks from the
/// start of a round.
const IDLE: u32 = u32::MAX;

/// The most blocks that a lane may process in one round, so that times fit in 32 bits. The next
/// round processes the others.
const LONGEST: usize = 1 << 31;

impl<'a, W: Copy, const N: usize, const B: usize> Lanes<'a, W, N, B> {
    /// Gives a lane its next blocks, to be processed from time `now` on.
    #[inline]
    fn set_view(&mut self, lane: usize, now: u32, blocks: &'a [[u8; B]]) {
        self.feed.views[lane] = blocks;
        self.feed.starts[lane] = now;
        // No round has more than `LONGEST` blocks, which fits in 32 bits.
        #[expect(clippy::cast_possible_truncation)]
        let count = blocks.len() as u32;
        self.ends[lane] = now + count;
    }

    /// Puts `job` into a lane, which then processes up to `blocks` blocks of it. The budget of the
    /// lane may allow fewer.
    #[inline]
    fn load(&mut self, lane: usize, now: u32, blocks: usize, job: &Job<'a, W, N, B>) {
        let state = &mut self.lanes[lane];
        let blocks = blocks.min(state.budget);
        state.budget -= blocks;
        state.until = job.done + blocks;
        let (first, second) = job.take(blocks);
        state.second = second;
        for (row, word) in self.words.0.iter_mut().zip(*job.words) {
            row[lane] = word;
        }
        self.set_view(lane, now, first);
    }

    /// Called when a lane has processed its blocks in `Feed::views`. Gives the lane the next blocks
    /// of its job, or the next job.
    #[inline]
    fn step(&mut self, lane: usize, now: u32, jobs: &mut [Job<'a, W, N, B>]) {
        let state = &mut self.lanes[lane];
        let second = core::mem::take(&mut state.second);
        if !second.is_empty() {
            self.set_view(lane, now, second);
            return;
        }
        let job = &mut jobs[state.job];
        job.done = state.until;
        for (word, row) in job.words.iter_mut().zip(&self.words.0) {
            *word = row[lane];
        }
        state.job += 1;
        match jobs.get(state.job) {
            Some(job) if state.budget > 0 => self.load(lane, now, job.goal - job.done, job),
            _ => self.ends[lane] = IDLE,
        }
    }
}

/// Processes all blocks of all jobs.
pub fn run<W: Copy + Default, const N: usize, const B: usize>(
    engine: &dyn Engine<W, N, B>,
    mut jobs: Vec<Job<'_, W, N, B>>,
) {
    loop {
        jobs.retain(|job| job.rest() > 0);
        let tiers = engine.tiers();
        let Some(tier) = tiers.iter().find(|tier| jobs.len() >= tier.fewest) else {
            break;
        };
        round(engine, *tier, &mut jobs);
    }
    for job in jobs {
        let (first, second) = job.take(job.rest());
        engine.compress_one(job.words, first);
        engine.compress_one(job.words, second);
    }
}

/// The number of blocks that every lane processes in the next round. Every job must have blocks
/// left.
fn level<W, const N: usize, const B: usize>(tier: Tier, jobs: &[Job<'_, W, N, B>]) -> usize {
    if jobs.len() <= tier.width {
        // There is a lane for every job. The round ends when fewer than `tier.fewest` jobs remain,
        // because the next, narrower tier is faster for so few.
        let mut rests = [0; MAX_LANES];
        for (rest, job) in rests.iter_mut().zip(jobs) {
            *rest = job.rest();
        }
        let rests = &mut rests[..jobs.len()];
        rests.sort_unstable();
        return rests[jobs.len() - tier.fewest.max(1)];
    }
    // Find the largest level (number of blocks per lane) at which all lanes are busy: lanes * level
    // = sum of min(rest, level) over all jobs. The search begins with the mean, which is too high
    // if some jobs are longer than the mean. Each round of the loop gives every job that is longer
    // than `level` a lane of its own, and lowers `level` to the mean of the other jobs over the
    // other lanes. This is Newton's method on a concave function.
    let total: usize = jobs.iter().map(Job::rest).sum();
    let mut level = total.div_ceil(tier.width);
    loop {
        let (mut longer, mut sum) = (0, 0);
        for job in jobs {
            let rest = job.rest();
            if rest > level {
                longer += 1;
            } else {
                sum += rest;
            }
        }
        if longer >= tier.width {
            return level;
        }
        let next = sum.div_ceil(tier.width - longer);
        if next >= level {
            return level;
        }
        level = next;
    }
}

/// Runs one round: the lanes of `tier` process blocks until there are too few jobs to keep all
/// lanes busy. Every job must have blocks left.
fn round<W: Copy + Default, const N: usize, const B: usize>(
    engine: &dyn Engine<W, N, B>,
    tier: Tier,
    jobs: &mut [Job<'_, W, N, B>],
) {
    let level = level(tier, jobs).min(LONGEST);
    for job in jobs.iter_mut() {
        job.goal = job.done + job.rest().min(level);
    }
    let width = tier.width;
    let mut lanes = Lanes {
        words: Words([[W::default(); MAX_LANES]; N]),
        feed: Feed { views: [&[]; MAX_LANES], starts: [0; MAX_LANES] },
        lanes: [Lane::default(); MAX_LANES],
        ends: [IDLE; MAX_LANES],
    };
    lay_out(width, level, jobs, &mut lanes);

    let mut now = 0;
    loop {
        let next = lanes.ends.iter().fold(IDLE, |next, &end| next.min(end));
        if next == IDLE {
            return;
        }
        // All lanes of a tier run together, so idle lanes process the blocks of a busy lane too.
        // The results of idle lanes are ignored.
        if lanes.ends[..width].contains(&IDLE) {
            let busy = lanes.ends.iter().position(|&end| end != IDLE).unwrap_or(0);
            for lane in 0..width {
                if lanes.ends[lane] == IDLE {
                    lanes.feed.views[lane] = lanes.feed.views[busy];
                    lanes.feed.starts[lane] = lanes.feed.starts[busy];
                }
            }
        }
        engine.compress(width, &mut lanes.words, &lanes.feed, now..next);
        now = next;
        // The last lane comes first, because a job may move at this time from a lane to the lane
        // before it. The lane that the job leaves must store its chaining value before the other
        // lane loads it.
        for lane in (0..width).rev() {
            if lanes.ends[lane] == now {
                lanes.step(lane, now, jobs);
            }
        }
    }
}

/// Lays the jobs end to end over the lanes, and loads the first job of each lane.
fn lay_out<'a, W: Copy, const N: usize, const B: usize>(
    width: usize,
    level: usize,
    jobs: &[Job<'a, W, N, B>],
    lanes: &mut Lanes<'a, W, N, B>,
) {
    let (mut next, mut cut) = (0, 0);
    for lane in 0..width {
        let Some(job) = jobs.get(next) else { break };
        lanes.lanes[lane].job = next;
        lanes.lanes[lane].budget = level;
        lanes.load(lane, 0, job.goal - job.done - cut, job);
        next += 1;
        if jobs.len() <= width {
            // Every lane has only one job.
            lanes.lanes[lane].budget = 0;
            continue;
        }
        // Skip the jobs that this lane will load later. The next lane begins with the job that both
        // lanes share: this lane processes the last `cut` blocks of that job.
        let mut room = lanes.lanes[lane].budget;
        cut = 0;
        while let Some(job) = jobs.get(next) {
            let blocks = job.goal - job.done;
            if blocks > room {
                cut = room;
                break;
            }
            room -= blocks;
            next += 1;
        }
    }
}
