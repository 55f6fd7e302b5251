//! Takes the results of each file, block by block, and reports errors, invalid bytes and guessed
//! encodings. A block is a part of a text that is segmented on its own.

use std::io::ErrorKind;
use std::mem;

use super::records::Totals;
use crate::error::FileError;
use crate::escape::printable;
use crate::files::Refused;
use crate::output::WriteError;
use crate::run::engine::Engine;
use crate::run::reporter::Reporter;
use crate::run::session::Session;
use crate::segment::encoding::{self, Invalid, OnInvalid, Source};
use crate::segment::fields::Unfit;
use crate::segment::job::{Block, Outcome};
use crate::segment::point::Point;

/// Takes the blocks (parts of a text) of one file after another.
pub(super) struct Files {
    on_invalid: OnInvalid,
    source: Source,
    /// Whether invalid bytes may be dropped as tokens.
    drops: bool,
    reporter: Reporter,
    /// The invalid bytes of the current file so far.
    invalid: Invalid,
    /// The records of the current file that could not be cut so far.
    unfit: Unfit,
    /// What `--records` replaced in all files so far.
    pub(super) totals: Totals,
    engine: Engine,
    announced: bool,
    /// Whether the user was told how to cut a text that is no name.
    hinted: bool,
    failed: bool,
}

/// A block (part of a text) and what to do with its result.
pub(super) struct Taken {
    pub(super) block: Block,
    /// Whether the result is used; not if the file has failed.
    pub(super) wanted: bool,
    /// In the last block of a file, whether the whole file was processed; `None` in other blocks.
    pub(super) complete: Option<bool>,
    /// In the last block of a file: whether all of the file was read, and it failed only because
    /// records without the field were left out.
    pub(super) only_left_out: bool,
}

impl Files {
    pub(super) fn new(
        on_invalid: OnInvalid,
        source: Source,
        drops: bool,
        session: &Session,
    ) -> Self {
        Self {
            on_invalid,
            source,
            drops,
            reporter: session.reporter(),
            invalid: Invalid::default(),
            unfit: Unfit::default(),
            totals: Totals::default(),
            engine: session.run_settings.engine,
            announced: false,
            hinted: false,
            failed: false,
        }
    }

    /// Takes the next outcome of the pipeline and reports its problems. Returns the block, unless
    /// the file could not be opened.
    ///
    /// # Errors
    /// If a list of names could not be read to its end.
    pub(super) fn take(&mut self, outcome: Outcome) -> Result<Option<Taken>, WriteError> {
        match outcome {
            Outcome::Block(block) => Ok(Some(self.take_block(*block))),
            Outcome::Refused(refused) => {
                self.reporter.refused(&refused)?;
                self.hint_on_text(&refused);
                Ok(None)
            }
            Outcome::Kept(path) => {
                log::debug!("{} has its result already", printable(&path));
                self.reporter.done();
                Ok(None)
            }
        }
    }

    /// Goes on in the middle of a file, of which this was found so far.
    pub(super) fn go_on(&mut self, point: &Point) {
        (self.invalid, self.unfit) = (point.invalid, point.unfit.clone());
    }

    /// The point before this block, which comes next. `None` if no run can go on there.
    pub(super) fn point(&self, block: &Block) -> Option<Point> {
        if self.failed { None } else { block.point(self.invalid, &self.unfit) }
    }

    /// Counts and reports a file that failed.
    pub(super) fn fail(&self, failure: &FileError) {
        self.reporter.failed(failure);
    }

    /// Says how to cut a text if the name of a file that does not exist is one.
    fn hint_on_text(&mut self, refused: &Refused) {
        let Refused::Failed(failure) = refused else { return };
        let is_gone = failure.io_error().is_some_and(|error| error.kind() == ErrorKind::NotFound);
        let name = failure.path.to_string_lossy();
        let is_text = name.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        if is_gone && is_text && !self.engine.records && !self.hinted {
            self.hinted = true;
            self.reporter.console.line("hint: to cut a text: echo TEXT | batchproc segment");
        }
    }

