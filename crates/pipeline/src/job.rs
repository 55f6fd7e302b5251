//! What a caller brings to the pipeline: a [`Job`], the work on the items, and a [`Sink`], which
//! takes the results.

use std::convert::Infallible;
use std::ops::Deref;
use std::{error, fmt};

use crate::stats::Stage;

/// What a pipeline does with its items. All methods are called from many threads at once.
pub trait Job: Sync {
    /// Whether the steps of a stream are parts: independent of each other, each with a result of
    /// its own. See the [crate's documentation](crate).
    const PARTS: bool = false;

    /// What the source yields, such as a path.
    type Item: Send;
    /// An opened item, such as an open file, from which a reader reads.
    type Stream: Send;
    /// What one step passes to the next step of its stream, such as the chaining value of a digest.
    /// With parts, the data that belongs to one part.
    type State: Send;
    /// The result of a stream or of a part: a success or a failure.
    type Output: Send;

    /// The best number of steps for one call of [`Job::work`]. The steps of a call belong to
    /// different streams.
    fn lanes(&self) -> usize {
        1
    }

    /// How many groups of steps a worker should take when `ready` groups can be processed and
    /// `idle` workers, this one included, have nothing to do. A group is the steps in one buffer.
    fn share(&self, ready: usize, idle: usize) -> usize {
        ready.div_ceil(idle)
    }

    /// The most short items that a reader passes to a worker together. This should be many where an
    /// item is little work, and one where an item is much work.
    fn together(&self) -> usize {
        usize::MAX
    }

    /// About how many bytes of memory an open stream and its state take beside their own size. Streams
    /// that share a buffer get no more of it than these bytes and their size leave, so that the number of
    /// buffers bounds them too.
    fn held(&self) -> usize {
        0
    }

    /// How many steps must be ready before another thread joins those that compute, while `streams`
    /// long streams are in progress side by side. Where one call processes several steps together,
    /// dividing a few steps between threads costs more than another CPU gains.
    fn min_ready(&self, _streams: usize) -> usize {
        1
    }

    /// The device that holds an item, if that is known before it is opened. The pipeline finds the
    /// best number of readers for each device, and one number for all items whose device is
    /// unknown.
    fn device(&self, _item: &Self::Item) -> Option<u64> {
        None
    }

    /// Where an item lies on its device, if the device is faster when it is read in the order of
    /// these numbers. As long as such items take as long as a disk that seeks, readers take them in
    /// this order, as far as they wait already; the results come in the order of the source all the
    /// same. Without spots, items are read in the order of the source. A job whose results are large
    /// should tell none, since results wait longer for their turn.
    fn spot(&self, _item: &Self::Item) -> Option<u64> {
        None
    }

    /// Opens an item. If `may_wait`, the job may instead give the item back, to be opened later,
    /// because too many others are open.
    ///
    /// # Errors
    /// [`Unopened::Result`] for an item that has its result already, because there is nothing to
    /// read; [`Unopened::Later`] or [`Unopened::Busy`] for an item that cannot be opened now.
    fn open(
        &self,
        item: Self::Item,
        may_wait: bool,
    ) -> Result<Self::Stream, Unopened<Self::Item, Self::Output>>;

    /// How many bytes the stream is expected to have; 0 if that is unknown. A stream that fits into
    /// an empty buffer but not into the rest of the current one gets a buffer of its own, if one is
    /// free.
    fn expected(&self, _stream: &Self::Stream) -> usize {
        0
    }

    /// Fills the buffer (its length is a multiple of 64) from the stream. Unless the stream ends,
    /// the job must fill the whole buffer; only a part may be shorter. A failure to read ends the
    /// stream: the job keeps the failure in the stream, and [`Job::finish`] reports it.
    fn read(&self, stream: &mut Self::Stream, buffer: &mut [u8]) -> Filled;

    /// Whether [`Job::map`] may return bytes of this stream.
    fn may_map(&self, _stream: &Self::Stream) -> bool {
        false
    }

    /// Up to `most` further bytes of the stream, if they are in memory, so that they need not be
    /// copied into a buffer. Their number is a multiple of 64 unless the stream ends with them.
    /// `None` if they have to be read: then [`Job::read`] is called instead.
    fn map(&self, _stream: &mut Self::Stream, _most: usize) -> Option<Mapped> {
        None
    }

    /// The state for the first step of a stream; with parts, for each part. Called after that step
    /// or part was read.
    fn begin(&self, stream: &mut Self::Stream) -> Self::State;

