//! How many streams may be open, and what happens when that is more than the system allows.

use super::{Exchange, Inner, Queued};
use crate::job::Job;
use crate::stats::Stage;

impl<J: Job> Exchange<'_, J> {
    /// Puts an item back that could not be opened, into its place in the queue. Says whether the
    /// reader has to wait, since there is nothing of ours whose end would make room.
    pub(super) fn put_back(&self, inner: &mut Inner<J>, queued: Queued<J>) -> bool {
        let at = inner.items.partition_point(|other| other.number < queued.number);
        inner.items.insert(at, queued);
        let has_to_wait = inner.window.refuse(inner.chains.unread());
        // One of the streams that wait for room in the window may have to go on without. All readers are
        // called for that, so nobody has to be called back later.
        if J::PARTS && !has_to_wait {
            inner.window.take_turned_away();
            self.ring(inner, Stage::Read, usize::MAX);
        }
        has_to_wait
    }

    /// The pause of a reader is over.
    pub(crate) fn paused(&self) {
        self.lock().window.end_pause();
    }

    /// A stream was closed.
    pub(super) fn stream_ended(&self, inner: &mut Inner<J>) {
        if inner.window.close_stream() {
            self.call_reader(inner);
        }
    }

    /// Whether an open stream may be read on.
    pub(super) fn may_go_on(&self, inner: &Inner<J>, number: u64) -> bool {
        inner.window.may_go_on(number) || makes_room(inner, number)
    }
}

/// Whether this is the stream of parts that must be read on without room in the window: the awaited one
/// cannot be opened, and all others wait for it.
fn makes_room<J: Job>(inner: &Inner<J>, number: u64) -> bool {
    let awaited_is_open =
        || inner.window.awaited().is_some_and(|number| inner.chains.contains(number));
    inner.window.is_refused() && !awaited_is_open() && inner.chains.first_unread() == Some(number)
}
