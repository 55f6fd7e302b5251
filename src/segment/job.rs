//! The pipeline job of `segment`: open a file, read blocks, cut them, render or count the tokens.

use std::borrow::Cow;
use std::mem::{self, size_of};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use super::blocks::{Rule, Text};
use super::copy::Copied;
use super::dictionary_files::Loaded;
use super::encoding::{Decoded, Invalid, OnInvalid, Source};
use super::fields::{Column, Fields, Header, Picked, Place, Unfit, csv};
use super::file_tally::FileTally;
use super::file_words::{BlockTokens, FileWords, Wanted};
use super::filter::Filter;
use super::forms::Forms;
use super::gather::{self, Gather};
use super::origin::Origins;
pub use super::outcome::{Block, End, Made, Outcome};
use super::point::Point;
use super::pretokenized;
use super::records::{self, Replaced};
use super::render::{self, Form, Rendered};
use super::skip::{SkipLines, Skipped};
use super::slots::{Slot, Slots};
use super::tally::Tally;
use crate::compression::{Format, Guess};
use crate::files::open::Opener;
use crate::files::pieces::{Piece, Portion};
use crate::files::{Item, Refused};
use crate::pipeline::{Filled, Job, Step, Unopened};
use crate::stamp::Stamp;
use batchproc_jieba::Options;
use batchproc_jieba::keywords::Gathered;
use batchproc_jieba::{InvalidBytes, Scratch, Token};

/// The job that segments files.
#[derive(Debug)]
pub struct SegmentJob {
    /// The dictionary.
    pub loaded: Loaded,
    /// Options of the cutter.
    pub options: Options,
    /// The field of each record that is cut; `None` if all of the text is.
    pub fields: Option<Fields>,
    /// The lines that are not cut, if all of the other text is.
    pub skip: Option<SkipLines>,
    /// Whether the text is cut already.
    pub pretokenized: bool,
    /// Whether JSON says where tokens come from.
    pub origin: bool,
    /// The forms of the text that is cut.
    pub forms: Forms,
    /// Whether the tokens of the text in these forms are printed.
    pub print_copy: bool,
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
    /// Whether each line of input has exactly one line of output.
    pub records: bool,
    /// Where texts may be divided into blocks.
    pub rule: Rule,
    /// The most bytes that a block may have.
    pub most: usize,
    /// Counts the bytes that are read from all files.
    pub bytes: Arc<AtomicU64>,
    /// Workspaces that no thread uses now.
    pub workspaces: Mutex<Vec<Workspace>>,
    /// Where the run goes on in the middle of its first file, if it does.
    pub point: Mutex<Option<Point>>,
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
    /// Something else for each line, each file or all.
    Gathered(Gather),
}

/// Memory that a thread reuses for each block.
#[derive(Debug, Default)]
pub struct Workspace {
    scratch: Scratch,
    tokens: Vec<Token>,
    picked: Picked,
    skipped: Skipped,
    copied: Copied,
    /// The tokens of the copy, where both they and those of the text are needed.
    shown: Vec<Token>,
    /// An empty table for the words of the next file.
    spare: Option<Gathered>,
}

/// An open file.
#[derive(Debug)]
pub struct Open {
    text: Text,
    path: Arc<Path>,
    stamp: Option<Stamp>,
    /// The number of blocks that were read.
    blocks: u64,
    words: Option<Arc<FileWords>>,
    counts: Option<Arc<FileTally>>,
    /// The header of CSV, once it was read.
    header: Option<Header>,
    /// Held while the file is open, if it is compressed.
    slot: Option<Slot>,
    portion: Option<Portion>,
}

impl SegmentJob {
    pub(super) fn tokens(
        &self,
        text: &[u8],
        scratch: &mut Scratch,
        tokens: &mut Vec<Token>,
    ) -> InvalidBytes {
        let options = self.options;
        match self.pretokenized {
            true => pretokenized::split(text, &self.loaded.core, &options, scratch, tokens),
            false => self.loaded.cutter(options).cut(text, scratch, tokens),
        }
    }

