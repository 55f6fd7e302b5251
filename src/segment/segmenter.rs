//! The library's interface for segmenting strings.

use std::error::Error;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::{fmt, thread};

use batchproc_jieba::keywords::{Finder, Method};
use batchproc_jieba::{Compat, Mode, Options, Scratch, Tag, Token};

use super::dictionary_files::{Loaded, Source, load};
use super::dictionary_lines::Word;
use super::load_error::LoadError;
use super::side_files::Reading;

/// A text with more bytes than this is divided into pieces of at most this size.
const LONGEST: usize = 1 << 30;

/// Cuts Chinese text into words, with the same results as jieba-rs 0.11.0 or Python jieba 0.42.1.
///
/// Clones are cheap, share the dictionary, and can be used from many threads. The built-in dictionary is
/// part of the program and needs no loading.
///
/// ```
/// use batchproc::segment::{Mode, Segmenter};
///
/// let segmenter = Segmenter::default();
/// assert_eq!(segmenter.cut("我来到北京清华大学", Mode::Exact), ["我", "来到", "北京", "清华大学"]);
/// ```
#[derive(Clone, Debug)]
pub struct Segmenter(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    compat: Compat,
    loaded: Loaded,
}

/// Builds a [`Segmenter`] with other dictionaries.
#[derive(Default)]
pub struct Builder<'a> {
    compat: Compat,
    replacement: Option<Source<'a>>,
    additions: Vec<Source<'a>>,
    words: Vec<Word>,
}

impl<'a> Builder<'a> {
    /// Replaces the built-in dictionary. `read` yields a dictionary in jieba's format, with a line
    /// `word frequency [tag]` for each word, or the output of `batchproc dict compile`.
    ///
    /// # Errors
    /// When the first bytes of the dictionary cannot be read.
    pub fn dictionary(mut self, read: impl Read + 'a) -> Result<Self, LoadError> {
        self.replacement = Some(Source::new("given".into(), read)?);
        Ok(self)
    }

    /// Adds a user dictionary in jieba's format, with a line `word [frequency] [tag]` for each word.
    ///
    /// # Errors
    /// When the first bytes of the dictionary cannot be read.
    pub fn user_words(mut self, read: impl Read + 'a) -> Result<Self, LoadError> {
        let name = format!("added {}", self.additions.len() + 1);
        self.additions.push(Source::new(name, read)?);
        Ok(self)
    }

    /// Adds a word. A word without a frequency gets the smallest frequency with which the segmenter
    /// finds it.
    #[must_use]
    pub fn add_word(mut self, word: &str, frequency: Option<u64>, tag: Option<&str>) -> Self {
        let (word, tag) = (word.to_string(), tag.map(str::to_string));
        self.words.push(Word { word, frequency, tag });
        self
    }

    /// Loads the dictionaries, then adds the words.
    ///
    /// # Errors
    /// When a dictionary cannot be read or has a malformed line.
    pub fn build(self) -> Result<Segmenter, LoadError> {
        let Self { compat, replacement, additions, words } = self;
        let reading = Reading::utf_8(compat);
        let additions = additions.into_iter().map(Ok);
        let mut loaded = load(replacement, additions, words, None, reading)?;
        loaded.prepare();
        Ok(Segmenter(Arc::new(Inner { compat, loaded })))
    }
}

impl Default for Segmenter {
    /// A segmenter with the built-in dictionary that cuts like jieba-rs.
    fn default() -> Self {
        Self::new(Compat::default())
    }
}

impl Segmenter {
    /// A segmenter with the built-in dictionary.
    pub fn new(compat: Compat) -> Self {
        Self::builder(compat).build().expect("the built-in dictionary has no errors")
    }

    /// Begins a segmenter with other dictionaries.
    ///
    /// ```
    /// use batchproc::segment::{Compat, Mode, Segmenter};
    ///
    /// let words = "石墨烯 300 n\n云计算\n".as_bytes();
    /// let segmenter = Segmenter::builder(Compat::JiebaRs).user_words(words)?.build()?;
    /// assert_eq!(segmenter.cut("石墨烯云计算", Mode::Exact), ["石墨烯", "云计算"]);
    /// # Ok::<(), batchproc::segment::LoadError>(())
    /// ```
    pub fn builder<'a>(compat: Compat) -> Builder<'a> {
        Builder { compat, ..Builder::default() }
    }

