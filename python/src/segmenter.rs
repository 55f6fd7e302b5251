//! The class `Segmenter`. Its subclass in `batchproc/segmenter.py` reads the dictionaries.

use std::ops::Range;

use batchproc::segment::{self, Compat, Filter, Kinds, Method, Mode, Options, Token};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use rustc_hash::FxHashMap;

use crate::arrow::Column;
use crate::cutting::{Cutting, Workspace};
use crate::errors::error;
use crate::interpreter::{attach, detach};
use crate::many::cut_all;
use crate::text::{self, Text, one_of};
use crate::words::Words;

/// The interpreter's lock is kept while a text with fewer bytes is cut: to get it back from another
/// thread may take far longer.
pub const SHORT: usize = 4096;

/// A dictionary in jieba's format, or one word with its frequency and tag.
#[derive(FromPyObject)]
pub enum Added {
    /// The lines of a dictionary.
    Lines(Vec<u8>),
    /// One word.
    Word(String, Option<u64>, Option<String>),
}

/// Cuts Chinese text into words. Nothing changes it, so threads may share it.
#[pyclass(module = "batchproc._native", subclass, frozen)]
pub struct Segmenter {
    cutting: Cutting,
    threads: Option<usize>,
}

/// The mode of a name.
pub fn mode(name: &str) -> PyResult<Mode> {
    match name {
        "exact" => Ok(Mode::Exact),
        "search" => Ok(Mode::Search),
        "full" => Ok(Mode::Full),
        _ => Err(one_of("mode", name, &["exact", "search", "full"])),
    }
}

#[pymethods]
impl Segmenter {
    #[new]
    #[pyo3(signature = (*, dictionary, added, mode, hmm, compat, stop_words, drop, tags, threads))]
    #[expect(clippy::too_many_arguments, reason = "Python names them")]
    fn new(
        py: Python<'_>,
        dictionary: Option<Vec<u8>>,
        added: Vec<Added>,
        mode: &str,
        hmm: bool,
        compat: &str,
        stop_words: Vec<String>,
        drop: Vec<String>,
        tags: Option<Vec<String>>,
        threads: Option<usize>,
    ) -> PyResult<Self> {
        let compat = match compat {
            "python" => Compat::Python,
            "jieba-rs" => Compat::JiebaRs,
            _ => return Err(one_of("compat", compat, &["python", "jieba-rs"])),
        };
        if let Some(other) = drop.iter().find(|kind| !["space", "punct"].contains(&&***kind)) {
            return Err(one_of("drop", other, &["space", "punct"]));
        }
        if threads == Some(0) {
            return Err(PyValueError::new_err("threads is at least 1, or None"));
        }
        let drops = |kind: &str| drop.iter().any(|drop| drop == kind);
        let options = Options { mode: self::mode(mode)?, hmm, compat, tags: false };
        let segmenter = detach(py, || build(compat, dictionary.as_deref(), &added))?;
        let mut filter = Filter::new(Kinds {
            space: drops("space"),
            punctuation: drops("punct"),
            ..Kinds::default()
        });
        filter.add_words(stop_words.iter().map(String::as_str));
        let stops = |word: &str| stop_words.iter().any(|stop_word| stop_word == word);
        let drops_line_ends = drops("space") || stops("\n") || stops("\r\n");
        let tags = tags.map(|wanted| {
            segmenter.tag_names().map(|name| wanted.iter().any(|tag| tag == name)).collect()
        });
        let cutting = Cutting { segmenter, options, filter, tags, drops_line_ends };
        Ok(Self { cutting, threads })
    }

