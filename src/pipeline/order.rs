//! Which results may be written now. A pure structure, without threads: results go in as they
//! are made, and come out in the order that was asked for.

use std::collections::VecDeque;

/// The order in which results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As the source named them; the output is the same for every number of threads.
    Input,
    /// Each as soon as it exists.
    Completion,
}

/// Holds results back until those before them are there.
pub(super) struct Release<T> {
    order: Order,
    /// The number of the first slot of `waiting`.
    next: u64,
    waiting: VecDeque<Option<T>>,
}

impl<T> Release<T> {
    pub(super) fn new(order: Order) -> Self {
        Self { order, next: 0, waiting: VecDeque::new() }
    }

    /// Takes result `number` (each number from 0 comes once) and appends to `due` what may be
    /// written now.
    pub(super) fn insert(&mut self, number: u64, result: T, due: &mut Vec<T>) {
        if self.order == Order::Completion {
            due.push(result);
            return;
        }
        let place = usize::try_from(number - self.next).expect("the window fits into memory");
        if place == 0 {
            due.push(result);
            self.waiting.pop_front();
            self.next += 1;
            while let Some(Some(_)) = self.waiting.front() {
                due.extend(self.waiting.pop_front().flatten());
                self.next += 1;
            }
        } else {
            if place >= self.waiting.len() {
                self.waiting.resize_with(place + 1, || None);
            }
            self.waiting[place] = Some(result);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn released(order: Order, numbers: &[u64]) -> Vec<Vec<u64>> {
        let mut release = Release::new(order);
        numbers
            .iter()
            .map(|&number| {
                let mut due = Vec::new();
                release.insert(number, number, &mut due);
                due
            })
            .collect()
    }

    #[test]
    fn input_order_releases_the_contiguous_run_and_no_more() {
        assert_eq!(
            released(Order::Input, &[2, 0, 3, 1, 5, 4]),
            [vec![], vec![0], vec![], vec![1, 2, 3], vec![], vec![4, 5]]
        );
    }

    #[test]
    fn completion_order_releases_each_at_once() {
        assert_eq!(released(Order::Completion, &[2, 0, 1]), [[2], [0], [1]]);
    }

    proptest! {
        #[test]
        fn every_permutation_comes_out_sorted(numbers in (1..200u64).prop_flat_map(|n| Just((0..n).collect::<Vec<_>>()).prop_shuffle())) {
            let all: Vec<u64> = released(Order::Input, &numbers).concat();
            prop_assert_eq!(all, (0..numbers.len() as u64).collect::<Vec<_>>());
        }
    }
}
