//! A pipeline for work on many items: a source, threads that read, threads that compute, and a sink. It
//! knows nothing of files, digests or words.
//!
//! ```text
//!            bounded queue        ready steps              results
//!  source ──────────────► read ──────────────► work ──────────────► sink
//!  1 thread               N readers            rayon, 1 per core    1 thread, owns the writer
//! ```
//!
//! # Streams and steps
//! An item that the source yields is opened into a *stream*: what must be processed in sequence,
//! such as one file. A stream is read buffer by buffer, and each buffer of it is a *step*. Steps of
//! one stream are worked one after another, since each needs the state that the one before it
//! left; steps of different streams are worked in any order and together, up to
//! [`Job::lanes`] in one call. Streams that end within a buffer share it, so that tiny items
//! travel in groups.
//!
//! Where the steps of a stream do not depend on each other, as blocks of lines, they are *parts*
//! ([`Job::PARTS`]): they need no order while they are worked, so that one stream keeps all workers
//! busy, and each gives a result of its own. The parts of a stream reach the sink in their order and
//! with nothing between them, in both [orders](Order).
//!
//! # Scheduling
//! All stages meet in one exchange behind one mutex, taken once per group and never
//! while anything is read, worked or written. A reader goes on with its stream while the workers
//! keep up, and lays it aside for another one when two of its buffers wait: a slow device is read
//! file after file, and a fast one fills all lanes. Each device has so many places for readers;
//! where the next item lies on one whose places are taken, a reader takes the first item that does
//! not. Unless the number of places is fixed, there is one reader more than have a place, who is called
//! when there is something for it: the others may be in the hands of devices that do not answer.
//!
//! # Bounds
//! Data is bounded by the number of buffers, results that wait for their turn by the window.
//! When the window is full no new stream is started and none of parts is read on, but for the one
//! that the sink waits for, as long as its own results are written. The streams of one device are started in
//! input order, and its places become free again, so that one always arrives. Nobody waits for anything while holding a buffer.
//!
//! # Streams that cannot be opened for now
//! No more streams are open at once than [`Settings::most_open`], and the one that the sink waits for. Where
//! even that is too many, the job says so ([`Unopened::Later`]): the item goes back to its place in the
//! queue, nothing is started before an open stream has ended, and fewer may be open from then on. If all
//! those that are open are parts that wait for the very item, the first of them is read on though
//! the window is full, since only its end makes room. An item that cannot be opened while nothing else is
//! open is tried again for a while, and then has to have a result.
//!
//! # Ends
//! [`Control::stop`] stops the source; each reader finishes its buffer, the workers drain, and the
//! sink writes what is due. A panic in any stage, or a failure of the sink, ends the run early
//! with an [`Error`]. Errors of single items are ordinary results.

mod adapt;
mod background;
mod bells;
mod buffer;
mod chains;
mod control;
mod devices;
mod exchange;
mod job;
mod order;
mod reader;
mod run;
mod settings;
mod stats;
mod sync;
mod window;
mod worker;

#[cfg(all(test, shuttle))]
mod model;
// Elsewhere than in its model, the checker's locks do not work.
#[cfg(all(test, not(shuttle)))]
mod tests;

pub use background::Background;
pub use control::Control;
pub use job::{Error, Filled, Job, Sink, Step, Unopened};
pub use order::Order;
pub use run::{run, run_one};
pub use settings::Settings;
pub use stats::{Stage, StageStats, Stats, processor_time, processors};
