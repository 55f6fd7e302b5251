//! Bounds how much may be in progress at once.
//!
//! The *window* is what lies between the source and the sink: items that the source has yielded and
//! the sink has not written yet, and results that wait to be written. Both are bounded, the items
//! by their number and the results by their bytes. When either bound is reached, no new stream is
//! started, with one exception. The *awaited* item is the one whose result the sink writes next.
//! All results that wait may be waiting for this item, so its stream may always be started. Where
//! each part of a stream gives a result, a full window also keeps open streams from being read
//! further.
//!
//! The window bounds open streams as well. The settings limit how many streams may be open. When
//! the system refuses to open another one, no stream is started until one ends, and from then on
//! fewer streams may be open.
//!
//! A window only counts. It wakes no thread, but its methods return whether there may be more room,
//! so that the caller can wake the threads that wait for room.

use std::mem;

/// How many times in a row an item may fail to open while nothing else is open, before the job must
/// give it a result.
pub(crate) const MOST_VAIN: u32 = 100;

/// The bounds of a window.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// The most items that the source has yielded and the sink has not written yet.
    pub(crate) items: u64,
    /// How many bytes of results may wait to be written. With this many, the window is full.
    pub(crate) bytes: usize,
    /// The most streams of several buffers that are read side by side, in addition to the stream
    /// that the sink waits for.
    pub(crate) unread: usize,
    /// The most streams that are open, in addition to the one that the sink waits for.
    pub(crate) open: usize,
    /// Whether streams have parts, each of which gives a result of its own.
    pub(crate) parts: bool,
}

/// What is in progress in a run, and the bounds on it; see the head of this module.
pub(crate) struct Window {
    bounds: Bounds,
    /// How many items were given a number so far.
    numbered: u64,
    /// How many items had their results written so far.
    written: u64,
    /// The item whose result the sink must write next. `None` if any item may be next.
    awaited: Option<u64>,
    /// How many bytes of results are not written yet.
    waiting_bytes: usize,
    /// How many bytes of results the sink holds back until the item `awaited` comes.
    held_bytes: usize,
    /// Whether a reader was turned away because the window was full, and readers have not been
    /// woken since.
    turned_away: bool,
    /// How many readers are starting streams. Each may have one stream open that is not yet counted
    /// among the streams of several buffers.
    starting: usize,
    /// Whether the system refused to open an item and no stream has ended since.
    refused: bool,
    /// Whether an item was ever put back into the queue because it could not be opened.
    #[cfg(all(test, shuttle))]
    ever_refused: bool,
    /// How many times in a row an item could not be opened although nothing else was open.
    vain: u32,
    /// How many streams may be open at once from now on; `None` if every item could be opened so
    /// far.
    fewer: Option<usize>,
}

