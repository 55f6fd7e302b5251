//! The order in which readers take items from a disk that has to seek. Such a disk is fastest if its
//! arm goes over it in one direction. So when a reader comes to items that were queued since the last
//! sweep, all of these are arranged by their spots on the disk: they are the next sweep. Nobody waits
//! for more of them.
//!
//! The results come in the order of the source all the same. So results wait while an earlier item
//! has a later spot, and if the run is stopped then, they are lost. They are many small ones at most:
//! when a sweep has read much, the rest of it returns to the order of the source.
//!
//! If no item has a spot, nothing is ever arranged; nor while items come faster than a disk can
//! seek, from memory or from a disk that does not rotate, whatever it says of itself.

use std::collections::VecDeque;

/// How many bytes may be processed in a sweep before the rest of it returns to the order of the
/// source. A disk reads so much in one or two seconds. Of larger files, few are in that order; but
/// then the disk seeks for a small share of the time.
const MOST: u64 = 256 << 20;
/// A disk seeks if this many more deliveries were slow than twice those that were not. One that is slow now
/// and then may have waited for a processor, or for another program.
const SURE: u8 = 8;

/// An item that may have a spot.
pub(crate) trait Placed {
    /// The number of the item in the order of the source.
    fn number(&self) -> u64;
    /// Where it lies on its device. Items of which this is unknown come first.
    fn spot(&self) -> Option<u64>;
}

/// How far a queue is arranged by spots.
#[derive(Debug)]
pub(crate) struct Sweep {
    /// How many items at the beginning of the queue are arranged.
    arranged: usize,
    /// Whether an item with a spot was queued since then.
    spots: bool,
    /// Whether the disk has to seek for such items.
    seeks: bool,
    /// How many more of the last deliveries were slow than twice those that were not.
    slow: u8,
    /// As many must be slow before the disk is known to seek.
    sure: u8,
    /// How many bytes had been processed when the sweep began, if it still goes by spots.
    begun: Option<u64>,
}

impl Default for Sweep {
    fn default() -> Self {
        let sure = if cfg!(test) { 1 } else { SURE };
        Self { arranged: 0, spots: false, seeks: false, slow: 0, sure, begun: None }
    }
}

impl Sweep {
    /// Records that this item was queued.
    pub(crate) fn queued(&mut self, item: &impl Placed) {
        self.spots |= item.spot().is_some();
    }

    /// Records whether items with spots, which have just been read, took as long as if the disk had to
    /// seek for them.
    pub(crate) fn delivered(&mut self, slow: bool) {
        self.slow = match slow {
            true => (self.slow + 1).min(2 * self.sure),
            false => self.slow.saturating_sub(2),
        };
        self.seeks = self.slow >= self.sure || (self.seeks && self.slow > 0);
    }

    /// Whether the next sweep is the better the more items are queued.
    pub(crate) fn wants_more(&self) -> bool {
        self.seeks && (self.spots || self.is_on())
    }

    /// Arranges items before the one at this position is taken. `processed` is how many bytes were
    /// processed so far. Returns whether positions have changed.
    pub(crate) fn arrange<T: Placed>(
        &mut self,
        queue: &mut VecDeque<T>,
        at: usize,
        processed: u64,
    ) -> bool {
        if at >= self.arranged {
            if !self.spots || !self.seeks {
                return false;
            }
            let new = &mut queue.make_contiguous()[self.arranged..];
            new.sort_unstable_by_key(|item| (item.spot(), item.number()));
            (self.arranged, self.spots, self.begun) = (queue.len(), false, Some(processed));
            return true;
        }
        if self.begun.is_none_or(|begun| processed - begun <= MOST) {
            return false;
        }
        queue.make_contiguous()[..self.arranged].sort_unstable_by_key(Placed::number);
        self.begun = None;
        true
    }

    /// Records that the item at this position was taken.
    pub(crate) fn taken(&mut self, at: usize) {
        self.arranged -= usize::from(at < self.arranged);
    }

    /// Records that an item was put back at this position.
    pub(crate) fn put_back(&mut self, at: usize) {
        self.arranged += usize::from(self.is_on() && at <= self.arranged);
    }

