//! Decides which results may be written now. Results are inserted as they are made and come out in
//! the chosen [`Order`]. The parts of a stream come out in their own order, with nothing between
//! them. This file uses no threads.

use std::collections::{HashMap, VecDeque};

/// The order in which results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// In the order of the source. The output is the same for every number of threads.
    Input,
    /// Each result as soon as it exists.
    Completion,
}

/// The position of a result in the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// The number of the item. The source numbers the items from 0.
    pub(crate) number: u64,
    /// The index of the part in its item. The parts are numbered from 0.
    pub(crate) part: u64,
    /// Whether this is the last part of the item.
    pub(crate) last: bool,
}

impl Position {
    /// The position of the only result of an item.
    pub(crate) fn whole(number: u64) -> Self {
        Self { number, part: 0, last: true }
    }
}

/// Holds results back until the results that must come before them have arrived.
pub(crate) struct Release<T> {
    order: Order,
    /// When results are written in input order, the number of the item to be written next. When
    /// they are written in completion order, the number of the item of which only some parts are
    /// written yet, if any.
    current: Option<u64>,
    /// The index of the next part to be written of the item `current`.
    part: u64,
    /// Results that wait for earlier parts of their own item, or for the turn of their item.
    waiting: HashMap<u64, Waiting<T>>,
    /// When results are written in completion order, the items whose first part has arrived and
    /// waits, in the order of arrival.
    startable: VecDeque<u64>,
}

/// The waiting results of one item. Most items have a single result, which `Whole` holds without a
/// queue.
enum Waiting<T> {
    Whole(T),
    /// The parts from index `first` on: `None` for a part that has not arrived yet, otherwise its
    /// result and whether it is the last part of the item.
    Parts {
        first: u64,
        parts: VecDeque<Option<(T, bool)>>,
    },
}

impl<T> Release<T> {
    pub(crate) fn new(order: Order) -> Self {
        let current = (order == Order::Input).then_some(0);
        Self { order, current, part: 0, waiting: HashMap::new(), startable: VecDeque::new() }
    }

    /// The item to which the next written result must belong: the results of all other items wait
    /// for it. `None` if any item may be next.
    pub(crate) fn awaited(&self) -> Option<u64> {
        self.current
    }

    /// The results that belong to the item of [`Self::awaited`] and wait for an earlier part of
    /// this item.
    pub(crate) fn waiting_of_awaited(&self) -> impl Iterator<Item = &T> {
        let waiting = self.current.and_then(|number| self.waiting.get(&number));
        let parts = match waiting {
            Some(Waiting::Parts { parts, .. }) => Some(parts),
            Some(Waiting::Whole(_)) | None => None,
        };
        parts.into_iter().flatten().flatten().map(|(result, _)| result)
    }

    /// Takes a result and appends to `due` all results that may be written now.
    pub(crate) fn insert(&mut self, position: Position, result: T, due: &mut Vec<T>) {
        let Position { number, part, last } = position;
        if self.current.is_none() && part == 0 {
            (self.current, self.part) = (Some(number), 0);
        }
        if self.current == Some(number) && self.part == part {
            due.push(result);
            self.part += 1;
            self.advance(last, due);
            return;
        }
        if part == 0 && self.order == Order::Completion {
            self.startable.push_back(number);
        }
        if part == 0 && last {
            self.waiting.insert(number, Waiting::Whole(result));
            return;
        }
        let first = if self.current == Some(number) { self.part } else { 0 };
        let waiting = self
            .waiting
            .entry(number)
            .or_insert_with(|| Waiting::Parts { first, parts: VecDeque::new() });
        let Waiting::Parts { first, parts } = waiting else {
            unreachable!("an item has either one whole result or parts");
        };
        let index = usize::try_from(part - *first).expect("all waiting parts fit into memory");
        if index >= parts.len() {
            parts.resize_with(index + 1, || None);
        }
        parts[index] = Some((result, last));
    }

