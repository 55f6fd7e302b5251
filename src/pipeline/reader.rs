//! A reader: opens items, fills buffers from them, and hands both to the workers.

use std::time::{Duration, Instant};

use super::Job;
use super::buffer::Buffer;
use super::exchange::{Delivery, Exchange, Finished, Group, Piece, Task};

/// Streams begin at multiples of this within a shared buffer: a cache line, and never the offsets
/// at which copying from the kernel is slow.
const ALIGNMENT: usize = 64;
/// A buffer with less room than this takes no further stream.
const LEAST_ROOM: usize = 16 << 10;
/// A group takes no more streams than this, so that no group keeps one worker for long.
const MOST_PIECES: usize = 64;
/// A group is handed on after this time even if it has room, so that a slow device does not
/// keep finished streams from the workers.
const PATIENCE: Duration = Duration::from_millis(2);

/// The body of a reader's thread.
pub(super) fn run<J: Job>(exchange: &Exchange<J>, job: &J) {
    while let Some((task, buffer)) = exchange.next_task() {
        let mut delivery = match task {
            Task::Start(number, item) => read_run(exchange, job, number, item, buffer),
            Task::GoOn(number, stream) => read_chunk(job, number, stream, buffer),
        };
        while let Some((number, stream, buffer)) = exchange.deliver(delivery) {
            delivery = read_chunk(job, number, stream, buffer);
        }
    }
}

/// Reads items one behind the other into the buffer until it is full, no item is at hand, or
/// [`PATIENCE`] is over.
fn read_run<J: Job>(
    exchange: &Exchange<J>,
    job: &J,
    number: u64,
    item: J::Item,
    mut buffer: Buffer,
) -> Delivery<J> {
    let begun = Instant::now();
    let (mut pieces, mut results, mut rest) = (Vec::new(), Vec::new(), None);
    let mut offset = 0;
    let mut next = Some((number, item));
    while let Some((number, item)) = next {
        match job.open(item) {
            Err(output) => results.push(Finished::new(job, number, output)),
            Ok((mut stream, state)) => {
                let filled = job.read(&mut stream, &mut buffer[offset..]);
                let range = offset..offset + filled.bytes;
                offset = range.end.next_multiple_of(ALIGNMENT);
                let end = if filled.last {
                    Some(stream)
                } else {
                    rest = Some((number, stream));
                    None
                };
                pieces.push(Piece { number, range, state: Some(state), end });
            }
        }
        let full = rest.is_some() || offset + LEAST_ROOM > buffer.len();
        let enough = full || pieces.len() + results.len() >= MOST_PIECES;
        next = if enough || begun.elapsed() > PATIENCE { None } else { exchange.next_item() };
    }
    Delivery { group: Group { buffer, pieces }, results, rest }
}

/// Reads the next buffer of a stream that has begun in an earlier one.
fn read_chunk<J: Job>(
    job: &J,
    number: u64,
    mut stream: J::Stream,
    mut buffer: Buffer,
) -> Delivery<J> {
    let filled = job.read(&mut stream, &mut buffer);
    let (end, rest) =
        if filled.last { (Some(stream), None) } else { (None, Some((number, stream))) };
    let pieces = vec![Piece { number, range: 0..filled.bytes, state: None, end }];
    Delivery { group: Group { buffer, pieces }, results: Vec::new(), rest }
}
