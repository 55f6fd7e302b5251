//! A worker: takes groups of ready steps and computes.

use super::exchange::{Exchange, Finished, Worked};
use super::{Job, Step};

/// The body of a worker's thread.
pub(super) fn run<J: Job>(exchange: &Exchange<J>, job: &J) {
    while let Some(mut groups) = exchange.take_groups() {
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

        let mut worked = Worked { buffers: Vec::new(), states: Vec::new(), results: Vec::new() };
        for group in groups {
            for piece in group.pieces {
                let state = piece.state.expect("a worked step still has its state");
                match piece.end {
                    Some(stream) => worked.results.push(Finished::new(
                        job,
                        piece.number,
                        job.finish(stream, state),
                    )),
                    None => worked.states.push((piece.number, state)),
                }
            }
            worked.buffers.push(group.buffer);
        }
        exchange.hand_in(worked);
    }
}