    /// Appends to `due` the waiting results that follow directly after the result that was just
    /// appended; `last` says whether that result was the last one of its item.
    fn advance(&mut self, mut last: bool, due: &mut Vec<T>) {
        loop {
            if last {
                self.part = 0;
                self.current = match self.order {
                    Order::Input => self.current.map(|number| number + 1),
                    Order::Completion => self.startable.pop_front(),
                };
            }
            let Some(number) = self.current else { return };
            match self.waiting.get_mut(&number) {
                None => return,
                Some(Waiting::Whole(_)) => {
                    if let Some(Waiting::Whole(result)) = self.waiting.remove(&number) {
                        due.push(result);
                    }
                    last = true;
                }
                Some(Waiting::Parts { first, parts }) => {
                    last = false;
                    while *first < self.part {
                        // The part with the index `first` needs no place here: when it arrived, it
                        // was written at once.
                        parts.pop_front();
                        *first += 1;
                    }
                    while let Some(Some(_)) = parts.front() {
                        let Some(Some((result, ends))) = parts.pop_front() else { break };
                        due.push(result);
                        last = ends;
                        self.part += 1;
                    }
                    *first = self.part;
                    if parts.is_empty() {
                        self.waiting.remove(&number);
                    }
                    if !last {
                        return;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn released(order: Order, positions: &[Position]) -> Vec<Vec<(u64, u64)>> {
        let mut release = Release::new(order);
        positions
            .iter()
            .map(|&position| {
                let mut due = Vec::new();
                release.insert(position, (position.number, position.part), &mut due);
                due
            })
            .collect()
    }

    fn wholes(order: Order, numbers: &[u64]) -> Vec<Vec<u64>> {
        let positions: Vec<_> = numbers.iter().map(|&number| Position::whole(number)).collect();
        let released = released(order, &positions);
        released.iter().map(|due| due.iter().map(|&(number, _)| number).collect()).collect()
    }

    #[test]
    fn input_order_releases_the_contiguous_run_and_no_more() {
        assert_eq!(
            wholes(Order::Input, &[2, 0, 3, 1, 5, 4]),
            [vec![], vec![0], vec![], vec![1, 2, 3], vec![], vec![4, 5]]
        );
    }

    #[test]
    fn completion_order_releases_each_at_once() {
        assert_eq!(wholes(Order::Completion, &[2, 0, 1]), [[2], [0], [1]]);
    }

    #[test]
    fn completion_order_keeps_the_parts_of_an_item_together() {
        let part = |number, part, last| Position { number, part, last };
        let positions = [
            part(1, 1, false),
            part(0, 0, false),
            part(2, 0, true),
            part(1, 0, false),
            part(0, 1, true),
            part(1, 2, true),
        ];
        assert_eq!(
            released(Order::Completion, &positions),
            [
                vec![],
                vec![(0, 0)],
                vec![],
                vec![],
                vec![(0, 1), (2, 0), (1, 0), (1, 1)],
                vec![(1, 2)]
            ]
        );
    }

    /// The positions of all results, for items with these numbers of parts.
    fn positions(parts: &[u64]) -> Vec<Position> {
        let of_item = |(number, &parts): (u64, &u64)| {
            (0..parts).map(move |part| Position { number, part, last: part + 1 == parts })
        };
        (0..).zip(parts).flat_map(of_item).collect()
    }

    proptest! {
        #[test]
        fn every_permutation_comes_out_sorted(
            shuffled in prop::collection::vec(1..5u64, 1..60)
                .prop_flat_map(|parts| Just(positions(&parts)).prop_shuffle())
        ) {
            let mut sorted: Vec<_> = shuffled.iter().map(|position| (position.number, position.part)).collect();
            sorted.sort_unstable();
            prop_assert_eq!(released(Order::Input, &shuffled).concat(), sorted.clone());

            let mut all = released(Order::Completion, &shuffled).concat();
            for pair in all.windows(2) {
                let follows = pair[1] == (pair[0].0, pair[0].1 + 1);
                prop_assert!(follows || pair[1].1 == 0, "{:?}", pair);
            }
            all.sort_unstable();
            prop_assert_eq!(all, sorted);
        }
    }
}
