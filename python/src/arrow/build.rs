//! Builds a column of strings, or of lists of strings, block by block. Its offsets have 32 bits, so it
//! goes on in a new chunk before they would not suffice.

use std::sync::Arc;

use arrow_array::{ArrayRef, ListArray, StringArray};
use arrow_buffer::{Buffer, NullBufferBuilder, OffsetBuffer};
use arrow_schema::{ArrowError, DataType, Field};

/// The largest offset.
const MOST: usize = i32::MAX as usize;

/// The strings of some rows.
#[derive(Default)]
pub struct Block {
    /// All strings.
    pub text: String,
    /// Where each string ends.
    pub strings: Vec<usize>,
    /// The number of strings up to the end of each row, if the rows are lists.
    pub rows: Vec<usize>,
}

/// A column that is being built.
pub struct Builder {
    /// Whether the rows are lists.
    lists: bool,
    text: String,
    strings: Vec<i32>,
    rows: Vec<i32>,
    nulls: NullBufferBuilder,
    done: Vec<ArrayRef>,
}

impl Builder {
    /// A column of lists of strings, or of strings.
    pub fn new(lists: bool) -> Self {
        let nulls = NullBufferBuilder::new(0);
        Self { lists, text: String::new(), strings: vec![0], rows: vec![0], nulls, done: vec![] }
    }

    /// Adds rows, each of which is valid or null.
    ///
    /// # Errors
    /// The rows are too large for one chunk.
    pub fn add(&mut self, block: &Block, valid: &[bool]) -> Result<(), ArrowError> {
        if self.text.len() + block.text.len() > MOST
            || self.strings.len() + block.strings.len() > MOST
            || self.nulls.len() + valid.len() >= MOST
        {
            if !self.nulls.is_empty() {
                self.end_chunk()?;
            }
            if block.text.len() > MOST || block.strings.len() >= MOST {
                let wrong = "the words of one text have 2 GiB or more; divide it";
                return Err(ArrowError::ComputeError(wrong.into()));
            }
        }
        let (bytes, strings) = (self.text.len(), self.strings.len() - 1);
        self.text.push_str(&block.text);
        // None of these is larger than the largest offset, as was looked at above.
        self.strings.extend(block.strings.iter().map(|end| (bytes + end) as i32));
        self.rows.extend(block.rows.iter().map(|end| (strings + end) as i32));
        valid.iter().for_each(|&valid| self.nulls.append(valid));
        Ok(())
    }

    /// The chunks, of which there is at least one.
    ///
    /// # Errors
    /// None that is known.
    pub fn end(mut self) -> Result<Vec<ArrayRef>, ArrowError> {
        if !self.nulls.is_empty() || self.done.is_empty() {
            self.end_chunk()?;
        }
        Ok(self.done)
    }

    fn end_chunk(&mut self) -> Result<(), ArrowError> {
        let rest = Self { done: std::mem::take(&mut self.done), ..Self::new(self.lists) };
        let Self { text, strings, rows, mut nulls, .. } = std::mem::replace(self, rest);
        let (bytes, nulls) = (Buffer::from_vec(text.into_bytes()), nulls.finish());
        let strings = OffsetBuffer::new(strings.into());
        self.done.push(if self.lists {
            let strings = StringArray::try_new(strings, bytes, None)?;
            let item = Field::new_list_field(DataType::Utf8, true).into();
            let rows = OffsetBuffer::new(rows.into());
            Arc::new(ListArray::try_new(item, rows, Arc::new(strings), nulls)?)
        } else {
            Arc::new(StringArray::try_new(strings, bytes, nulls)?)
        });
        Ok(())
    }
}