    /// The words of a text.
    fn cut<'py>(&self, text: Bound<'py, PyString>) -> PyResult<Bound<'py, PyList>> {
        let py = text.py();
        let text = Text::new(&text)?;
        self.tokens(py, text.as_str(), self.cutting.options, |tokens| {
            Words::with(|words| {
                let mut strings = text.words(words);
                let words = tokens.iter().map(|token| strings.word(token.start, token.end));
                // A list that is made from a vector is filled without growing.
                PyList::new(py, words.collect::<PyResult<Vec<_>>>()?)
            })
        })
    }

    /// The words of a text, each with its part of speech.
    fn tag<'py>(&self, text: Bound<'py, PyString>) -> PyResult<Bound<'py, PyList>> {
        let py = text.py();
        let text = Text::new(&text)?;
        let options = Options { tags: true, mode: Mode::Exact, ..self.cutting.options };
        self.tokens(py, text.as_str(), options, |tokens| {
            Words::with(|words| {
                let mut strings = text.words(words);
                let tagged = tokens.iter().map(|token| {
                    let word = strings.word(token.start, token.end)?;
                    Ok((word, strings.other(self.cutting.segmenter.tag_name(token.tag))))
                });
                PyList::new(py, tagged.collect::<PyResult<Vec<_>>>()?)
            })
        })
    }

    /// The words of a text, each with the numbers of characters before it and at its end.
    fn tokenize<'py>(&self, text: Bound<'py, PyString>) -> PyResult<Bound<'py, PyList>> {
        let py = text.py();
        let text = Text::new(&text)?;
        self.tokens(py, text.as_str(), self.cutting.options, |tokens| {
            Words::with(|words| {
                let mut strings = text.words(words);
                let placed = tokens.iter().map(|token| strings.placed(token));
                PyList::new(py, placed.collect::<PyResult<Vec<_>>>()?)
            })
        })
    }

    /// The words of each text.
    fn cut_many<'py>(&self, texts: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
        let py = texts.py();
        let strings = text::strings(texts)?;
        let objects = text::texts(&strings)?;
        let all: Vec<&str> = objects.iter().map(Text::as_str).collect();
        let mut lists: Vec<Py<PyList>> = Vec::with_capacity(all.len());
        let each =
            |(spans, ends): &mut (Vec<(u32, u32)>, Vec<usize>), _: &str, tokens: &[Token]| {
                spans.extend(tokens.iter().map(|token| (token.start, token.end)));
                ends.push(spans.len());
            };
        self.many(py, &all, each, |py, range, (spans, ends)| {
            Words::with(|words| {
                let mut start = 0;
                for (index, end) in range.zip(ends) {
                    // Most texts have no surrogates. Then the words need no more than the text.
                    let text = all[index];
                    let spans = &spans[start..end];
                    let list = PyList::new(
                        py,
                        spans
                            .iter()
                            .map(|&(from, to)| words.string(py, text, from as usize..to as usize)),
                    )?;
                    lists.push(list.unbind());
                    start = end;
                }
                Ok(())
            })
        })?;
        for (object, list) in objects.iter().zip(&mut lists).filter(|(o, _)| o.is_replaced()) {
            *list = self.cut(object.object().clone())?.unbind();
        }
        PyList::new(py, lists)
    }

    /// The words of each text, joined.
    #[pyo3(signature = (texts, delimiter = " "))]
    fn join_many<'py>(
        &self,
        texts: &Bound<'py, PyAny>,
        delimiter: &str,
    ) -> PyResult<Bound<'py, PyList>> {
        let py = texts.py();
        let strings = text::strings(texts)?;
        let objects = text::texts(&strings)?;
        let all: Vec<&str> = objects.iter().map(Text::as_str).collect();
        let mut joined: Vec<Py<PyString>> = Vec::with_capacity(all.len());
        let each = |(out, ends): &mut (String, Vec<usize>), text: &str, tokens: &[Token]| {
            join(out, text, tokens, delimiter);
            ends.push(out.len());
        };
        self.many(py, &all, each, |py, _, (out, ends)| {
            let mut start = 0;
            for end in ends {
                joined.push(PyString::new(py, &out[start..end]).unbind());
                start = end;
            }
            Ok(())
        })?;
        for (object, joined) in objects.iter().zip(&mut joined).filter(|(o, _)| o.is_replaced()) {
            let words = self.cut(object.object().clone())?;
            let one = PyString::new(py, delimiter).call_method1("join", (words,))?;
            *joined = one.cast_into::<PyString>()?.unbind();
        }
        PyList::new(py, joined)
    }

    /// The words of each text of a column of strings, as a column of lists of strings.
    fn cut_column(&self, column: &Bound<'_, PyAny>) -> PyResult<Column> {
        self.lists(column)
    }

    /// The words of each text of a column of strings, joined, as a column of strings.
    #[pyo3(signature = (column, delimiter = " "))]
    fn join_column(&self, column: &Bound<'_, PyAny>, delimiter: &str) -> PyResult<Column> {
        self.joined(column, delimiter)
    }

    /// How often each word occurs in all texts, in the order in which the words come first.
    fn count<'py>(&self, texts: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        let py = texts.py();
        let strings = text::strings(texts)?;
        let objects = text::texts(&strings)?;
        let usual = objects.iter().filter(|text| !text.is_replaced());
        let all: Vec<&str> = usual.map(Text::as_str).collect();
        let mut places: FxHashMap<&str, usize> = FxHashMap::default();
        let mut counts: Vec<(&str, u64)> = Vec::new();
        self.many(py, &all, Counts::add, |_, _, block| {
            for (word, count) in block.counts {
                let place = *places.entry(word).or_insert(counts.len());
                match counts.get_mut(place) {
                    Some((_, known)) => *known += count,
                    None => counts.push((word, count)),
                }
            }
            Ok(())
        })?;
        let dict = PyDict::new(py);
        for (word, count) in counts {
            dict.set_item(word, count)?;
        }
        for object in objects.iter().filter(|object| object.is_replaced()) {
            for word in self.cut(object.object().clone())? {
                let old = dict.get_item(&word)?.map_or(Ok(0), |count| count.extract::<u64>())?;
                dict.set_item(word, old + 1)?;
            }
        }
        Ok(dict)
    }

    /// The keywords of a text with their weights, the highest first.
    #[pyo3(signature = (text, n, method = "tfidf"))]
    fn keywords(
        &self,
        text: Bound<'_, PyString>,
        n: usize,
        method: &str,
    ) -> PyResult<Vec<(String, f64)>> {
        let py = text.py();
        let method = match method {
            "tfidf" => Method::TfIdf,
            "textrank" => Method::TextRank,
            _ => return Err(one_of("method", method, &["tfidf", "textrank"])),
        };
        let text = Text::new(&text)?;
        let text = text.as_str();
        Ok(detach(py, || self.cutting.segmenter.keywords(text, method, n)))
    }
}

