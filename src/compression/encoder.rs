//! Compresses what is written, with the usual level of each format's own program.

use std::io::{self, Write};

use lzma_rust2::{XzOptions, XzWriter};

use super::format::Format;

/// Compresses bytes in memory.
pub struct Encoder(Engine);

enum Engine {
    Gzip(flate2::write::GzEncoder<Vec<u8>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
    Xz(Box<XzWriter<Vec<u8>>>),
    Bzip2(bzip2::write::BzEncoder<Vec<u8>>),
}

impl Encoder {
    /// Begins compressed data of this format.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn new(format: Format) -> io::Result<Self> {
        let out = Vec::new();
        Ok(Self(match format {
            Format::Gzip => {
                Engine::Gzip(flate2::write::GzEncoder::new(out, flate2::Compression::new(6)))
            }
            Format::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(out, 3)?;
                // The checksum shows damage, as in the files of the program zstd.
                encoder.include_checksum(true)?;
                Engine::Zstd(encoder)
            }
            Format::Xz => Engine::Xz(Box::new(XzWriter::new(out, XzOptions::with_preset(6))?)),
            Format::Bzip2 => {
                Engine::Bzip2(bzip2::write::BzEncoder::new(out, bzip2::Compression::new(9)))
            }
        }))
    }

    /// Compresses these bytes, and moves what is ready to `out`.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn encode(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        let ready = match &mut self.0 {
            Engine::Gzip(encoder) => {
                encoder.write_all(bytes)?;
                encoder.get_mut()
            }
            Engine::Zstd(encoder) => {
                encoder.write_all(bytes)?;
                encoder.get_mut()
            }
            Engine::Xz(encoder) => {
                encoder.write_all(bytes)?;
                encoder.inner_mut()
            }
            Engine::Bzip2(encoder) => {
                encoder.write_all(bytes)?;
                encoder.get_mut()
            }
        };
        out.append(ready);
        Ok(())
    }

    /// Ends the compressed data, and returns what of it is not taken yet.
    ///
    /// # Errors
    /// If there is not enough memory.
    pub fn finish(self) -> io::Result<Vec<u8>> {
        match self.0 {
            Engine::Gzip(encoder) => encoder.finish(),
            Engine::Zstd(encoder) => encoder.finish(),
            Engine::Xz(encoder) => encoder.finish(),
            Engine::Bzip2(encoder) => encoder.finish(),
        }
    }
}
