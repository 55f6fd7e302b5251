//! Turns text into the codes of its characters, one character at a time; see `scan.rs`.

use crate::builder::codes::{BMP, Codes, decode};
use crate::builder::layout::AsciiSet;
use crate::kernel::cpu::Latin;

/// See `Cpu::characters`. Reading an ASCII word as one character takes time here but saves more
/// elsewhere, because all later passes see one character instead of many. This function is not
/// inlined, so that all variables of its loop are in registers.
#[inline(never)]
pub fn find(
    text: &[u8],
    start: usize,
    codes: &Codes,
    out_codes: &mut [u16],
    out_offsets: &mut [u32],
    latin: Option<Latin<'_>>,
) -> (usize, usize) {
    let bmp: &[u16; BMP] = codes.bmp[..].try_into().expect("one code for every code point");
    let pairs = latin.map(|latin| latin.pairs);
    let (mut at, mut count, mut after_gap) = (start, 0, true);
    for (out_code, out_offset) in out_codes.iter_mut().zip(out_offsets) {
        let Some(&lead) = text.get(at) else { break };
        *out_offset = at as u32;
        count += 1;
        // Most characters of Chinese text have three bytes.
        if let Some(&[lead @ 0xe0..0xf0, second, third]) = text[at..].first_chunk::<3>() {
            let high = (usize::from(lead) & 0xf) << 12 | (usize::from(second) & 0x3f) << 6;
            *out_code = bmp[high | usize::from(third) & 0x3f];
            at += 3;
            after_gap = false;
        } else if lead < 0x80 {
            let kind = KINDS[usize::from(lead)];
            if after_gap
                && kind == Kind::Letter
                && let Some(pairs) = pairs
                && let Some(end) = end_of_word(text, at, pairs)
            {
                *out_code = 0;
                at = end;
                after_gap = false;
                continue;
            }
            *out_code = bmp[usize::from(lead)];
            at += 1;
            after_gap = kind == Kind::Gap;
        } else {
            let (code, length) = decode(text, at, codes);
            *out_code = code;
            at += length;
            after_gap = false;
        }
    }
    (at, count)
}

/// Where the ASCII word that begins at `start` ends, if it may be read as one character. That is so
/// if it has at least two letters or digits, an ASCII gap follows, and no dictionary word begins in
/// it.
#[inline(always)]
fn end_of_word(text: &[u8], start: usize, pairs: &[AsciiSet; 2]) -> Option<usize> {
    let is_member = |set: &AsciiSet, byte: u8| set[usize::from(byte) % 16] >> (byte / 16) & 1;
    let (mut end, mut begins, mut any) = (start, 0, 0);
    while let Some(&byte) = text.get(end) {
        match KINDS[usize::from(byte)] {
            Kind::Letter => {}
            Kind::Gap if end > start + 1 && any == 0 => return Some(end),
            _ => return None,
        }
        any |= begins & is_member(&pairs[1], byte);
        begins = is_member(&pairs[0], byte);
        end += 1;
    }
    None
}

/// The kind of a byte.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// An ASCII letter or digit.
    Letter,
    /// An ASCII character that can be in no word.
    Gap,
    /// Anything else.
    Other,
}

static KINDS: [Kind; 256] = {
    let mut kinds = [Kind::Other; 256];
    let mut byte = 0;
    while byte < 128 {
        let character = byte as u8;
        if character.is_ascii_alphanumeric() {
            kinds[byte] = Kind::Letter;
        } else if !matches!(character, b'+' | b'#' | b'&' | b'.' | b'_' | b'%' | b'-') {
            kinds[byte] = Kind::Gap;
        }
        byte += 1;
    }
    kinds
};
