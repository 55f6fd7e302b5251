//! Counts which threads sleep, and decides which ones to wake.
//!
//! Each stage has a *bell*, which is a condition variable. A thread that finds nothing to do sleeps
//! at the bell of its stage until another thread rings it. [`Bells`] only counts: how many threads
//! of each stage there are, how many of them sleep, and how many sleepers have been *called*: a
//! wake-up was sent to them and they have not woken yet. The exchange holds the condition variables
//! themselves and sends the wake-ups that [`Bells::call`] returns.
//!
//! Wake-ups are counted for two reasons. First, a sleeper goes on only if there is a wake-up for it
//! to take. So no wake-up is lost when a sleeper is slow, and no harm is done when a condition
//! variable wakes a thread for no reason. Second, no sleeper is woken twice. Without that, each of
//! many tiny items would send a wake-up, and most of these would go to threads that are already
//! waking.

use crate::stats::Stage;

/// The counts of all bells.
pub(crate) struct Bells([Bell; 4]);

#[derive(Clone, Copy)]
struct Bell {
    /// Threads that have not ended.
    alive: usize,
    /// How many of them sleep at the bell.
    asleep: usize,
    /// How many of the sleepers a wake-up was sent to.
    called: usize,
}

/// How the exchange must ring a bell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ring {
    /// Wake one sleeper, this many times; perhaps not at all.
    Times(usize),
    /// Wake all sleepers at once.
    All,
}

impl Bells {
    /// The counts at first: this many threads of each stage are alive, and all are awake.
    pub(crate) fn new(alive: [usize; 4]) -> Self {
        Self(alive.map(|alive| Bell { alive, asleep: 0, called: 0 }))
    }

    fn of(&mut self, stage: Stage) -> &mut Bell {
        &mut self.0[stage as usize]
    }

    pub(crate) fn alive(&self, stage: Stage) -> usize {
        self.0[stage as usize].alive
    }

    /// How many threads of the stage sleep, including those that a wake-up was sent to.
    pub(crate) fn asleep(&self, stage: Stage) -> usize {
        self.0[stage as usize].asleep
    }

    /// How many sleepers a wake-up was sent to and have not woken yet.
    pub(crate) fn called(&self, stage: Stage) -> usize {
        self.0[stage as usize].called
    }

    /// Another thread of the stage is started.
    pub(crate) fn start(&mut self, stage: Stage) {
        self.of(stage).alive += 1;
    }

    /// A thread of the stage has ended. Returns whether it was the last one.
    pub(crate) fn end(&mut self, stage: Stage) -> bool {
        let bell = self.of(stage);
        bell.alive -= 1;
        bell.alive == 0
    }

    /// A thread goes to sleep.
    pub(crate) fn sleep(&mut self, stage: Stage) {
        self.of(stage).asleep += 1;
    }

    /// A sleeper took its wake-up and is awake.
    pub(crate) fn wake(&mut self, stage: Stage) {
        let bell = self.of(stage);
        bell.called -= 1;
        bell.asleep -= 1;
    }

    /// Counts a wake-up for up to `threads` sleepers of the stage. Returns how the exchange must
    /// ring the stage's bell for them.
    #[must_use]
    pub(crate) fn call(&mut self, stage: Stage, threads: usize) -> Ring {
        let bell = self.of(stage);
        let uncalled = bell.asleep - bell.called;
        let threads = threads.min(uncalled);
        bell.called += threads;
        if threads == uncalled && uncalled > 1 { Ring::All } else { Ring::Times(threads) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_sleeper_is_called_twice() {
        let mut bells = Bells::new([1, 3, 1, 1]);
        (0..3).for_each(|_| bells.sleep(Stage::Read));
        assert_eq!(bells.call(Stage::Read, 1), Ring::Times(1));
        assert_eq!(bells.call(Stage::Read, usize::MAX), Ring::All);
        assert_eq!(bells.call(Stage::Read, 1), Ring::Times(0));
        assert_eq!(bells.called(Stage::Read), 3);
        assert_eq!(bells.call(Stage::Work, 1), Ring::Times(0), "nobody sleeps there");
    }

    #[test]
    fn the_last_thread_to_end_is_told_so() {
        let mut bells = Bells::new([1, 1, 2, 1]);
        assert!(!bells.end(Stage::Work));
        assert!(bells.end(Stage::Work));
        bells.start(Stage::Read);
        assert!(!bells.end(Stage::Read));
    }

    proptest! {
        /// Three threads fall asleep, are sent wake-ups and wake, in any order.
        #[test]
        fn a_call_counts_only_sleepers_that_were_not_called_yet(
            steps in prop::collection::vec((0..3, 1..4usize), 0..80)
        ) {
            const STAGE: Stage = Stage::Work;
            let mut bells = Bells::new([1, 1, 3, 1]);
            let (mut asleep, mut called) = (0, 0);
            for (kind, threads) in steps {
                match kind {
                    0 if asleep < 3 => {
                        bells.sleep(STAGE);
                        asleep += 1;
                    }
                    1 if bells.called(STAGE) > 0 => {
                        bells.wake(STAGE);
                        asleep -= 1;
                        called -= 1;
                    }
                    2 => {
                        let free = asleep - called;
                        let rung = match bells.call(STAGE, threads) {
                            Ring::Times(times) => times,
                            Ring::All => free,
                        };
                        prop_assert_eq!(rung, threads.min(free));
                        called += rung;
                    }
                    _ => {}
                }
                prop_assert_eq!((bells.asleep(STAGE), bells.called(STAGE)), (asleep, called));
                prop_assert!(called <= asleep && asleep <= bells.alive(STAGE));
            }
        }
    }
}
