//! The pipeline job of `segment`: open a file, read blocks, cut them, render or count the tokens.

use std::borrow::Cow;
use std::mem::{self, size_of};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use encoding_rs::Encoding;

use super::blocks::{Position, Rule, Text};
use super::dictionary_files::Loaded;
use super::encoding::{Decoded, Invalid, OnInvalid, Source};
use super::fields::{Column, Fields, Header, Picked, Place, Unfit, csv};
use super::file_words::{BlockTokens, FileWords, Wanted};
use super::filter::Filter;
use super::render::{self, Form, Rendered};
use super::slots::{Slot, Slots};
use super::tally::Tally;
use crate::compression::{Format, Guess};
use crate::error::FileError;
use crate::files::open::Opener;
use crate::files::pieces::{Piece, Portion};
use crate::files::{Item, Refused};
use crate::pipeline::{Filled, Job, Step, Unopened};
use batchproc_jieba::Options;
use batchproc_jieba::keywords::Gathered;
use batchproc_jieba::{Cutter, Scratch, Token};

/// The job that segments files.
#[derive(Debug)]
pub struct SegmentJob {
    /// The dictionary.
    pub loaded: Loaded,
    /// Options of the cutter.
    pub options: Options,
    /// The field of each record that is cut; `None` if all of the text is.
    pub fields: Option<Fields>,
    /// Removes unwanted tokens.
    pub filter: Filter,
    /// What is made of the tokens.
    pub product: Product,
    /// Opens the files.
    pub opener: Opener,
    /// Bounds the number of compressed files that are open.
    pub slots: Slots,
    /// The encoding of the files.
    pub source: Source,
    /// What to do with invalid bytes.
    pub on_invalid: OnInvalid,
    /// Whether files that are no text are read as if they were.
    pub any: bool,
    /// Where texts may be divided into blocks.
    pub rule: Rule,
    /// The most bytes that a block may have.
    pub most: usize,
    /// Counts the bytes that are read from all files.
    pub bytes: Arc<AtomicU64>,
    /// Workspaces that no thread uses now.
    pub workspaces: Mutex<Vec<Workspace>>,
}

/// What is made of the tokens.
#[derive(Debug)]
pub enum Product {
    /// Lines of output.
    Lines(Form),
    /// Word counts over all files.
    Counts(Tally),
    /// The keywords of each file.
    Keywords(Wanted),
}

/// Memory that a thread reuses for each block.
#[derive(Debug, Default)]
pub struct Workspace {
    scratch: Scratch,
    tokens: Vec<Token>,
    picked: Picked,
    /// An empty table for the words of the next file.
    spare: Option<Gathered>,
}

/// The outcome of a block, or of a file that was not read.
#[derive(Debug)]
pub enum Outcome {
    /// The block was segmented.
    Block(Box<Block>),
    /// The file failed or was skipped.
    Refused(Refused),
}

/// A segmented block.
#[derive(Debug)]
pub struct Block {
    /// The path of the file.
    pub path: Arc<Path>,
    /// The number of blocks before it in the file.
    number: u64,
    /// The words of the file, if its keywords are wanted.
    words: Option<Arc<FileWords>>,
    /// The block's position in the file.
    pub position: Position,
    /// The output that was made of the block.
    pub made: Made,
    /// The invalid bytes that the decoder (which converts to UTF-8) found in the file up to the end
    /// of this block.
    pub decoded_invalid: Invalid,
    /// The invalid bytes that the cutter found in this block.
    pub cut_invalid: Invalid,
    header: Header,
    /// The records that were left out.
    pub unfit: Unfit,
    /// The encoding that was detected for the file, if it is not UTF-8.
    pub guessed: Option<&'static Encoding>,
    /// What is known at the end of the file. Only the last block of a file has this.
    pub end: Option<End>,
}

/// The output of a block.
#[derive(Debug, Default)]
pub enum Made {
    /// Nothing: the words were counted.
    #[default]
    Nothing,
    /// Lines of output.
    Lines(Rendered),
    /// The words were added to those of the file.
    Words(Arc<FileWords>),
}

