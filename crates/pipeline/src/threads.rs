//! Counts the threads of each stage: how many are alive, how many of them sleep, and how many
//! sleepers must wake up.
//!
//! A thread that finds nothing to do sleeps at the condition variable of its stage. A sleeper is
//! *notified* from the time that a wake-up is sent to it until it is awake. [`Threads`] only
//! counts. The exchange holds the condition variables and sends the wake-ups that
//! [`Threads::notify`] returns.
//!
//! Wake-ups are counted for two reasons. First, a sleeper goes on only if there is a wake-up for it
//! to take. So no wake-up is lost when a sleeper is slow to wake, and no harm is done when a
//! condition variable wakes a thread for no reason. Second, no sleeper is woken twice. Without
//! that, each of many tiny items would send a wake-up, and most of these would go to threads that
//! are already waking.

use crate::stats::Stage;

/// The counts of the threads of each stage.
pub(crate) struct Threads([Counts; 4]);

#[derive(Clone, Copy)]
struct Counts {
    /// Threads that have not ended.
    alive: usize,
    /// How many of the living threads sleep.
    asleep: usize,
    /// How many of the sleeping threads were sent a wake-up.
    notified: usize,
}

/// How many sleeping threads of a stage the exchange must wake.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wake {
    /// This many threads, which may be none.
    Sleepers(usize),
    /// All of them, with one call of `notify_all`.
    All,
}

impl Threads {
    /// The counts at the start of a run: `alive` says how many threads each stage has, and all are
    /// awake.
    pub(crate) fn new(alive: [usize; 4]) -> Self {
        Self(alive.map(|alive| Counts { alive, asleep: 0, notified: 0 }))
    }

    fn of(&mut self, stage: Stage) -> &mut Counts {
        &mut self.0[stage as usize]
    }

    pub(crate) fn alive(&self, stage: Stage) -> usize {
        self.0[stage as usize].alive
    }

    /// How many threads of the stage sleep, including those that were sent a wake-up and are not
    /// awake yet.
    pub(crate) fn asleep(&self, stage: Stage) -> usize {
        self.0[stage as usize].asleep
    }

    /// How many threads of the stage were sent a wake-up and are not awake yet.
    pub(crate) fn notified(&self, stage: Stage) -> usize {
        self.0[stage as usize].notified
    }

    /// Records that another thread of the stage is started.
    pub(crate) fn start(&mut self, stage: Stage) {
        self.of(stage).alive += 1;
    }

    /// Records that a thread of the stage has ended. Returns whether it was the last one.
    pub(crate) fn end(&mut self, stage: Stage) -> bool {
        let counts = self.of(stage);
        counts.alive -= 1;
        counts.alive == 0
    }

    /// Records that a thread of the stage goes to sleep.
    pub(crate) fn sleep(&mut self, stage: Stage) {
        self.of(stage).asleep += 1;
    }

    /// Records that a sleeping thread of the stage took its wake-up and is awake.
    pub(crate) fn wake(&mut self, stage: Stage) {
        let counts = self.of(stage);
        counts.notified -= 1;
        counts.asleep -= 1;
    }

    /// Marks as notified up to `threads` sleeping threads of the stage that were not sent a wake-up
    /// yet. Returns how many threads the exchange must wake.
    #[must_use]
    pub(crate) fn notify(&mut self, stage: Stage, threads: usize) -> Wake {
        let counts = self.of(stage);
        let free = counts.asleep - counts.notified;
        let threads = threads.min(free);
        counts.notified += threads;
        if threads == free && free > 1 { Wake::All } else { Wake::Sleepers(threads) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_sleeper_is_notified_twice() {
        let mut threads = Threads::new([1, 3, 1, 1]);
        (0..3).for_each(|_| threads.sleep(Stage::Read));
        assert_eq!(threads.notify(Stage::Read, 1), Wake::Sleepers(1));
        assert_eq!(threads.notify(Stage::Read, usize::MAX), Wake::All);
        assert_eq!(threads.notify(Stage::Read, 1), Wake::Sleepers(0));
        assert_eq!(threads.notified(Stage::Read), 3);
        assert_eq!(
            threads.notify(Stage::Work, 1),
            Wake::Sleepers(0),
            "no thread of this stage sleeps"
        );
    }

    #[test]
    fn the_last_thread_that_ends_learns_it() {
        let mut threads = Threads::new([1, 1, 2, 1]);
        assert!(!threads.end(Stage::Work));
        assert!(threads.end(Stage::Work));
        threads.start(Stage::Read);
        assert!(!threads.end(Stage::Read));
    }

    proptest! {
        /// Three threads fall asleep, are sent wake-ups and wake, in any order.
        #[test]
        fn only_sleepers_that_were_not_notified_yet_are(
            steps in prop::collection::vec((0..3, 1..4usize), 0..80)
        ) {
            const STAGE: Stage = Stage::Work;
            let mut threads = Threads::new([1, 1, 3, 1]);
            let (mut asleep, mut notified) = (0, 0);
            for (kind, count) in steps {
                match kind {
                    0 if asleep < 3 => {
                        threads.sleep(STAGE);
                        asleep += 1;
                    }
                    1 if threads.notified(STAGE) > 0 => {
                        threads.wake(STAGE);
                        asleep -= 1;
                        notified -= 1;
                    }
                    2 => {
                        let free = asleep - notified;
                        let woken = match threads.notify(STAGE, count) {
                            Wake::Sleepers(times) => times,
                            Wake::All => free,
                        };
                        prop_assert_eq!(woken, count.min(free));
                        notified += woken;
                    }
                    _ => {}
                }
                prop_assert_eq!((threads.asleep(STAGE), threads.notified(STAGE)), (asleep, notified));
                prop_assert!(notified <= asleep && asleep <= threads.alive(STAGE));
            }
        }
    }
}
