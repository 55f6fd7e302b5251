//! The file of a compiled dictionary: its format, and how it is written. `reader.rs` reads it.
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
use bytemuck::{Pod, cast_slice};
use std::borrow::Cow;
use std::io;
use twox_hash::XxHash3_64;

/// How a compiled dictionary begins. No UTF-8 text begins with the first byte. The last byte
/// reveals a transfer that changed line ends.
pub(super) const MAGIC: [u8; 16] = *b"\x89batchproc-dict\n";
/// The version of the file format. If the layout of the tables changes, the fingerprint changes,
/// not this number.
pub(super) const VERSION: u64 = 4;
/// A machine of another byte order reads this as another number.
pub(super) const BYTE_ORDER: u64 = 0x0102_0304_0506_0708;
/// The offset of each section in the file is a multiple of this.
pub(super) const ALIGNMENT: u64 = 64;
/// The number of eight-byte numbers in the header.
pub(super) const HEADER: usize = 7;
/// The reader refuses a file with more sections than this. Otherwise a damaged number of sections
/// could make it allocate far more memory than the size of the file.
pub(super) const MOST_SECTIONS: u64 = 100;

/// An entry of the table of sections. In the file it is an array of five numbers.
pub(super) struct Entry {
    pub(super) name: [u8; 16],
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) checksum: u64,
}

impl Entry {
    fn numbers(&self) -> [u64; 5] {
        let [first, second] = bytemuck::cast(self.name);
        [first, second, self.offset, self.length, self.checksum]
    }

    pub(super) fn of([first, second, offset, length, checksum]: [u64; 5]) -> Self {
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
/// [`Reader`](super::reader::Reader) reads each section into the tables.
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

pub(super) fn padded(name: &str) -> [u8; 16] {
    let mut padded = [0; 16];
    padded[..name.len()].copy_from_slice(name.as_bytes());
    padded
}

pub(super) fn header_checksum(header: &[u64; HEADER], table: &[[u64; 5]]) -> u64 {
    let before = cast_slice(&header[..HEADER - 1]);
    XxHash3_64::oneshot(&[before, cast_slice(table)].concat())
}
