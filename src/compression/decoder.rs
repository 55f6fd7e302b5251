//! Decompresses data piece by piece. The memory for it is bounded by [`MOST_WINDOW`], whatever the
//! data is.

use std::fmt;
use std::io::ErrorKind;

use lzma_rust2::{Action, XzStream};
use zstd::stream::raw::{DParameter, Operation};

use super::format::Format;

/// The most bytes of text that a format may look back (zstd calls this the window, xz the
/// dictionary). `zstd -d` has the same limit, and `xz -9` stays below it.
const MOST_WINDOW: u64 = 128 << 20;

/// Decompresses one member: data from a header of the format to its end. Many programs write files of
/// several members.
pub struct Decoder {
    engine: Engine,
    /// Whether the engine has finished a member and must be made anew for the next.
    used: bool,
    format: Format,
}

enum Engine {
    Gzip(flate2::Decompress),
    Zstd(zstd::stream::raw::Decoder<'static>),
    Xz(Box<XzStream>),
    Bzip2(bzip2::Decompress),
}

/// What one call of [`Decoder::decode`] did.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// How many bytes of compressed data were read.
    pub read: usize,
    /// How many bytes of text were written.
    pub written: usize,
    /// Whether the member has ended. The next call begins another one.
    pub ended: bool,
}

/// Why data cannot be decompressed.
#[derive(Debug)]
pub enum Damage {
    /// The data is not valid, for this reason.
    Invalid(String),
    /// The data needs more memory than is allowed.
    TooLarge,
}

impl fmt::Debug for Decoder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Decoder").field("format", &self.format).finish_non_exhaustive()
    }
}

impl Decoder {
    /// A decoder for data of this format.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn new(format: Format) -> Result<Self, Damage> {
        Ok(Self { engine: Engine::new(format)?, used: false, format })
    }

    /// The format of the data.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Decompresses some of `input` into `out`. If nothing is read and nothing written although `out`
    /// has room, more input is needed.
    ///
    /// # Errors
    /// If the data is damaged, or needs too much memory.
    pub fn decode(&mut self, input: &[u8], out: &mut [u8]) -> Result<Progress, Damage> {
        if std::mem::take(&mut self.used) {
            self.engine = Engine::new(self.format)?;
        }
        let progress = self.engine.decode(input, out)?;
        self.used = progress.ended;
        Ok(progress)
    }
}

impl Engine {
    fn new(format: Format) -> Result<Self, Damage> {
        Ok(match format {
            Format::Gzip => Self::Gzip(flate2::Decompress::new_gzip(15)),
            Format::Zstd => {
                let invalid = |error: std::io::Error| Damage::Invalid(error.to_string());
                let mut decoder = zstd::stream::raw::Decoder::new().map_err(invalid)?;
                let most = DParameter::WindowLogMax(MOST_WINDOW.ilog2());
                decoder.set_parameter(most).map_err(invalid)?;
                Self::Zstd(decoder)
            }
            Format::Xz => {
                // The decoder needs a little memory besides the window.
                let most = (MOST_WINDOW >> 10) as u32 + 64;
                Self::Xz(Box::new(XzStream::new_mem_limit(false, most)))
            }
            Format::Bzip2 => Self::Bzip2(bzip2::Decompress::new(false)),
        })
    }

    fn decode(&mut self, input: &[u8], out: &mut [u8]) -> Result<Progress, Damage> {
        match self {
            Self::Gzip(decoder) => {
                let before = (decoder.total_in(), decoder.total_out());
                let status = decoder.decompress(input, out, flate2::FlushDecompress::None);
                let status = status.map_err(|error| Damage::Invalid(error.to_string()))?;
                let ended = status == flate2::Status::StreamEnd;
                Ok(progress(before, (decoder.total_in(), decoder.total_out()), ended))
            }
            Self::Bzip2(decoder) => {
                let before = (decoder.total_in(), decoder.total_out());
                let status = decoder.decompress(input, out);
                let status = status.map_err(|error| Damage::Invalid(error.to_string()))?;
                let ended = status == bzip2::Status::StreamEnd;
                Ok(progress(before, (decoder.total_in(), decoder.total_out()), ended))
            }
            Self::Zstd(decoder) => match decoder.run_on_buffers(input, out) {
                Ok(status) => Ok(Progress {
                    read: status.bytes_read,
                    written: status.bytes_written,
                    ended: status.remaining == 0,
                }),
                // The library tells this kind of error only by its message.
                Err(error) if error.to_string().contains("too much memory") => {
                    Err(Damage::TooLarge)
                }
                Err(error) => Err(Damage::Invalid(error.to_string())),
            },
            Self::Xz(decoder) => match decoder.process(input, out, Action::Run) {
                Ok(result) => Ok(Progress {
                    read: result.bytes_consumed,
                    written: result.bytes_produced,
                    ended: result.status == lzma_rust2::Status::StreamEnd,
                }),
                Err(error) if error.kind() == ErrorKind::OutOfMemory => Err(Damage::TooLarge),
                Err(error) => Err(Damage::Invalid(error.to_string())),
            },
        }
    }
}

/// The progress between two states of a decoder, each with the bytes that it has read and written.
fn progress(before: (u64, u64), after: (u64, u64), ended: bool) -> Progress {
    let [read, written] = [after.0 - before.0, after.1 - before.1].map(|bytes| bytes as usize);
    Progress { read, written, ended }
}