    /// Processes these steps, which belong to different streams; with parts, several may belong to
    /// one stream.
    fn work(&self, steps: &mut [Step<'_, Self::State>]);

    /// The result of a stream whose last step was processed; with parts, the result of its last
    /// part.
    fn finish(&self, stream: Self::Stream, state: Self::State) -> Self::Output;

    /// The result of a part that is not its stream's last.
    fn part(&self, _state: Self::State) -> Self::Output {
        unreachable!("streams whose steps depend on each other have no parts")
    }

    /// How many bytes of memory a result takes while it waits to be written.
    fn weight(&self, output: &Self::Output) -> usize {
        size_of_val(output)
    }
}

/// Why an item was not opened.
#[derive(Debug)]
pub enum Unopened<I, O> {
    /// There is nothing to read. This is the item's result.
    Result(O),
    /// Too many streams are open. This is the item, which has to wait until one is closed. From then
    /// on fewer streams are open at once.
    Later(I),
    /// The job itself wants no further stream of this kind now. This is the item, which has to wait
    /// until a stream is closed.
    Busy(I),
}

impl<I, O> Unopened<I, O> {
    /// Converts the type of the result.
    pub fn map<P: From<O>>(self) -> Unopened<I, P> {
        match self {
            Unopened::Result(output) => Unopened::Result(output.into()),
            Unopened::Later(item) => Unopened::Later(item),
            Unopened::Busy(item) => Unopened::Busy(item),
        }
    }
}

impl<I, O> From<O> for Unopened<I, O> {
    fn from(output: O) -> Self {
        Unopened::Result(output)
    }
}

/// What [`Job::read`] put into a buffer.
#[derive(Clone, Copy, Debug)]
pub struct Filled {
    /// How many bytes at the beginning of the buffer are valid.
    pub bytes: usize,
    /// Whether the stream has ended; otherwise the buffer is full.
    pub last: bool,
}

/// Bytes in memory that is not a buffer of the pipeline.
pub type Bytes = Box<dyn Deref<Target = [u8]> + Send>;

/// What [`Job::map`] returns.
pub struct Mapped {
    /// The bytes. They are dropped when they have been processed, before [`Job::finish`] is called.
    pub bytes: Bytes,
    /// Whether the stream has ended.
    pub last: bool,
}

/// The bytes of one stream in one buffer, to be processed together.
#[derive(Debug)]
pub struct Step<'a, S> {
    /// The state of the stream after the step before this one.
    pub state: &'a mut S,
    /// The bytes of this step. Their number is a multiple of 64 unless this is the last step or a
    /// part.
    pub data: &'a [u8],
    /// Whether the stream ends with these bytes.
    pub last: bool,
}

/// Where the results go. Only one thread calls these methods.
pub trait Sink<O> {
    /// Why writing failed.
    type Error;

    /// Takes the next result.
    ///
    /// # Errors
    /// An error ends the run.
    fn put(&mut self, output: O) -> Result<(), Self::Error>;

    /// Called when no other result is available yet. The sink should flush what it has taken.
    ///
    /// # Errors
    /// An error ends the run.
    fn idle(&mut self) -> Result<(), Self::Error>;
}

/// Why a run ended early.
#[derive(Debug)]
pub enum Error<E> {
    /// The sink could not go on.
    Sink(E),
    /// A stage panicked.
    Panic {
        /// The stage that panicked.
        stage: Stage,
        /// The message of the panic.
        message: String,
    },
    /// The run could not start, for this reason.
    Begin(String),
}

impl Error<()> {
    /// The failure of a run whose sink returns an error only when the receiver of the results wants
    /// no more of them. `None` if the run ended for that reason, which is no failure.
    pub fn failure(self) -> Option<Error<Infallible>> {
        match self {
            Error::Sink(()) => None,
            Error::Panic { stage, message } => Some(Error::Panic { stage, message }),
            Error::Begin(reason) => Some(Error::Begin(reason)),
        }
    }
}

impl<E: fmt::Display> fmt::Display for Error<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Sink(error) => error.fmt(formatter),
            Error::Panic { stage, message } => {
                write!(formatter, "the {stage} stage failed: {message}")
            }
            Error::Begin(reason) => formatter.write_str(reason),
        }
    }
}

impl<E: error::Error> error::Error for Error<E> {}

#[cfg(all(test, not(shuttle)))]
mod tests {
    use super::*;

    /// A job with nothing but what every job must have.
    struct Plain;

    impl Job for Plain {
        type Item = ();
        type Stream = ();
        type State = ();
        type Output = u64;
        fn open(&self, (): (), _: bool) -> Result<(), Unopened<(), u64>> {
            Ok(())
        }
        fn read(&self, (): &mut (), _: &mut [u8]) -> Filled {
            Filled { bytes: 0, last: true }
        }
        fn begin(&self, (): &mut ()) {}
        fn work(&self, _: &mut [Step<'_, ()>]) {}
        fn finish(&self, (): (), (): ()) -> u64 {
            0
        }
    }

    #[test]
    fn what_a_job_leaves_out_has_the_documented_value() {
        assert_eq!((Plain.lanes(), Plain.together(), Plain.min_ready(9)), (1, usize::MAX, 1));
        // Each idle worker gets its share of the groups, rounded up.
        assert_eq!(
            [(8, 2), (9, 2), (1, 4)].map(|(ready, idle)| Plain.share(ready, idle)),
            [4, 5, 1]
        );
        assert_eq!((Plain.device(&()), Plain.expected(&()), Plain.may_map(&())), (None, 0, false));
        assert!(Plain.map(&mut (), 64).is_none() && Plain.spot(&()).is_none());
        assert_eq!(Plain.weight(&7), 8);
    }

    #[test]
    fn a_receiver_that_wants_no_more_is_no_failure_and_all_else_has_its_message() {
        assert!(Error::Sink(()).failure().is_none());
        let panic = Error::Panic { stage: Stage::Read, message: "it broke".into() };
        assert_eq!(panic.failure().unwrap().to_string(), "the read stage failed: it broke");
        let begin = Error::<()>::Begin("no threads".into());
        assert_eq!(begin.failure().unwrap().to_string(), "no threads");
        assert_eq!(Error::Sink("disk full").to_string(), "disk full");
    }
}
