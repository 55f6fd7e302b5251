//! Cuts texts and removes the tokens that are not wanted. Nothing here needs Python.

use std::cell::Cell;

use batchproc::segment::{Compat, Filter, Mode, Options, Scratch, Segmenter, Token, TooLong};

/// A segmenter and what is wanted of its tokens.
pub struct Cutting {
    /// Cuts the texts.
    pub segmenter: Segmenter,
    /// How it cuts.
    pub options: Options,
    /// Removes tokens. It leaves line ends.
    pub filter: Filter,
    /// By the index of a tag, whether tokens with it are wanted; `None`: all are.
    pub tags: Option<Vec<bool>>,
    /// Whether line ends are removed too.
    pub drops_line_ends: bool,
}

/// Memory that each thread reuses.
#[derive(Default)]
pub struct Workspace {
    /// The buffers of the cutter.
    pub scratch: Scratch,
    /// The tokens of the text that was cut last.
    pub tokens: Vec<Token>,
}

thread_local! {
    static WORKSPACE: Cell<Option<Box<Workspace>>> = const { Cell::new(None) };
}

/// A workspace with more room for tokens is not kept for the next call.
const KEPT: usize = 1 << 16;

impl Workspace {
    /// Calls `work` with the workspace of this thread. If it calls this again, there is another one.
    pub fn with<R>(work: impl FnOnce(&mut Workspace) -> R) -> R {
        let mut workspace = WORKSPACE.take().unwrap_or_default();
        let result = work(&mut workspace);
        if workspace.tokens.capacity() <= KEPT {
            WORKSPACE.set(Some(workspace));
        }
        result
    }
}

impl Cutting {
    /// Cuts a text into the tokens of `workspace`, without those that are not wanted. Line ends
    /// stay.
    pub fn cut_block(
        &self,
        text: &str,
        options: &Options,
        workspace: &mut Workspace,
    ) -> Result<(), TooLong> {
        let Workspace { scratch, tokens } = workspace;
        tokens.clear();
        let options = Options { tags: options.tags || self.tags.is_some(), ..*options };
        if options.tags && options.compat == Compat::Python && options.mode == Mode::Exact {
            self.segmenter.tag_like_python(text, options.hmm, scratch, tokens)?;
        } else {
            self.segmenter.cut_into(text, &options, scratch, tokens)?;
        }
        self.filter.apply(text.as_bytes(), tokens);
        if let Some(wanted) = &self.tags {
            let keeps = |token: &Token| wanted[token.tag.index()] || is_line_end(text, token);
            tokens.retain(keeps);
        }
        Ok(())
    }

    /// The same for a text that is given alone.
    pub fn cut(
        &self,
        text: &str,
        options: &Options,
        workspace: &mut Workspace,
    ) -> Result<(), TooLong> {
        self.cut_block(text, options, workspace)?;
        if self.drops_line_ends {
            workspace.tokens.retain(|token| !is_line_end(text, token));
        }
        Ok(())
    }
}

/// Whether a token is LF or CRLF.
pub fn is_line_end(text: &str, token: &Token) -> bool {
    text.as_bytes()[token.start as usize..token.end as usize].last() == Some(&b'\n')
}