impl Window {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            numbered: 0,
            written: 0,
            awaited: Some(0),
            waiting_bytes: 0,
            held_bytes: 0,
            turned_away: false,
            starting: 0,
            refused: false,
            #[cfg(all(test, shuttle))]
            ever_refused: false,
            vain: 0,
            fewer: None,
        }
    }

    /// Whether there is room for another item of the source.
    pub(crate) fn takes_item(&self) -> bool {
        self.numbered - self.written < self.bounds.items
    }

    /// Gives an item its number.
    pub(crate) fn number_item(&mut self) -> u64 {
        self.numbered += 1;
        self.numbered - 1
    }

    /// The item whose result the sink must write next. `None` if any item may be next.
    pub(crate) fn awaited(&self) -> Option<u64> {
        self.awaited
    }

    /// Whether there is room for results of this item. If the sink waits for this very item, the
    /// results that the sink holds back do not count: they wait for this item too.
    pub(crate) fn has_room(&self, number: u64) -> bool {
        let excused = match self.awaited == Some(number) {
            false => 0,
            true if self.bounds.parts => self.held_bytes,
            true => self.waiting_bytes,
        };
        self.waiting_bytes - excused < self.bounds.bytes
    }

    /// Whether the stream of an item may be started while `unread` streams of several buffers are
    /// not read to their end. Only the item that the sink waits for may exceed the bound on such
    /// streams, since the parts of all the others may wait for this item. `closed` streams have
    /// ended but are still counted as open.
    pub(crate) fn may_start(&self, number: u64, unread: usize, closed: usize) -> bool {
        let awaited = self.awaited == Some(number);
        let open = unread + self.starting - closed;
        let may_open = if self.refused { open == 0 } else { awaited || open < self.bounds.open };
        may_open && (awaited || unread < self.bounds.unread) && self.has_room(number)
    }

    /// Whether the window has room to read an open stream further.
    pub(crate) fn may_go_on(&self, number: u64) -> bool {
        !self.bounds.parts || self.has_room(number)
    }

    /// Records that a reader found something to read, but no room for its results.
    pub(crate) fn turn_away(&mut self) {
        self.turned_away = true;
    }

    /// Whether readers were turned away and must be woken now. Afterwards no reader counts as
    /// turned away.
    pub(crate) fn take_turned_away(&mut self) -> bool {
        mem::take(&mut self.turned_away)
    }

    /// Adds this many bytes of results, which wait to be written.
    pub(crate) fn add_results(&mut self, bytes: usize) {
        self.waiting_bytes += bytes;
    }

    /// Records that the sink has to hold back this many bytes of results until the item `awaited`
    /// comes. Returns whether that may have made room.
    #[must_use]
    pub(crate) fn hold(&mut self, bytes: usize, awaited: Option<u64>) -> bool {
        let room = self.held_bytes < bytes || self.awaited != awaited;
        (self.held_bytes, self.awaited) = (bytes, awaited);
        room
    }

    /// Records that this many bytes of results were written, that `count` items are now complete,
    /// and that the sink now waits for the item `awaited`. Returns whether that may have made room.
    #[must_use]
    pub(crate) fn write(&mut self, count: u64, bytes: usize, awaited: Option<u64>) -> bool {
        let room = count > 0 || bytes > 0 || self.awaited != awaited;
        self.written += count;
        self.waiting_bytes -= bytes;
        self.awaited = awaited;
        room
    }

    /// Records that a reader begins to open streams.
    pub(crate) fn begin_start(&mut self) {
        self.starting += 1;
    }

    /// Records that a reader has delivered the streams that it opened; `opened` says whether there
    /// was one.
    pub(crate) fn end_start(&mut self, opened: bool) {
        self.starting -= 1;
        if opened {
            self.vain = 0;
        }
    }

    /// Records that the system refused to open an item while `unread` streams of several buffers
    /// were open. Returns whether the reader has to pause before the next attempt: it has to if no
    /// stream of this run is open, since then no stream can end and make room. `fewer` says whether
    /// fewer streams may be open from now on.
    #[must_use]
    pub(crate) fn refuse(&mut self, unread: usize, fewer: bool) -> bool {
        self.refused = true;
        #[cfg(all(test, shuttle))]
        {
            self.ever_refused = true;
        }
        let open = unread + self.starting;
        if open == 0 {
            self.vain += 1;
            // Count this reader as one that starts a stream until its pause is over, so that no
            // other reader tries to open an item meanwhile.
            self.starting += 1;
            return true;
        }
        if !fewer {
            return false;
        }
        // Allow one stream fewer than are open now, so that the run can still open what is not a
        // stream.
        self.bounds.open = self.bounds.open.min(open - 1).max(1);
        self.fewer = Some(self.bounds.open);
        false
    }

    /// Records that the pause of a reader is over.
    pub(crate) fn end_pause(&mut self) {
        self.starting -= 1;
    }

    /// Records that a stream was closed. Returns whether another stream may be opened because of
    /// that. It makes no difference if the number of open streams is not limited.
    #[must_use]
    pub(crate) fn close_stream(&mut self) -> bool {
        mem::take(&mut self.refused) || self.bounds.open < usize::MAX
    }

    /// Whether the job may put off an item that it cannot open now. After too many attempts the job
    /// must give the item a result.
    pub(crate) fn may_wait(&self) -> bool {
        self.vain < MOST_VAIN
    }

    /// Whether the system refused to open an item and no stream has ended since.
    pub(crate) fn is_refused(&self) -> bool {
        self.refused
    }

    /// How many streams may be open at once, if the system has refused to open an item; otherwise
    /// `None`.
    pub(crate) fn fewer_open(&self) -> Option<usize> {
        self.fewer
    }

    /// How many bytes of results are not written yet, and how many of these the sink holds back.
    #[cfg(test)]
    pub(crate) fn bytes(&self) -> (usize, usize) {
        (self.waiting_bytes, self.held_bytes)
    }

    /// Whether an item was ever put back into the queue because it could not be opened.
    #[cfg(all(test, shuttle))]
    pub(crate) fn was_ever_refused(&self) -> bool {
        self.ever_refused
    }

    /// How many items the source has yielded and the sink has not written yet.
    #[cfg(test)]
    pub(crate) fn items(&self) -> u64 {
        self.numbered - self.written
    }

    #[cfg(test)]
    pub(crate) fn bounds(&self) -> Bounds {
        self.bounds
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BOUNDS: Bounds = Bounds { items: 4, bytes: 10, unread: 3, open: 2, parts: false };

    #[test]
    fn a_full_window_has_room_for_the_awaited_item_alone() {
        let mut window = Window::new(BOUNDS);
        window.add_results(9);
        assert!(window.has_room(0) && window.has_room(1));
        window.add_results(1);
        assert!(window.has_room(0) && !window.has_room(1));
        assert!(window.write(1, 1, Some(1)));
        assert!(window.has_room(1) && window.has_room(2));
    }

    #[test]
    fn the_awaited_stream_of_parts_has_room_beside_what_it_holds_up() {
        let mut window = Window::new(Bounds { parts: true, ..BOUNDS });
        window.add_results(12);
        assert!(!window.may_go_on(0), "all that waits may be results of item 0 itself");
        assert!(window.hold(3, Some(0)), "fewer of the waiting results count now");
        assert!(window.may_go_on(0) && !window.may_go_on(1));
        assert!(!window.hold(3, Some(0)), "nothing has changed");
        assert!(window.hold(3, Some(1)), "the sink waits for another item now");
        assert!(window.may_go_on(1) && !window.may_go_on(0));
    }

    #[test]
    fn other_streams_go_on_in_a_full_window() {
        let mut window = Window::new(BOUNDS);
        window.add_results(10);
        assert!(window.may_go_on(1) && !window.may_start(1, 0, 0));
    }

    #[test]
    fn the_awaited_stream_may_be_started_beyond_the_bounds() {
        let mut window = Window::new(BOUNDS);
        assert!(window.may_start(1, 1, 0) && !window.may_start(1, 2, 0));
        assert!(window.may_start(0, 2, 0) && window.may_start(0, 3, 0));
        window.begin_start();
        assert!(
            !window.may_start(1, 1, 0) && window.may_start(1, 1, 1),
            "one of the two has ended"
        );
        let window = Window::new(Bounds { open: usize::MAX, ..BOUNDS });
        assert!(
            window.may_start(1, 2, 0) && !window.may_start(1, 3, 0) && window.may_start(0, 3, 0)
        );
    }

    #[test]
    fn behind_a_refusal_nothing_is_started_until_a_stream_ends_and_then_fewer_are_open() {
        let mut window = Window::new(Bounds { open: usize::MAX, unread: 100, ..BOUNDS });
        assert!(!window.close_stream(), "any number of streams may be open");
        assert!(!window.refuse(5, true) && window.is_refused());
        assert!(!window.may_start(0, 1, 0), "not even the item that the sink waits for");
        assert!(window.close_stream() && !window.is_refused());
        assert_eq!(window.fewer_open(), Some(4));
        assert!(window.may_start(1, 3, 0) && !window.may_start(1, 4, 0));
        assert!(!window.refuse(1, true));
        assert_eq!(window.fewer_open(), Some(1), "never none");
    }

    #[test]
    fn an_item_that_cannot_be_opened_alone_waits_only_so_often() {
        let mut window = Window::new(Bounds { open: usize::MAX, ..BOUNDS });
        for _ in 0..MOST_VAIN {
            assert!(window.may_wait());
            window.begin_start();
            window.end_start(false);
            assert!(window.refuse(0, true));
            assert!(!window.may_start(0, 0, 0), "no other reader tries during the pause");
            window.end_pause();
            assert!(window.may_start(0, 0, 0));
        }
        assert!(!window.may_wait());
        window.begin_start();
        window.end_start(true);
        assert!(window.may_wait());
        assert!(window.close_stream(), "other items may be opened again");
        assert!(!window.close_stream());
    }

    #[test]
    fn readers_that_were_turned_away_are_called_back_once() {
        let mut window = Window::new(BOUNDS);
        assert!(!window.take_turned_away());
        window.turn_away();
        window.turn_away();
        assert!(window.take_turned_away() && !window.take_turned_away());
    }

    proptest! {
        /// The source yields items whose results have any size up to 7 bytes. They are processed in
        /// any order that the window allows, and written in input order.
        #[test]
        fn every_run_comes_to_its_end_within_the_bounds(
            weights in prop::collection::vec(0..8usize, 0..40),
            choices in prop::collection::vec(any::<prop::sample::Index>(), 1..40),
        ) {
            let mut window = Window::new(BOUNDS);
            let mut choices = choices.iter().cycle();
            let mut named = 0;
            // The items that are not processed yet, and those that are processed and not written.
            let (mut open, mut held) = (Vec::new(), Vec::new());
            let mut due = 0;
            while due < weights.len() as u64 {
                while window.takes_item() && named < weights.len() {
                    open.push(window.number_item());
                    named += 1;
                }
                let may_start: Vec<_> =
                    open.iter().copied().filter(|&number| window.may_start(number, 0, 0)).collect();
                prop_assert!(may_start.contains(&due), "the item that the sink waits for may always start");
                let number = *choices.next().unwrap().get(&may_start);
                open.retain(|other| *other != number);
                held.push(number);
                window.add_results(weights[number as usize]);
                prop_assert!(window.items() <= BOUNDS.items);
                // Each result has up to 7 bytes, and the item that the sink waits for is started
                // even if the window is full.
                prop_assert!(window.bytes().0 < BOUNDS.bytes + 2 * 7);
                while held.contains(&due) {
                    held.retain(|other| *other != due);
                    let room = window.write(1, weights[due as usize], Some(due + 1));
                    prop_assert!(room);
                    due += 1;
                }
            }
            prop_assert_eq!((window.items(), window.bytes()), (0, (0, 0)));
        }
    }
}
