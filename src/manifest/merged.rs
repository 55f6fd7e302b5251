//! Merges records into entries: neighbouring lines with different digests of one file become one
//! entry, so that the file is read only once.

use std::io::Read;
use std::iter::Peekable;

use super::entry::{Entry, Problem};
use super::records::Records;

/// Iterates over the entries of a manifest.
pub struct Entries<R: Read>(Peekable<Records<R>>);

impl<R: Read> Entries<R> {
    /// Merges the records of a manifest.
    pub fn new(records: Records<R>) -> Self {
        Self(records.peekable())
    }
}

impl<R: Read> Iterator for Entries<R> {
    type Item = Result<Entry, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut entry = match self.0.next()? {
            Ok(entry) if entry.form.line_each() => entry,
            // In the other forms each line is an entry by itself. Looking at the next line would be
            // useless and could wait for a slow pipe.
            other => return Some(other),
        };
        while let Some(Ok(next)) =
            self.0.next_if(|next| next.as_ref().is_ok_and(|next| entry.goes_with(next)))
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
