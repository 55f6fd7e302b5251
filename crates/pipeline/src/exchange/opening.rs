//! What happens when the system does not allow another stream to be opened.

use super::{Exchange, Inner, Queued};
use crate::job::Job;
use crate::stats::Stage;

impl<J: Job> Exchange<'_, J> {
    /// Puts an item that could not be opened back into the queue, in front of later ones. Returns whether
    /// the reader has to pause before the next attempt: it has to if no stream of this run is open,
    /// since then no stream can end and make room. `busy` says whether it was the job that wants no
    /// further stream of this kind, and not the system.
    pub(super) fn put_back(&self, inner: &mut Inner<J>, queued: Queued<J>, busy: bool) -> bool {
        let later = inner.items.iter().position(|other| other.number > queued.number);
        let at = later.unwrap_or(inner.items.len());
        inner.items.insert(at, queued);
        inner.sweep.put_back(at);
        let has_to_wait = inner.window.refuse(inner.chains.unread(), !busy);
        // A stream that waits for room in the window may now have to be read further without room
        // (see `makes_room`). This wakes all readers, so those that were turned away for lack of
        // room need no wake-up later.
        if J::PARTS && !has_to_wait {
            inner.window.take_turned_away();
            self.notify(inner, Stage::Read, usize::MAX);
        }
        has_to_wait
    }

    /// Records that a reader's pause after [`super::Next::Pause`] is over.
    pub(crate) fn paused(&self) {
        self.lock().window.end_pause();
    }

    /// Records that a stream was closed, and wakes a reader if another stream may be opened now.
    pub(super) fn stream_ended(&self, inner: &mut Inner<J>) {
        if inner.window.close_stream() {
            self.wake_reader(inner);
        }
    }

    /// Whether an open stream may be read further.
    pub(super) fn may_go_on(&self, inner: &Inner<J>, number: u64) -> bool {
        inner.window.may_go_on(number) || makes_room(inner, number)
    }
}

/// Whether this stream of parts must be read further although the window is full. That is so when
/// the item that the sink waits for cannot be opened and all open streams wait for this item: one
/// of these streams has to end first.
fn makes_room<J: Job>(inner: &Inner<J>, number: u64) -> bool {
    let awaited_is_open =
        || inner.window.awaited().is_some_and(|number| inner.chains.contains(number));
    inner.window.is_refused() && !awaited_is_open() && inner.chains.first_unread() == Some(number)
}
