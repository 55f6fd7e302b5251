//! Reads the sections of the file of a compiled dictionary, from a stream or from memory.

use super::file::{
    ALIGNMENT, BYTE_ORDER, Entry, Error, HEADER, MAGIC, MOST_SECTIONS, VERSION, Visitor, damaged,
    header_checksum, padded,
};
use crate::tables::FINGERPRINT;
use bytemuck::{Pod, cast_slice, cast_slice_mut};
use std::borrow::Cow;
use std::io::{self, ErrorKind, Read};
use twox_hash::XxHash3_64;

/// Where the bytes of a file come from.
pub(super) trait Source {
    /// Reads exactly these bytes.
    fn fill(&mut self, bytes: &mut [u8]) -> io::Result<()>;

    /// Reads up to so many bytes; fewer if the file ends.
    fn at_most(&mut self, bytes: u64) -> io::Result<Vec<u8>>;

    /// Reads exactly so many numbers.
    fn numbers<T: Pod>(&mut self, count: usize) -> io::Result<Cow<'static, [T]>> {
        let mut numbers = vec![T::zeroed(); count];
        self.fill(cast_slice_mut(&mut numbers))?;
        Ok(numbers.into())
    }

    /// Whether no bytes are left.
    fn is_at_end(&mut self) -> io::Result<bool>;
}

/// A file that is read.
pub(super) struct Stream<R>(pub R);

impl<R: Read> Source for Stream<R> {
    fn fill(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.0.read_exact(bytes)
    }

    fn at_most(&mut self, bytes: u64) -> io::Result<Vec<u8>> {
        let mut read = Vec::new();
        self.0.by_ref().take(bytes).read_to_end(&mut read)?;
        Ok(read)
    }

    fn is_at_end(&mut self) -> io::Result<bool> {
        let mut byte = Vec::new();
        Ok(self.0.by_ref().take(1).read_to_end(&mut byte)? == 0)
    }
}

/// A file in memory. Its numbers are used where they are, without a copy.
pub(super) struct Memory(pub &'static [u8]);

impl Source for Memory {
    fn fill(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.0.read_exact(bytes)
    }

    fn at_most(&mut self, bytes: u64) -> io::Result<Vec<u8>> {
        Stream(&mut self.0).at_most(bytes)
    }

    fn numbers<T: Pod>(&mut self, count: usize) -> io::Result<Cow<'static, [T]>> {
        let bytes = count * size_of::<T>();
        let (numbers, rest) = self.0.split_at_checked(bytes).ok_or(ErrorKind::UnexpectedEof)?;
        self.0 = rest;
        if let Ok(numbers) = bytemuck::try_cast_slice(numbers) {
            return Ok(Cow::Borrowed(numbers));
        }
        // Memory that is not aligned for these numbers is copied.
        let mut copy = vec![T::zeroed(); count];
        cast_slice_mut(&mut copy).copy_from_slice(numbers);
        Ok(copy.into())
    }

    fn is_at_end(&mut self) -> io::Result<bool> {
        Ok(self.0.is_empty())
    }
}

/// Reads the sections in their order.
pub(super) struct Reader<S> {
    source: S,
    /// The number of bytes read so far.
    at: u64,
    entries: std::vec::IntoIter<[u64; 5]>,
}

impl<S: Source> Reader<S> {
    /// Reads the header and the table of sections.
    pub(super) fn begin(source: S) -> Result<Self, Error> {
        let mut reader = Reader { source, at: 0, entries: Vec::new().into_iter() };
        let mut header = [0; HEADER];
        reader.read_into(cast_slice_mut(&mut header), "header")?;
        let [first, second, byte_order, version, fingerprint, count, checksum] = header;
        if [first, second] != bytemuck::cast::<_, [u64; 2]>(MAGIC) {
            return Err(damaged("header", "does not begin like a compiled dictionary"));
        }
        if byte_order == BYTE_ORDER.swap_bytes() {
            return Err(Error::OtherByteOrder);
        }
        if byte_order != BYTE_ORDER {
            return Err(damaged("header", "has an impossible byte order at byte 16"));
        }
        if version != VERSION || fingerprint != FINGERPRINT {
            return Err(Error::OtherVersion);
        }
        if count > MOST_SECTIONS {
            return Err(damaged("header", "has an impossible number of sections at byte 40"));
        }
        let mut table = vec![[0; 5]; count as usize];
        reader.read_into(cast_slice_mut(&mut table), "table of sections")?;
        if header_checksum(&header, &table) != checksum {
            return Err(damaged("table of sections", "does not match its checksum"));
        }
        reader.entries = table.into_iter();
        Ok(reader)
    }

