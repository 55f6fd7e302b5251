//! Words as Python strings. Words that come often share one string, which saves memory and the time
//! to make it.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyString;

/// How many words are kept, as a power of two.
const LOG_SLOTS: u32 = 14;

/// Longer words, in bytes, are not kept.
const LONGEST: usize = 15;

/// The table of the words that came last. A slot holds a word and its string.
static KEPT: Mutex<Option<Words>> = Mutex::new(None);

/// Makes Python strings of words.
pub struct Words(Vec<Option<(u128, Py<PyString>)>>);

impl Words {
    /// Calls `work` with the words that came last. While it runs, Python code may run too (when
    /// Python collects garbage) and may come here again. So the table is taken out for the time, and
    /// whoever finds none makes a new one.
    pub fn with<R>(work: impl FnOnce(&mut Words) -> R) -> R {
        let lock = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = lock().take();
        let mut words = taken.unwrap_or_else(|| Words((0..1 << LOG_SLOTS).map(|_| None).collect()));
        let result = work(&mut words);
        // Words of a table that was put there meanwhile are released after the lock.
        let other = lock().replace(words);
        drop(other);
        result
    }

    /// The Python string of a word.
    #[inline]
    pub fn string<'py>(&mut self, py: Python<'py>, word: &str) -> Bound<'py, PyString> {
        if word.len() > LONGEST {
            return PyString::new(py, word);
        }
        let mut bytes = [0; 16];
        bytes[..word.len()].copy_from_slice(word.as_bytes());
        bytes[LONGEST] = word.len() as u8;
        let key = u128::from_le_bytes(bytes);
        let mixed =
            (key as u64 ^ ((key >> 64) as u64).rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let slot = &mut self.0[(mixed >> (64 - LOG_SLOTS)) as usize];
        match slot {
            Some((known, string)) if *known == key => string.bind(py).clone(),
            _ => {
                let string = PyString::new(py, word);
                *slot = Some((key, string.clone().unbind()));
                string
            }
        }
    }
}