impl Segmenter {
    /// Cuts a text and makes something of its tokens.
    fn tokens<R>(
        &self,
        py: Python<'_>,
        text: &str,
        options: Options,
        make: impl FnOnce(&[Token]) -> PyResult<R>,
    ) -> PyResult<R> {
        Workspace::with(|workspace| {
            let cut = |workspace: &mut Workspace| self.cutting.cut(text, &options, workspace);
            let done = match text.len() {
                0..SHORT => cut(workspace),
                _ => detach(py, || cut(workspace)),
            };
            done.map_err(|long| error(&long))?;
            make(&workspace.tokens)
        })
    }

    /// Cuts many texts on several threads. See [`cut_all`].
    pub fn many<'t, Out: Default + Send>(
        &self,
        py: Python<'_>,
        texts: &[&'t str],
        each: impl Fn(&mut Out, &'t str, &[Token]) + Send + Sync,
        mut take: impl FnMut(Python<'_>, Range<usize>, Out) -> PyResult<()> + Send,
    ) -> PyResult<()> {
        detach(py, || {
            cut_all(&self.cutting, texts, self.threads, each, |range, out| {
                let taken = attach(|py| py.check_signals().and_then(|()| take(py, range, out)));
                taken.unwrap_or_else(|| Err(error(&"the interpreter ends")))
            })
        })
    }
}

/// Adds the words of a text to a string, with a delimiter between them.
pub fn join(out: &mut String, text: &str, tokens: &[Token], delimiter: &str) {
    for (index, token) in tokens.iter().enumerate() {
        if index > 0 {
            out.push_str(delimiter);
        }
        out.push_str(&text[token.start as usize..token.end as usize]);
    }
}

/// The words of a block, in the order in which they come first, and how often each occurs.
#[derive(Default)]
struct Counts<'t> {
    counts: Vec<(&'t str, u64)>,
    places: FxHashMap<&'t str, usize>,
}

impl<'t> Counts<'t> {
    fn add(&mut self, text: &'t str, tokens: &[Token]) {
        for token in tokens {
            let word = &text[token.start as usize..token.end as usize];
            let place = *self.places.entry(word).or_insert(self.counts.len());
            match self.counts.get_mut(place) {
                Some((_, count)) => *count += 1,
                None => self.counts.push((word, 1)),
            }
        }
    }
}

fn build(
    compat: Compat,
    dictionary: Option<&[u8]>,
    added: &[Added],
) -> PyResult<segment::Segmenter> {
    let mut builder = segment::Segmenter::builder(compat);
    if let Some(bytes) = dictionary {
        builder = builder.dictionary(bytes).map_err(|wrong| error(&wrong))?;
    }
    for added in added {
        builder = match added {
            Added::Lines(bytes) => builder.user_words(&**bytes).map_err(|wrong| error(&wrong))?,
            Added::Word(word, ..) if word.contains(['\n', '\r']) => {
                return Err(PyValueError::new_err(format!("a word has no line ends: {word:?}")));
            }
            Added::Word(word, frequency, tag) => builder.add_word(word, *frequency, tag.as_deref()),
        };
    }
    builder.build().map_err(|wrong| error(&wrong))
}
