//! A reader: opens items, fills buffers from them, and hands both to the workers.

use std::mem;
use std::time::Duration;

use crate::buffer::Buffer;
use crate::exchange::{Delivery, Exchange, Finished, Group, Next, Piece, Queued, Task, Unread};
use crate::job::{Job, Unopened};
use crate::order::Place;
use crate::stats::Stage;
use crate::sync::{Instant, pause};
use crate::worker;

/// Streams begin at multiples of this within a shared buffer: a cache line, and never the offsets
/// at which copying from the kernel is slow.
const ALIGNMENT: usize = 64;
/// A buffer with less room than this takes no further stream.
const LEAST_ROOM: usize = 16 << 10;
/// A delivery has no more streams than this. With fewer, lanes run empty towards the end of each
/// batch (128 took 3 % longer); with more, 60,000 small files took as long and more memory.
const MOST_PIECES: usize = 256;
/// A delivery is made after this time even if there is room, so that a slow device does not keep
/// finished streams from the workers.
const PATIENCE: Duration = Duration::from_millis(2);

/// How long a reader waits that could open nothing.
pub(crate) const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 20 });

/// The body of a reader's thread. `start` starts the reader of another index.
pub(crate) fn run<J: Job>(exchange: &Exchange<J>, job: &J, start: &dyn Fn(usize)) {
    let mut place = None;
    while let Some((task, buffer, another)) = exchange.next_task(&mut place) {
        another.into_iter().for_each(start);
        let mut delivery = match task {
            Task::Start(queued) => read_run(exchange, job, queued, buffer),
            Task::GoOn(unread) => read_chunk(job, unread, buffer),
        };
        loop {
            match exchange.deliver(delivery) {
                Next::GoOn(unread, buffer) => delivery = read_chunk(job, unread, buffer),
                Next::Work(groups) => {
                    exchange.shield(Stage::Work, || exchange.hand_in(worker::work(job, groups)));
                    break;
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

/// Reads items one behind the other, into further buffers if they are at hand, until there are
/// enough of them, a stream is longer than its buffer, no item is at hand, or [`PATIENCE`] is over.
fn read_run<J: Job>(
    exchange: &Exchange<J>,
    job: &J,
    first: Queued<J>,
    buffer: Buffer,
) -> Delivery<J> {
    let begun = Instant::now();
    let most = job.together().clamp(1, MOST_PIECES);
    let device = first.device;
    let mut delivery = Delivery { starts: true, ..Delivery::new(device) };
    let mut group = Group { buffer, pieces: Vec::new() };
    let (mut offset, mut taken) = (0, 0);
    let mut next = Some(first);
    while let Some(Queued { number, may_wait, item, .. }) = next {
        taken += 1;
        match job.open(item, may_wait) {
            Err(Unopened::Later(item)) => {
                delivery.later = Some(Queued { number, device, may_wait, item });
            }
            Err(Unopened::Result(output)) => {
                delivery.results.push(Finished::new(job, Place::whole(number), output));
            }
            Ok(mut stream) => {
                let room = group.buffer.len() - offset;
                if (room..group.buffer.len()).contains(&job.expected(&stream))
                    && let Some(buffer) = exchange.spare_buffer()
                {
                    delivery
                        .groups
                        .push(mem::replace(&mut group, Group { buffer, pieces: Vec::new() }));
                    offset = 0;
                }
                let filled = job.read(&mut stream, &mut group.buffer[offset..]);
                let range = offset..offset + filled.bytes;
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
            || begun.elapsed() > PATIENCE
        {
            break;
        }
        if offset + LEAST_ROOM > group.buffer.len() {
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

/// Reads the next buffer of a stream that has begun in an earlier one.
fn read_chunk<J: Job>(
    job: &J,
    Unread { number, part, device, mut stream }: Unread<J>,
    mut buffer: Buffer,
) -> Delivery<J> {
    let begun = Instant::now();
    let filled = job.read(&mut stream, &mut buffer);
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
