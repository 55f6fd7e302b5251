//! A reader opens items, fills buffers from them, and delivers the filled buffers, which workers
//! then take.

#[cfg(all(test, not(shuttle)))]
mod tests;

use std::mem;
use std::time::Duration;

use crate::buffer::Buffer;
use crate::exchange::{Delivery, Exchange, Finished, Group, Next, Piece, Queued, Task, Unread};
use crate::job::{Filled, Job, Mapped, Unopened};
use crate::order::Position;
use crate::stats::Stage;
use crate::sync::{Instant, pause};
use crate::worker;

/// In a buffer that several streams share, each stream begins at a multiple of this, the size of a
/// cache line in bytes. This avoids the offsets to which the kernel copies slowly (see
/// [`crate::buffer`]).
const ALIGNMENT: usize = 64;
/// A buffer with fewer free bytes than this takes no other stream. What the streams in it hold in memory
/// elsewhere counts as if it were in the buffer.
const LEAST_ROOM: usize = 16 << 10;
/// The most streams that a reader delivers together. With fewer, the lanes of a worker more often
/// run empty towards the end of a delivery (a run with 128 took 3 % longer). With more, 60,000
/// small files took the same time and more memory.
const MOST_PIECES: usize = 256;
/// A reader that has read this many bytes delivers them if they fill all lanes. It then often
/// processes them itself, and they should still be in the cache of its core. (For 4,000 files of
/// 256 KiB, reading on up to [`MOST_PIECES`] took half as much CPU time again.)
const BATCH: usize = 1 << 20;
/// A reader delivers after this time even if its buffer has room, so that the workers do not have
/// to wait for streams that the reader has already read from a slow device.
const PATIENCE: Duration = Duration::from_millis(2);

/// How long a reader waits before it tries again to open an item that could not be opened.
pub(crate) const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 20 });

/// The body of a reader's thread. `start` starts another reader thread with the given index.
pub(crate) fn run<J: Job>(exchange: &Exchange<J>, job: &J, start: &dyn Fn(usize)) {
    let mut slot = None;
    while let Some((task, buffer, another)) = exchange.next_task(&mut slot) {
        another.into_iter().for_each(start);
        let mut delivery = match task {
            Task::Start(queued) => read_run(exchange, job, queued, buffer, PATIENCE),
            Task::GoOn(unread) => read_chunk(exchange, job, unread, buffer),
        };
        loop {
            match exchange.deliver(delivery) {
                Next::GoOn(unread, buffer) => {
                    delivery = read_chunk(exchange, job, unread, buffer);
                }
                Next::Work(groups) => {
                    exchange.shield(Stage::Work, || exchange.hand_in(worker::work(job, groups)));
                    break;
                }
                Next::WorkOn(group, unread) => {
                    let mut next = Next::Ask;
                    exchange.shield(Stage::Work, || {
                        next = exchange.hand_in_and_read_on(worker::work(job, vec![group]), unread);
                    });
                    let Next::GoOn(unread, buffer) = next else { break };
                    delivery = read_chunk(exchange, job, unread, buffer);
                }
                Next::Pause => {
                    pause(PAUSE);
                    exchange.paused();
                    break;
                }
                Next::Ask => break,
            }
        }
    }
}

