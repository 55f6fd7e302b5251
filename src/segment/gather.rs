//! What is gathered of tokens for each line, for each file or for the whole input, beyond the counts of
//! all words and the keywords of each file.

use std::cmp::Reverse;
use std::convert::Infallible;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::blocks::Position;
use super::documents::Documents;
use super::fields::Picked;
use super::file_tally::FileTally;
use super::file_words::{BlockTokens, Wanted};
use super::render::Rendered;
use super::tables::About;
use super::tally::{Tally, is_word};
use batchproc_jieba::keywords::{Gathered, Keywords};
use batchproc_jieba::{Token, ends_line};

/// What is gathered.
#[derive(Debug)]
pub enum Gather {
    /// The keywords of the whole input.
    Keywords(AllWords),
    /// The keywords of each line. `true` asks for JSON.
    LineKeywords(Wanted, bool),
    /// The counts of each line. `true` asks for JSON.
    LineCounts(bool),
    /// The counts of each file. `true` asks for JSON.
    FileCounts(bool),
    /// In how many files each word comes.
    Files(Documents),
    /// In how many lines each word comes.
    Lines(Documents),
}

/// A block with its tokens.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// The path of the file.
    pub path: &'a Path,
    /// The block's position in the file.
    pub position: Position,
    /// The block as it was read.
    pub whole: &'a [u8],
    /// The fields that were picked from it; `None` if all of its text was cut.
    pub picked: Option<&'a Picked>,
    /// The text that was cut, with its tokens.
    pub tokens: BlockTokens<'a>,
}

/// What was gathered of a block.
#[derive(Debug)]
pub enum Made {
    /// Nothing that must be written now.
    Nothing,
    /// Lines of output.
    Lines(Rendered),
    /// The lines of a file, when its last block comes.
    File(Arc<FileTally>),
}

impl Gather {
    /// Whether it is about lines, so that no line may be divided.
    pub fn is_of_lines(&self) -> bool {
        matches!(self, Gather::LineKeywords(..) | Gather::LineCounts(_) | Gather::Lines(_))
    }

    /// Whether something is gathered for each file, by several threads perhaps.
    pub fn is_of_files(&self) -> bool {
        matches!(self, Gather::FileCounts(_) | Gather::Files(_))
    }

    /// Gathers the tokens of a block. `file` is what is known of its file, if that is needed, and
    /// `spare` an empty table that the thread keeps.
    pub fn add(
        &self,
        block: &Block<'_>,
        file: Option<Arc<FileTally>>,
        spare: &mut Option<Gathered>,
    ) -> Made {
        let BlockTokens { text, tokens, last, number } = block.tokens;
        match self {
            Gather::Keywords(all) => {
                all.add(text, tokens);
                Made::Nothing
            }
            Gather::LineKeywords(wanted, json) => {
                let Wanted { finder, most } = wanted;
                let mut table = spare.take().unwrap_or_else(|| finder.gather());
                let made = block.lines(|about, tokens, out| {
                    table.clear();
                    table.add(finder, 0, text, tokens);
                    let best = finder.best(std::slice::from_mut(&mut table), *most);
                    about.push_keywords(&best, *json, out);
                });
                table.clear();
                *spare = Some(table);
                made
            }
            Gather::LineCounts(json) => {
                let what = json.then_some("count");
                block.lines(|about, tokens, out| push_counts(about, what, text, tokens, out))
            }
            Gather::FileCounts(json) => {
                let file = file.unwrap_or_default();
                let about = About { path: Some(block.path), line: None };
                file.add(block.tokens, |tally| lines(tally, about, json.then_some("count")));
                Made::File(file)
            }
            // A file of one block needs no table of its own.
            Gather::Files(documents) if last && number == 0 => {
                documents.add(text, [tokens].into_iter());
                Made::Nothing
            }
            Gather::Files(documents) => {
                file.unwrap_or_default().add(block.tokens, |tally| {
                    documents.add_counted(&tally);
                    Vec::new()
                });
                Made::Nothing
            }
            Gather::Lines(documents) => {
                documents.add(text, block.units().map(|(_, tokens)| tokens));
                Made::Nothing
            }
        }
    }
}

