//! Decodes what a shard has of a file. What kind of text the file is, its beginning decides, so that all
//! shards decide alike.

use std::io;

use encoding_rs::{Encoding, UTF_8};
use memchr::memchr;

use super::binary::{SAMPLE as HEAD, TextCheck};
use super::{CHUNK, Decoded, SAMPLE, Source, State, UTF_32, guess, reason_not_text};
use crate::compression::{Format, Guess};
use crate::error::reason;
use crate::files::open::OpenFile;
use crate::files::pieces::Portion;
use crate::marks::{BOM, is_utf_32};

impl Decoded {
    /// Reads only a portion of the file.
    pub fn of_portion(mut self, portion: Portion, source: Source) -> Self {
        let mut head = [0; HEAD];
        let size = self.file().expected() as u64;
        if size != portion.size {
            let was = portion.size;
            self.fail(format!("its size was {was} when the run began, and is {size} bytes"));
            return self;
        }
        if !portion.is_divided {
            return self;
        }
        let head = match self.file().read_from(0, &mut head) {
            Ok(bytes) => &head[..bytes],
            Err(error) => {
                self.fail(reason(&error));
                return self;
            }
        };
        if let Guess::Is(_) = Format::guess(head) {
            self.fail("is compressed, and compressed text cannot be divided (--shard)".into());
            return self;
        }
        if is_utf_32(head) {
            self.fail(UTF_32.into());
            return self;
        }
        let mark = Encoding::for_bom(head);
        if source == Source::Auto && mark.is_some_and(|(encoding, _)| encoding != UTF_8) {
            self.fail("is UTF-16, which cannot be divided (--shard)".into());
            return self;
        }
        if self.check.take().is_some()
            && let Some(reason) = reason_not_text(TextCheck::default().look(head))
        {
            self.fail(reason.into());
            return self;
        }
        if source == Source::Auto {
            let decided = match mark {
                Some(_) => Ok(Some(UTF_8)),
                None => decide(self.file(), portion),
            };
            match decided {
                Ok(Some(encoding)) => self.choose(encoding),
                // There is nothing but ASCII.
                Ok(None) => self.choose(UTF_8),
                Err(error) => {
                    self.fail(reason(&error));
                    return self;
                }
            }
            if portion.begin == 0 && head.starts_with(BOM) {
                self.state = State::Begin;
            }
        } else if portion.begin > 0 {
            // There can be no byte order mark.
            self.state = match source {
                Source::Fixed(encoding) => {
                    State::Decode(encoding.new_decoder_without_bom_handling().into())
                }
                _ => State::Pass,
            };
        }
        self.raw_file.take_portion(portion);
        self
    }
}

/// The encoding that `auto` finds for this file; `None` if there is only ASCII up to the end of the
/// portion. It looks at the same bytes as if the whole file were read.
fn decide(file: &OpenFile, portion: Portion) -> io::Result<Option<&'static Encoding>> {
    let mut sample = vec![0; SAMPLE];
    let mut offset = 0;
    loop {
        let bytes = file.read_from(offset, &mut sample[..CHUNK])?;
        if bytes == 0 {
            return Ok(None);
        }
        if !sample[..bytes].is_ascii() {
            let bytes = file.read_from(offset, &mut sample)?;
            let whole = offset + bytes as u64 >= portion.size;
            return Ok(Some(guess(&sample[..bytes], whole)));
        }
        // The last line goes on after the end of the portion.
        let end = (portion.end - 1).saturating_sub(offset).min(bytes as u64) as usize;
        if memchr(b'\n', &sample[end..bytes]).is_some() {
            return Ok(None);
        }
        offset += bytes as u64;
    }
}
