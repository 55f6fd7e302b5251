//! Takes the results of each file, block by block, and reports errors, invalid bytes and guessed
//! encodings. A block is a part of a text that is segmented on its own.

use std::mem;

use crate::error::FileError;
use crate::escape::printable;
use crate::output::WriteError;
use crate::run::reporter::Reporter;
use crate::run::session::Session;
use crate::segment::encoding::{self, Invalid, OnInvalid, Source};
use crate::segment::fields::Unfit;
use crate::segment::job::{Block, Outcome};

/// Takes the blocks (parts of a text) of one file after another.
pub(super) struct Files {
    on_invalid: OnInvalid,
    source: Source,
    /// Whether invalid bytes may be dropped as tokens.
    drops: bool,
    reporter: Reporter,
    /// The invalid bytes of the current file so far.
    invalid: Invalid,
    /// The records of the current file that were left out so far.
    unfit: Unfit,
    announced: bool,
    failed: bool,
}

/// A block (part of a text) and what to do with its result.
pub(super) struct Taken {
    pub(super) block: Block,
    /// Whether the result is used; not if the file has failed.
    pub(super) wanted: bool,
    /// In the last block of a file, whether the whole file was processed; `None` in other blocks.
    pub(super) complete: Option<bool>,
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
            announced: false,
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
                Ok(None)
            }
        }
    }

    /// Counts and reports a file that failed.
    pub(super) fn fail(&self, failure: &FileError) {
        self.reporter.failed(failure);
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
            self.reporter.console.line(&format!(
                "{}: read as {}",
                name(),
                encoding::name(encoding)
            ));
        }
        if self.on_invalid == OnInvalid::Fail && self.invalid.count > 0 && !self.failed {
            self.failed = true;
            let reason = self.invalid.describe(self.encoding(&block));
            self.fail(&FileError::new(block.path.to_path_buf(), reason));
        }
        let wanted = !self.failed;
        let mut complete = None;
        if let Some(end) = &block.end {
            if self.invalid.count > 0 && !self.failed {
                let message = self.invalid.describe(self.encoding(&block));
                let done = self.done();
                self.reporter.console.line(&format!("{}: {message}; {done}", name()));
            }
            if let (count @ 1.., line) = end.divided_runs {
                let times = if count == 1 { "once" } else { &format!("{count} times") };
                self.reporter.console.line(&format!(
                    "{}: line {line} has a run of word characters that is longer than --memory allows; it was divided {times}",
                    name()
                ));
            }
            let unfit = mem::take(&mut self.unfit);
            if unfit.count > 0 && end.failure.is_none() && !self.failed {
                self.fail(&FileError::new(block.path.to_path_buf(), unfit.describe()));
                self.failed = true;
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
        Taken { block, wanted, complete }
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