/// Reads one item after another, into further buffers while some are free. Ends when enough items
/// or bytes were read, a stream does not fit into its buffer, an item cannot be opened for now, no further
/// item or buffer is available, or `patience` is over.
fn read_run<J: Job>(
    exchange: &Exchange<J>,
    job: &J,
    first: Queued<J>,
    buffer: Buffer,
    patience: Duration,
) -> Delivery<J> {
    let begun = Instant::now();
    let most = job.together().clamp(1, MOST_PIECES);
    let lanes = job.lanes();
    let held = size_of::<Piece<J>>() + job.held();
    let device = first.device;
    let spots = first.spot.is_some();
    let mut delivery = Delivery { starts: true, spots, ..Delivery::new(device) };
    let mut group = Group { buffer, pieces: Vec::new() };
    let (mut offset, mut taken, mut bytes) = (0, 0, 0);
    let mut next = Some(first);
    while let Some(Queued { number, spot, may_wait, item, .. }) = next {
        taken += 1;
        match job.open(item, may_wait) {
            Err(Unopened::Later(item)) => {
                delivery.later = Some(Queued { number, device, spot, may_wait, item });
            }
            Err(Unopened::Busy(item)) => {
                delivery.later = Some(Queued { number, device, spot, may_wait, item });
                delivery.busy = true;
            }
            Err(Unopened::Result(output)) => {
                delivery.results.push(Finished::new(job, Position::whole(number), output));
            }
            Ok(mut stream) => {
                let room = group.buffer.len() - offset;
                // A stream that does not fit into the rest of this buffer gets another one, and so
                // does a stream whose bytes may take the place of a buffer.
                let wants_own = (room + 1..=group.buffer.len()).contains(&job.expected(&stream))
                    || offset > 0 && job.may_map(&stream);
                if wants_own && let Some(buffer) = exchange.spare_buffer() {
                    delivery
                        .groups
                        .push(mem::replace(&mut group, Group { buffer, pieces: Vec::new() }));
                    offset = 0;
                }
                let filled = match offset {
                    0 => fill(exchange, job, &mut stream, &mut group.buffer),
                    _ => job.read(&mut stream, &mut group.buffer[offset..]),
                };
                let range = offset..offset + filled.bytes;
                bytes += filled.bytes;
                offset = range.end.next_multiple_of(ALIGNMENT);
                let state = Some(job.begin(&mut stream));
                let end = if filled.last {
                    Some(stream)
                } else {
                    delivery.rest = Some(Unread { number, part: 1, device, stream });
                    None
                };
                group.pieces.push(Piece { number, part: 0, range, state, end });
            }
        }
        if delivery.rest.is_some()
            || delivery.later.is_some()
            || taken == most
            || bytes >= BATCH && taken >= lanes
            || begun.elapsed() > patience
        {
            break;
        }
        if offset + group.pieces.len() * held + LEAST_ROOM > group.buffer.len() {
            let Some(buffer) = exchange.spare_buffer() else { break };
            delivery.groups.push(mem::replace(&mut group, Group { buffer, pieces: Vec::new() }));
            offset = 0;
        }
        next = exchange.next_item(device);
    }
    delivery.groups.push(group);
    delivery.time = begun.elapsed();
    delivery
}

/// Reads the next buffer of a stream that began in an earlier buffer.
fn read_chunk<J: Job>(
    exchange: &Exchange<J>,
    job: &J,
    Unread { number, part, device, mut stream }: Unread<J>,
    mut buffer: Buffer,
) -> Delivery<J> {
    let begun = Instant::now();
    let filled = fill(exchange, job, &mut stream, &mut buffer);
    let state = J::PARTS.then(|| job.begin(&mut stream));
    let (end, rest) = if filled.last {
        (Some(stream), None)
    } else {
        (None, Some(Unread { number, part: part + 1, device, stream }))
    };
    let pieces = vec![Piece { number, part, range: 0..filled.bytes, state, end }];
    let groups = vec![Group { buffer, pieces }];
    Delivery { groups, rest, time: begun.elapsed(), ..Delivery::new(device) }
}

/// Gives the buffer further bytes of the stream: mapped ones if the job has such and not too many
/// are mapped already, or else a copy.
fn fill<J: Job>(
    exchange: &Exchange<J>,
    job: &J,
    stream: &mut J::Stream,
    buffer: &mut Buffer,
) -> Filled {
    if job.may_map(stream)
        && let Some(most) = exchange.may_map()
    {
        if let Some(Mapped { bytes, last }) = job.map(stream, most) {
            let filled = Filled { bytes: bytes.len(), last };
            buffer.map(bytes);
            return filled;
        }
        exchange.not_mapped();
    }
    job.read(stream, buffer)
}