    /// The words of a text. A line end, LF or CRLF, is a word too. A line longer than 1 GiB is divided, so a
    /// word may be cut apart there.
    pub fn cut<'t>(&self, text: &'t str, mode: Mode) -> Vec<&'t str> {
        let options = Options { mode, ..self.options() };
        self.words(text, options, &mut Workspace::default())
    }

    /// The words of a text, each with its part of speech, such as `n` or `v`.
    ///
    /// ```
    /// use batchproc::segment::Segmenter;
    ///
    /// let segmenter = Segmenter::default();
    /// assert_eq!(segmenter.tag("我来到北京"), [("我", "r"), ("来到", "v"), ("北京", "ns")]);
    /// ```
    pub fn tag<'t>(&self, text: &'t str) -> Vec<(&'t str, &str)> {
        let options = Options { tags: true, ..self.options() };
        let mut words = Vec::new();
        let core = &self.0.loaded.core;
        self.each_piece(text, options, &mut Workspace::default(), |piece, tokens| {
            let tagged = |token: &Token| (word(piece, token), core.tag_name(token.tag));
            words.extend(tokens.iter().map(tagged));
        });
        words
    }

    /// Appends the tokens of a text to `tokens`. If a caller reuses `scratch`, only the growth of
    /// `tokens` allocates memory. The segmenter's own `compat` is used, and the one in `options` is
    /// ignored.
    ///
    /// # Errors
    /// When the text has 4 GiB or more, since tokens store byte positions in 32 bits.
    pub fn cut_into(
        &self,
        text: &str,
        options: &Options,
        scratch: &mut Scratch,
        tokens: &mut Vec<Token>,
    ) -> Result<(), TooLong> {
        if u32::try_from(text.len()).is_err() {
            return Err(TooLong);
        }
        let options = Options { compat: self.0.compat, ..*options };
        self.0.loaded.cutter(options).cut(text.as_bytes(), scratch, tokens);
        Ok(())
    }

    /// Appends the tokens of a text as `jieba.posseg` of Python jieba gives them, whose words are not
    /// always those of `jieba.cut`. Words of a user dictionary that have spaces or symbols are not
    /// found, as in Python jieba.
    ///
    /// # Errors
    /// When the text has 4 GiB or more, since tokens store byte positions in 32 bits.
    pub fn tag_like_python(
        &self,
        text: &str,
        hmm: bool,
        scratch: &mut Scratch,
        tokens: &mut Vec<Token>,
    ) -> Result<(), TooLong> {
        if u32::try_from(text.len()).is_err() {
            return Err(TooLong);
        }
        self.0.loaded.core.cut_with_tags_of_python(text, hmm, scratch, tokens);
        Ok(())
    }

    /// The name of a tag that this segmenter gave to a token, such as `n` or `v`.
    pub fn tag_name(&self, tag: Tag) -> &str {
        self.0.loaded.core.tag_name(tag)
    }

    /// The names of all tags, in the order of [`Tag::index`].
    pub fn tag_names(&self) -> impl Iterator<Item = &str> {
        self.0.loaded.core.tag_names()
    }

    /// The words of each text, in the order of the texts. `threads` is the number of threads; 0 means one for
    /// each CPU.
    ///
    /// ```
    /// use batchproc::segment::{Options, Segmenter};
    ///
    /// let texts = ["我来到北京", "小明硕士毕业"];
    /// let words = Segmenter::default().cut_many(&texts, &Options::default(), 2);
    /// assert_eq!(words[1], ["小明", "硕士", "毕业"]);
    /// ```
    pub fn cut_many<'t>(
        &self,
        texts: &[&'t str],
        options: &Options,
        threads: usize,
    ) -> Vec<Vec<&'t str>> {
        let options = Options { compat: self.0.compat, ..*options };
        let threads = if threads == 0 { crate::pipeline::processors() } else { threads };
        let threads = threads.min(texts.len()).max(1);
        let next = AtomicUsize::new(0);
        let work = || {
            let (mut done, mut workspace) = (Vec::new(), Workspace::default());
            loop {
                let index = next.fetch_add(1, Relaxed);
                let Some(text) = texts.get(index) else { return done };
                done.push((index, self.words(text, options, &mut workspace)));
            }
        };
        let mut all = vec![Vec::new(); texts.len()];
        thread::scope(|scope| {
            // If a thread cannot be started, the other threads do its work.
            let start = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
            let others: Vec<_> = (1..threads).filter_map(start).collect();
            let mut done = work();
            for other in others {
                match other.join() {
                    Ok(more) => done.extend(more),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            for (index, words) in done {
                all[index] = words;
            }
        });
        all
    }

    /// The keywords of a text with their weights, the highest weight first; at most `most`.
    ///
    /// ```
    /// use batchproc::segment::{Method, Segmenter};
    ///
    /// let text = "今天纽约的天气真好啊，京华大酒店的张尧经理吃了一只北京烤鸭。";
    /// let best = Segmenter::default().keywords(text, Method::TfIdf, 2);
    /// assert_eq!(best[0].0, "北京烤鸭");
    /// ```
    pub fn keywords(&self, text: &str, method: Method, most: usize) -> Vec<(String, f64)> {
        let options = Options { tags: method == Method::TextRank, ..self.options() };
        let finder = Finder::new(method, self.0.compat, &self.0.loaded.core);
        let (mut gathered, mut blocks) = (finder.gather(), 0u64..);
        self.each_piece(text, options, &mut Workspace::default(), |piece, tokens| {
            let block = blocks.next().unwrap_or(u64::MAX);
            gathered.add(&finder, block, piece.as_bytes(), tokens);
        });
        let best = finder.best(&mut [gathered], most).into_iter();
        best.map(|(word, weight)| (word.into(), weight)).collect()
    }

    fn options(&self) -> Options {
        Options { compat: self.0.compat, ..Options::default() }
    }

    /// Divides a text into pieces of at most [`LONGEST`] bytes and cuts each piece into tokens.
    /// Calls `emit` with each piece and its tokens.
    fn each_piece<'t>(
        &self,
        text: &'t str,
        options: Options,
        workspace: &mut Workspace,
        mut emit: impl FnMut(&'t str, &[Token]),
    ) {
        let cutter = self.0.loaded.cutter(options);
        let Workspace { scratch, tokens } = workspace;
        for piece in pieces(text) {
            tokens.clear();
            cutter.cut(piece.as_bytes(), scratch, tokens);
            emit(piece, tokens);
        }
    }

    /// The words of a text.
    fn words<'t>(
        &self,
        text: &'t str,
        options: Options,
        workspace: &mut Workspace,
    ) -> Vec<&'t str> {
        let mut words = Vec::new();
        self.each_piece(text, options, workspace, |piece, tokens| {
            words.extend(tokens.iter().map(|token| word(piece, token)));
        });
        words
    }
}

/// The memory that cutting a text needs. It is reused for the next text.
#[derive(Default)]
struct Workspace {
    scratch: Scratch,
    tokens: Vec<Token>,
}

/// The word of a token.
fn word<'t>(piece: &'t str, token: &Token) -> &'t str {
    &piece[token.start as usize..token.end as usize]
}

/// Divides a text into pieces of at most [`LONGEST`] bytes, so that byte positions in a piece fit
/// into 32 bits. A piece ends at a line end if it contains one.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = if rest.len() <= LONGEST {
            rest.len()
        } else {
            let most = (0..=LONGEST).rev().find(|&end| rest.is_char_boundary(end)).unwrap_or(0);
            rest[..most].rfind('\n').map_or(most, |at| at + 1)
        };
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        Some(piece)
    })
}

/// The error for a text of 4 GiB or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the text has 4 GiB or more; divide it")
    }
}

impl Error for TooLong {}
