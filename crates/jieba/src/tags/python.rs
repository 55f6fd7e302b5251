//! Makes the tokens of a piece with their parts of speech as `jieba.posseg` of Python jieba 0.42.1
//! does. Its words are not always those of `jieba.cut`: runs of single characters go to the model for
//! parts of speech, which cuts them in its own way.
//!
//! The blocks of `posseg` are those of `jieba.cut`, without `%` and `-`.

use super::posseg::path::{self, Position};
use crate::builder::codes::{
    DIGITS_START, LETTERS_END, LETTERS_START, POINT, is_alphanumeric, is_han,
};
use crate::dictionary::Dictionary;
use crate::options::Compat;
use crate::piece::Piece;
use crate::token::{LATIN_TAG, NUMBER_TAG, Tag, Token, UNKNOWN_TAG};

/// Appends the tokens of a piece. `begins` holds the index at which each word of the best route
/// begins, and after these the index at which the last word ends. Without `hmm`, no words are guessed.
///
/// This is a function of its own, since it needs no code for each kind of CPU.
#[inline(never)]
pub(crate) fn write_tokens(
    dictionary: &Dictionary,
    piece: &Piece<'_>,
    begins: &[u32],
    hmm: bool,
    paths: &mut path::Buffers,
    tokens: &mut Vec<Token>,
) {
    let mut cut = Cut { dictionary, piece, cursor: 0, paths, tokens };
    // Where the single characters begin that wait for the word or gap after them.
    let mut run = 0;
    for two in begins.windows(2) {
        let (from, to) = (two[0] as usize, two[1] as usize);
        let code = piece.codes[from];
        if to - from == 1 && code != 0 {
            continue;
        }
        cut.singles(run, from, hmm);
        run = to;
        if code == 0 {
            cut.gap(from);
        } else {
            let value = piece.value(from, to, &mut cut.cursor);
            cut.token(from, to, dictionary.tag_of_value(value, Compat::Python));
        }
    }
    cut.singles(run, piece.len(), hmm);
}

struct Cut<'a> {
    dictionary: &'a Dictionary,
    piece: &'a Piece<'a>,
    /// See [`Piece::edge`].
    cursor: usize,
    paths: &'a mut path::Buffers,
    tokens: &'a mut Vec<Token>,
}

impl Cut<'_> {
    #[inline(always)]
    fn token(&mut self, from: usize, to: usize, tag: u16) {
        let (start, end) = (self.piece.offsets[from], self.piece.offsets[to]);
        self.tokens.push(Token { start, end, tag: Tag(tag) });
    }

    /// A character outside all blocks. An LF belongs to the CR before it.
    #[inline(always)]
    fn gap(&mut self, at: usize) {
        let [start, end] = [at, at + 1].map(|at| self.piece.offsets[at] as usize);
        let text = self.piece.text.as_bytes();
        if text[start] == b'\n'
            && at > 0
            && text[start - 1] == b'\r'
            && let Some(last) = self.tokens.last_mut()
        {
            last.end = end as u32;
            return;
        }
        self.token(at, at + 1, UNKNOWN_TAG);
    }

    /// The tag of a single character.
    #[inline(always)]
    fn tag_of_single(&self, at: usize) -> u16 {
        // To Python jieba, a character that was added with frequency zero is no word, but it keeps
        // its tag.
        let value = match self.dictionary.overlay.is_empty() {
            true => self.dictionary.tables.single_value[usize::from(self.piece.codes[at])],
            false => self.dictionary.value_of(self.piece.text(at, at + 1)),
        };
        match value {
            0 => UNKNOWN_TAG,
            value => self.dictionary.tag_of_value(value, Compat::Python),
        }
    }

    /// Characters that the route takes one by one, between words and gaps.
    #[inline(always)]
    fn singles(&mut self, from: usize, to: usize, hmm: bool) {
        if !hmm {
            return self.singles_without_model(from, to);
        }
        if to - from > 1 && self.piece.value(from, to, &mut self.cursor) == 0 {
            return self.unknown(from, to);
        }
        for at in from..to {
            self.token(at, at + 1, self.tag_of_single(at));
        }
    }

    /// Joins letters and digits.
    fn singles_without_model(&mut self, from: usize, to: usize) {
        let mut at = from;
        while at < to {
            let length = self.length(at, to, is_alphanumeric);
            let tag = if length > 0 { LATIN_TAG } else { self.tag_of_single(at) };
            self.token(at, at + length.max(1), tag);
            at += length.max(1);
        }
    }

    /// The number of characters from `at` on that belong to a kind.
    #[inline(always)]
    fn length(&self, at: usize, to: usize, belongs: impl Fn(u16) -> bool) -> usize {
        self.piece.codes[at..to].iter().take_while(|code| belongs(**code)).count()
    }

    /// Cuts a run that is no word (`__cut_detail` of Python jieba).
    fn unknown(&mut self, from: usize, to: usize) {
        let is_number = |code: u16| (DIGITS_START..LETTERS_START).contains(&code) || code == POINT;
        let is_letter = |code: u16| (LETTERS_START..LETTERS_END).contains(&code);
        let mut at = from;
        while at < to {
            let code = self.piece.codes[at];
            let (length, tag) = if is_han(code) {
                let length = self.length(at, to, is_han);
                self.guess(at, at + length);
                at += length;
                continue;
            } else if is_number(code) {
                (self.length(at, to, is_number), NUMBER_TAG)
            } else if is_letter(code) {
                (self.length(at, to, is_alphanumeric), LATIN_TAG)
            } else {
                let is_other = |code| !(is_han(code) || is_number(code) || is_letter(code));
                (self.length(at, to, is_other), UNKNOWN_TAG)
            };
            self.token(at, at + length, tag);
            at += length;
        }
    }

    /// Cuts a run of Han characters along the best path of the model (`__cut` of Python jieba).
    fn guess(&mut self, from: usize, to: usize) {
        let Cut { piece, paths, tokens, .. } = self;
        let mut token = |from: usize, to: usize, tag: u16| {
            let (start, end) = (piece.offsets[from], piece.offsets[to]);
            tokens.push(Token { start, end, tag: Tag(tag) });
        };
        let path = path::find(&piece.codes[from..to], paths);
        let (mut begin, mut next) = (from, from);
        for (at, state) in (from..).zip(path) {
            let begins = match state.position() {
                Position::Begin => {
                    begin = at;
                    continue;
                }
                Position::Middle => continue,
                Position::End => begin,
                Position::Single => at,
            };
            token(begins, at + 1, state.tag());
            next = at + 1;
        }
        if next < to {
            token(next, to, path[next - from].tag());
        }
        paths.shrink();
    }
}
