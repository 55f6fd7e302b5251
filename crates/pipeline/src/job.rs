//! What a caller brings to the pipeline: a [`Job`], the work on the items, and a [`Sink`], which
//! takes the results.

use std::convert::Infallible;
use std::{error, fmt};

use crate::stats::Stage;

/// What a pipeline does with its items. All methods are called from many threads at once.
pub trait Job: Sync {
    /// Whether the steps of a stream are parts: independent of each other, each with a result of
    /// its own. See the [crate's documentation](crate).
    const PARTS: bool = false;

    /// What the source yields, such as a path.
    type Item: Send;
    /// An opened item, which a reader reads, such as a file.
    type Stream: Send;
    /// What one step passes to the next step of its stream, such as the chaining value of a digest.
    /// With parts, the data that belongs to one part.
    type State: Send;
    /// The result of a stream or of a part: a success or a failure.
    type Output: Send;

    /// How many steps of different streams one call of [`Job::work`] should get for the best speed.
    fn lanes(&self) -> usize {
        1
    }

    /// How many of the `ready` groups of steps a worker should take when `idle` workers, itself
    /// included, have nothing to do.
    fn share(&self, ready: usize, idle: usize) -> usize {
        ready.div_ceil(idle)
    }

    /// How many short items a reader passes to a worker together, at most: many where each is
    /// little work, one where each is much.
    fn together(&self) -> usize {
        usize::MAX
    }

    /// How many steps must be ready before another thread joins those that compute, while `streams`
    /// long streams advance side by side. Where steps are worked together, dividing a few of them
    /// between threads costs more than another CPU gains.
    fn min_ready(&self, _streams: usize) -> usize {
        1
    }

    /// The device that holds an item, if that is known before it is opened. The pipeline finds the
    /// best number of readers for each device, and one number for all items whose device is
    /// unknown.
    fn device(&self, _item: &Self::Item) -> Option<u64> {
        None
    }

    /// Opens an item. If `may_wait`, the job may give the item back instead, because too many
    /// others are open.
    ///
    /// # Errors
    /// [`Unopened::Result`] for an item of which there is nothing to read, [`Unopened::Later`] for
    /// one that cannot be opened now.
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
    /// the job must fill the whole buffer; only a part may be shorter. A failure ends the stream:
    /// the job keeps it in the stream, and [`Job::finish`] reports it.
    fn read(&self, stream: &mut Self::Stream, buffer: &mut [u8]) -> Filled;

    /// The state for the first step of a stream; with parts, for each part. Called after the step
    /// was read.
    fn begin(&self, stream: &mut Self::Stream) -> Self::State;

    /// Works steps of different streams; with parts, also several of one stream.
    fn work(&self, steps: &mut [Step<'_, Self::State>]);

    /// The result of a stream whose last step was worked; with parts, the result of its last part.
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
    /// Too many streams are open. This is the item, which has to wait until one is closed.
    Later(I),
}

impl<I, O> Unopened<I, O> {
    /// Converts the type of the result.
    pub fn map<P: From<O>>(self) -> Unopened<I, P> {
        match self {
            Unopened::Result(output) => Unopened::Result(output.into()),
            Unopened::Later(item) => Unopened::Later(item),
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
    /// The bytes at the buffer's beginning that are valid.
    pub bytes: usize,
    /// Whether the stream has ended; otherwise the buffer is full.
    pub last: bool,
}

/// One buffer's worth of a stream.
#[derive(Debug)]
pub struct Step<'a, S> {
    /// The state of the stream after the step before this one.
    pub state: &'a mut S,
    /// The bytes. Their number is a multiple of 64 unless this is the last step or a part.
    pub data: &'a [u8],
    /// Whether the stream ends with these bytes.
    pub last: bool,
}

/// Where results go. Only one thread calls it.
pub trait Sink<O> {
    /// Why writing failed.
    type Error;

    /// Takes the next result.
    ///
    /// # Errors
    /// Ends the run.
    fn put(&mut self, output: O) -> Result<(), Self::Error>;

    /// Called when no other result is available yet. The sink should flush what it has taken.
    ///
    /// # Errors
    /// Ends the run.
    fn idle(&mut self) -> Result<(), Self::Error>;
}

/// Why a run ended early.
#[derive(Debug)]
pub enum Error<E> {
    /// The sink could not go on.
    Sink(E),
    /// A stage panicked with this message.
    Panic {
        /// The stage.
        stage: Stage,
        /// What the panic said.
        message: String,
    },
    /// The run could not start, for this reason.
    Begin(String),
}

impl Error<()> {
    /// The failure of a run whose sink fails only when the receiver of its results has had enough. `None` if
    /// that is why the run ended.
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
