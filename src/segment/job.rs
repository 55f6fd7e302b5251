//! The pipeline job of `segment`: open a file, and read blocks; `cut_block` cuts them.

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
use super::file_words::{FileWords, Wanted};
use super::filter::Filter;
use super::forms::Forms;
use super::gather::Gather;
pub use super::outcome::{Block, End, Made, Outcome};
use super::point::Point;
use super::records::Replaced;
use super::render::Form;
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
use batchproc_jieba::{Scratch, Token};

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
    pub(super) scratch: Scratch,
    pub(super) tokens: Vec<Token>,
    pub(super) picked: Picked,
    pub(super) skipped: Skipped,
    pub(super) copied: Copied,
    /// The tokens of the copy, where both they and those of the text are needed.
    pub(super) shown: Vec<Token>,
    /// An empty table for the words of the next file.
    pub(super) spare: Option<Gathered>,
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
