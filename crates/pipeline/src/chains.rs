//! The order in which the steps of long streams are processed.
//!
//! A stream that does not fit into one buffer is read in several steps, which form a *chain*. Each
//! step needs the state that the step before it left. So one step at a time is ready to be
//! processed, and the steps that were read after it wait. The number of steps that are read and not
//! processed is limited: at the limit, the stream is laid aside and not read further until one of
//! its steps is processed. Where the steps of a stream do not depend on each other (they are
//! parts), none of them waits, and the chain only counts them.
//!
//! The chains only keep steps, states and streams and give them back, so the types of these are
//! parameters.

use std::collections::{HashMap, VecDeque};

/// All streams of several buffers that are not yet read and processed to their end.
pub(crate) struct Chains<Step, State, Stream> {
    chains: HashMap<u64, Chain<Step, State, Stream>>,
    /// How many of the streams are not read to their end yet.
    unread: usize,
}

struct Chain<Step, State, Stream> {
    /// The state that the last processed step left, while no step of this stream is ready or being
    /// processed.
    state: Option<State>,
    /// Steps that were read and wait for the state, in the order of the stream.
    waiting: VecDeque<Step>,
    /// How many steps were read and not processed yet.
    ahead: usize,
    /// Whether the last step of the stream was read.
    ended: bool,
    /// The stream, while it is laid aside because enough of its steps were read and are not
    /// processed yet.
    aside: Option<Stream>,
}

impl<Step, State, Stream> Chains<Step, State, Stream> {
    pub(crate) fn new() -> Self {
        Self { chains: HashMap::new(), unread: 0 }
    }

    /// How many streams of several buffers there are, including those that were read to their end.
    pub(crate) fn len(&self) -> usize {
        self.chains.len()
    }

    /// How many streams of several buffers have more to read.
    pub(crate) fn unread(&self) -> usize {
        self.unread
    }

    /// The number of the first stream, in input order, that has more to read.
    pub(crate) fn first_unread(&self) -> Option<u64> {
        let unread = self.chains.iter().filter(|(_, chain)| !chain.ended);
        unread.map(|(&number, _)| number).min()
    }

    pub(crate) fn contains(&self, number: u64) -> bool {
        self.chains.contains_key(&number)
    }

    /// Starts a chain for a stream that has more than one step, unless the stream has a chain
    /// already.
    pub(crate) fn begin(&mut self, number: u64) {
        self.chains.entry(number).or_insert_with(|| {
            self.unread += 1;
            let waiting = VecDeque::new();
            Chain { state: None, waiting, ahead: 0, ended: false, aside: None }
        });
    }

    /// Records that a step of the stream was read; `last` says whether it is the last one. Returns
    /// whether this step ends a chain. Streams with a single step have no chain.
    pub(crate) fn read(&mut self, number: u64, last: bool) -> bool {
        let Some(chain) = self.chains.get_mut(&number) else { return false };
        chain.ahead += 1;
        chain.ended |= last;
        self.unread -= usize::from(last);
        last
    }

    /// Takes a step that was read and needs the state that the step before it leaves. Returns both
    /// if the state has already been passed on, and otherwise keeps the step.
    pub(crate) fn await_turn(&mut self, number: u64, step: Step) -> Option<(Step, State)> {
        let chain = self.chain(number);
        let Some(state) = chain.state.take() else {
            chain.waiting.push_back(step);
            return None;
        };
        Some((step, state))
    }

    /// Takes the state that a processed step has left. Returns the state with the next step if that
    /// step was read already, and otherwise keeps the state.
    pub(crate) fn pass_on(&mut self, number: u64, state: State) -> Option<(Step, State)> {
        let chain = self.chain(number);
        let Some(step) = chain.waiting.pop_front() else {
            chain.state = Some(state);
            return None;
        };
        Some((step, state))
    }

    /// Records that a step of the stream was processed. If the stream was laid aside, returns it to
    /// be read further.
    pub(crate) fn worked(&mut self, number: u64) -> Option<Stream> {
        let chain = self.chains.get_mut(&number)?;
        chain.ahead -= 1;
        let aside = chain.aside.take();
        if chain.ended && chain.ahead == 0 {
            self.chains.remove(&number);
        }
        aside
    }

    /// Returns the stream, to be read further, if fewer than `most` of its steps were read and are
    /// not processed yet. Otherwise lays the stream aside.
    pub(crate) fn read_on(&mut self, number: u64, stream: Stream, most: usize) -> Option<Stream> {
        let chain = self.chain(number);
        if chain.ahead < most {
            return Some(stream);
        }
        chain.aside = Some(stream);
        None
    }