    fn origins(&self) -> Option<Origins<'_>> {
        let new = if self.pretokenized { "text" } else { "model" };
        self.origin.then_some(Origins { new, ..self.loaded.origins() })
    }

    /// Makes the lines of a block clean, if it becomes lines of text that must be so.
    fn cut_clean(&self, block: &mut Block, text: &[u8], last: bool, workspace: &mut Workspace) {
        let prints_text = matches!(&self.product, Product::Lines(form) if !form.is_json());
        if self.records && prints_text {
            let place = records::Place { goes_on: block.position.line_byte > 0, last };
            let (text, replaced) = records::clean(text, place);
            block.replaced = replaced;
            self.cut(block, &text, last, workspace);
        } else {
            self.cut(block, text, last, workspace);
        }
        if let (true, Made::Lines(rendered)) = (self.records, &block.made) {
            block.replaced.records = records::count(&rendered.bytes);
        }
    }

    fn cut(&self, block: &mut Block, text: &[u8], last: bool, workspace: &mut Workspace) {
        let Workspace { scratch, tokens, picked, skipped, copied, shown, spare } = workspace;
        let whole = text;
        let mut text = Cow::Borrowed(whole);
        if let Some(fields) = &self.fields {
            fields.pick(whole, block.header, block.position.line, picked);
            text = Cow::Borrowed(&picked.text);
        } else if let Some(skip) = &self.skip {
            skip.divide(whole, skipped);
            text = Cow::Borrowed(&skipped.text);
        }
        let invalid = self.cut_text(&text, copied, scratch, tokens);
        let mut valid = invalid.sequences == 0;
        if invalid.sequences > 0 {
            let first = match (&self.fields, &self.skip) {
                (Some(_), _) => picked.place(invalid.first),
                (None, Some(_)) => skipped.place(invalid.first),
                (None, None) => invalid.first,
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
                self.cut_text(&text, copied, scratch, tokens);
                valid = true;
            }
        }
        // What the words are compared with and counted as.
        let seen = if self.forms.is_empty() { &text[..] } else { &copied.text };
        self.filter.apply(seen, tokens);
        block.made = match &self.product {
            Product::Lines(form) => {
                let (text, shown) = self.printed(form, &text, copied, tokens, shown);
                let cut = render::Block {
                    path: &block.path,
                    position: block.position,
                    text,
                    tokens,
                    shown,
                    valid,
                    last,
                    origins: self.origins(),
                };
                let line = block.position.line;
                let rendered = match (&self.fields, &self.skip) {
                    (None, Some(_)) => skipped.render(form, &cut, whole),
                    _ => form.render(&cut),
                };
                Made::Lines(match &self.fields {
                    Some(fields) => spliced(fields, picked, whole, line, rendered, form),
                    None => rendered,
                })
            }
            Product::Counts(tally) => {
                tally.add(seen, tokens);
                Made::Nothing
            }
            Product::Keywords(wanted) => {
                let words = block.words.take().unwrap_or_default();
                let number = block.number;
                words.add(BlockTokens { number, last, text: seen, tokens }, wanted, spare);
                Made::Words(words)
            }
            Product::Gathered(gather) => {
                let number = block.number;
                let gathered = gather::Block {
                    path: &block.path,
                    position: block.position,
                    whole,
                    picked: self.fields.as_ref().map(|_| &*picked),
                    tokens: BlockTokens { number, last, text: seen, tokens },
                };
                match gather.add(&gathered, block.counts.take(), spare) {
                    gather::Made::Nothing => Made::Nothing,
                    gather::Made::Lines(lines) => Made::Lines(lines),
                    gather::Made::File(counts) => Made::Counts(counts),
                }
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
        // Records that a program passes on may begin with any bytes.
        let as_it_is = self.records && origin.is_none();
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
        let path: Arc<Path> = mem::take(&mut file.path).into();
        let mut point = self.point.lock().unwrap_or_else(PoisonError::into_inner);
        let point = point.take_if(|point| point.path == *path);
        if let Some(point) = &point
            && let Err(failure) = point.seek(&mut file)
        {
            return Err(Unopened::Result(Refused::Failed(failure).into()));
        }
        let stamp = file.stamp;
        let mut decoded = Decoded::new(file, self.source, self.on_invalid, self.any);
        if as_it_is {
            decoded = decoded.never_decompressed();
        }
        if let Some(portion) = portion {
            decoded = decoded.of_portion(portion, self.source);
        }
        let words = matches!(self.product, Product::Keywords(_)).then(Arc::default);
        let of_files = matches!(&self.product, Product::Gathered(gather) if gather.is_of_files());
        let counts = of_files.then(Arc::default);
        let mut text = Text::new(decoded, self.most);
        let mut header = None;
        if let Some(point) = &point {
            text.go_on(point.position(), point.divided_runs);
            header = Some(Header { column: point.column, here: false });
        }
        Ok(Open { text, path, stamp, blocks: 0, words, counts, header, slot: None, portion })
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
        let Open { text, path, stamp, blocks, words, counts, header, .. } = open;
        let here = header.unwrap_or_default();
        if let Some(header) = header {
            header.here = false;
        }
        let number = *blocks;
        *blocks += 1;
        Block {
            path: path.clone(),
            number,
            stamp: *stamp,
            can_go_on: self.source == Source::Utf8
                && stamp.is_some()
                && !text.decoded.is_compressed(),
            divided_runs: text.divided_runs_before,
            words: words.clone(),
            counts: counts.clone(),
            position: text.position,
            made: Made::Nothing,
            decoded_invalid: text.decoded.invalid,
            cut_invalid: Invalid::default(),
            header: here,
            replaced: Replaced::default(),
            unfit: Unfit::default(),
            guessed: text.decoded.guessed,
            end: None,
        }
    }

    fn work(&self, steps: &mut [Step<'_, Block>]) {
        let lock = || self.workspaces.lock().unwrap_or_else(PoisonError::into_inner);
        let mut workspace = lock().pop().unwrap_or_default();
        for step in steps {
            self.cut_clean(step.state, step.data, step.last, &mut workspace);
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
                Made::Counts(counts) => counts.weight(),
            },
            Outcome::Refused(Refused::Failed(failure) | Refused::Broken(failure)) => {
                failure.reason.len()
            }
            Outcome::Refused(Refused::Skipped(path, _)) | Outcome::Kept(path) => {
                path.as_os_str().len()
            }
        };
        size_of::<Outcome>() + made
    }
}
