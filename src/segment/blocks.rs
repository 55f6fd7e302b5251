//! Divides a text into blocks that can be segmented independently of each other. The text is
//! divided at line ends, and within a very long line after a character that cannot be part of a
//! word.

use memchr::{memchr_iter, memrchr};

use super::encoding::Decoded;
use super::fields::csv;
use crate::pipeline::{Filled, LONGEST_BLOCK};
use batchproc_jieba::is_block_character;

/// The usual size of a block in bytes. It is small enough that a block fits into the cache of a CPU
/// core and that text from a pipe is segmented soon. It is large enough that passing blocks between
/// threads costs little.
const BLOCK: usize = 64 << 10;

/// Where a text may be divided into blocks.
#[derive(Clone, Debug, Default)]
pub struct Rule {
    /// What the lines of the text are.
    pub records: Records,
    /// Whether a text is divided only at line ends. Python's full mode needs this: it yields empty
    /// tokens, which depend on the characters on both sides. A user's own regular expression may
    /// match any characters.
    pub only_at_line_ends: bool,
    /// Whether a line is divided only after white space, since that separates the tokens.
    pub only_after_space: bool,
    /// Characters of protected words (words with spaces or symbols), so a text is not divided after
    /// them. Sorted.
    pub bound: Vec<char>,
    /// Whether a text is divided only after characters that no named pattern has, and that do not
    /// join with what follows them: white space, the full stop and the semicolon of Chinese.
    pub between_patterns: bool,
}

/// What the lines of a text are. Records are never divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Records {
    /// Lines of text.
    #[default]
    Text,
    /// Each line is a record.
    Lines,
    /// Records of CSV, with this byte between two columns.
    Csv(u8),
}

impl Rule {
    /// No line is divided from now on.
    pub fn keep_lines(&mut self) {
        if self.records == Records::Text {
            self.records = Records::Lines;
        }
    }

    /// The last position at which `text` may be divided.
    fn last_position(&self, text: &[u8]) -> Option<usize> {
        self.last_end(text).or_else(|| self.last_position_in_line(text))
    }

    /// Where the last whole line or record of `text` ends.
    fn last_end(&self, text: &[u8]) -> Option<usize> {
        match self.records {
            Records::Text | Records::Lines => memrchr(b'\n', text).map(|at| at + 1),
            Records::Csv(separator) => csv::last_record_end(text, separator),
        }
    }

    fn last_position_in_line(&self, text: &[u8]) -> Option<usize> {
        if self.only_at_line_ends || self.records != Records::Text {
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

    /// Whether a text may be divided after this character. It is never divided after CR, since LF
    /// may follow.
    fn divides(&self, c: char) -> bool {
        if self.only_after_space {
            return c != '\r' && c.is_whitespace();
        }
        let fits = !self.between_patterns || c.is_whitespace() || matches!(c, '。' | '；');
        fits && c != '\r' && !is_block_character(c) && self.bound.binary_search(&c).is_err()
    }
}

/// The byte position at which the last character of a text begins. If the text does not end with a
/// character, the position of its last byte.
fn character_start(text: &[u8]) -> usize {
    let last = text.len() - 1;
    (0..4)
        .filter_map(|back| last.checked_sub(back))
        .find(|&start| text[start] & 0xc0 != 0x80)
        .unwrap_or(last)
}

/// The position of a block in its file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Position {
    /// The number of lines before the block.
    pub line: u64,
    /// The number of bytes of the text (in UTF-8) before the block.
    pub byte: u64,
    /// How many bytes of the block's first line come before the block.
    pub line_byte: u64,
    /// How many characters of the block's first line come before the block.
    pub line_character: u64,
}

impl Position {
    /// The position after `text`, which begins at this position.
    fn after(self, text: &[u8]) -> Self {
        let lines = memchr_iter(b'\n', text).count() as u64;
        let start = memrchr(b'\n', text).map_or(0, |at| at + 1);
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
    /// The reader that yields the text.
    pub decoded: Decoded,
    /// Bytes that were read but belong to the next block.
    carry: Vec<u8>,
    /// The size limit of a block, in bytes.
    most: usize,
    /// The position of the block read last.
    pub position: Position,
    next: Position,
    /// How many times the text had to be divided within a run of word characters, and the line
    /// where this happened first.
    pub divided_runs: (u64, u64),
    /// The same, before the block read last.
    pub divided_runs_before: (u64, u64),
}

impl Text {
    /// Reads a text in blocks of at most `most` bytes.
    pub fn new(decoded: Decoded, most: usize) -> Self {
        let (position, next) = (Position::default(), Position::default());
        let (divided_runs, divided_runs_before) = ((0, 0), (0, 0));
        Self { decoded, carry: Vec::new(), most, position, next, divided_runs, divided_runs_before }
    }