    fn read_into(&mut self, bytes: &mut [u8], name: &str) -> Result<(), Error> {
        let read = self.source.fill(bytes);
        self.advance(read, bytes.len(), name)
    }

    /// Counts the bytes that were read; or turns the error of reading so many bytes into that of a
    /// section.
    fn advance<T>(&mut self, read: io::Result<T>, bytes: usize, name: &str) -> Result<T, Error> {
        let (start, end) = (self.at, self.at + bytes as u64);
        self.at = end;
        read.map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => damaged(
                name,
                &format!("needs bytes {start} to {end}, but the file ends before that"),
            ),
            _ => Error::Read(error),
        })
    }

    /// The entry of the next section, which must have this name. Also reads the zeros before the
    /// section.
    fn next(&mut self, name: &str) -> Result<Entry, Error> {
        let entry = self.entries.next().ok_or_else(|| damaged(name, "is missing"))?;
        let entry = Entry::of(entry);
        let offset = self.at.next_multiple_of(ALIGNMENT);
        if entry.name != padded(name) || entry.offset != offset {
            return Err(damaged(name, "has another name or place in the table of sections"));
        }
        let mut padding = [0; ALIGNMENT as usize];
        let padding = &mut padding[..(offset - self.at) as usize];
        self.read_into(padding, name)?;
        if padding.iter().any(|&byte| byte != 0) {
            return Err(damaged(name, "has bytes other than zero before it"));
        }
        Ok(entry)
    }

    fn verify(&self, name: &str, entry: &Entry, bytes: &[u8]) -> Result<(), Error> {
        if XxHash3_64::oneshot(bytes) != entry.checksum {
            let (start, end) = (entry.offset, self.at);
            let reason = format!("(bytes {start} to {end}) does not match its checksum");
            return Err(damaged(name, &reason));
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> Result<(), Error> {
        if self.entries.next().is_some() {
            return Err(damaged("table of sections", "has unknown sections"));
        }
        match self.source.is_at_end() {
            Ok(true) => Ok(()),
            Ok(false) => {
                Err(Error::Damaged(format!("more bytes follow its end at byte {}", self.at)))
            }
            Err(error) => Err(Error::Read(error)),
        }
    }
}

impl<S: Source> Visitor for Reader<S> {
    fn numbers<T: Pod>(
        &mut self,
        name: &str,
        table: &mut Cow<'static, [T]>,
        most: usize,
    ) -> Result<(), Error> {
        let entry = self.next(name)?;
        // Checked before the allocation, because a damaged length could be far larger than the
        // file.
        let count = usize::try_from(entry.length).unwrap_or(usize::MAX) / size_of::<T>();
        if count > most || !entry.length.is_multiple_of(size_of::<T>() as u64) {
            return Err(damaged(name, "has an impossible length"));
        }
        let read = self.source.numbers(count);
        let numbers = self.advance(read, count * size_of::<T>(), name)?;
        self.verify(name, &entry, cast_slice(&numbers))?;
        *table = numbers;
        Ok(())
    }

    fn texts(&mut self, name: &str, texts: &mut Vec<String>) -> Result<(), Error> {
        let entry = self.next(name)?;
        let bytes = self.source.at_most(entry.length).map_err(Error::Read)?;
        self.at += bytes.len() as u64;
        if (bytes.len() as u64) < entry.length {
            return Err(damaged(name, &format!("is cut off: the file ends at byte {}", self.at)));
        }
        self.verify(name, &entry, &bytes)?;
        let text = String::from_utf8(bytes).map_err(|_| damaged(name, "is not UTF-8"))?;
        if !text.is_empty() && !text.ends_with('\n') {
            return Err(damaged(name, "does not end with a newline"));
        }
        *texts = text.split_terminator('\n').map(Into::into).collect();
        Ok(())
    }
}
