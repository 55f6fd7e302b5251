//! Words as Python strings. Words that come often share one string, which saves memory and the time
//! to make it.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyString;

/// How many words of several characters are kept, as a power of two.
const LOG_SLOTS: u32 = 14;

/// Longer words, in bytes, are not kept.
const LONGEST: usize = 15;

/// The table of the words that came last.
static KEPT: Mutex<Option<Words>> = Mutex::new(None);

/// Makes Python strings of words.
pub struct Words {
    /// By the number of a character below U+10000, the string of it alone: more than half of all words
    /// are such.
    characters: Vec<Option<Py<PyString>>>,
    /// Other words. A slot holds a word and its string.
    slots: Vec<Option<(u128, Py<PyString>)>>,
}

impl Words {
    fn new() -> Self {
        Self {
            characters: (0..1 << 16).map(|_| None).collect(),
            slots: (0..1 << LOG_SLOTS).map(|_| None).collect(),
        }
    }

    /// Calls `work` with the words that came last. While it runs, Python code may run too (when
    /// Python collects garbage) and may come here again. So the table is taken out for the time, and
    /// whoever finds none makes a new one.
    pub fn with<R>(work: impl FnOnce(&mut Words) -> R) -> R {
        let lock = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = lock().take();
        let mut words = taken.unwrap_or_else(Words::new);
        let result = work(&mut words);
        // Words of a table that was put there meanwhile are released after the lock.
        let other = lock().replace(words);
        drop(other);
        result
    }

    /// The Python string of the word in a range of bytes of a text.
    #[inline]
    pub fn string<'py>(
        &mut self,
        py: Python<'py>,
        text: &str,
        word: Range<usize>,
    ) -> Bound<'py, PyString> {
        let key = match word.len() {
            0..=LONGEST => key(text.as_bytes(), word.clone()),
            _ => return PyString::new(py, &text[word]),
        };
        let bytes = key as u32;
        // A word of three bytes whose first one begins a character of three bytes.
        if word.len() == 3 && bytes & 0xf0 == 0xe0 {
            let number = (bytes & 0xf) << 12 | (bytes >> 8 & 0x3f) << 6 | (bytes >> 16 & 0x3f);
            let string = self.characters[number as usize]
                .get_or_insert_with(|| PyString::new(py, &text[word]).unbind());
            return string.bind(py).clone();
        }
        let mixed =
            (key as u64 ^ ((key >> 64) as u64).rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let slot = &mut self.slots[(mixed >> (64 - LOG_SLOTS)) as usize];
        match slot {
            Some((known, string)) if *known == key => string.bind(py).clone(),
            _ => {
                let string = PyString::new(py, &text[word]);
                *slot = Some((key, string.clone().unbind()));
                string
            }
        }
    }
}

/// The bytes of a word of at most [`LONGEST`], and its length as the highest byte.
#[inline]
fn key(text: &[u8], word: Range<usize>) -> u128 {
    let length = word.len();
    let word = match text.get(word.start..).and_then(|rest| rest.first_chunk()) {
        Some(bytes) => u128::from_le_bytes(*bytes) & ((1 << (8 * length)) - 1),
        // The text ends before 16 bytes.
        None => {
            let mut bytes = [0; 16];
            bytes[..length].copy_from_slice(&text[word]);
            u128::from_le_bytes(bytes)
        }
    };
    word | (length as u128) << (8 * LONGEST)
}