impl<'a> Block<'a> {
    /// The lines that `push` makes of the tokens of each line.
    fn lines(&self, mut push: impl FnMut(About<'_>, &[Token], &mut Vec<u8>)) -> Made {
        let mut out = Vec::new();
        for (line, tokens) in self.units() {
            push(About { path: Some(self.path), line: Some(line) }, tokens, &mut out);
        }
        Made::Lines(Rendered::of_lines(out))
    }

    /// The lines or the records of the block: the number of each, and its tokens with the line ends. A
    /// record without the field is none of them.
    fn units(&self) -> impl Iterator<Item = (u64, &'a [Token])> {
        let BlockTokens { text, tokens, .. } = self.tokens;
        let (mut rest, mut line) = (tokens, self.position.line);
        let mut records = self.picked.map(|picked| picked.records(self.whole).peekable());
        let is_end =
            move |token: &Token| ends_line(&text[token.start as usize..token.end as usize]);
        let mut take = move |lines: u32| {
            let mut ends = rest.iter().enumerate().filter(|(_, token)| is_end(token));
            let end = ends.nth(lines as usize - 1).map_or(rest.len(), |(at, _)| at + 1);
            let (unit, after) = rest.split_at(end);
            rest = after;
            unit
        };
        // Whether the last line has no end, which only the last line of a file may have.
        let mut open = !text.is_empty() && text.last() != Some(&b'\n');
        std::iter::from_fn(move || {
            let Some(records) = &mut records else {
                let unit = take(1);
                line += 1;
                // All tokens of the last line may have been dropped.
                let is_last = open && !unit.last().is_some_and(is_end);
                open &= !is_last;
                return (is_last || !unit.is_empty()).then_some((line, unit));
            };
            // A record can have several values.
            let (record, mut lines) = records.next()?;
            while let Some((_, more)) = records.next_if(|(next, _)| *next == record) {
                lines += more;
            }
            Some((line + record + 1, take(lines)))
        })
    }
}

/// Appends the counts of the words of a few tokens, the most frequent first.
fn push_counts(
    about: About<'_>,
    what: Option<&str>,
    text: &[u8],
    tokens: &[Token],
    out: &mut Vec<u8>,
) {
    let word = |token: &Token| &text[token.start as usize..token.end as usize];
    let mut words: Vec<&[u8]> = tokens.iter().map(word).filter(|word| is_word(word)).collect();
    words.sort_unstable();
    let alike = words.chunk_by(|a, b| a == b);
    let mut counted: Vec<(usize, &[u8])> = alike.map(|alike| (alike.len(), alike[0])).collect();
    counted.sort_by_key(|&(count, _)| Reverse(count));
    for (count, word) in counted {
        about.push_count(what, word, &count.to_string(), out);
    }
}

/// The lines of a table of counts.
fn lines(tally: Tally, about: About<'_>, what: Option<&str>) -> Vec<u8> {
    let mut lines = Vec::new();
    let write = |more: &[u8]| {
        lines.extend_from_slice(more);
        Ok::<(), Infallible>(())
    };
    let line =
        |word: &[u8], count: &str, out: &mut Vec<u8>| about.push_count(what, word, count, out);
    let Ok(()) = tally.write_sorted(line, write);
    lines
}

/// The words of the whole input, for its keywords.
#[derive(Debug)]
pub struct AllWords {
    wanted: Wanted,
    /// The tables that no thread is filling now.
    tables: Mutex<Vec<Gathered>>,
}

impl AllWords {
    /// No words yet. The finder of these keywords must be one over files.
    pub fn new(wanted: Wanted) -> Self {
        Self { wanted, tables: Mutex::default() }
    }

    fn add(&self, text: &[u8], tokens: &[Token]) {
        let lock = || self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let table = lock().pop();
        let mut table = table.unwrap_or_else(|| self.wanted.finder.gather());
        table.add(&self.wanted.finder, 0, text, tokens);
        lock().push(table);
    }

    /// The keywords.
    pub fn keywords(self) -> Keywords {
        let mut tables = self.tables.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.wanted.finder.best(&mut tables, self.wanted.most)
    }
}
