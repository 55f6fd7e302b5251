//! Who sleeps, and who is to be woken.
//!
//! Each stage has a *bell*, a condition variable: a thread that finds nothing to do sleeps there until
//! another one rings it. These are the books of the four bells. They say how many threads of each
//! stage live, how many of them sleep, and how many sleepers have been *called*, which means that the
//! bell was rung for them and they have not come yet. The condition variables themselves are the
//! exchange's.
//!
//! Calls are counted for two reasons. A sleeper wakes only if a call is there for it to take. So a
//! call does not get lost, be the sleeper ever so slow, and a condition variable that wakes a thread for
//! no reason does no harm. And no sleeper is called twice: where many tiny items come, each of them
//! would ring, and most of these wake-ups would go to threads that are on their way already.

use crate::stats::Stage;

/// The books of all bells.
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

    /// Sleepers that are on their way.
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
        /// Each of three threads is awake (`None`) or asleep, and then knows whether it may wake: threads
        /// sleep, are called by number, and come when they are called.
        #[test]
        fn as_many_sleepers_come_as_were_called_and_not_before(
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
