//! Reads the bytes of a text from a file, decompressed if the file is compressed. Decompressing
//! happens where the file is read, beside the threads that cut the text.

use super::portion::PortionReader;
use crate::compression::{Damage, Decoder, Format, Guess, Progress};
use crate::error::FileError;
use crate::files::open::OpenFile;
use crate::files::pieces::Portion;
use crate::pipeline::Filled;

/// How many compressed bytes are read at once.
const CHUNK: usize = 64 << 10;
/// At least so many of the first bytes of a member are looked at. No format needs more to be known.
const HEAD: usize = 16;

/// A file that yields the bytes of a text.
#[derive(Debug)]
pub struct Raw {
    /// The file.
    pub file: OpenFile,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Nothing was read so far.
    Begin,
    /// The bytes of the file are those of the text.
    Plain,
    /// Some lines of the file are the text.
    Portion(PortionReader),
    Compressed(Box<Compressed>),
    /// There is nothing more to read.
    Ended,
}

/// Compressed data that is being read.
#[derive(Debug)]
struct Compressed {
    decoder: Decoder,
    /// Bytes of the file. Those before index `at` are decompressed already.
    input: Vec<u8>,
    at: usize,
    /// Whether the file has no more bytes than those in `input`.
    read: bool,
    place: Place,
    /// The first bytes of a later member, as long as it has yielded nothing.
    head: Vec<u8>,
}

/// Where in the compressed data the next byte is. Data may have several members, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// In the first member.
    First,
    /// In a later member, which has yielded nothing so far.
    Begun,
    /// In a later member.
    Later,
    /// Between two members. `true` if zero bytes came after the last one.
    Between(bool),
}

impl Raw {
    /// Reads this file.
    pub fn new(file: OpenFile) -> Self {
        Self { file, state: State::Begin }
    }

    /// Takes the next bytes as they are, even if they are like the beginning of compressed data.
    pub fn never_decompress(&mut self) {
        self.state = State::Plain;
    }

    /// Reads only a portion of the file, which is not compressed.
    pub fn take_portion(&mut self, portion: Portion) {
        self.state = State::Portion(PortionReader::new(&mut self.file, portion));
    }

    /// Whether the next read would wait for the writer of a stream.
    pub fn pauses(&self) -> bool {
        match &self.state {
            State::Compressed(compressed) => {
                compressed.at == compressed.input.len() && self.file.pauses()
            }
            State::Ended => false,
            State::Begin | State::Plain | State::Portion(_) => self.file.pauses(),
        }
    }

    /// Whether the file is known to be compressed.
    pub fn is_compressed(&self) -> bool {
        matches!(self.state, State::Compressed(_))
    }

    /// Ends the text here, since the file failed for this reason.
    pub fn fail(&mut self, reason: String) {
        self.state = State::Ended;
        self.file.failure.get_or_insert(FileError::new(self.file.path.clone(), reason));
    }

    /// Reads as many bytes as are available; waits for at least one.
    pub fn read_available(&mut self, out: &mut [u8]) -> Filled {
        match &mut self.state {
            State::Begin => self.begin(out),
            State::Plain => self.file.read_available(out),
            State::Portion(portion) => portion.read(&mut self.file, out),
            State::Compressed(compressed) => match compressed.read(&mut self.file, out) {
                Ok(filled) => filled,
                Err(reason) => {
                    self.fail(reason);
                    Filled { bytes: 0, last: true }
                }
            },
            State::Ended => Filled { bytes: 0, last: true },
        }
    }

    /// Reads the first bytes, which say whether the file is compressed. A file that is not has them
    /// in `out` already, so this costs it nothing.
    fn begin(&mut self, out: &mut [u8]) -> Filled {
        let mut bytes = 0;
        loop {
            let filled = self.file.read_available(&mut out[bytes..]);
            bytes += filled.bytes;
            match Format::guess(&out[..bytes]) {
                Guess::Perhaps if !filled.last => {}
                Guess::Is(format) if self.file.failure.is_none() => {
                    match Compressed::new(format, &out[..bytes], filled.last) {
                        Ok(compressed) => self.state = State::Compressed(Box::new(compressed)),
                        Err(reason) => self.fail(reason),
                    }
                    return self.read_available(out);
                }
                _ => {
                    self.state = State::Plain;
                    return Filled { bytes, last: filled.last };
                }
            }
        }
    }
}

