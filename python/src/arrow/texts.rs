//! The strings of an Arrow array. Nothing that another package says about its array is believed: what
//! lies outside of its buffers or is no UTF-8 is an error.

use arrow_array::{Array, StructArray};
use arrow_data::ArrayData;
use arrow_schema::DataType;

/// The bytes of a view of a string. It has the length, and either the string, or its first four
/// bytes, the number of a buffer and the place there.
const VIEW: usize = 16;
/// The longest string that a view holds itself.
const IN_VIEW: usize = 12;

/// Strings of arrays, one after the other. A null is an empty string that is not valid.
#[derive(Default)]
pub struct Texts<'a> {
    /// The strings.
    pub texts: Vec<&'a str>,
    /// Whether each of them is valid.
    pub valid: Vec<bool>,
}

impl<'a> Texts<'a> {
    /// Adds the strings of an array.
    ///
    /// # Errors
    /// It holds no strings, or its content is damaged.
    pub fn add(&mut self, array: &'a ArrayData) -> Result<(), String> {
        let nulls = array.nulls();
        self.texts.reserve(array.len());
        self.valid.reserve(array.len());
        for index in 0..array.len() {
            let is_valid = nulls.is_none_or(|nulls| nulls.is_valid(index));
            let is_valid = is_valid && *array.data_type() != DataType::Null;
            let bytes = if is_valid { bytes(array, array.offset() + index) } else { Some(&[][..]) };
            let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
            self.texts.push(text.ok_or_else(|| format!("item {index} of a chunk is no UTF-8"))?);
            self.valid.push(is_valid);
        }
        Ok(())
    }
}

/// The bytes of an item. The index counts from the beginning of the buffers.
fn bytes(array: &ArrayData, index: usize) -> Option<&[u8]> {
    let buffers = array.buffers();
    let number = |bytes: &[u8]| Some(u32::from_le_bytes(bytes.try_into().ok()?) as usize);
    match array.data_type() {
        DataType::Utf8 => {
            let offsets = buffers[0].get(index * 4..index * 4 + 8)?;
            buffers[1].get(number(&offsets[..4])?..number(&offsets[4..])?)
        }
        DataType::LargeUtf8 => {
            let offset = |at: usize| {
                let bytes = buffers[0].get(at * 8..at * 8 + 8)?;
                usize::try_from(i64::from_le_bytes(bytes.try_into().ok()?)).ok()
            };
            buffers[1].get(offset(index)?..offset(index + 1)?)
        }
        _ => {
            let view = buffers[0].get(index * VIEW..(index + 1) * VIEW)?;
            let length = number(&view[..4])?;
            if length <= IN_VIEW {
                return Some(&view[4..4 + length]);
            }
            let start = number(&view[12..])?;
            buffers.get(1 + number(&view[8..12])?)?.get(start..start + length)
        }
    }
}

/// The array of strings that this array is, or that a table with one column holds.
///
/// # Errors
/// The name of the type, if it is another one.
pub fn strings(array: ArrayData) -> Result<ArrayData, String> {
    match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => Ok(array),
        DataType::Struct(fields) if fields.len() == 1 && array.null_count() == 0 => {
            strings(StructArray::from(array).column(0).to_data())
        }
        other => Err(format!("expected a column of strings, not of {other}")),
    }
}
