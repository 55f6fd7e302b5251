//! Streams of data: their states, and what advances many of them at once.

use crate::schedule::{self, Engine, Job};

/// One stream: its chaining value of `N` words, and the number of bytes processed.
#[derive(Clone, Debug)]
pub struct Stream<W, const N: usize> {
    pub(crate) words: [W; N],
    length: u64,
}

impl<W, const N: usize> Stream<W, N> {
    /// A stream before its first byte, with this initial chaining value.
    pub(crate) fn new(words: [W; N]) -> Self {
        Self { words, length: 0 }
    }
}

/// The next part of a stream with the state `S`.
#[derive(Debug)]
pub struct Input<'a, S> {
    /// The state of the stream.
    pub state: &'a mut S,
    /// The next bytes of the stream. Unless `last` is set, their number must be a multiple of the
    /// block size of the algorithm.
    pub data: &'a [u8],
    /// Whether the stream ends with `data`.
    pub last: bool,
}

/// Pads the end of a stream. The parameters are the bytes after its last whole block, the length of
/// the stream in bytes, and two blocks of zeros to write to. Returns how many blocks were used.
pub(crate) type Pad<const B: usize> = fn(&[u8], u64, &mut [[u8; B]; 2]) -> usize;

/// The one or two blocks at the end of a stream that hold its padding. There are none if the input
/// does not end the stream.
struct Tail<const B: usize> {
    blocks: [[u8; B]; 2],
    used: usize,
}

impl<const B: usize> Tail<B> {
    /// Adds the length of the input to the length in its state. If the input ends the stream, pads
    /// the bytes after the last whole block.
    fn of<W, const N: usize>(input: &mut Input<'_, impl AsMut<Stream<W, N>>>, pad: Pad<B>) -> Self {
        let stream = input.state.as_mut();
        let length = stream.length.wrapping_add(input.data.len() as u64);
        stream.length = length;
        let (_, rest) = input.data.as_chunks::<B>();
        let mut blocks = [[0; B]; 2];
        if !input.last {
            assert!(rest.is_empty(), "only the last input of a stream may end within a block");
            return Self { blocks, used: 0 };
        }
        let used = pad(rest, length, &mut blocks);
        Self { blocks, used }
    }

    fn blocks(&self) -> &[[u8; B]] {
        &self.blocks[..self.used]
    }
}

/// Advances the stream of every input by the data of that input. If an input is `last`, also pads
/// and finishes its stream.
pub(crate) fn update<W: Copy + Default, const N: usize, const B: usize>(
    engine: &dyn Engine<W, N, B>,
    inputs: &mut [Input<'_, impl AsMut<Stream<W, N>>>],
    pad: Pad<B>,
) {
    if inputs.len() == 1 || engine.tiers().is_empty() {
        for input in inputs {
            let tail = Tail::of(input, pad);
            engine.compress_one(&mut input.state.as_mut().words, input.data.as_chunks().0);
            engine.compress_one(&mut input.state.as_mut().words, tail.blocks());
        }
        return;
    }
    let tails: Vec<Tail<B>> = inputs.iter_mut().map(|input| Tail::of(input, pad)).collect();
    let jobs = inputs
        .iter_mut()
        .zip(&tails)
        .map(|(input, tail)| Job {
            words: &mut input.state.as_mut().words,
            body: input.data.as_chunks().0,
            tail: tail.blocks(),
            done: 0,
            goal: 0,
        })
        .collect();
    schedule::run(engine, jobs);
}

/// Pads as MD5, SHA-1 and SHA-256 do: a bit that is set, zeros, and the number of bits of the
/// stream in the last eight bytes of a block, as `encode` writes it.
pub(crate) fn pad_64(
    rest: &[u8],
    length: u64,
    blocks: &mut [[u8; 64]; 2],
    encode: fn(u64) -> [u8; 8],
) -> usize {
    let used = if rest.len() < 64 - 8 { 1 } else { 2 };
    let bytes = blocks.as_flattened_mut();
    bytes[..rest.len()].copy_from_slice(rest);
    bytes[rest.len()] = 0x80;
    bytes[used * 64 - 8..used * 64].copy_from_slice(&encode(length << 3));
    used
}
