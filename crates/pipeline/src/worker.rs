//! A worker takes groups of steps (filled buffers) that are ready, and lets the job process them.

#[cfg(all(test, not(shuttle)))]
mod tests;

use crate::exchange::{Exchange, Finished, Group, Worked};
use crate::job::{Job, Step};
use crate::order::Position;
use crate::sync::Instant;

/// The body of a worker's thread.
pub(crate) fn run<J: Job>(exchange: &Exchange<J>, job: &J) {
    while let Some(groups) = exchange.next_groups() {
        exchange.hand_in(Worked { by_worker: true, ..work(job, groups) });
    }
}

/// Processes all steps of the groups in one call of [`Job::work`], and collects the results.
pub(crate) fn work<J: Job>(job: &J, mut groups: Vec<Group<J>>) -> Worked<J> {
    let begun = Instant::now();
    let mut steps = Vec::new();
    for group in &mut groups {
        let buffer = &group.buffer;
        steps.extend(group.pieces.iter_mut().map(|piece| Step {
            state: piece.state.as_mut().expect("a ready step has its stream's state"),
            data: &buffer[piece.range.clone()],
            last: piece.end.is_some(),
        }));
    }
    job.work(&mut steps);

    let (mut buffers, mut states, mut results) = (Vec::new(), Vec::new(), Vec::new());
    let (mut unmapped, mut bytes) = (0, 0);
    for mut group in groups {
        bytes += group.pieces.last().map_or(0, |piece| piece.range.end);
        unmapped += usize::from(group.buffer.unmap());
        for piece in group.pieces {
            let state = piece.state.expect("a processed step still has its state");
            let (number, last) = (piece.number, piece.end.is_some());
            let output = match piece.end {
                Some(stream) => job.finish(stream, state),
                None if J::PARTS => job.part(state),
                None => {
                    states.push((number, state));
                    continue;
                }
            };
            let part = if J::PARTS { piece.part } else { 0 };
            results.push(Finished::new(job, Position { number, part, last }, output));
        }
        buffers.push(group.buffer);
    }
    Worked { buffers, unmapped, bytes, states, results, by_worker: false, time: begun.elapsed() }
}
