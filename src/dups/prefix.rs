//! The second stage: digests the first bytes of each large file. Of most files that have the same
//! size and different contents, these bytes differ, so the rest need not be read.

use crate::hash::digests::State;
use crate::hash::job::{Context, HashJob, Open, Outcome, Task};
use crate::pipeline::{Filled, Job, Step, Unopened};

/// How many bytes are digested, a multiple of 64.
pub const PREFIX: usize = 16 << 10;

/// Files up to this size skip this stage and are read whole: to open such a file a second time
/// would take longer than to read the rest of it.
pub const WHOLE: u64 = 64 << 10;

/// The job that digests the beginnings of files. Whether a file changed meanwhile is left to the
/// next stage, which reads the file again.
pub struct PrefixJob<C>(pub HashJob<C>);

/// An open file, and how many of its bytes are still to be read.
pub struct Beginning<C> {
    open: Open<C>,
    left: usize,
}

impl<C: Context> Job for PrefixJob<C> {
    type Item = Task<C>;
    type Stream = Beginning<C>;
    type State = State;
    type Output = Outcome<C>;

    fn lanes(&self) -> usize {
        self.0.lanes()
    }

    fn share(&self, ready: usize, idle: usize) -> usize {
        self.0.share(ready, idle)
    }

    fn min_ready(&self, streams: usize) -> usize {
        self.0.min_ready(streams)
    }

    fn device(&self, task: &Task<C>) -> Option<u64> {
        self.0.device(task)
    }

    fn spot(&self, task: &Task<C>) -> Option<u64> {
        self.0.spot(task)
    }

    fn open(
        &self,
        task: Task<C>,
        may_wait: bool,
    ) -> Result<Beginning<C>, Unopened<Task<C>, Outcome<C>>> {
        Ok(Beginning { open: self.0.open(task, may_wait)?, left: PREFIX })
    }

    fn expected(&self, stream: &Beginning<C>) -> usize {
        self.0.expected(&stream.open).min(stream.left)
    }

    fn read(&self, stream: &mut Beginning<C>, buffer: &mut [u8]) -> Filled {
        let most = buffer.len().min(stream.left);
        let filled = self.0.read(&mut stream.open, &mut buffer[..most]);
        stream.left -= filled.bytes;
        Filled { last: filled.last || stream.left == 0, ..filled }
    }

    fn begin(&self, stream: &mut Beginning<C>) -> State {
        self.0.begin(&mut stream.open)
    }

    fn work(&self, steps: &mut [Step<'_, State>]) {
        self.0.work(steps);
    }

    fn finish(&self, stream: Beginning<C>, state: State) -> Outcome<C> {
        self.0.finish(stream.open, state)
    }

    fn weight(&self, outcome: &Outcome<C>) -> usize {
        self.0.weight(outcome)
    }
}
