//! Divides a text into blocks, which are segmented independently of each other: at line ends, and
//! within an endless line beside a character that belongs to no word.

use memchr::{memchr_iter, memrchr};

use super::encoding::Decoded;
use crate::pipeline::Filled;
use batchproc_jieba::is_block_character;

/// Blocks have about this many bytes: small enough for a core's cache and for a live pipe, large
/// enough that handing them over costs nothing.
const BLOCK: usize = 64 << 10;

/// Where a text may be divided within a line.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// Nowhere: Python's full mode makes its empty tokens from what stands side by side.
    pub only_at_line_ends: bool,
    /// Not beside these characters, which protected words contain; sorted.
    pub bound: Vec<char>,
}

impl Rule {
    /// The last place in `text` where it may be divided, behind the character there.
    fn last_place(&self, text: &[u8]) -> Option<usize> {
        memrchr(b'\n', text).map(|place| place + 1).or_else(|| self.last_place_in_line(text))
    }

    fn last_place_in_line(&self, text: &[u8]) -> Option<usize> {
        if self.only_at_line_ends {
            return None;
        }
        let mut end = text.len();
        while end > 0 {
            let start = character_start(&text[..end]);
            let character = str::from_utf8(&text[start..end]).ok().and_then(|c| c.chars().next());
            if character.is_some_and(|c| self.divides(c)) {
                return Some(end);
            }
            end = start;
        }
        None
    }

    /// Whether a text may be divided behind this character. Never between CR and LF.
    fn divides(&self, c: char) -> bool {
        c != '\r' && !is_block_character(c) && self.bound.binary_search(&c).is_err()
    }
}

/// Where the last character of a text begins, or an invalid byte.
fn character_start(text: &[u8]) -> usize {
    let last = text.len() - 1;
    (0..4)
        .filter_map(|back| last.checked_sub(back))
        .find(|&start| text[start] & 0xc0 != 0x80)
        .unwrap_or(last)
}

/// Where a block stands in its file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Position {
    /// Lines before it.
    pub line: u64,
    /// Bytes of the text (as UTF-8) before it.
    pub byte: u64,
    /// Bytes before it in the line in which it begins.
    pub line_byte: u64,
    /// Characters before it in that line.
    pub line_character: u64,
}

impl Position {
    /// The position behind `text`, if this is the one before it.
    fn behind(self, text: &[u8]) -> Self {
        let lines = memchr_iter(b'\n', text).count() as u64;
        let start = memrchr(b'\n', text).map_or(0, |place| place + 1);
        let tail = &text[start..];
        let characters = characters(tail);
        let (bytes_before, characters_before) =
            if lines > 0 { (0, 0) } else { (self.line_byte, self.line_character) };
        Self {
            line: self.line + lines,
            byte: self.byte + text.len() as u64,
            line_byte: bytes_before + tail.len() as u64,
            line_character: characters_before + characters,
        }
    }
}

/// A text that is read block by block.
#[derive(Debug)]
pub struct Text {
    /// Where it comes from.
    pub decoded: Decoded,
    /// What was read behind the last block.
    carry: Vec<u8>,
    /// The bytes of the largest block.
    most: usize,
    /// Where the block read last stands.
    pub position: Position,
    next: Position,
    /// Blocks that had to be divided within a run of word characters, and the line of the first.
    pub divided_runs: (u64, u64),
}

impl Text {
    /// A text whose blocks have at most `most` bytes.
    pub fn new(decoded: Decoded, most: usize) -> Self {
        let (position, next) = (Position::default(), Position::default());
        Self { decoded, carry: Vec::new(), most, position, next, divided_runs: (0, 0) }
    }

    /// Reads the next block, which ends at the last place where the text may be divided. From a
    /// stream that pauses, all whole lines that are there. A block that does not fit into less than
    /// the largest buffer is kept for the next one, and this one is empty.
    pub fn read(&mut self, rule: &Rule, buffer: &mut [u8]) -> Filled {
        let (bytes, last) = self.fill(rule, buffer);
        self.position = self.next;
        self.next = self.position.behind(&buffer[..bytes]);
        Filled { bytes, last }
    }

    fn fill(&mut self, rule: &Rule, buffer: &mut [u8]) -> (usize, bool) {
        let mut filled = self.carry.len();
        buffer[..filled].copy_from_slice(&self.carry);
        self.carry.clear();
        let mut goal = BLOCK.max(2 * filled).min(buffer.len());
        loop {
            let mut full = goal == buffer.len() && filled == goal;
            while filled < goal {
                let read = self.decoded.read(&mut buffer[filled..goal]);
                filled += read.bytes;
                if read.last && self.decoded.file.failure.is_some() {
                    // Half a line, perhaps half a character, is no text.
                    let whole = memrchr(b'\n', &buffer[..filled]).map_or(0, |place| place + 1);
                    return (whole, true);
                }
                if read.last {
                    return (filled, true);
                }
                if read.bytes == 0 {
                    // No room for a character.
                    full = goal == buffer.len();
                    break;
                }
                if self.decoded.pauses() && memrchr(b'\n', &buffer[..filled]).is_some() {
                    break;
                }
                full = goal == buffer.len() && filled == goal;
            }
            let place = match rule.last_place(&buffer[..filled]) {
                Some(place) => place,
                None if !full => {
                    goal = (2 * goal).min(buffer.len());
                    continue;
                }
                None if buffer.len() < self.most => 0,
                None => self.divide_run(&buffer[..filled]),
            };
            self.carry.extend_from_slice(&buffer[place..filled]);
            return (place, false);
        }
    }

    /// Where a text is divided that has no good place for that.
    fn divide_run(&mut self, text: &[u8]) -> usize {
        let (count, line) = &mut self.divided_runs;
        *count += 1;
        if *count == 1 {
            *line = self.next.line + 1;
        }
        // The last character may not be there as a whole; and CR LF is not divided.
        let mut place = character_start(text);
        if text[..place].last() == Some(&b'\r') {
            place -= 1;
        }
        if place == 0 { text.len() } else { place }
    }
}

/// The characters of a text, counting each sequence that is not valid UTF-8 as one.
pub fn characters(text: &[u8]) -> u64 {
    let chunks = text.utf8_chunks();
    let counts = chunks
        .map(|chunk| chunk.valid().chars().count() + usize::from(!chunk.invalid().is_empty()));
    counts.sum::<usize>() as u64
}