    /// Goes on at this position, which an earlier run has reached. The file is read from there on.
    pub fn go_on(&mut self, position: Position, divided_runs: (u64, u64)) {
        self.decoded.go_on();
        (self.position, self.next) = (position, position);
        self.divided_runs = divided_runs;
    }

    /// The number of lines that were read so far, with one that has not ended.
    pub fn lines(&self) -> u64 {
        self.next.line + u64::from(self.next.line_byte > 0)
    }

    /// Reads the next block. The block ends at the last position at which the text may be divided.
    /// If a stream pauses, the block has all complete lines that have arrived.
    ///
    /// If the buffer is smaller than `most` and contains no such position, the block is empty. The
    /// text is then kept for the next call, and the caller should pass a larger buffer.
    pub fn read(&mut self, rule: &Rule, buffer: &mut [u8]) -> Filled {
        self.divided_runs_before = self.divided_runs;
        let (bytes, last) = self.fill(rule, buffer);
        // A byte order mark is no part of the text, but of the file.
        self.next.byte = self.next.byte.max(self.decoded.mark);
        self.position = self.next;
        self.next = self.position.after(&buffer[..bytes]);
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
                if read.last && self.decoded.file().failure.is_some() {
                    // Reading the file failed, so the last line may be incomplete. It is dropped.
                    return (rule.last_end(&buffer[..filled]).unwrap_or(0), true);
                }
                if read.last {
                    return (filled, true);
                }
                if read.bytes == 0 {
                    // The decoder read nothing, since the room up to `goal` is too small for
                    // another character.
                    full = goal == buffer.len();
                    break;
                }
                if self.decoded.pauses() && memrchr(b'\n', &buffer[..filled]).is_some() {
                    break;
                }
                full = goal == buffer.len() && filled == goal;
            }
            let end = match rule.last_position(&buffer[..filled]) {
                Some(end) => end,
                None if !full => {
                    goal = (2 * goal).min(buffer.len());
                    continue;
                }
                None if buffer.len() < self.most => 0,
                None if rule.records != Records::Text => {
                    let line = self.next.line + 1;
                    let what = match self.most < LONGEST_BLOCK {
                        true => "--memory allows",
                        false => "a record may have",
                    };
                    self.decoded.fail(format!(
                        "line {line} begins a record of more than {} bytes, which is the most that {what}",
                        self.most
                    ));
                    return (0, true);
                }
                None => self.divide_run(&buffer[..filled]),
            };
            self.carry.extend_from_slice(&buffer[end..filled]);
            return (end, false);
        }
    }

    /// Returns a position within a run of word characters at which to divide a text that has no
    /// better position.
    fn divide_run(&mut self, text: &[u8]) -> usize {
        let (count, line) = &mut self.divided_runs;
        *count += 1;
        if *count == 1 {
            *line = self.next.line + 1;
        }
        // Divide before the last character, which may be incomplete, and keep CR LF together.
        let mut end = character_start(text);
        if text[..end].last() == Some(&b'\r') {
            end -= 1;
        }
        if end == 0 { text.len() } else { end }
    }
}

/// The number of characters of a text. An invalid UTF-8 sequence counts as one.
pub fn characters(text: &[u8]) -> u64 {
    let chunks = text.utf8_chunks();
    let counts = chunks
        .map(|chunk| chunk.valid().chars().count() + usize::from(!chunk.invalid().is_empty()));
    counts.sum::<usize>() as u64
}