    fn take_block(&mut self, mut block: Block) -> Taken {
        self.unfit.add(mem::take(&mut block.unfit));
        if block.decoded_invalid.count > 0 {
            self.invalid = block.decoded_invalid;
        } else if block.cut_invalid.count > 0 {
            self.invalid.add(block.cut_invalid);
        }
        let name = || printable(&block.path);
        if let Some(encoding) = block.guessed.filter(|_| !self.announced) {
            self.announced = true;
            let text = format!("{}: read as {}", name(), encoding::name(encoding));
            self.engine.remark(&self.reporter.console, &text);
        }
        if self.on_invalid == OnInvalid::Fail && self.invalid.count > 0 && !self.failed {
            self.failed = true;
            let reason = self.invalid.describe(self.encoding(&block));
            self.fail(&FileError::new(block.path.to_path_buf(), reason));
        }
        let wanted = !self.failed;
        if wanted {
            self.totals.replaced.add(mem::take(&mut block.replaced));
        }
        let (mut complete, mut only_left_out) = (None, false);
        if let Some(end) = &block.end {
            if self.engine.records {
                self.count_invalid();
            } else if self.invalid.count > 0 && !self.failed {
                let message = self.invalid.describe(self.encoding(&block));
                let done = self.done();
                self.reporter.console.line(&format!("{}: {message}; {done}", name()));
            }
            if let (count @ 1.., line) = end.divided_runs {
                let times = if count == 1 { "once" } else { &format!("{count} times") };
                let text = format!(
                    "{}: line {line} has a run of word characters that is longer than --memory allows; it was divided {times}",
                    name()
                );
                // This changes tokens, so it is said with --records too.
                self.reporter.console.line(&text);
            }
            let unfit = mem::take(&mut self.unfit);
            if unfit.count > 0 && end.failure.is_none() && !self.failed {
                let failure = FileError::new(block.path.to_path_buf(), unfit.describe());
                self.reporter.incomplete(&failure);
                (self.failed, only_left_out) = (true, true);
            } else if unfit.count > 0 {
                self.reporter.console.line(&format!("{}: {}", name(), unfit.describe()));
            }
            if let Some(failure) = end.failure.as_ref().filter(|_| !self.failed) {
                self.fail(failure);
                self.failed = true;
            }
            if !self.failed {
                self.reporter.done();
            }
            complete = Some(!self.failed);
            (self.invalid, self.announced, self.failed) = (Invalid::default(), false, false);
        }
        Taken { block, wanted, complete, only_left_out }
    }

    /// Counts the invalid bytes that were found in the file, apart from those that were replaced in its
    /// lines.
    fn count_invalid(&mut self) {
        let Invalid { count, replaced, .. } = self.invalid;
        let replaced = if self.on_invalid == OnInvalid::Replace { count } else { replaced };
        self.totals.replaced.invalid += replaced;
        self.totals.kept += count - replaced;
    }

    /// Says in words what was done with the invalid bytes.
    fn done(&self) -> String {
        let Invalid { count, replaced, .. } = self.invalid;
        match (self.on_invalid, replaced) {
            (OnInvalid::Replace, _) => "replaced by U+FFFD".into(),
            (_, 0) if self.drops => "each is a token of one character with the tag x".into(),
            (_, 0) => "passed through unchanged".into(),
            (_, all) if all == count => "replaced by U+FFFD".into(),
            (_, some) => {
                format!("{some} replaced by U+FFFD, the rest passed through unchanged")
            }
        }
    }

    /// The name of the encoding of the file that the block belongs to.
    fn encoding(&self, block: &Block) -> &'static str {
        match (self.source, block.guessed) {
            (_, Some(encoding)) | (Source::Fixed(encoding), None) => encoding::name(encoding),
            (Source::Utf16, None) => "UTF-16",
            (Source::Utf8 | Source::Auto, None) => "UTF-8",
        }
    }
}
