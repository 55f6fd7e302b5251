//! What a thread hands in that has processed steps.

use super::*;
use crate::buffer::{Buffer, Pool};
use crate::exchange::Piece;
use crate::job::{Filled, Unopened};

/// A job that adds up bytes.
struct Sum<const PARTS: bool>;

impl<const PARTS: bool> Job for Sum<PARTS> {
    const PARTS: bool = PARTS;
    type Item = ();
    type Stream = &'static str;
    type State = u64;
    type Output = (&'static str, u64);
    fn open(&self, (): (), _: bool) -> Result<&'static str, Unopened<(), Self::Output>> {
        Ok("")
    }
    fn read(&self, _: &mut &'static str, _: &mut [u8]) -> Filled {
        Filled { bytes: 0, last: true }
    }
    fn begin(&self, _: &mut &'static str) -> u64 {
        0
    }
    fn work(&self, steps: &mut [Step<'_, u64>]) {
        for Step { state, data, last } in steps {
            **state += data.iter().map(|&byte| u64::from(byte)).sum::<u64>();
            **state += 1000 * u64::from(*last);
        }
    }
    fn finish(&self, stream: &'static str, sum: u64) -> Self::Output {
        (stream, sum)
    }
    fn part(&self, sum: u64) -> Self::Output {
        ("part", sum)
    }
}

/// Two buffers with bytes of 1 and of 2, the second one mapped. The first one has a whole stream and the
/// fourth part of another one, the second one the end of a third stream.
fn groups<J: Job<State = u64, Stream = &'static str>>() -> Vec<Group<J>> {
    let mut pool = Pool::new(2, 192, 1);
    let mut buffer = || -> Buffer { pool.take().unwrap() };
    let (mut own, mut mapped) = (buffer(), buffer());
    own.fill(1);
    mapped.map(Box::new(vec![2; 64]));
    let piece = |number, part, range, state, end| Piece { number, part, range, state, end };
    vec![
        Group {
            buffer: own,
            pieces: vec![
                piece(5, 0, 0..10, Some(0), Some("five")),
                piece(6, 4, 64..192, Some(7), None),
            ],
        },
        Group { buffer: mapped, pieces: vec![piece(7, 2, 0..3, Some(100), Some("seven"))] },
    ]
}

#[test]
fn each_step_gives_its_result_or_its_state_for_the_next_step() {
    let results = |worked: &[Finished<(&'static str, u64)>]| -> Vec<_> {
        let each = worked.iter().map(|result| {
            let Position { number, part, last } = result.position;
            ((number, part, last), result.output, result.weight)
        });
        each.collect()
    };
    let weight = size_of::<(&str, u64)>();
    let worked = work(&Sum::<false>, groups());
    assert_eq!((worked.buffers.len(), worked.unmapped, worked.bytes), (2, 1, 192 + 3));
    assert_eq!(worked.states, [(6, 7 + 128)]);
    assert_eq!(
        results(&worked.results),
        [((5, 0, true), ("five", 1010), weight), ((7, 0, true), ("seven", 1106), weight)]
    );

    let worked = work(&Sum::<true>, groups());
    assert!(worked.states.is_empty() && !worked.by_worker);
    assert_eq!(
        results(&worked.results),
        [
            ((5, 0, true), ("five", 1010), weight),
            ((6, 4, false), ("part", 135), weight),
            ((7, 2, true), ("seven", 1106), weight)
        ]
    );
}