impl Compressed {
    fn new(format: Format, head: &[u8], read: bool) -> Result<Self, String> {
        let decoder = Decoder::new(format).map_err(|damage| describe(format, &damage))?;
        let input = head.to_vec();
        Ok(Self { decoder, input, at: 0, read, place: Place::First, head: Vec::new() })
    }

    /// Decompresses at least one byte, unless the data ends.
    ///
    /// # Errors
    /// Says what is wrong with the data.
    fn read(&mut self, file: &mut OpenFile, out: &mut [u8]) -> Result<Filled, String> {
        let format = self.decoder.format();
        loop {
            if self.at == self.input.len() && !self.read {
                self.input.resize(CHUNK, 0);
                let filled = file.read_available(&mut self.input);
                self.input.truncate(filled.bytes);
                (self.at, self.read) = (0, filled.last);
                if file.failure.is_some() {
                    return Ok(Filled { bytes: 0, last: true });
                }
            }
            let over = self.read && self.at == self.input.len();
            if let Place::Between(padded) = self.place {
                if over {
                    return Ok(Filled { bytes: 0, last: true });
                }
                self.between(padded)?;
                continue;
            }
            let Progress { read, written, ended } =
                match self.decoder.decode(&self.input[self.at..], out) {
                    Ok(progress) => progress,
                    Err(Damage::Invalid(_)) if self.place == Place::Begun => {
                        return Err(damaged_after(format));
                    }
                    Err(damage) => return Err(describe(format, &damage)),
                };
            if self.place == Place::Begun && self.head.len() < HEAD {
                self.head.extend(&self.input[self.at..][..read.min(HEAD)]);
            }
            self.at += read;
            if written > 0 && self.place == Place::Begun {
                self.place = Place::Later;
            }
            if ended {
                self.place = Place::Between(false);
            }
            if written > 0 {
                return Ok(Filled { bytes: written, last: false });
            }
            if read == 0 && !ended {
                if over && self.place == Place::Begun && !format.may_begin_with(&self.head) {
                    return Err(damaged_after(format));
                }
                if over {
                    return Err(format!("is cut off: its {} data has no end", format.name()));
                }
                if self.at < self.input.len() {
                    // Every decoder takes all of its input as long as it writes nothing.
                    return Err(format!("its {} data cannot be decompressed", format.name()));
                }
            }
        }
    }

    /// Looks at the next byte after the end of a member. Zero bytes may follow the last member of
    /// gzip and xz: tapes had them, and xz allows them.
    fn between(&mut self, padded: bool) -> Result<(), String> {
        let format = self.decoder.format();
        let rest = &self.input[self.at..];
        if matches!(format, Format::Gzip | Format::Xz) && rest.first() == Some(&0) {
            self.at += rest.iter().take_while(|&&byte| byte == 0).count();
            self.place = Place::Between(true);
        } else if padded && format == Format::Gzip {
            return Err(damaged_after(format));
        } else {
            self.place = Place::Begun;
            self.head.clear();
        }
        Ok(())
    }
}

/// What a message says about bytes after a member that are no other member. Whether they were one once
/// cannot be told.
fn damaged_after(format: Format) -> String {
    let name = format.name();
    format!("what follows its first {name} data is damaged or no {name} data")
}

fn describe(format: Format, damage: &Damage) -> String {
    let name = format.name();
    match damage {
        Damage::Invalid(reason) => format!("its {name} data is damaged: {reason}"),
        Damage::TooLarge => {
            let what = if format == Format::Xz { "dictionary" } else { "window" };
            format!(
                "its {name} data needs a {what} of more than 128 MiB, which is the most that is allowed"
            )
        }
    }
}
