//! A Python string as text to cut. A Python string may hold surrogates, which are no text: they are cut
//! like U+FFFD, and the words are taken from the string itself.

use std::borrow::Cow;

use batchproc::segment::Token;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PySlice, PyString};

use crate::words::Words;

/// A string to cut.
pub struct Text<'t, 'py> {
    object: &'t Bound<'py, PyString>,
    /// The text. If the string holds surrogates, each of them is replaced.
    text: Cow<'t, str>,
}

impl<'t, 'py> Text<'t, 'py> {
    /// The text of a string.
    ///
    /// # Errors
    /// Memory is exhausted.
    pub fn new(object: &'t Bound<'py, PyString>) -> PyResult<Self> {
        let text = match object.to_str() {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => {
                let encoded = object.call_method1("encode", ("utf-32-le", "surrogatepass"))?;
                let encoded = encoded.cast_into::<PyBytes>().map_err(PyErr::from)?;
                let character = |bytes: &[u8]| {
                    let number = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
                    char::from_u32(number).unwrap_or('\u{fffd}')
                };
                Cow::Owned(encoded.as_bytes().chunks_exact(4).map(character).collect())
            }
        };
        Ok(Self { object, text })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The string.
    pub fn object(&self) -> &'t Bound<'py, PyString> {
        self.object
    }

    /// Whether the string holds surrogates, so that its words are not those of the text.
    pub fn is_replaced(&self) -> bool {
        matches!(self.text, Cow::Owned(_))
    }

    /// The strings of words, which are given by their byte ranges, one after the other.
    pub fn words<'w>(&'w self, words: &'w mut Words) -> Strings<'w, 'py> {
        let text = self.as_str();
        let is_replaced = self.is_replaced();
        Strings { text, object: self.object, is_replaced, words, places: Places::new(text) }
    }
}

/// The strings of an iterable.
///
/// # Errors
/// One of the items is no string.
pub fn strings<'py>(texts: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyString>>> {
    if texts.is_instance_of::<PyString>() {
        return Err(PyTypeError::new_err("expected many strings, but this is one string"));
    }
    let mut all = Vec::new();
    for (index, item) in texts.try_iter()?.enumerate() {
        all.push(item?.cast_into::<PyString>().map_err(|error| {
            let kind = error.into_inner().get_type().to_string();
            PyTypeError::new_err(format!("item {index} is no str, but {kind}"))
        })?);
    }
    Ok(all)
}

/// The texts of strings.
///
/// # Errors
/// Memory is exhausted.
pub fn texts<'t, 'py>(strings: &'t [Bound<'py, PyString>]) -> PyResult<Vec<Text<'t, 'py>>> {
    strings.iter().map(Text::new).collect()
}

/// Makes the strings of the words of a text.
pub struct Strings<'t, 'py> {
    text: &'t str,
    object: &'t Bound<'py, PyString>,
    is_replaced: bool,
    words: &'t mut Words,
    places: Places<'t>,
}

impl<'py> Strings<'_, 'py> {
    /// The string of a word.
    #[inline]
    pub fn word(&mut self, start: u32, end: u32) -> PyResult<Bound<'py, PyString>> {
        let py = self.object.py();
        if !self.is_replaced {
            return Ok(self.words.string(py, self.text, start as usize..end as usize));
        }
        let (start, end) = (self.places.character(start), self.places.character(end));
        let slice = PySlice::new(py, start as isize, end as isize, 1);
        Ok(self.object.get_item(slice)?.cast_into()?)
    }

    /// The string of a word that is not in the text, such as a tag.
    pub fn other(&mut self, word: &str) -> Bound<'py, PyString> {
        self.words.string(self.object.py(), word, 0..word.len())
    }

    /// The string of a token, with the numbers of characters before it and at its end.
    pub fn placed(&mut self, token: &Token) -> PyResult<(Bound<'py, PyString>, usize, usize)> {
        let word = self.word(token.start, token.end)?;
        Ok((word, self.places.character(token.start), self.places.character(token.end)))
    }
}

/// Finds the number of characters before a byte. Bytes that are near each other are found fast.
struct Places<'t> {
    text: &'t str,
    byte: usize,
    characters: usize,
}

impl<'t> Places<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, byte: 0, characters: 0 }
    }

    fn character(&mut self, byte: u32) -> usize {
        let byte = byte as usize;
        if byte >= self.byte {
            self.characters += self.text[self.byte..byte].chars().count();
        } else {
            self.characters -= self.text[byte..self.byte].chars().count();
        }
        self.byte = byte;
        self.characters
    }
}

/// The name of a mode, as an error has it.
pub fn one_of(what: &str, value: &str, names: &[&str]) -> PyErr {
    let names: Vec<Cow<'_, str>> = names.iter().map(|name| format!("{name:?}").into()).collect();
    let message = format!("{what} is one of {}, not {value:?}", names.join(", "));
    pyo3::exceptions::PyValueError::new_err(message)
}
