//! The file of a compiled dictionary: written and read here.
//!
//! # The file
//!
//! All numbers are in the byte order of the machine that wrote them.
//!
//! | bytes | content |
//! |---|---|
//! | 0..16 | [`MAGIC`] |
//! | 16..24 | [`BYTE_ORDER`] |
//! | 24..32 | [`VERSION`] of this format |
//! | 32..40 | fingerprint of the built-in tables. The codes of characters and the numbers of tags extend the built-in ones, so a file made with other built-in tables is refused |
//! | 40..48 | number of sections |
//! | 48..56 | XXH3 of bytes 0..48 and of the table of sections |
//! | 56.. | the table of sections, with an [`Entry`] for each: name (16 bytes, padded with zeros), offset, length, XXH3 of the section's bytes |
//! | ... | the sections in the same order, each at the next multiple of 64, with zeros between them |
//!
//! `mod.rs` lists the sections. A section is an array of numbers, or a list of texts that each end
//! with a newline. Nothing follows the last section.

use crate::tables::FINGERPRINT;
use bytemuck::{Pod, cast_slice, cast_slice_mut};
use std::borrow::Cow;
use std::io::{self, ErrorKind, Read};
use twox_hash::XxHash3_64;

/// How a compiled dictionary begins. No UTF-8 text begins with the first byte. The last byte
/// reveals a transfer that changed line ends.
pub(super) const MAGIC: [u8; 16] = *b"\x89batchproc-dict\n";
/// The version of the file format. If the layout of the tables changes, the fingerprint changes,
/// not this number.
const VERSION: u64 = 3;
/// A machine of another byte order reads this as another number.
const BYTE_ORDER: u64 = 0x0102_0304_0506_0708;
/// The offset of each section in the file is a multiple of this.
const ALIGNMENT: u64 = 64;
/// The number of eight-byte numbers in the header.
const HEADER: usize = 7;
/// The reader refuses a file with more sections than this. Otherwise a damaged number of sections
/// could make it allocate far more memory than the size of the file.
const MOST_SECTIONS: u64 = 100;

/// An entry of the table of sections. In the file it is an array of five numbers.
struct Entry {
    name: [u8; 16],
    offset: u64,
    length: u64,
    checksum: u64,
}

impl Entry {
    fn numbers(&self) -> [u64; 5] {
        let [first, second] = bytemuck::cast(self.name);
        [first, second, self.offset, self.length, self.checksum]
    }

    fn of([first, second, offset, length, checksum]: [u64; 5]) -> Self {
        Entry { name: bytemuck::cast([first, second]), offset, length, checksum }
    }
}

/// Why a file cannot be read.
#[derive(Debug)]
pub enum Error {
    /// Reading failed.
    Read(io::Error),
    /// The file is damaged. The text says what is damaged and where.
    Damaged(String),
    /// A machine with another byte order wrote the file.
    OtherByteOrder,
    /// The file was written with other built-in tables or in another format, or its bytes 24 to 40
    /// are damaged.
    OtherVersion,
}

/// The error for a file in which the section with this name is damaged for this reason.
pub(super) fn damaged(name: &str, reason: &str) -> Error {
    Error::Damaged(format!("`{name}` {reason}"))
}

/// Visits the sections of a file one by one. [`Writer`] writes each section from the tables, and
/// [`Reader`] reads each section into the tables.
pub(super) trait Visitor {
    /// Visits a section that is an array of at most `most` numbers.
    fn numbers<T: Pod>(
        &mut self,
        name: &str,
        table: &mut Cow<'static, [T]>,
        most: usize,
    ) -> Result<(), Error>;

    fn texts(&mut self, name: &str, texts: &mut Vec<String>) -> Result<(), Error>;

    fn list<T: Pod>(&mut self, name: &str, list: &mut Vec<T>, most: usize) -> Result<(), Error> {
        let mut table = Cow::Owned(std::mem::take(list));
        self.numbers(name, &mut table, most)?;
        *list = table.into_owned();
        Ok(())
    }

    fn one<T: Pod>(&mut self, name: &str, value: &mut T) -> Result<(), Error> {
        let mut table = Cow::Owned(vec![*value]);
        self.numbers(name, &mut table, 1)?;
        *value = *table.first().ok_or_else(|| damaged(name, "is empty"))?;
        Ok(())
    }
}

