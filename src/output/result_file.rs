//! One result of `--output-dir` while it is written.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Stat, fstat};

use super::destination::failed;
use super::inherited::Inherited;
use super::temporary::Temporary;
use crate::compression::{Encoder, Format};
use crate::error::Fatal;
use crate::retry::Bounded;
use crate::stamp::Stamp;

/// A result that goes to a temporary file.
pub struct ResultFile {
    file: File,
    bytes: u64,
    temporary: Temporary,
    place: PathBuf,
    name: String,
    /// Compresses the result, if its name says so.
    encoder: Option<Encoder>,
}

/// A result that is completely written, but has its temporary name.
pub(super) struct Finished {
    /// The file.
    pub(super) temporary: Temporary,
    /// The final path, relative to the same directory as the path of the temporary file.
    pub(super) place: PathBuf,
    /// The final path for messages.
    pub(super) name: String,
    /// The file that the result was made from.
    pub(super) input: Arc<Path>,
    /// The size of the result.
    pub(super) bytes: u64,
    /// The file itself and its device, if that is another one than that of the directory. It shows
    /// which file system must be written to the disk.
    pub(super) elsewhere: Option<(u64, File)>,
    /// What the file is like. Its new name will change the time of its status.
    pub(super) stamp: Stamp,
}

impl ResultFile {
    /// Makes a result of a temporary file that will be renamed to `place`. `name` is the name of
    /// the result for messages. The file gets the mode of the `old` file that it will replace and,
    /// if permitted, its owner.
    ///
    /// # Errors
    /// If there is not enough memory for compressing.
    pub(super) fn new(
        (file, temporary): (File, Temporary),
        place: PathBuf,
        name: String,
        old: Option<&Stat>,
    ) -> io::Result<Self> {
        if let Some(old) = old {
            Inherited::from(old).give_to(&file);
        }
        let encoder = Format::of_name(&place).map(Encoder::new).transpose()?;
        Ok(Self { file, bytes: 0, temporary, place, name, encoder })
    }

    /// Writes these bytes, and empties the buffer.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write(&mut self, buffer: &mut Vec<u8>) -> Result<(), Fatal> {
        let written = match &mut self.encoder {
            None => self.write_as_is(buffer),
            Some(encoder) => {
                let mut packed = Vec::new();
                let encoded = encoder.encode(buffer, &mut packed);
                encoded.and_then(|()| self.write_as_is(&packed))
            }
        };
        buffer.clear();
        written.map_err(|error| failed("write to", &self.name, &error))
    }

    fn write_as_is(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len() as u64;
        Bounded::new(&mut self.file).write_all(bytes)
    }

    /// Closes the file. `input` is the file that the result was made from, and `device` that of the
    /// directory of the results.
    ///
    /// # Errors
    /// If the end of compressed data cannot be written, or the metadata of the file cannot be read.
    pub(super) fn finish(mut self, input: Arc<Path>, device: u64) -> Result<Finished, Fatal> {
        if let Some(encoder) = self.encoder.take() {
            let end = encoder.finish().and_then(|end| self.write_as_is(&end));
            end.map_err(|error| failed("write to", &self.name, &error))?;
        }
        let Self { file, bytes, temporary, place, name, .. } = self;
        let facts = fstat(&file).map_err(|error| failed("write to", &name, &error.into()))?;
        let elsewhere = (facts.st_dev != device).then_some((facts.st_dev, file));
        let stamp = Stamp::from(facts);
        Ok(Finished { temporary, place, name, input, bytes, elsewhere, stamp })
    }
}
