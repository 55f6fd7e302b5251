//! Converts text in other encodings to UTF-8. Everything after this conversion works on UTF-8, in
//! which only invalid bytes that the user wants to keep may remain.

mod binary;
mod decoder;
mod divided;
mod invalid;
mod portion;
mod raw;
mod source;

use std::fmt;

use binary::{TextCheck, Verdict};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use decoder::FastDecoder;
use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
pub use invalid::{Invalid, OnInvalid};
use memchr::memchr_iter;
use raw::Raw;
pub use source::{Source, name};

use crate::error::FileError;
use crate::files::open::OpenFile;
use crate::marks::{BOM, is_utf_32, may_be_longer};
use crate::pipeline::Filled;

/// How many bytes the encoding `auto` examines for its guess, beginning near the first byte that is
/// not ASCII.
const SAMPLE: usize = 64 << 10;
/// How many bytes are read at once for decoding.
const CHUNK: usize = 16 << 10;
/// The most bytes that a decoder reports for one invalid sequence, including bytes that it read
/// after the sequence.
const LONGEST_INVALID: usize = 16;

/// A reader that converts a file to UTF-8.
pub struct Decoded {
    raw_file: Raw,
    state: State,
    on_invalid: OnInvalid,
    /// Looks whether the file is a text at all; `None` when that is known, or not asked.
    check: Option<TextCheck>,
    /// Bytes of the file. Those before index `at` are decoded already. A few decoded bytes are
    /// kept, since a decoder may report an invalid sequence that began in them.
    raw: Vec<u8>,
    at: usize,
    /// The number of bytes of the file before the bytes in `raw`.
    before: u64,
    ended: bool,
    /// The number of lines that were decoded so far.
    lines: u64,
    /// The invalid sequences that a decoder found. They do not include invalid UTF-8, which is
    /// passed through and found later, by the cutter.
    pub invalid: Invalid,
    /// The encoding that `auto` detected, if it is not UTF-8.
    pub guessed: Option<&'static Encoding>,
    /// The number of bytes of a byte order mark of UTF-8 that was removed.
    pub mark: u64,
}

/// The reason that a message gives for refusing a text in UTF-32.
const UTF_32: &str = "is UTF-32, as its byte order mark says, which is not supported; convert it with iconv -f utf-32 -t utf-8";

enum State {
    /// The text is UTF-8, and nothing of it was read so far.
    Begin,
    /// Bytes are passed through without decoding.
    Pass,
    /// The encoding is `auto`, and only ASCII was read so far. `true` at the beginning of the file.
    Undecided(bool),
    Decode(FastDecoder),
}

impl fmt::Debug for Decoded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Decoded").field("file", self.file()).finish_non_exhaustive()
    }
}

impl Decoded {
    /// Reads `file` as text in this encoding. If `any` is set, even a file that is no text is read as
    /// if it were one.
    pub fn new(file: OpenFile, source: Source, on_invalid: OnInvalid, any: bool) -> Self {
        let utf_16 = match source {
            Source::Utf16 => true,
            Source::Fixed(encoding) => !encoding.is_ascii_compatible(),
            Source::Utf8 | Source::Auto => false,
        };
        let state = match source {
            Source::Utf8 => State::Begin,
            Source::Fixed(encoding) => {
                State::Decode(encoding.new_decoder_with_bom_removal().into())
            }
            Source::Utf16 => State::Decode(UTF_16LE.new_decoder().into()),
            Source::Auto => State::Undecided(true),
        };
        Self {
            raw_file: Raw::new(file),
            state,
            on_invalid,
            check: (!any && !utf_16).then(TextCheck::default),
            raw: Vec::new(),
            at: 0,
            before: 0,
            ended: false,
            lines: 0,
            invalid: Invalid::default(),
            guessed: None,
            mark: 0,
        }
    }

    /// The text goes on in the middle of a file in UTF-8, which an earlier run has read until there.
    pub fn go_on(&mut self) {
        self.raw_file.never_decompress();
        self.state = State::Pass;
        self.check = None;
    }

    /// Never decompresses: the text is the file as it is.
    #[must_use]
    pub fn never_decompressed(mut self) -> Self {
        self.raw_file.never_decompress();
        self
    }

    /// The file.
    pub fn file(&self) -> &OpenFile {
        &self.raw_file.file
    }

    /// Whether the file is known to be compressed.
    pub fn is_compressed(&self) -> bool {
        self.raw_file.is_compressed()
    }

    /// The reason why the file was not read to its end, if it was not.
    pub fn take_failure(&mut self) -> Option<FileError> {
        self.raw_file.file.failure.take()
    }

    /// Ends the text here, since the file failed for this reason.
    pub fn fail(&mut self, reason: String) {
        self.raw_file.fail(reason);
        self.raw.clear();
        (self.at, self.ended, self.state) = (0, true, State::Pass);
        self.guessed = None;
    }

