//! The first pass: takes a piece of the text and turns its characters into codes.
//!
//! A piece has about [`TARGET`] characters: many lines, or a part of one. It ends after a gap (a
//! character that is in no word), but never between CR and LF. So the texts before and after its
//! end can be cut independently. Until there is a gap, the piece grows.

use crate::builder::codes::{BMP, Codes, HAN_END, decode};
use crate::builder::layout::AsciiSet;
use crate::kernel::cpu::{Cpu, Latin};
use crate::piece::Characters;

/// The number of characters in an ordinary piece. The arrays for so many fit in the L1 cache.
pub(crate) const TARGET: usize = 1024;

/// If fewer bytes than this are left, the rest of the text is read one character at a time.
const FEW: usize = 80;

/// Whether a piece may end at byte `end`, which follows a gap.
fn may_end(text: &[u8], end: usize, whole_gaps: bool, codes: &Codes) -> bool {
    if text[end - 1] == b'\n' {
        return true;
    }
    if text[end - 1] == b'\r' && text.get(end) == Some(&b'\n') {
        return false;
    }
    !whole_gaps || end == text.len() || {
        let (code, _) = decode(text, end, codes);
        code != 0 && code != 1 && code < HAN_END
    }
}

/// How a text is read.
pub(crate) struct Reading<'a> {
    pub codes: &'a Codes,
    /// Whether a run of gaps must stay in one piece, except that a piece may end at a line end.
    pub whole_gaps: bool,
    /// `Tables::latin`, if ASCII words may be read as one character.
    pub latin: Option<&'a [AsciiSet; 2]>,
}

/// Reads a piece that begins at byte `start`. Returns its end and its number of characters. `room`
/// is a buffer of at least [`TARGET`] entries.
#[inline(always)]
pub(crate) fn scan(
    text: &[u8],
    start: usize,
    reading: &Reading<'_>,
    characters: &mut Characters,
    room: &mut [u32],
    cpu: impl Cpu,
) -> (usize, usize) {
    let &Reading { codes, whole_gaps, latin } = reading;
    let (mut at, mut count) = (start, 0);
    let mut limit = TARGET;
    loop {
        characters.grow(limit);
        let begin = count;
        let Characters { codes: out_codes, offsets: out_offsets } = characters;
        let (out_codes, out_offsets) =
            (&mut out_codes[count..limit], &mut out_offsets[count..limit]);
        let latin = latin.filter(|_| begin == 0).map(|pairs| Latin { pairs, words: &mut room[..] });
        let many = cpu.characters(text, at, codes, out_codes, out_offsets, latin);
        (at, count) = (many.0, count + many.1);
        if many.1 == 0 || text.len() - at < FEW {
            (at, count) = scan_up_to(text, at, codes, count, limit, characters);
        }
        characters.offsets[count] = at as u32;
        if at == text.len() {
            return finish(at, count, characters);
        }
        // Go back to the last character after which the piece may end. The next piece reads the
        // characters after it again.
        let gaps = (begin..count).rev().filter(|&last| characters.codes[last] == 0);
        for end in gaps.map(|last| last + 1) {
            if may_end(text, characters.offsets[end] as usize, whole_gaps, codes) {
                return finish(characters.offsets[end] as usize, end, characters);
            }
        }
        limit = 2 * count;
    }
}

fn finish(end: usize, count: usize, characters: &mut Characters) -> (usize, usize) {
    // Later passes handle 64 characters at a time and must find zeros after the last code.
    characters.codes[count..(count + 3).next_multiple_of(64)].fill(0);
    characters.offsets[count] = end as u32;
    (end, count)
}

/// Reads characters until there are `limit`, or until the text ends.
#[inline(always)]
fn scan_up_to(
    text: &[u8],
    mut at: usize,
    codes: &Codes,
    mut count: usize,
    limit: usize,
    characters: &mut Characters,
) -> (usize, usize) {
    let bmp: &[u16; BMP] = codes.bmp[..].try_into().expect("one code for every code point");
    let (out_codes, out_offsets) =
        (&mut characters.codes[..limit], &mut characters.offsets[..limit]);
    while count < limit && at < text.len() {
        out_offsets[count] = at as u32;
        // Most characters of Chinese text have three bytes.
        if let Some(&[lead @ 0xe0..0xf0, second, third]) = text[at..].first_chunk::<3>() {
            let high = (usize::from(lead) & 0xf) << 12 | (usize::from(second) & 0x3f) << 6;
            out_codes[count] = bmp[high | usize::from(third) & 0x3f];
            at += 3;
        } else if text[at] < 0x80 {
            out_codes[count] = bmp[usize::from(text[at])];
            at += 1;
        } else {
            let (code, length) = decode(text, at, codes);
            out_codes[count] = code;
            at += length;
        }
        count += 1;
    }
    (at, count)
}
