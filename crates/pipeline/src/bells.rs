//! Who sleeps, and who is to be woken.
//!
//! Each stage has a *bell*, which is a condition variable. A thread that finds nothing to do sleeps at
//! the bell of its stage until another thread rings it. [`Bells`] only counts: how many threads of each
//! stage there are, how many of them sleep, and how many sleepers have been *called*, which means
//! that the bell was rung for them and they have not woken yet. The exchange holds the condition variables
//! themselves and rings as it is told here.
//!
//! Calls are counted for two reasons. First, a sleeper goes on only if there is a call for it to take.
//! So no call is lost when a sleeper is slow to wake, and no harm is done when a condition variable
//! wakes a thread for no reason. Second, no sleeper is called twice. Without that, each of many tiny
//! items would ring the bell, and most of these wake-ups would go to threads that are on their way.

use crate::stats::Stage;

/// The counts of all bells.
pub(crate) struct Bells([Bell; 4]);

#[derive(Clone, Copy)]
struct Bell {
    /// Threads that have not ended.
    alive: usize,
    /// Those among them that wait at the bell.
    asleep: usize,
    /// Those among the sleepers for whom it was rung.
    called: usize,
}

/// How a bell is to be rung.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ring {
    /// For one sleeper, so many times; perhaps not at all.
    Times(usize),
    /// For all sleepers at once.
    All,
}

impl Bells {
    /// So many threads of each stage live, and all are awake.
    pub(crate) fn new(alive: [usize; 4]) -> Self {
        Self(alive.map(|alive| Bell { alive, asleep: 0, called: 0 }))
    }

    fn of(&mut self, stage: Stage) -> &mut Bell {
        &mut self.0[stage as usize]
    }

    pub(crate) fn alive(&self, stage: Stage) -> usize {
        self.0[stage as usize].alive
    }

    /// Threads of the stage that wait at its bell, those that have been called among them.
    pub(crate) fn asleep(&self, stage: Stage) -> usize {
        self.0[stage as usize].asleep
    }

    /// Sleepers that were called and have not woken yet.
    pub(crate) fn called(&self, stage: Stage) -> usize {
        self.0[stage as usize].called
    }

    /// A further thread of the stage is started.
    pub(crate) fn start(&mut self, stage: Stage) {
        self.of(stage).alive += 1;
    }

    /// A thread of the stage has ended. Says whether it was the last one.
    pub(crate) fn end(&mut self, stage: Stage) -> bool {
        let bell = self.of(stage);
        bell.alive -= 1;
        bell.alive == 0
    }

    /// A thread goes to sleep.
    pub(crate) fn sleep(&mut self, stage: Stage) {
        self.of(stage).asleep += 1;
    }

    /// A sleeper that was called is awake.
    pub(crate) fn wake(&mut self, stage: Stage) {
        let bell = self.of(stage);
        bell.called -= 1;
        bell.asleep -= 1;
    }

    /// Calls up to `threads` sleepers of the stage. Says how its bell is to be rung for them.
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
        /// Three threads fall asleep, are called and wake, in any order.
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