    /// Whether the next read would wait for the writer of the stream.
    pub fn pauses(&self) -> bool {
        self.at == self.raw.len() && self.raw_file.pauses()
    }

    /// Reads some text into `out`. If it reads no bytes although the file goes on, `out` is too
    /// small for another character.
    pub fn read(&mut self, out: &mut [u8]) -> Filled {
        loop {
            if matches!(self.state, State::Pass) && self.at == self.raw.len() {
                if self.ended {
                    return Filled { bytes: 0, last: true };
                }
                let Filled { bytes, last } = self.raw_file.read_available(out);
                if self.is_text(&out[..bytes]) {
                    return Filled { bytes, last };
                }
                continue;
            }
            if out.len() < 2 * LONGEST_INVALID {
                return Filled { bytes: 0, last: false };
            }
            if matches!(self.state, State::Begin) {
                let bytes = self.begin(out);
                if !self.is_text(&out[..bytes]) {
                    continue;
                }
                if bytes > 0 || self.ended {
                    return Filled { bytes, last: self.ended };
                }
                continue;
            }
            let refill = self.at == self.raw.len() && !self.ended;
            let first = refill && self.raw.is_empty();
            if refill {
                self.refill();
            }
            while first && !self.ended && may_be_longer(&self.raw) {
                self.read_raw(CHUNK);
            }
            if first && is_utf_32(&self.raw) {
                self.fail(UTF_32.into());
                continue;
            }
            if matches!(self.state, State::Undecided(_)) {
                self.decide();
            }
            if refill && self.check.is_some() {
                let new = self.raw.split_off(self.at);
                let text = self.is_text(&new);
                if !text {
                    continue;
                }
                self.raw.extend(new);
            }
            let bytes = match self.state {
                State::Begin | State::Pass | State::Undecided(_) => self.copy(out),
                State::Decode(_) => self.decode(out),
            };
            let over = self.ended && self.at == self.raw.len();
            // When all bytes of the file are decoded, the decoder may still report an incomplete
            // character.
            let last = over && !matches!(self.state, State::Decode(_));
            if bytes > 0 || last {
                return Filled { bytes, last };
            }
        }
    }

    /// Whether the file can still be a text after these bytes, which come next in it. If not, the
    /// file fails.
    fn is_text(&mut self, bytes: &[u8]) -> bool {
        let Some(check) = &mut self.check else { return true };
        let verdict = check.look(bytes);
        if verdict == Verdict::Text {
            self.check = None;
        }
        let Some(reason) = reason_not_text(verdict) else { return true };
        self.fail(reason.into());
        false
    }

    /// Reads further bytes of the file.
    fn refill(&mut self) {
        let kept = self.raw.len().min(LONGEST_INVALID);
        self.before += (self.raw.len() - kept) as u64;
        self.raw.drain(..self.raw.len() - kept);
        self.at = kept;
        self.read_raw(CHUNK);
    }

    fn read_raw(&mut self, most: usize) {
        let length = self.raw.len();
        self.raw.resize(length + most, 0);
        let filled = self.raw_file.read_available(&mut self.raw[length..]);
        self.raw.truncate(length + filled.bytes);
        self.ended = filled.last;
    }

    /// Reads the beginning of a text in UTF-8 right into `out`, which saves a small file the memory
    /// and the time for `raw`. Skips a byte order mark.
    fn begin(&mut self, out: &mut [u8]) -> usize {
        self.state = State::Pass;
        let mut bytes = 0;
        while !self.ended && (bytes == 0 || may_be_longer(&out[..bytes])) {
            let filled = self.raw_file.read_available(&mut out[bytes..]);
            bytes += filled.bytes;
            self.ended = filled.last;
        }
        if out[..bytes].starts_with(BOM) {
            self.mark = BOM.len() as u64;
            out.copy_within(BOM.len()..bytes, 0);
            bytes -= BOM.len();
        }
        bytes
    }

    /// Detects the encoding, unless the file has had only ASCII so far.
    fn decide(&mut self) {
        let beginning = matches!(self.state, State::Undecided(true));
        let sample = &self.raw[self.at..];
        if beginning && let Some((encoding, length)) = Encoding::for_bom(sample) {
            self.at += length;
            self.mark = if encoding == UTF_8 { length as u64 } else { 0 };
            self.choose(encoding);
            return;
        }
        if sample.is_ascii() {
            self.state = State::Undecided(false);
            return;
        }
        while self.raw.len() - self.at < SAMPLE && !self.ended && !self.raw_file.pauses() {
            self.read_raw(CHUNK);
        }
        self.choose(guess(&self.raw[self.at..], self.ended));
    }

