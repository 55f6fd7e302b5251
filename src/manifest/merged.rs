//! Merges records into entries: neighbouring lines with different digests of one file become one
//! entry, so that the file is read only once. Then the names are changed as the user asked for.

use std::io::Read;
use std::iter::Peekable;
use std::mem;

use super::entry::{Entry, Problem};
use super::records::Records;
use super::renames::Renames;

/// Iterates over the entries of a manifest.
pub struct Entries<R: Read> {
    records: Peekable<Records<R>>,
    renames: Renames,
}

impl<R: Read> Entries<R> {
    /// Merges the records of a manifest.
    pub fn new(records: Records<R>) -> Self {
        Self { records: records.peekable(), renames: Renames::default() }
    }

    /// Changes the names of the entries. Entries that get the same name by this stay apart.
    pub fn renamed(self, renames: Renames) -> Self {
        Self { renames, ..self }
    }

    /// Merges the next record with those that follow it.
    fn merged(&mut self) -> Option<Result<Entry, Problem>> {
        let mut entry = match self.records.next()? {
            Ok(entry) if entry.form.line_each() => entry,
            // In the other forms each line is an entry by itself. Looking at the next line would be
            // useless and could wait for a slow pipe.
            other => return Some(other),
        };
        while let Some(Ok(next)) =
            self.records.next_if(|next| next.as_ref().is_ok_and(|next| entry.goes_with(next)))
        {
            if entry.several.is_empty() {
                entry.several = entry.digests.set().iter().collect();
            }
            for algorithm in next.digests.set().iter() {
                entry.several.push(algorithm);
                entry.digests.insert(algorithm, next.digests.get(algorithm).unwrap_or_default());
            }
        }
        Some(Ok(entry))
    }
}

impl<R: Read> Iterator for Entries<R> {
    type Item = Result<Entry, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut read = self.merged()?;
        if let Ok(entry) = &mut read
            && let Some(new) = self.renames.apply(&entry.path)
        {
            entry.written = Some(mem::replace(&mut entry.path, new).into());
        }
        Some(read)
    }
}
