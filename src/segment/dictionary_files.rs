//! Loads dictionaries in the format that jieba documents (see [`super::dictionary_lines`] and
//! [`super::python_lines`]). A dictionary that replaces the built-in one may also be compiled (see
//! [`batchproc_jieba::compiled`]).

use std::collections::BTreeSet;
use std::io::{self, Read};

use batchproc_jieba::compiled::{self, Compiled};
use batchproc_jieba::{
    Compat, Core, Cutter, Dictionary, Options, Patterns, Protected, Scratch, is_block_character,
};

use super::dictionary_lines::{Entry, Word, parse};
use super::forms::Forms;
use super::load_error::LoadError;
use super::notes::Notes;
use super::origin::Origins;
use super::python_lines::{parse_addition, parse_replacement};
use super::side_files::{self, Reading};
use crate::error::reason;

/// The message for a dictionary without words that would replace the built-in one.
const EMPTY: &str = "there are no words in it";

/// Up to so many added words are looked up beside the tables of the dictionary. To put them into the
/// tables takes some milliseconds.
const FEW: usize = 200;

/// A loaded dictionary, with the words that must be found before the rest of a text is cut into
/// words.
#[derive(Debug)]
pub struct Loaded {
    /// The dictionary.
    pub core: Core,
    /// The protected words: those with spaces or symbols, which the cutter would cut apart.
    pub protected: Option<Protected>,
    /// Sorted characters at which a text must not be divided into blocks, because they occur in
    /// protected words.
    pub bound: Vec<char>,
    /// Lines for the user about what is odd in the dictionaries.
    pub notes: Vec<String>,
    /// The number of added words.
    added: usize,
}

impl Loaded {
    /// Prepares for more than a short text. The tokens stay the same.
    pub fn prepare(&mut self) {
        if self.added > FEW
            && let Err(limit) = self.core.merge_added_words()
        {
            log::info!("the added words stay beside the tables, which is slower: {limit}");
        }
    }

    /// Names the origins of tokens.
    pub fn origins(&self) -> Origins<'_> {
        Origins { core: &self.core, kept: self.protected.as_ref(), new: "model" }
    }

    /// A cutter with this dictionary and these options.
    pub fn cutter(&self, options: Options) -> Cutter<'_> {
        Cutter { core: &self.core, options, protected: self.protected.as_ref() }
    }
}

/// Loads a dictionary in this order: the replacement of the built-in one, if any, then additional
/// dictionaries, then single words. An added word without a frequency gets the frequency that
/// jieba-rs or Python jieba suggests. Added words get the forms that `reading` names. `patterns` are
/// found before the text is cut.
///
/// # Errors
/// When a dictionary cannot be read or has a malformed line: the error has the dictionary's name,
/// the line and the reason. Also when the replacement of the built-in dictionary has no words.
pub fn load<'a>(
    replacement: Option<Source<'a>>,
    additions: impl Iterator<Item = Result<Source<'a>, LoadError>>,
    single: Vec<Word>,
    patterns: Option<Patterns>,
    reading: Reading,
) -> Result<Loaded, LoadError> {
    let mut whole = Assembly::begin(replacement, reading)?;
    whole.add_all(additions)?;
    whole.add(single.into_iter().map(Entry::from).collect());
    let Assembly { core, protected: words, notes, added, .. } = whole;
    let mut bound: Vec<char> = words.iter().flat_map(|word| word.chars()).collect();
    bound.retain(|&c| !is_block_character(c));
    bound.sort_unstable();
    bound.dedup();
    let words: Vec<_> = words.into_iter().collect();
    let protected =
        Protected::new(&words, patterns).map_err(|error| LoadError::new(error.to_string()))?;
    Ok(Loaded { core, protected, bound, notes, added })
}

/// Compiles one dictionary from `base`, or the built-in one, and additional dictionaries. [`load`]
/// reads a compiled dictionary faster. Also returns lines for the user about what is odd in the
/// dictionaries.
///
/// # Errors
/// When a dictionary cannot be read, has a malformed line or has no words: the error has the
/// dictionary's name, the line if there is one, and the reason. Also when the words exceed a limit
/// of a compiled dictionary.
pub fn compile<'a>(
    base: Option<Source<'a>>,
    additions: impl Iterator<Item = Result<Source<'a>, LoadError>>,
    reading: Reading,
) -> Result<(Compiled, Vec<String>), LoadError> {
    let compiled_already = base.as_ref().filter(|source| source.is_compiled());
    let error = compiled_already.map(|source| source.fail("is compiled already"));
    let mut whole = Assembly::begin(base, reading)?;
    whole.add_all(additions)?;
    if let (Some(error), 0) = (error, whole.added) {
        return Err(error);
    }
    let Assembly { mut core, protected, notes, words, suggested, .. } = whole;
    core.merge_added_words().map_err(|limit| LoadError::new(limit.to_string()))?;
    let dictionary = core.into_dictionary();
    let words = words.unwrap_or(dictionary.word_count() as u64);
    let protected = protected.into_iter().collect();
    Ok((Compiled { dictionary, protected, words, suggested }, notes))
}

