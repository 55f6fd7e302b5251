//! A pipeline that works on many items in parallel: a source, threads that read, threads that
//! compute, and a sink. It knows nothing about files, digests or words.
//!
//! ```text
//!            bounded queue        ready steps              results
//!  source ──────────────► read ──────────────► work ──────────────► sink
//!  1 thread               N readers            rayon, 1 per core    1 thread, owns the writer
//! ```
//!
//! # Streams and steps
//! The source yields items. A reader opens each item into a *stream*: bytes that must be processed
//! in sequence, such as one file. Readers read a stream buffer by buffer, and each buffer of it is
//! a *step*. Workers process the steps of one stream one after another, since each step needs the
//! state that the step before it left. They process steps of different streams in any order, and
//! several in one call of the job, best [`Job::lanes`] of them. Streams that are shorter than a
//! buffer share one, so that tiny items travel in groups.
//!
//! Where the steps of a stream do not depend on each other, such as blocks of lines, they are
//! *parts* ([`Job::PARTS`]). Parts can be processed in any order, so that one stream keeps all
//! workers busy, and each part gives a result of its own. The sink gets the parts of a stream in
//! their order and with nothing between them, in both [orders](Order).
//!
//! # Scheduling
//! All stages share one state, the exchange, behind one mutex. A thread takes the mutex about once
//! per group and never holds it while it reads, computes or writes. A reader goes on with its
//! stream while the workers keep up. When two buffers of the stream have been read and are not
//! processed yet, the reader lays the stream aside and takes another one. So a slow device is read
//! one file after another, while a fast device supplies enough streams for all lanes. Each device
//! has a number of slots for readers. A reader takes the first item whose device has a free slot.
//! Unless the number of slots is fixed, the run always has one more reader than slots are taken, up
//! to a limit. The others may be stuck at devices that do not answer; the additional reader wakes
//! when there is something else to read.
//!
//! # Bounds
//! The number of buffers bounds the data, and the *window* bounds the results that wait for their
//! turn. While the window is full, readers start no new stream and read no stream of parts further.
//! The one exception is the stream whose result the sink must write next, as long as the results of
//! this stream can be written. Readers start the streams of one device in input order, and the
//! slots of the device become free again, so the stream that the sink waits for is always reached.
//! No thread waits for anything while it holds a buffer.
//!
//! # Streams that cannot be opened for now
//! At most [`Settings::most_open`] streams are open at once, and in addition the one that the sink
//! waits for. If even that is too many for the system, the job reports it ([`Unopened::Later`]).
//! Then the item goes back to its position in the queue, nothing is started before an open stream
//! has ended, and fewer streams may be open from then on. It can happen that the parts of all open
//! streams must wait for the result of this very item. Then the first open stream is read further
//! although the window is full, since another stream can be opened only when one has ended. An item
//! that cannot be opened although nothing else is open is tried again for a while; after that the
//! job must give it a result.
//!
//! # Ends
//! [`Control::stop`] stops the source. Each reader then finishes its buffer, the workers process
//! what was read, and the sink writes the results whose turn has come. A panic in any stage, or a
//! failure of the sink, ends the run early with an [`Error`]. Failures of single items are ordinary
//! results.

mod adapt;
mod background;
mod buffer;
mod chains;
mod control;
mod devices;
mod exchange;
mod job;
mod order;
mod reader;
mod reading;
mod run;
mod settings;
mod stats;
mod sweep;
mod sync;
mod threads;
mod window;
mod worker;

#[cfg(all(test, shuttle))]
mod model;
// In a build for the model checker, all locks are those of the checker. They work only inside its
// runs, so the ordinary tests are left out.
#[cfg(all(test, not(shuttle)))]
mod tests;

pub use background::Background;
pub use control::Control;
pub use job::{Bytes, Error, Filled, Job, Mapped, Sink, Step, Unopened};
pub use order::Order;
pub use run::{run, run_one};
pub use settings::{LONGEST_BLOCK, Settings};
pub use stats::{Stage, StageStats, Stats, processor_time, processors};
