//! What others bring to the pipeline: the work on their items, and where results go.

use std::{error, fmt};

use crate::stats::Stage;

/// What a pipeline does with its items. All methods are called from many threads at once.
pub trait Job: Sync {
    /// Whether the steps of a stream are parts.
    const PARTS: bool = false;

    /// What the source yields, such as a path.
    type Item: Send;
    /// An opened item, in a reader's hands, such as a file.
    type Stream: Send;
    /// What one step hands to the next of its stream, such as the chaining value of a digest; for
    /// parts, what belongs to each.
    type State: Send;
    /// A result, good or bad, of a stream or of a part.
    type Output: Send;

    /// How many steps of different streams are best worked in one call.
    fn lanes(&self) -> usize {
        1
    }

    /// How many of `ready` steps a worker should take if `idle` workers, itself included, have
    /// nothing to do.
    fn share(&self, ready: usize, idle: usize) -> usize {
        ready.div_ceil(idle)
    }

    /// How many short items go from a reader to a worker together at most: many where each is little work,
    /// one where each is much.
    fn together(&self) -> usize {
        usize::MAX
    }

    /// How many steps must be ready for a further thread to compute beside those that do, while
    /// `streams` long streams advance side by side. Where steps are worked together, dividing few of them
    /// costs more than a processor gains.
    fn company(&self, _streams: usize) -> usize {
        1
    }

    /// The device on which an item lies, if that is known without looking. The number of readers is
    /// found for each device, and one for all items of which it is not known.
    fn device(&self, _item: &Self::Item) -> Option<u64> {
        None
    }

    /// Opens an item, or says at once what became of it, or, if it `may_wait`, that it cannot be
    /// opened while so many others are.
    ///
    /// # Errors
    /// The result of an item of which there is nothing to read, or the item to be opened later.
    fn open(
        &self,
        item: Self::Item,
        may_wait: bool,
    ) -> Result<Self::Stream, Unopened<Self::Item, Self::Output>>;

    /// How many bytes will be read of a stream, if it is as it looks. One that is shorter than a buffer is
    /// not begun at another's end, where it would not fit.
    fn expected(&self, _stream: &Self::Stream) -> usize {
        0
    }

    /// Fills the buffer (its length is a multiple of 64) from the stream. Unless the stream ends,
    /// the whole buffer must be filled; a part may be shorter. A failure ends the stream; it is
    /// kept in the stream, for [`Job::finish`] to tell.
    fn read(&self, stream: &mut Self::Stream, buffer: &mut [u8]) -> Filled;

    /// The state for what was read first of a stream; for parts, for each of them.
    fn begin(&self, stream: &mut Self::Stream) -> Self::State;

    /// Works steps of different streams.
    fn work(&self, steps: &mut [Step<'_, Self::State>]);

    /// The result of a stream whose last step was worked; for parts, of its last part.
    fn finish(&self, stream: Self::Stream, state: Self::State) -> Self::Output;

    /// The result of a part that is not its stream's last.
    fn part(&self, _state: Self::State) -> Self::Output {
        unreachable!("streams whose steps depend on each other have no parts")
    }

    /// The bytes that a result occupies while it waits to be written.
    fn weight(&self, output: &Self::Output) -> usize {
        size_of_val(output)
    }
}

/// Why an item was not opened.
#[derive(Debug)]
pub enum Unopened<I, O> {
    /// There is nothing to read: its result.
    Result(O),
    /// Too much is open: the item, which has to wait until something was closed.
    Later(I),
}

impl<I, O> Unopened<I, O> {
    /// The same with another form of result.
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
    /// The stream's state, as the step before left it.
    pub state: &'a mut S,
    /// The bytes; unless `last`, a multiple of 64 of them.
    pub data: &'a [u8],
    /// Whether the stream ends with these bytes.
    pub last: bool,
}

/// Where results go. Called by one thread.
pub trait Sink<O> {
    /// Why writing failed.
    type Error;

    /// Takes the next result.
    ///
    /// # Errors
    /// Ends the run.
    fn put(&mut self, output: O) -> Result<(), Self::Error>;

    /// Called when no further result is there yet: what was put should become visible.
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
    /// It could not begin, for this reason.
    Begin(String),
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
