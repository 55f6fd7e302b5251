//! Streams of data: their states, and what advances many of them at once.

use crate::schedule::{self, Engine, Job};

/// A word of a chaining value.
pub trait Word: Copy + Default {
    /// The number of bytes.
    const BYTES: usize;

    /// Writes the bytes of the word, as many as `out` has.
    fn write(self, form: Form, out: &mut [u8]);
}

/// How a family of algorithms writes words, and what it adds to the end of a stream.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// The lowest byte of a word first; a bit that is set, zeros, and the number of bits of the stream
    /// in the last eighth of a block.
    Md5,
    /// As MD5, with the highest byte of a word first: SHA-1 and SHA-2.
    Sha,
    /// The lowest byte of a word first; the bits 0 and 1, a bit that is set, zeros, and a bit that is set
    /// as the last of the block.
    Sha3,
}

macro_rules! word {
    ($($type:ty)*) => {$(
        impl Word for $type {
            const BYTES: usize = size_of::<$type>();

            fn write(self, form: Form, out: &mut [u8]) {
                let bytes = match form {
                    Form::Md5 | Form::Sha3 => self.to_le_bytes(),
                    Form::Sha => self.to_be_bytes(),
                };
                out.copy_from_slice(&bytes);
            }
        }
    )*};
}

word!(u32 u64);

/// One stream: its chaining value of `N` words, and the number of bytes given. Blocks have `B`
/// bytes.
#[derive(Clone, Debug)]
pub struct Stream<W, const N: usize, const B: usize> {
    pub(crate) words: [W; N],
    length: u64,
    /// The last bytes given, `length` modulo `B` of them, which are no whole block yet.
    rest: [u8; B],
}

impl<W: Word, const N: usize, const B: usize> Stream<W, N, B> {
    /// A stream before its first byte, with this initial chaining value.
    pub(crate) fn new(words: [W; N]) -> Self {
        Self { words, length: 0, rest: [0; B] }
    }

    /// The chaining value as bytes, cut to the length of the digest.
    pub(crate) fn digest<const BYTES: usize>(&self, form: Form) -> [u8; BYTES] {
        let mut digest = [0; BYTES];
        for (out, word) in digest.chunks_exact_mut(W::BYTES).zip(self.words) {
            word.write(form, out);
        }
        digest
    }

    /// The number of bytes in `rest`.
    fn held(&self) -> usize {
        // A block has less than 256 bytes.
        #[expect(clippy::cast_possible_truncation)]
        let held = (self.length % B as u64) as usize;
        held
    }

    /// Adds data whose whole blocks the caller will process: notes the length, and keeps what
    /// follows the last whole block. Before that, completes the block that is held, if there is
    /// one, and processes it. Returns the whole blocks.
    fn take<'a>(&mut self, engine: &dyn Engine<W, N, B>, mut data: &'a [u8]) -> &'a [[u8; B]] {
        let held = self.held();
        if held > 0 {
            let (now, later) = data.split_at(data.len().min(B - held));
            self.rest[held..][..now.len()].copy_from_slice(now);
            self.length = self.length.wrapping_add(now.len() as u64);
            if held + now.len() < B {
                return &[];
            }
            engine.compress_one(&mut self.words, &[self.rest]);
            data = later;
        }
        let (blocks, rest) = data.as_chunks();
        self.rest[..rest.len()].copy_from_slice(rest);
        self.length = self.length.wrapping_add(data.len() as u64);
        blocks
    }
}

/// The next part of a stream with the state `S`.
#[derive(Debug)]
pub struct Input<'a, S> {
    /// The state of the stream.
    pub state: &'a mut S,
    /// The next bytes of the stream. Parts of whole blocks are the fastest.
    pub data: &'a [u8],
    /// Whether the stream ends with `data`.
    pub last: bool,
}

/// The one or two blocks at the end of a stream that hold its padding. There are none if the input
/// does not end the stream.
struct Tail<const B: usize> {
    blocks: [[u8; B]; 2],
    used: usize,
}

impl<const B: usize> Tail<B> {
    /// Pads the bytes that the stream holds, if this is its end.
    fn of<W: Word, const N: usize>(stream: &Stream<W, N, B>, last: bool, form: Form) -> Self {
        let mut blocks = [[0; B]; 2];
        if !last {
            return Self { blocks, used: 0 };
        }
        let held = stream.held();
        let has_length = !matches!(form, Form::Sha3);
        let used = if has_length && held >= B - B / 8 { 2 } else { 1 };
        let bytes = &mut blocks.as_flattened_mut()[..used * B];
        bytes[..held].copy_from_slice(&stream.rest[..held]);
        bytes[held] = if has_length { 0x80 } else { 0x06 };
        // With blocks of 64 bytes, the number is meant modulo 2^64.
        let bits = u128::from(stream.length) << 3;
        let end = &mut bytes[used * B - B / 8..];
        match form {
            Form::Md5 => end.copy_from_slice(&bits.to_le_bytes()[..B / 8]),
            Form::Sha => end.copy_from_slice(&bits.to_be_bytes()[16 - B / 8..]),
            // In a block with one byte left, this is the byte of the first bit.
            Form::Sha3 => bytes[B - 1] |= 0x80,
        }
        Self { blocks, used }
    }

    fn blocks(&self) -> &[[u8; B]] {
        &self.blocks[..self.used]
    }
}

/// Advances the stream of every input by the data of that input. If an input is `last`, also pads
/// and finishes its stream.
pub(crate) fn update<W: Word, const N: usize, const B: usize>(
    engine: &dyn Engine<W, N, B>,
    inputs: &mut [Input<'_, impl AsMut<Stream<W, N, B>>>],
    form: Form,
) {
    if inputs.len() == 1 || engine.tiers().is_empty() {
        for input in inputs {
            let stream = input.state.as_mut();
            let body = stream.take(engine, input.data);
            engine.compress_one(&mut stream.words, body);
            let tail = Tail::of(stream, input.last, form);
            engine.compress_one(&mut stream.words, tail.blocks());
        }
        return;
    }
    let parts = inputs.iter_mut().map(|input| {
        let stream = input.state.as_mut();
        let body = stream.take(engine, input.data);
        (body, Tail::of(stream, input.last, form))
    });
    let parts: Vec<(&[[u8; B]], Tail<B>)> = parts.collect();
    let jobs = inputs
        .iter_mut()
        .zip(&parts)
        .map(|(input, (body, tail))| Job {
            words: &mut input.state.as_mut().words,
            body,
            tail: tail.blocks(),
            done: 0,
            goal: 0,
        })
        .collect();
    schedule::run(engine, jobs);
}