    /// Whether an item may be in front of one that comes earlier in the order of the source.
    pub(crate) fn is_on(&self) -> bool {
        self.arranged > 0
    }
}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Item(u64, Option<u64>);

    impl Placed for Item {
        fn number(&self) -> u64 {
            self.0
        }

        fn spot(&self) -> Option<u64> {
            self.1
        }
    }

    struct Swept {
        queue: VecDeque<Item>,
        sweep: Sweep,
    }

    impl Default for Swept {
        fn default() -> Self {
            let sweep = Sweep { seeks: true, ..Sweep::default() };
            Self { queue: VecDeque::new(), sweep }
        }
    }

    impl Swept {
        fn push(&mut self, item: Item) {
            self.sweep.queued(&item);
            self.queue.push_back(item);
        }

        fn take(&mut self, at: usize, processed: u64) -> Option<Item> {
            if at < self.queue.len() {
                self.sweep.arrange(&mut self.queue, at, processed);
                self.sweep.taken(at);
            }
            self.queue.remove(at)
        }

        /// The numbers of the next items.
        fn take_all(&mut self, count: usize, processed: u64) -> Vec<u64> {
            (0..count).map_while(|_| self.take(0, processed)).map(|item| item.0).collect()
        }
    }

    /// Looks for the next item anew each time.
    #[derive(Default)]
    struct Naive {
        now: Vec<Item>,
        later: Vec<Item>,
        begun: u64,
        by_number: bool,
    }

    impl Naive {
        fn take(&mut self, processed: u64) -> Option<Item> {
            if self.now.is_empty() {
                self.now = std::mem::take(&mut self.later);
                (self.begun, self.by_number) = (processed, false);
            }
            self.by_number |= processed - self.begun > MOST;
            let key = |item: &Item| if self.by_number { (None, item.0) } else { (item.1, item.0) };
            let (at, _) = self.now.iter().enumerate().min_by_key(|(_, item)| key(item))?;
            Some(self.now.remove(at))
        }
    }

    proptest! {
        /// In each step, so many items are queued, so many are taken, and so many sixths of [`MOST`]
        /// bytes are processed.
        #[test]
        fn a_sweep_takes_what_a_naive_one_takes(
            steps in prop::collection::vec((0..9usize, 0..9usize, 0..3u64), 0..60),
            spots in prop::collection::vec(0..40u64, 600),
        ) {
            let (mut swept, mut naive, mut number, mut processed) =
                (Swept::default(), Naive::default(), 0, 0);
            for (queued, taken, bytes) in steps {
                for _ in 0..queued {
                    let item = Item(number, Some(spots[usize::try_from(number).unwrap()]));
                    swept.push(item);
                    naive.later.push(item);
                    number += 1;
                }
                for _ in 0..taken {
                    prop_assert_eq!(swept.take(0, processed), naive.take(processed));
                }
                processed += bytes * (MOST / 6);
            }
        }

        #[test]
        fn any_item_may_be_taken_and_each_comes_once(
            spots in prop::collection::vec(prop::option::of(0..9u64), 0..60),
            takes in prop::collection::vec((0..9usize, 0..3usize), 60),
        ) {
            let (mut swept, mut numbers) = (Swept::default(), Vec::new());
            for ((number, spot), (at, count)) in (0..).zip(&spots).zip(takes) {
                swept.push(Item(number, *spot));
                numbers.extend((0..count).filter_map(|_| swept.take(at, 0)).map(|item| item.0));
            }
            numbers.extend(swept.take_all(usize::MAX, 0));
            numbers.sort_unstable();
            prop_assert!(numbers.into_iter().eq(0..spots.len() as u64));
        }
    }

    /// The numbers of the items in the queue, for items with these spots.
    fn swept(spots: &[Option<u64>]) -> Swept {
        let mut swept = Swept::default();
        (0..).zip(spots).for_each(|(number, spot)| swept.push(Item(number, *spot)));
        swept
    }

    #[test]
    fn a_sweep_has_what_was_queued_when_it_began_and_unknown_spots_come_first() {
        let mut swept = swept(&[Some(7), Some(3), None, Some(5)]);
        assert_eq!(swept.take_all(2, 0), [2, 1]);
        swept.push(Item(4, Some(4)));
        swept.push(Item(5, Some(1)));
        assert_eq!(swept.take_all(9, 0), [3, 0, 5, 4]);
    }

    #[test]
    fn without_spots_the_order_is_that_of_the_source() {
        let mut swept = swept(&[None; 4]);
        assert_eq!(swept.take_all(9, 0), [0, 1, 2, 3]);
        assert!(!swept.sweep.is_on());
    }

    #[test]
    fn what_comes_from_memory_is_read_in_the_order_of_the_source() {
        let mut swept = swept(&[Some(4), Some(3), Some(2), Some(1)]);
        swept.sweep.delivered(false);
        assert_eq!((swept.take_all(1, 0), swept.sweep.wants_more()), (vec![0], false));
        swept.sweep.delivered(true);
        assert!(swept.sweep.wants_more());
        assert_eq!(swept.take_all(1, 0), [3]);
        swept.sweep.delivered(false);
        assert_eq!(swept.take_all(9, 0), [2, 1]);
    }

    #[test]
    fn a_disk_seeks_when_most_deliveries_were_slow() {
        // Deliveries, `s` for slow, and whether the disk seeks after each.
        for (deliveries, seeks) in [
            ("sssssssss..ss", "0000000111111"),
            ("ssss.ssss.sssss.ss", "000000000000011111"),
            ("ss.ss.ss.ss.ss.ss.ss.", "000000000000000000000"),
            ("sss.sss.sss.sss.sss.sss.sss", "000000000000000000000011111"),
            ("ssssssssssssssssssss........s", "00000001111111111111111111100"),
            ("ssssssss....ssssssss", "00000001111000000001"),
        ] {
            let mut sweep = Sweep { sure: SURE, ..Sweep::default() };
            let seen: String = deliveries
                .bytes()
                .map(|delivery| {
                    sweep.delivered(delivery == b's');
                    if sweep.seeks { '1' } else { '0' }
                })
                .collect();
            assert_eq!(seen, seeks, "{deliveries}");
        }
    }

    #[test]
    fn when_much_was_read_the_rest_comes_in_the_order_of_the_source() {
        let mut swept = swept(&[Some(9), Some(8), Some(7), Some(1)]);
        assert_eq!(swept.take_all(1, 100), [3]);
        assert_eq!(swept.take_all(1, 100 + MOST), [2]);
        assert_eq!(swept.take_all(9, 101 + MOST), [0, 1]);
    }

    #[test]
    fn items_behind_those_of_a_device_without_a_free_slot_are_a_sweep_of_their_own() {
        let mut swept = swept(&[Some(2), Some(1)]);
        assert_eq!(swept.take_all(1, 0), [1]);
        swept.push(Item(2, Some(6)));
        swept.push(Item(3, Some(5)));
        // The item 0 has to wait.
        assert_eq!(swept.take(1, 0), Some(Item(3, Some(5))));
        assert_eq!(swept.take_all(9, 0), [0, 2]);
    }
}
