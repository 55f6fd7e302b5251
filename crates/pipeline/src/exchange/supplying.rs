//! The source's method: it puts items into the queue.

use super::{Exchange, Finished, Queued, Waiting};
use crate::job::Job;
use crate::order::Position;
use crate::stats::Stage;

impl<J: Job> Exchange<'_, J> {
    /// The body of the source's thread.
    pub(crate) fn supply(&self, source: impl Iterator<Item = Result<J::Item, J::Output>>) {
        for item in source {
            let spot = item.as_ref().ok().and_then(|item| self.job.spot(item));
            let mut inner = self.lock();
            loop {
                if self.control.is_stopped() {
                    return;
                }
                let most = match inner.sweep.wants_more() {
                    true => self.sweep_items,
                    false => self.queue_items,
                };
                if inner.window.takes_item() && inner.items.len() < most {
                    break;
                }
                inner = self.wait(inner, Stage::Source, Waiting::Blocked);
            }
            let number = inner.window.number_item();
            match item {
                Ok(item) => {
                    let device = inner.devices.index(self.job.device(&item));
                    let queued = Queued { number, device, spot, may_wait: true, item };
                    inner.sweep.queued(&queued);
                    inner.items.push_back(queued);
                    // If a reader was sent a wake-up already, no other is woken here: that reader
                    // wakes the next one if there is more to read.
                    if inner.devices.has_slot(device) && inner.threads.notified(Stage::Read) == 0 {
                        self.notify(&mut inner, Stage::Read, 1);
                    }
                }
                // The weight of a result from the source does not count: the window already bounds
                // the number of such results that wait.
                Err(output) => {
                    inner.results.push(Finished {
                        position: Position::whole(number),
                        output,
                        weight: 0,
                    });
                    self.notify(&mut inner, Stage::Sink, 1);
                }
            }
        }
    }
}