/// Reads a dictionary, or the built-in one. Also returns lines for the user about what is odd in it.
///
/// # Errors
/// When the dictionary cannot be read, has a malformed line or has no words.
pub fn read(
    base: Option<Source<'_>>,
    reading: Reading,
) -> Result<(Compiled, Vec<String>), LoadError> {
    let Assembly { core, protected, notes, words, suggested, .. } = Assembly::begin(base, reading)?;
    let dictionary = core.into_dictionary();
    let words = words.unwrap_or(dictionary.word_count() as u64);
    let protected = protected.into_iter().collect();
    Ok((Compiled { dictionary, protected, words, suggested }, notes))
}

/// A dictionary that is put together from several.
struct Assembly {
    core: Core,
    reading: Reading,
    protected: BTreeSet<String>,
    notes: Vec<String>,
    /// The number of words, if the built-in dictionary is not among them.
    words: Option<u64>,
    /// The number of words that were added.
    added: usize,
    /// By whose rules frequencies were suggested, if any were.
    suggested: Option<Compat>,
}

impl Assembly {
    /// Begins with `base`, or with the built-in dictionary.
    fn begin(base: Option<Source<'_>>, reading: Reading) -> Result<Self, LoadError> {
        let mut whole = Self {
            core: Core::new(),
            reading,
            protected: BTreeSet::new(),
            notes: Vec::new(),
            words: None,
            added: 0,
            suggested: None,
        };
        let Some(source) = base else {
            if reading.forms.case {
                whole.core.add_lower_case();
            }
            return Ok(whole);
        };
        let name = source.name.clone();
        let compiled = match source.is_compiled() {
            true => source.read_compiled()?,
            false => source.compile(reading, &mut whole.notes)?,
        };
        if compiled.words == 0 {
            return Err(fail(&name, EMPTY));
        }
        if let Some(suggested) = compiled.suggested.filter(|&other| other != reading.compat) {
            let [was, is] = [suggested, reading.compat].map(name_of);
            let reason = format!(
                "was compiled with --compat {was}, which gave its words other frequencies than \
                 --compat {is} does; use --compat {was}, or compile it again"
            );
            return Err(fail(&name, &reason));
        }
        log::info!("dictionary {name}: {} words", compiled.words);
        whole.core = compiled.dictionary.into();
        whole.protected.extend(compiled.protected);
        whole.words = Some(compiled.words);
        whole.suggested = compiled.suggested;
        if reading.forms.case {
            whole.core.add_lower_case();
            let forms = Forms { case: true, ..Forms::default() };
            let folded = whole.protected.iter().map(|word| forms.apply(word).into_owned());
            whole.protected = folded.collect();
        }
        Ok(whole)
    }

    /// Adds the words of other dictionaries.
    fn add_all<'a>(
        &mut self,
        additions: impl Iterator<Item = Result<Source<'a>, LoadError>>,
    ) -> Result<(), LoadError> {
        for source in additions {
            let source = source?;
            if source.is_compiled() {
                let reason = "is compiled, and --user-dict cannot add it; --dict uses it in place of the built-in one";
                return Err(source.fail(reason));
            }
            let name = source.name.clone();
            let entries =
                source.entries(Use::Addition, self.reading, &self.core, &mut self.notes)?;
            log::info!("user dictionary {name}: {} words", entries.len());
            self.add(entries);
        }
        Ok(())
    }

    /// Adds words. Each may become part of the suggestion for those after it, as in jieba.
    fn add(&mut self, mut entries: Vec<Entry>) {
        let (mut scratch, mut tokens) = (Scratch::default(), Vec::new());
        let Reading { compat, forms, .. } = self.reading;
        if !forms.is_empty() {
            entries.iter_mut().for_each(|entry| entry.bring_to(forms));
        }
        for entry in &entries {
            let frequency = entry.frequency.unwrap_or_else(|| {
                self.suggested = Some(compat);
                self.core.suggest_frequency_with(&entry.word, compat, &mut scratch, &mut tokens)
            });
            self.core.add_word(&entry.word, Some(frequency), entry.tag.as_deref());
        }
        self.added += entries.len();
        self.words = self.words.map(|words| words + entries.len() as u64);
        protect(&mut self.protected, entries);
    }
}

/// The value of `--compat` for these rules.
fn name_of(compat: Compat) -> &'static str {
    match compat {
        Compat::JiebaRs => "jieba-rs",
        Compat::Python => "python",
    }
}

/// Adds the entries to the protected words. The frequency 0 forbids a word.
fn protect(words: &mut BTreeSet<String>, entries: Vec<Entry>) {
    for entry in entries.into_iter().filter(|entry| entry.protected) {
        match entry.frequency {
            Some(0) => _ = words.remove(&entry.word),
            _ => _ = words.insert(entry.word),
        }
    }
}

/// What a dictionary is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// Its words are added to another dictionary.
    Addition,
    /// It replaces the built-in dictionary.
    Replacement,
}

/// An open dictionary.
pub struct Source<'a> {
    /// The dictionary's name in messages.
    name: String,
    /// The first bytes of the dictionary, which show whether it is compiled.
    begin: Vec<u8>,
    rest: Box<dyn Read + 'a>,
    /// The whole dictionary, if it is in memory already.
    memory: Option<&'static [u8]>,
}

