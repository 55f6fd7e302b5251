//! The native half of `batchproc.jieba`: a dictionary that can change, and texts cut with it as Python
//! jieba cuts them.

use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use batchproc_jieba::{Compat, Core, Mode, Options, Token, keywords};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString};

use crate::cutting::Workspace;
use crate::errors::error;
use crate::interpreter::detach;
use crate::segmenter::{SHORT, mode};
use crate::text::{Strings, Text};
use crate::words::Words;

/// A dictionary that can change.
#[pyclass(module = "batchproc._native", subclass, frozen)]
pub struct Tokenizer {
    core: RwLock<Core>,
}

#[pymethods]
impl Tokenizer {
    #[new]
    #[pyo3(signature = (*_arguments, **_named))]
    fn new(_arguments: &Bound<'_, PyAny>, _named: Option<&Bound<'_, PyAny>>) -> Self {
        Self { core: RwLock::new(Core::new()) }
    }

    /// Replaces the dictionary by these words, each with a frequency and a tag, or by the built-in
    /// one.
    fn _replace(&self, py: Python<'_>, words: Option<Vec<(String, u64, String)>>) -> PyResult<()> {
        let core = detach(py, || match &words {
            None => Ok(Core::new()),
            Some(words) => {
                let words =
                    words.iter().map(|(word, frequency, tag)| (&**word, *frequency, &**tag));
                Core::from_words(words)
            }
        });
        self.change(py, core.map_err(|limit| error(&limit))?);
        Ok(())
    }

    /// Adds a word.
    fn _add(&self, py: Python<'_>, word: &str, frequency: u64, tag: Option<&str>) {
        detach(py, || {
            let mut core = self.core.write().unwrap_or_else(PoisonError::into_inner);
            core.add_word(word, Some(frequency), tag);
        });
    }

    /// Makes cutting fast again after many words were added.
    fn _merge(&self, py: Python<'_>) {
        detach(py, || {
            let mut core = self.core.write().unwrap_or_else(PoisonError::into_inner);
            // If the tables cannot hold the words, cutting is right all the same.
            let _ = core.merge_added_words();
        });
    }

    /// The frequency of a word, if it or one that begins with it is in the dictionary.
    fn _frequency(&self, py: Python<'_>, word: &str) -> Option<u64> {
        self.read(py).frequency(word)
    }

    /// The sum of all frequencies.
    #[getter]
    fn _total(&self, py: Python<'_>) -> u64 {
        self.read(py).total(Compat::Python)
    }

    /// The words of a text.
    fn _cut<'py>(
        &self,
        text: Bound<'py, PyString>,
        mode: &str,
        hmm: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        self.list(text, How::Words(self::mode(mode)?, hmm), |strings, token| {
            Ok(strings.word(token.start, token.end)?.into_any())
        })
    }

    /// The words of a text, each with the numbers of characters before it and at its end.
    fn _tokenize<'py>(
        &self,
        text: Bound<'py, PyString>,
        mode: &str,
        hmm: bool,
    ) -> PyResult<Bound<'py, PyList>> {
        self.list(text, How::Words(self::mode(mode)?, hmm), |strings, token| {
            let (word, start, end) = strings.placed(token)?;
            Ok((word, start, end))
        })
    }

    /// The words of a text, each with its part of speech.
    fn _tag<'py>(&self, text: Bound<'py, PyString>, hmm: bool) -> PyResult<Bound<'py, PyList>> {
        let py = text.py();
        self.list(text, How::Tags(hmm), |strings, token| {
            let word = strings.word(token.start, token.end)?;
            // To make a string runs no Python code, which might change the dictionary. To make a list
            // may, since it may collect garbage. So the lock is only held here.
            let core = self.read(py);
            let tag = core.tag_name(token.tag);
            Ok((word, strings.other(if tag.is_empty() { "x" } else { tag })))
        })
    }
}

/// How a text is cut.
#[derive(Clone, Copy)]
enum How {
    /// As by `cut`, in this mode, with or without guessed words.
    Words(Mode, bool),
    /// As by `posseg.cut`, with or without guessed words.
    Tags(bool),
}

impl Tokenizer {
    fn read(&self, py: Python<'_>) -> RwLockReadGuard<'_, Core> {
        match self.core.try_read() {
            Ok(core) => core,
            // Another thread changes the dictionary, and may need the interpreter for that.
            Err(_) => {
                detach(py, || drop(self.core.read()));
                self.core.read().unwrap_or_else(PoisonError::into_inner)
            }
        }
    }

    fn change(&self, py: Python<'_>, core: Core) {
        detach(py, || *self.core.write().unwrap_or_else(PoisonError::into_inner) = core);
    }

    /// Cuts a text and makes a list with something for each token.
    fn list<'py, T: IntoPyObject<'py>>(
        &self,
        text: Bound<'py, PyString>,
        how: How,
        mut make: impl FnMut(&mut Strings<'_, 'py>, &Token) -> PyResult<T>,
    ) -> PyResult<Bound<'py, PyList>> {
        let py = text.py();
        let text = Text::new(&text)?;
        let string = text.as_str();
        if u32::try_from(string.len()).is_err() {
            return Err(PyValueError::new_err("the text has 4 GiB or more; divide it"));
        }
        let made = Workspace::with(|Workspace { scratch, tokens }| {
            let mut cut = |core: &Core| {
                tokens.clear();
                match how {
                    How::Words(mode, hmm) => {
                        let options = Options { mode, hmm, compat: Compat::Python, tags: false };
                        core.cut(string, &options, scratch, tokens);
                    }
                    How::Tags(hmm) => core.cut_with_tags_of_python(string, hmm, scratch, tokens),
                }
            };
            match string.len() {
                0..SHORT => cut(&self.read(py)),
                _ => detach(py, || cut(&self.core.read().unwrap_or_else(PoisonError::into_inner))),
            }
            Words::with(|words| {
                let mut strings = text.words(words);
                tokens.iter().map(|token| make(&mut strings, token)).collect::<PyResult<Vec<_>>>()
            })
        })?;
        PyList::new(py, made)
    }
}

/// The inverse document frequency of a word, if jieba has one.
#[pyfunction]
pub fn idf(word: &str) -> Option<f64> {
    keywords::idf(word)
}

/// The inverse document frequency of words that have none of their own.
#[pyfunction]
pub fn median_idf() -> f64 {
    keywords::median()
}
