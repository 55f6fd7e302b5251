//! How many streams may be open, and what happens when that is more than the system allows.

use super::{Exchange, Inner, MOST_VAIN, Queued};
use crate::job::Job;
use crate::stats::Stage;

/// Whether an item that cannot be opened now may wait.
pub(super) fn may_wait<J: Job>(inner: &Inner<J>) -> bool {
    inner.vain < MOST_VAIN
}

/// Whether there is room for a further open stream; `closed` of those that count as open are not.
pub(super) fn may_open<J: Job>(inner: &Inner<J>, awaited: bool, closed: usize) -> bool {
    let open = inner.unread + inner.starting - closed;
    if inner.refused { open == 0 } else { awaited || open < inner.most_open }
}

impl<J: Job> Exchange<'_, J> {
    /// Puts an item back that could not be opened, into its place in the queue. Says whether the
    /// reader has to wait, since there is nothing of ours whose end would make room.
    pub(super) fn put_back(&self, inner: &mut Inner<J>, queued: Queued<J>) -> bool {
        let at = inner.items.partition_point(|other| other.number < queued.number);
        inner.items.insert(at, queued);
        inner.refused = true;
        let open = inner.unread + inner.starting;
        if open == 0 {
            inner.vain += 1;
            // Until the pause is over, this reader stands for all that would try.
            inner.starting += 1;
            return true;
        }
        // One less than there are, so that something is left for others than streams.
        inner.most_open = inner.most_open.min(open - 1).max(1);
        inner.fewer = Some(inner.most_open);
        // One of the streams that wait for room in the window may have to go on without.
        if J::PARTS {
            inner.window_full = false;
            self.ring(inner, Stage::Read, usize::MAX);
        }
        false
    }

    /// The pause of a reader is over.
    pub(crate) fn paused(&self) {
        self.lock().starting -= 1;
    }

    /// A stream was closed.
    pub(super) fn stream_ended(&self, inner: &mut Inner<J>) {
        let refused = std::mem::take(&mut inner.refused);
        // Where any number may be open, there is no more room than before.
        if refused || inner.most_open < usize::MAX {
            self.call_reader(inner);
        }
    }

    /// Whether an open stream may be read on.
    pub(super) fn may_go_on(&self, inner: &Inner<J>, number: u64) -> bool {
        !J::PARTS || self.in_window(inner, number) || makes_room(inner, number)
    }
}

/// Whether this is the stream of parts that must be read on without room in the window: the awaited one
/// cannot be opened, and all others wait for it.
fn makes_room<J: Job>(inner: &Inner<J>, number: u64) -> bool {
    let awaited_is_open = || inner.awaited.is_some_and(|number| inner.chains.contains_key(&number));
    let unread = inner.chains.iter().filter(|(_, chain)| !chain.ended);
    inner.refused && !awaited_is_open() && unread.map(|(&number, _)| number).min() == Some(number)
}