/// Collects the sections of a file.
#[derive(Default)]
pub(super) struct Writer {
    sections: Vec<(String, Vec<u8>)>,
}

impl Visitor for Writer {
    fn numbers<T: Pod>(
        &mut self,
        name: &str,
        table: &mut Cow<'static, [T]>,
        most: usize,
    ) -> Result<(), Error> {
        debug_assert!(table.len() <= most, "{name}");
        self.sections.push((name.into(), cast_slice(table).to_vec()));
        Ok(())
    }

    fn texts(&mut self, name: &str, texts: &mut Vec<String>) -> Result<(), Error> {
        assert!(!texts.iter().any(|text| text.contains('\n')), "{name}: a text contains a newline");
        let mut bytes = Vec::new();
        for text in texts {
            bytes.extend_from_slice(text.as_bytes());
            bytes.push(b'\n');
        }
        self.sections.push((name.into(), bytes));
        Ok(())
    }
}

impl Writer {
    pub(super) fn finish(self) -> Vec<u8> {
        let table_length = self.sections.len() * size_of::<[u64; 5]>();
        let mut end = (8 * HEADER + table_length) as u64;
        let mut entries = Vec::new();
        for (name, bytes) in &self.sections {
            let (offset, length) = (end.next_multiple_of(ALIGNMENT), bytes.len() as u64);
            let checksum = XxHash3_64::oneshot(bytes);
            entries.push(Entry { name: padded(name), offset, length, checksum });
            end = offset + length;
        }
        let table: Vec<[u64; 5]> = entries.iter().map(Entry::numbers).collect();
        let [first, second] = bytemuck::cast(MAGIC);
        let mut header = [first, second, BYTE_ORDER, VERSION, FINGERPRINT, table.len() as u64, 0];
        header[HEADER - 1] = header_checksum(&header, &table);
        let mut file = Vec::with_capacity(end as usize);
        file.extend_from_slice(cast_slice(&header));
        file.extend_from_slice(cast_slice(&table));
        for ((_, bytes), entry) in self.sections.iter().zip(&entries) {
            file.resize(entry.offset as usize, 0);
            file.extend_from_slice(bytes);
        }
        file
    }
}

fn padded(name: &str) -> [u8; 16] {
    let mut padded = [0; 16];
    padded[..name.len()].copy_from_slice(name.as_bytes());
    padded
}

fn header_checksum(header: &[u64; HEADER], table: &[[u64; 5]]) -> u64 {
    let before = cast_slice(&header[..HEADER - 1]);
    XxHash3_64::oneshot(&[before, cast_slice(table)].concat())
}

/// Reads the sections in their order.
pub(super) struct Reader<Source> {
    source: Source,
    /// The number of bytes read so far.
    at: u64,
    entries: std::vec::IntoIter<[u64; 5]>,
}

impl<Source: Read> Reader<Source> {
    /// Reads the header and the table of sections.
    pub(super) fn begin(source: Source) -> Result<Self, Error> {
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
        let start = self.at;
        self.source.read_exact(bytes).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => {
                let end = start + bytes.len() as u64;
                damaged(
                    name,
                    &format!("needs bytes {start} to {end}, but the file ends before that"),
                )
            }
            _ => Error::Read(error),
        })?;
        self.at += bytes.len() as u64;
        Ok(())
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
        match self.source.read(&mut [0]) {
            Ok(0) => Ok(()),
            Ok(_) => Err(Error::Damaged(format!("more bytes follow its end at byte {}", self.at))),
            Err(error) => Err(Error::Read(error)),
        }
    }
}

impl<Source: Read> Visitor for Reader<Source> {
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
        let mut numbers = vec![T::zeroed(); count];
        self.read_into(cast_slice_mut(&mut numbers), name)?;
        self.verify(name, &entry, cast_slice(&numbers))?;
        *table = numbers.into();
        Ok(())
    }

    fn texts(&mut self, name: &str, texts: &mut Vec<String>) -> Result<(), Error> {
        let entry = self.next(name)?;
        let mut bytes = Vec::new();
        let read = self.source.by_ref().take(entry.length).read_to_end(&mut bytes);
        self.at += read.map_err(Error::Read)? as u64;
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