    fn choose(&mut self, encoding: &'static Encoding) {
        if encoding == UTF_8 {
            self.state = State::Pass;
        } else {
            if !encoding.is_ascii_compatible() {
                self.check = None;
            }
            self.guessed = Some(encoding);
            self.state = State::Decode(encoding.new_decoder_without_bom_handling().into());
        }
    }

    fn copy(&mut self, out: &mut [u8]) -> usize {
        let bytes = out.len().min(self.raw.len() - self.at);
        out[..bytes].copy_from_slice(&self.raw[self.at..][..bytes]);
        self.at += bytes;
        self.lines += memchr_iter(b'\n', &out[..bytes]).count() as u64;
        bytes
    }

    fn decode(&mut self, out: &mut [u8]) -> usize {
        let State::Decode(decoder) = &mut self.state else { return 0 };
        let utf16 = [UTF_16LE, UTF_16BE].contains(&decoder.encoding());
        let room = out.len() - LONGEST_INVALID;
        let (result, read, mut written) =
            decoder.decode(&self.raw[self.at..], &mut out[..room], self.ended);
        self.at += read;
        self.lines += memchr_iter(b'\n', &out[..written]).count() as u64;
        if result == DecoderResult::InputEmpty && self.ended {
            self.state = State::Pass;
        }
        if let DecoderResult::Malformed(length, behind) = result {
            let end = self.at - usize::from(behind);
            let sequence = &self.raw[end.saturating_sub(usize::from(length))..end];
            let byte = self.before + (end - sequence.len()) as u64;
            // The bytes of a UTF-16 code unit may be valid UTF-8 for another character, and an
            // ASCII byte of an invalid sequence would appear as text. So such bytes are not kept
            // but replaced.
            let looks_valid = utf16 || sequence.iter().any(u8::is_ascii);
            let (replacement, replaced) = match self.on_invalid {
                OnInvalid::Keep if !looks_valid => (sequence, 0),
                _ => ("\u{fffd}".as_bytes(), 1),
            };
            self.invalid.add(Invalid { count: 1, line: self.lines, byte, replaced });
            out[written..][..replacement.len()].copy_from_slice(replacement);
            written += replacement.len();
        }
        written
    }
}

/// What a message says about a file that is no text. `None` if it may be one.
fn reason_not_text(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Text | Verdict::Perhaps => None,
        Verdict::Binary => Some(
            "is no text: it has many control characters (--binary text cuts it nevertheless; --encoding utf-16 reads UTF-16)",
        ),
        Verdict::Utf16 => Some(
            "is UTF-16, as its byte order mark says; --encoding utf-16 reads it (--encoding auto too)",
        ),
        Verdict::Utf32 => Some(UTF_32),
    }
}

/// Decodes a whole text, which may begin with a byte order mark.
///
/// # Errors
/// When bytes are not valid in the encoding. The error has the text before them and the name of the
/// encoding.
pub fn decode(bytes: &[u8], source: Source) -> Result<String, (String, &'static str)> {
    let (encoding, bytes) = match (source, Encoding::for_bom(bytes)) {
        (Source::Auto, Some((encoding, mark))) => (encoding, &bytes[mark..]),
        (Source::Utf16, Some((encoding, mark))) if encoding != UTF_8 => (encoding, &bytes[mark..]),
        (Source::Auto, None) => (guess(bytes, true), bytes),
        (Source::Utf16, _) => (UTF_16LE, bytes),
        (Source::Utf8, _) => (UTF_8, bytes),
        (Source::Fixed(encoding), _) => (encoding, bytes),
    };
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let most = decoder.max_utf8_buffer_length_without_replacement(bytes.len());
    let mut text = String::with_capacity(most.unwrap_or(bytes.len()));
    match decoder.decode_to_string_without_replacement(bytes, &mut text, true) {
        (DecoderResult::InputEmpty, _) => Ok(text),
        _ => Err((text, name(encoding))),
    }
}

/// The encoding of a text that has other than ASCII characters and no byte order mark. `whole` says
/// that the sample is the whole text.
fn guess(sample: &[u8], whole: bool) -> &'static Encoding {
    if looks_like_utf8(sample) {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, whole);
    detector.guess(None, Utf8Detection::Deny)
}

/// Whether a text is valid UTF-8, except for a truncated end and a few invalid sequences: fewer than one
/// per 50 characters outside ASCII.
fn looks_like_utf8(sample: &[u8]) -> bool {
    let (mut valid, mut invalid) = (0, 0);
    for chunk in sample.utf8_chunks() {
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        invalid += usize::from(!chunk.invalid().is_empty());
    }
    if str::from_utf8(sample).is_err_and(|error| error.error_len().is_none()) {
        invalid -= 1;
    }
    invalid == 0 || 50 * invalid < valid
}