/// What is known at the end of a file.
#[derive(Debug)]
pub struct End {
    /// The error if the file was not read to its end.
    pub failure: Option<FileError>,
    /// How many times the text had to be divided within a run of word characters, and the line
    /// where this happened first.
    pub divided_runs: (u64, u64),
    /// The number of lines.
    pub lines: u64,
    /// What the shard has of the file, if the work is divided.
    pub portion: Option<Portion>,
}

impl From<Refused> for Outcome {
    fn from(refused: Refused) -> Self {
        Outcome::Refused(refused)
    }
}

/// An open file.
#[derive(Debug)]
pub struct Open {
    text: Text,
    path: Arc<Path>,
    /// The number of blocks that were read.
    blocks: u64,
    words: Option<Arc<FileWords>>,
    /// The header of CSV, once it was read.
    header: Option<Header>,
    /// Held while the file is open, if it is compressed.
    slot: Option<Slot>,
    portion: Option<Portion>,
}

impl SegmentJob {
    fn cutter(&self) -> Cutter<'_> {
        self.loaded.cutter(self.options)
    }

    fn cut(&self, block: &mut Block, text: &[u8], last: bool, workspace: &mut Workspace) {
        let Workspace { scratch, tokens, picked, spare } = workspace;
        tokens.clear();
        let whole = text;
        let mut text = Cow::Borrowed(whole);
        if let Some(fields) = &self.fields {
            fields.pick(whole, block.header, block.position.line, picked);
            text = Cow::Borrowed(&picked.text);
        }
        let invalid = self.cutter().cut(&text, scratch, tokens);
        let mut valid = invalid.sequences == 0;
        if invalid.sequences > 0 {
            let first = match self.fields {
                Some(_) => picked.place(invalid.first),
                None => invalid.first,
            };
            let line = memchr::memchr_iter(b'\n', &whole[..first]).count() as u64;
            block.cut_invalid = Invalid {
                count: invalid.sequences,
                line: block.position.line + line,
                byte: block.position.byte + first as u64,
                ..Invalid::default()
            };
            if self.on_invalid == OnInvalid::Replace {
                text = String::from_utf8_lossy(&text).into_owned().into_bytes().into();
                tokens.clear();
                self.cutter().cut(&text, scratch, tokens);
                valid = true;
            }
        }
        self.filter.apply(&text, tokens);
        block.made = match &self.product {
            Product::Lines(form) => {
                let rendered = form.render(&render::Block {
                    path: &block.path,
                    position: block.position,
                    text: &text,
                    tokens,
                    valid,
                    last,
                });
                let line = block.position.line;
                Made::Lines(match &self.fields {
                    Some(fields) => spliced(fields, picked, whole, line, rendered, form),
                    None => rendered,
                })
            }
            Product::Counts(tally) => {
                tally.add(&text, tokens);
                Made::Nothing
            }
            Product::Keywords(wanted) => {
                let words = block.words.take().unwrap_or_default();
                let number = block.number;
                words.add(BlockTokens { number, last, text: &text, tokens }, wanted, spare);
                Made::Words(words)
            }
        };
        block.unfit = picked.take_unfit();
    }
}

/// A block with its fields replaced by what was made of them.
fn spliced(
    fields: &Fields,
    picked: &mut Picked,
    block: &[u8],
    line: u64,
    made: Rendered,
    form: &Form,
) -> Rendered {
    let mut bytes = form.buffer(block.len() + made.bytes.len());
    fields.splice(picked, block, line, &made.bytes, &mut bytes);
    form.reuse(made.bytes);
    Rendered { bytes, ends_line: true, ..Rendered::default() }
}

impl Job for SegmentJob {
    const PARTS: bool = true;
    type Item = Piece;
    type Stream = Open;
    type State = Block;
    type Output = Outcome;

