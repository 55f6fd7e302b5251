//! How to cut.

/// Which tokens are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The most probable segmentation.
    Exact,
    /// The words of exact mode, and before each of them the shorter words that it contains.
    Search,
    /// Every dictionary word that occurs in the text.
    Full,
}

/// The program whose segmentation is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compat {
    /// jieba-rs 0.11.0.
    #[default]
    JiebaRs,
    /// Python jieba 0.42.1.
    Python,
}

/// How to cut.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Which tokens are wanted.
    pub mode: Mode,
    /// Whether to look for words that are in no dictionary, with the hidden Markov model. Full mode
    /// ignores this option.
    pub hmm: bool,
    /// The program whose segmentation is wanted.
    pub compat: Compat,
    /// Whether to give each token a tag.
    pub tags: bool,
}

impl Default for Options {
    /// Exact mode with the hidden Markov model, compatible with jieba-rs, without tags.
    fn default() -> Self {
        Options { mode: Mode::Exact, hmm: true, compat: Compat::JiebaRs, tags: false }
    }
}
