//! Does a few large pieces of work at the same time, for what is left to do at the end of a file or
//! of a run, when the threads that did the rest are idle.

use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Calls `work` with each item and returns the results in the order of the items. There are as many
/// threads as items, the calling one among them. If fewer can be started, these do all the work.
pub fn side_by_side<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let others = items.len().saturating_sub(1);
    let left = Mutex::new((0..).zip(items));
    let done: Mutex<Vec<(usize, R)>> = Mutex::default();
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let run = || {
        while let Some((number, item)) = next() {
            let result = (number, work(item));
            done.lock().unwrap_or_else(PoisonError::into_inner).push(result);
        }
    };
    thread::scope(|scope| {
        let start = |_| thread::Builder::new().spawn_scoped(scope, run).ok();
        let started: Vec<_> = (0..others).map_while(start).collect();
        run();
        for thread in started {
            thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::side_by_side;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        for count in [0, 1, 2, 9] {
            let results = side_by_side((0..count).collect(), |number: u32| number.to_string());
            assert_eq!(results, (0..count).map(|number| number.to_string()).collect::<Vec<_>>());
        }
    }

    #[test]
    #[should_panic(expected = "three")]
    fn a_panic_of_one_thread_is_a_panic_of_the_caller() {
        side_by_side((0..5).collect(), |number: u32| assert!(number != 3, "three"));
    }
}
