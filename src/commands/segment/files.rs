//! What is told of each file, whatever is made of it: errors, invalid bytes, guessed encodings.

use crate::error::FileError;
use crate::escape::printable;
use crate::output::WriteError;
use crate::run::account::Account;
use crate::run::session::Session;
use crate::segment::encoding::{self, Invalid, OnInvalid, Source};
use crate::segment::job::{Block, Outcome};

/// Follows the blocks of one file after another.
pub(super) struct Files {
    on_invalid: OnInvalid,
    source: Source,
    account: Account,
    /// Invalid bytes of the current file.
    invalid: Invalid,
    announced: bool,
    failed: bool,
}

/// How a block is to be taken.
pub(super) struct Taken {
    pub(super) block: Block,
    /// Whether what was made of it is wanted.
    pub(super) wanted: bool,
    /// At the end of a file, whether it is complete.
    pub(super) complete: Option<bool>,
}

impl Files {
    pub(super) fn new(on_invalid: OnInvalid, source: Source, session: &Session) -> Self {
        Self {
            on_invalid,
            source,
            account: session.account(),
            invalid: Invalid::default(),
            announced: false,
            failed: false,
        }
    }

    /// Takes an outcome, tells what is to be told, and hands on a block.
    ///
    /// # Errors
    /// When a list of names broke off.
    pub(super) fn take(&mut self, outcome: Outcome) -> Result<Option<Taken>, WriteError> {
        match outcome {
            Outcome::Block(block) => Ok(Some(self.take_block(*block))),
            Outcome::Refused(refused) => {
                self.account.refused(&refused)?;
                Ok(None)
            }
        }
    }

    /// Counts and tells a failure.
    pub(super) fn fail(&self, failure: &FileError) {
        self.account.failed(failure);
    }

    fn take_block(&mut self, block: Block) -> Taken {
        if block.decoded_invalid.count > 0 {
            self.invalid = block.decoded_invalid;
        } else if block.cut_invalid.count > 0 {
            self.invalid.add(block.cut_invalid);
        }
        let name = || printable(&block.path);
        if let Some(encoding) = block.guessed.filter(|_| !self.announced) {
            self.announced = true;
            self.account.console.line(&format!("{}: read as {}", name(), encoding::name(encoding)));
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
                let told = self.invalid.describe(self.encoding(&block));
                let done = self.done();
                self.account.console.line(&format!("{}: {told}; {done}", name()));
            }
            if let (count @ 1.., line) = end.divided_runs {
                let times = if count == 1 { "once" } else { &format!("{count} times") };
                self.account.console.line(&format!(
                    "{}: line {line} has a run of word characters that is too long for the memory; it was divided {times}",
                    name()
                ));
            }
            if let Some(failure) = end.failure.as_ref().filter(|_| !self.failed) {
                self.fail(failure);
                self.failed = true;
            }
            if !self.failed {
                self.account.done();
            }
            complete = Some(!self.failed);
            (self.invalid, self.announced, self.failed) = (Invalid::default(), false, false);
        }
        Taken { block, wanted, complete }
    }

    /// What became of the invalid bytes.
    fn done(&self) -> String {
        let Invalid { count, replaced, .. } = self.invalid;
        match (self.on_invalid, replaced) {
            (OnInvalid::Replace, _) => "replaced by U+FFFD".into(),
            (_, 0) => "passed through unchanged".into(),
            (_, all) if all == count => "replaced by U+FFFD".into(),
            (_, some) => {
                format!("{some} of them replaced by U+FFFD, the others passed through unchanged")
            }
        }
    }

    /// The name of what the block's file is written in.
    fn encoding(&self, block: &Block) -> &'static str {
        match (self.source, block.guessed) {
            (_, Some(encoding)) | (Source::Fixed(encoding), None) => encoding::name(encoding),
            (Source::Utf16, None) => "UTF-16",
            (Source::Utf8 | Source::Auto, None) => "UTF-8",
        }
    }
}