impl<'a> Source<'a> {
    /// A dictionary that is read from `rest`. Messages call it `name`.
    ///
    /// # Errors
    /// When the first bytes cannot be read.
    pub fn new(name: String, rest: impl Read + 'a) -> Result<Self, LoadError> {
        let (mut begin, mut rest) = (Vec::new(), Box::new(rest));
        match rest.by_ref().take(16).read_to_end(&mut begin) {
            Ok(_) => Ok(Self { name, begin, rest, memory: None }),
            Err(error) => Err(Self::unreadable(&name, error)),
        }
    }

    /// A dictionary in memory, such as a mapped file. If it is compiled, it is used where it is.
    pub fn in_memory(name: String, bytes: &'static [u8]) -> Self {
        let (begin, rest) = bytes.split_at(bytes.len().min(16));
        Self { name, begin: begin.to_vec(), rest: Box::new(rest), memory: Some(bytes) }
    }

    /// The error of a dictionary that cannot be read.
    pub fn unreadable(name: &str, error: io::Error) -> LoadError {
        LoadError::io(format!("dictionary {name}"), error)
    }

    fn fail(&self, reason: &str) -> LoadError {
        fail(&self.name, reason)
    }

    fn is_compiled(&self) -> bool {
        Compiled::is_begun_by(&self.begin)
    }

    fn read_compiled(self) -> Result<Compiled, LoadError> {
        let read = match self.memory {
            Some(bytes) => Compiled::read_static(bytes),
            None => Compiled::read(self.begin.chain(self.rest)),
        };
        read.map_err(|error| fail(&self.name, &reason_of(&error)))
    }

    /// Compiles the dictionary from its lines. Each line needs a frequency.
    fn compile(self, reading: Reading, notes: &mut Vec<String>) -> Result<Compiled, LoadError> {
        let name = self.name.clone();
        let entries = self.entries(Use::Replacement, reading, &Core::new(), notes)?;
        if entries.is_empty() {
            return Err(fail(&name, EMPTY));
        }
        let words = entries.len() as u64;
        let listed = entries.iter().map(|entry| {
            let tag = entry.tag.as_deref().unwrap_or("");
            (entry.word.as_str(), entry.frequency.unwrap_or(0), tag)
        });
        let dictionary =
            Dictionary::from_words(listed).map_err(|error| fail(&name, &error.to_string()))?;
        let mut protected = BTreeSet::new();
        protect(&mut protected, entries);
        let protected = protected.into_iter().collect();
        Ok(Compiled { dictionary, protected, words, suggested: None })
    }

    /// Parses all lines of the dictionary. The tags of `core` are known.
    fn entries(
        mut self,
        used: Use,
        reading: Reading,
        core: &Core,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Entry>, LoadError> {
        let mut bytes = std::mem::take(&mut self.begin);
        let read = self.rest.read_to_end(&mut bytes);
        read.map_err(|error| Self::unreadable(&self.name, error))?;
        let text = side_files::text(bytes, reading.encoding).map_err(|error| self.fail(&error));
        let (text, unexpected) = text?;
        notes.extend(unexpected.then(|| side_files::note_of_utf_8(&self.name)));
        let (mut entries, mut odd) = (Vec::new(), Notes::default());
        let mut add = |number: u64, entry: Result<Option<Entry>, String>| {
            match entry {
                Ok(Some(entry)) if used == Use::Replacement && entry.frequency.is_none() => Err(
                    "a dictionary that replaces the built-in one needs a frequency for each word"
                        .into(),
                ),
                Ok(Some(entry)) => {
                    odd.add(number, &entry, core);
                    entries.push(entry);
                    Ok(())
                }
                other => other.map(drop),
            }
            .map_err(|reason| self.fail(&format!("line {number}: {reason}")))
        };
        match (reading.compat, used) {
            (Compat::JiebaRs, _) => {
                side_files::trimmed_lines(&text).try_for_each(|(at, line)| add(at, parse(line)))
            }
            (Compat::Python, used) => {
                let parse = match used {
                    Use::Addition => parse_addition,
                    Use::Replacement => parse_replacement,
                };
                let mut lines = (1..).zip(text.split_terminator('\n'));
                lines.try_for_each(|(at, line)| add(at, parse(line)))
            }
        }?;
        notes.extend(odd.lines(&self.name));
        Ok(entries)
    }
}

/// The message for a compiled dictionary that cannot be used.
fn reason_of(error: &compiled::Error) -> String {
    match error {
        compiled::Error::Read(error) => reason(error),
        compiled::Error::Damaged(what) => format!("is damaged: {what}"),
        compiled::Error::OtherByteOrder => {
            "was compiled on a machine with another byte order".to_string()
        }
        compiled::Error::OtherVersion => {
            "was compiled by another version of batchproc, or is damaged at bytes 24 to 40; \
             compile it again"
                .to_string()
        }
    }
}

fn fail(name: &str, reason: &str) -> LoadError {
    LoadError::new(format!("dictionary {name}: {reason}"))
}