    fn open(&self, piece: Piece, may_wait: bool) -> Result<Open, Unopened<Piece, Outcome>> {
        let Piece { item, portion } = piece;
        log::debug!("opening {item}");
        let origin = match &item {
            Item::File(_, origin) => Some(*origin),
            Item::Stdin => None,
        };
        let again = |item| Piece { item, portion };
        let mut file = self.opener.open(item, may_wait).map_err(|unopened| match unopened {
            Unopened::Result(refused) => Unopened::Result(refused.into()),
            Unopened::Later(item) => Unopened::Later(again(item)),
            Unopened::Busy(item) => Unopened::Busy(again(item)),
        })?;
        // That a file is compressed is known when it is read. Only while all slots are taken, it is worth
        // one more call of the system to know it before.
        if let Some(origin) = origin
            && may_wait
            && self.slots.are_taken()
            && matches!(Format::guess(file.head(&mut [0; 16])), Guess::Is(_))
        {
            return Err(Unopened::Busy(again(Item::File(file.path, origin))));
        }
        let path = mem::take(&mut file.path).into();
        let mut decoded = Decoded::new(file, self.source, self.on_invalid, self.any);
        if let Some(portion) = portion {
            decoded = decoded.of_portion(portion, self.source);
        }
        let words = matches!(self.product, Product::Keywords(_)).then(Arc::default);
        Ok(Open {
            text: Text::new(decoded, self.most),
            path,
            blocks: 0,
            words,
            header: None,
            slot: None,
            portion,
        })
    }

    fn read(&self, open: &mut Open, buffer: &mut [u8]) -> Filled {
        let before = open.text.decoded.file().size;
        let mut filled = open.text.read(&self.rule, buffer);
        if let Some(Fields { place: Place::Csv(Column::Named(name), separator), .. }) = &self.fields
            && filled.bytes > 0
            && open.header.is_none()
        {
            match csv::named_column(&buffer[..filled.bytes], name, *separator) {
                Ok(column) => open.header = Some(Header { column, here: true }),
                Err(reason) => {
                    open.text.decoded.fail(reason);
                    filled = Filled { bytes: 0, last: true };
                }
            }
        }
        if filled.last {
            open.slot = None;
        } else if open.slot.is_none() && open.text.decoded.is_compressed() {
            open.slot = Some(self.slots.take());
        }
        self.bytes.fetch_add(open.text.decoded.file().size - before, Relaxed);
        filled
    }

    fn begin(&self, open: &mut Open) -> Block {
        let Open { text, path, blocks, words, header, .. } = open;
        let here = header.unwrap_or_default();
        if let Some(header) = header {
            header.here = false;
        }
        let number = *blocks;
        *blocks += 1;
        Block {
            path: path.clone(),
            number,
            words: words.clone(),
            position: text.position,
            made: Made::Nothing,
            decoded_invalid: text.decoded.invalid,
            cut_invalid: Invalid::default(),
            header: here,
            unfit: Unfit::default(),
            guessed: text.decoded.guessed,
            end: None,
        }
    }

    fn work(&self, steps: &mut [Step<'_, Block>]) {
        let lock = || self.workspaces.lock().unwrap_or_else(PoisonError::into_inner);
        let mut workspace = lock().pop().unwrap_or_default();
        for step in steps {
            self.cut(step.state, step.data, step.last, &mut workspace);
        }
        lock().push(workspace);
    }

    fn finish(&self, open: Open, mut block: Block) -> Outcome {
        let Open { mut text, path, portion, .. } = open;
        let mut failure = text.decoded.take_failure();
        if let Some(failure) = &mut failure {
            failure.path = path.to_path_buf();
        }
        let (divided_runs, lines) = (text.divided_runs, text.lines());
        block.end = Some(End { failure, divided_runs, lines, portion });
        Outcome::Block(Box::new(block))
    }

    fn part(&self, block: Block) -> Outcome {
        Outcome::Block(Box::new(block))
    }

    fn weight(&self, outcome: &Outcome) -> usize {
        let made = match outcome {
            Outcome::Block(block) => match &block.made {
                Made::Nothing | Made::Words(_) => 0,
                Made::Lines(rendered) => rendered.bytes.capacity(),
            },
            Outcome::Refused(Refused::Failed(failure) | Refused::Broken(failure)) => {
                failure.reason.len()
            }
            Outcome::Refused(Refused::Skipped(path, _)) => path.as_os_str().len(),
        };
        size_of::<Outcome>() + made
    }
}