    /// Records that one of the streams will not be read to its end, since the run was stopped.
    pub(crate) fn give_up(&mut self) {
        self.unread -= 1;
    }

    fn chain(&mut self, number: u64) -> &mut Chain<Step, State, Stream> {
        self.chains.get_mut(&number).expect("a stream of several buffers has a chain")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// In these tests a step is its number, and a state is the number of the step that needs the
    /// state.
    type Numbers = Chains<u64, u64, &'static str>;

    #[test]
    fn a_step_waits_for_the_state_of_the_one_before() {
        let mut chains = Numbers::new();
        chains.begin(7);
        // The first step has its state from the beginning.
        chains.read(7, false);
        chains.read(7, false);
        assert_eq!(chains.await_turn(7, 1), None);
        chains.read(7, true);
        assert_eq!(chains.await_turn(7, 2), None);
        assert_eq!(chains.pass_on(7, 1), Some((1, 1)));
        assert_eq!(chains.pass_on(7, 2), Some((2, 2)));
    }

    #[test]
    fn a_state_waits_for_a_step_that_is_read_later() {
        let mut chains = Numbers::new();
        chains.begin(7);
        chains.read(7, false);
        assert_eq!(chains.pass_on(7, 1), None);
        chains.worked(7);
        chains.read(7, true);
        assert_eq!(chains.await_turn(7, 1), Some((1, 1)));
    }

    #[test]
    fn a_stream_with_enough_ahead_is_laid_aside_until_a_step_of_it_was_worked() {
        let mut chains = Numbers::new();
        chains.begin(7);
        chains.read(7, false);
        assert_eq!(chains.read_on(7, "stream", 2), Some("stream"));
        chains.read(7, false);
        assert_eq!(chains.read_on(7, "stream", 2), None);
        assert_eq!(chains.worked(7), Some("stream"));
        assert_eq!(chains.worked(7), None);
    }

    #[test]
    fn a_stream_counts_as_unread_until_its_last_step_was_read_and_is_there_until_it_was_worked() {
        let mut chains = Numbers::new();
        assert!(!chains.read(5, true), "a stream with a single step");
        for number in [9, 8] {
            chains.begin(number);
            chains.begin(number);
            assert!(!chains.read(number, false));
        }
        assert_eq!((chains.unread(), chains.first_unread()), (2, Some(8)));
        assert!(chains.read(8, true));
        assert_eq!((chains.unread(), chains.first_unread()), (1, Some(9)));
        chains.worked(8);
        assert!(chains.contains(8));
        chains.worked(8);
        assert!(!chains.contains(8) && chains.len() == 1);
    }

    proptest! {
        /// Three streams are read, processed and read further in any order.
        #[test]
        fn the_steps_of_each_stream_become_ready_in_their_order_and_one_at_a_time(
            lengths in prop::array::uniform3(2..7u64),
            most in 1..4usize,
            moves in prop::collection::vec((0..3usize, any::<bool>()), 0..200),
        ) {
            let mut chains = Chains::<u64, u64, u64>::new();
            // For each stream: the next step to be read unless the stream is laid aside, the step
            // that is ready, and the number of processed steps.
            let mut next = [Some(0); 3];
            let mut ready = [const { None }; 3];
            let mut worked = [0; 3];
            // These moves are enough to bring each stream to its end.
            let rest = (0..100).flat_map(|_| (0..3).flat_map(|at| [(at, true), (at, false)]));
            for (at, reads) in moves.into_iter().chain(rest) {
                let (number, length) = (at as u64, lengths[at]);
                let turn = if reads {
                    let Some(step) = next[at].filter(|step| *step < length) else { continue };
                    let last = step + 1 == length;
                    if step == 0 {
                        chains.begin(number);
                    }
                    prop_assert_eq!(chains.read(number, last), last);
                    let turn = if step == 0 { Some((0, 0)) } else { chains.await_turn(number, step) };
                    next[at] = if last {
                        Some(length)
                    } else {
                        chains.read_on(number, step + 1, most)
                    };
                    turn
                } else {
                    let Some(step) = ready[at].take() else { continue };
                    prop_assert_eq!(step, worked[at]);
                    worked[at] += 1;
                    let last = worked[at] == length;
                    let turn = if last { None } else { chains.pass_on(number, step + 1) };
                    next[at] = next[at].or(chains.worked(number));
                    turn
                };
                if let Some((step, state)) = turn {
                    prop_assert_eq!(step, state, "a step gets the state of the step before it");
                    prop_assert_eq!(ready[at].replace(step), None);
                }
            }
            prop_assert_eq!(worked, lengths);
            prop_assert_eq!((chains.len(), chains.unread()), (0, 0));
        }
    }
}
