//! Full mode: every dictionary word that occurs in the text.

use crate::builder::codes::{
    CONNECTORS_END, DIGITS_START, LETTERS_END, is_alphanumeric, is_ideograph_code,
};
use crate::kernel::bits::set_of;
use crate::kernel::cpu::Cpu;
use crate::piece::{Edge, Piece};
use std::{array, mem};

/// Some of the tokens that begin at 64 characters. Each character has three *slots*: the first is
/// for a token of one character, the second for a word of two, and the third for any longer token.
/// If several longer tokens begin at a character, they share the third slot, and each comes in a
/// `Found` of its own.
pub(crate) struct Found<'a> {
    /// The first of the 64 characters.
    base: usize,
    /// The slots of the tokens.
    slots: &'a [u32],
    lengths: &'a Lengths,
}

/// Indexed by slot: how many characters a token has.
type Lengths = [u32; 256];

impl Found<'_> {
    /// The tokens: the index of the first character and one past the index of the last one.
    #[inline(always)]
    pub fn tokens(&self) -> impl ExactSizeIterator<Item = (usize, usize)> {
        self.slots.iter().map(|&slot| {
            let from = self.base + slot as usize / 3;
            (from, from + self.lengths[usize::from(slot as u8)] as usize)
        })
    }
}

/// jieba-rs's full mode: all words in each sequence of ideographs. Between these sequences, the
/// tokens are the matches of `[A-Za-z0-9+#]+`, and all other characters one by one. Calls `emit`
/// with some of the tokens at a time.
///
/// No branch asks whether a token begins at a character, because the CPU would often mispredict it.
/// Sets of bits tell it for 64 characters at a time.
#[inline(always)]
pub(crate) fn cut(piece: &Piece<'_>, cpu: impl Cpu, mut emit: impl FnMut(Found<'_>)) {
    let mut search = Search::new(piece);
    let mut slots = [0; 3 * 64 + 8];
    for base in (0..piece.len()).step_by(64) {
        let mut edges = search.edges;
        let Begins { ones, twos, longer, mut several } = search.find(piece, base);
        let count = cpu.set_bits(&in_slots(ones, twos, longer), &mut slots);
        let mut rest = &slots[..count];
        while several != 0 {
            let at = several.trailing_zeros();
            let slot = 3 * at + 2;
            let (before, after) = rest.split_at(rest.partition_point(|&other| other <= slot));
            emit(Found { base, slots: before, lengths: &search.lengths });
            let from = base as u32 + at;
            while let Some((edge, after)) = edges.split_first()
                && edge.from < from
            {
                edges = after;
            }
            let words = edges.iter().take_while(|edge| edge.from == from);
            for word in words.filter(|edge| is_word(piece, edge)).skip(1) {
                search.lengths[slot as usize] = word.length;
                emit(Found { base, slots: &[slot], lengths: &search.lengths });
            }
            rest = after;
            several &= several - 1;
        }
        emit(Found { base, slots: rest, lengths: &search.lengths });
    }
}

/// The set of slots, from the sets of characters at which there is a token of one character, of
/// two, and a longer one.
#[inline(always)]
fn in_slots(ones: u64, twos: u64, longer: u64) -> [u64; 3] {
    let [ones, twos, longer] = [ones, twos, longer].map(u64::to_le_bytes);
    let slots = |eight: usize| {
        let spread = |set: [u8; 8]| EVERY_THIRD[usize::from(set[eight])];
        u64::from(spread(ones) | spread(twos) << 1 | spread(longer) << 2)
    };
    let [a, b, c, d, e, f, g, h] = array::from_fn(slots);
    [a | b << 24 | c << 48, c >> 16 | d << 8 | e << 32 | f << 56, f >> 8 | g << 16 | h << 40]
}

/// Indexed by a byte: its bits, each moved to a position three times as high.
static EVERY_THIRD: [u32; 256] = {
    let (mut table, mut byte) = ([0; 256], 0);
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            table[byte] |= (byte as u32 >> bit & 1) << (3 * bit);
            bit += 1;
        }
        byte += 1;
    }
    table
};

/// The tokens that begin at 64 characters; bit `i` stands for character `i` of these.
struct Begins {
    /// Tokens of one character that are not in `longer`.
    ones: u64,
    /// Words of two characters.
    twos: u64,
    /// Longer words, sequences of letters and digits, and CRLF.
    longer: u64,
    /// Characters at which several longer words begin. `longer` stands for the shortest of them.
    several: u64,
}

/// Goes through a piece, 64 characters at a time.
struct Search<'a> {
    /// The lengths of the tokens found last. Only those in the third slots ever change.
    lengths: Lengths,
    /// The edges that begin at the next 64 characters and later.
    edges: &'a [Edge],
    /// Whether a letter, a digit, `+` or `#` comes before the next 64 characters.
    after_joined: bool,
    /// Whether the first of the next 64 characters is the LF of a CRLF.
    after_cr: bool,
    has_cr: bool,
}

impl<'a> Search<'a> {
    fn new(piece: &Piece<'a>) -> Self {
        let text = piece.text(0, piece.len()).as_bytes();
        Self {
            lengths: array::from_fn(|slot| slot as u32 % 3 + 1),
            edges: piece.edges,
            after_joined: false,
            after_cr: false,
            has_cr: memchr::memchr(b'\r', text).is_some(),
        }
    }

    /// Finds the tokens that begin at the 64 characters from `base` on.
    #[inline(always)]
    fn find(&mut self, piece: &Piece<'_>, base: usize) -> Begins {
        let codes: &[u16; 64] = piece.padded_codes[base..].first_chunk().expect("padding");
        let count = 64.min(piece.len() - base);
        let mut pairs = [0; 64];
        pairs[..count].copy_from_slice(&piece.pairs[base..][..count]);
        let after = piece.codes.get(base + 64).is_some_and(|&code| is_ideograph_code(code));
        let values = &piece.tables.single_value;

        let ideographs = set_of(codes, |code| u8::from(is_ideograph_code(code)));
        let words = set_of(codes, |code| u8::from(values[usize::from(code)] != 0));
        let inside = ideographs & (ideographs >> 1 | u64::from(after) << 63);
        let mut begins = Begins {
            ones: (words | !ideographs) & u64::MAX >> (64 - count),
            twos: set_of(&pairs, |pair| u8::from(pair != 0)) & inside,
            longer: 0,
            several: 0,
        };
        while let Some((edge, after)) = self.edges.split_first()
            && (edge.from as usize) < base + 64
        {
            self.edges = after;
            let at = edge.from as usize % 64;
            let bit = 1 << at;
            if edge.length == 1 && ideographs & bit != 0 {
                begins.ones = begins.ones & !bit | if edge.value == 0 { 0 } else { bit };
            } else if is_word(piece, edge) {
                if begins.longer & bit == 0 {
                    self.lengths[3 * at + 2] = edge.length;
                }
                begins.several |= begins.longer & bit;
                begins.longer |= bit;
            }
        }
        self.join_letters(piece, base, codes, &mut begins);
        if self.has_cr {
            self.join_line_ends(piece, base, count, &mut begins);
        }
        begins
    }

    /// Makes one token of each sequence of letters, digits, `+` and `#`.
    #[inline(always)]
    fn join_letters(
        &mut self,
        piece: &Piece<'_>,
        base: usize,
        codes: &[u16; 64],
        begins: &mut Begins,
    ) {
        let joined = set_of(codes, |code| u8::from(is_joined(code)));
        let mut starts = joined & !(joined << 1 | u64::from(self.after_joined));
        self.after_joined = joined >> 63 == 1;
        begins.ones &= !joined;
        begins.longer |= starts;
        while starts != 0 {
            let at = starts.trailing_zeros() as usize;
            let mut length = (!(joined >> at)).trailing_zeros() as usize;
            if at + length == 64 {
                let behind = piece.codes[base + 64..].iter();
                length += behind.take_while(|&&code| is_joined(code)).count();
            }
            self.lengths[3 * at + 2] = length as u32;
            starts &= starts - 1;
        }
    }

    /// Makes one token of each CR and the LF after it.
    fn join_line_ends(
        &mut self,
        piece: &Piece<'_>,
        base: usize,
        count: usize,
        begins: &mut Begins,
    ) {
        begins.ones &= !u64::from(mem::take(&mut self.after_cr));
        for at in 0..count {
            let from = base + at;
            let length = piece.end_of_gap_token(from) - from;
            if length > 1 {
                begins.ones &= !(3 << at);
                begins.longer |= 1 << at;
                self.lengths[3 * at + 2] = length as u32;
                self.after_cr = at == 63;
            }
        }
    }
}

/// Whether this is a word of three or more ideographs.
#[inline(always)]
fn is_word(piece: &Piece<'_>, edge: &Edge) -> bool {
    let codes = &piece.codes[edge.from as usize..][..edge.length as usize];
    edge.length > 2 && codes.iter().all(|&code| is_ideograph_code(code))
}

/// Whether the code is that of a letter, a digit, `+` or `#`. These two come directly after the
/// connectors `.`, `_` and `-` in the order of the codes.
#[inline(always)]
fn is_joined(code: u16) -> bool {
    (DIGITS_START..LETTERS_END).contains(&code)
        || (CONNECTORS_END..CONNECTORS_END + 2).contains(&code)
}

/// Calls `word(length)` for every word of Python jieba that begins at character `at`, the shortest
/// first.
fn words_at(piece: &Piece<'_>, at: usize, cursor: &mut usize, mut word: impl FnMut(usize)) {
    // The passes before removed only the longer words with frequency zero.
    let value = piece.value(at, at + 1, cursor);
    if value != 0 && piece.tables.frequencies[value as usize] != 0 {
        word(1);
    }
    if piece.pairs[at] != 0 {
        word(2);
    }
    for edge in piece.edges_at(at, cursor).filter(|edge| edge.length > 2) {
        word(edge.length as usize);
    }
}

/// Python jieba's full mode, which differs from that of jieba-rs:
///
/// - A single character is a token only if no longer word covers it.
/// - Letters and digits are joined.
/// - Text outside blocks is split at white space. A part may be empty, because Python's `re.split`
///   gives empty parts too.
pub(crate) fn cut_python(piece: &Piece<'_>, mut token: impl FnMut(usize, usize)) {
    let codes = piece.codes;
    let mut from = 0;
    let mut cursor = 0;
    while from < codes.len() {
        let mut to = from;
        if codes[from] != 0 {
            while to < codes.len() && codes[to] != 0 {
                to += 1;
            }
            python_block(piece, from, to, &mut cursor, &mut token);
        } else {
            let line_end =
                |at: usize| matches!(piece.text(at, piece.end_of_gap_token(at)), "\n" | "\r\n");
            while to < codes.len() && codes[to] == 0 && !line_end(to) {
                to += 1;
            }
            if to > from {
                python_gap(piece, from, to, &mut token);
            }
            if to < codes.len() && codes[to] == 0 {
                let after = piece.end_of_gap_token(to);
                token(to, after);
                to = after;
            }
        }
        from = to;
    }
}

fn python_block(
    piece: &Piece<'_>,
    from: usize,
    to: usize,
    cursor: &mut usize,
    token: &mut impl FnMut(usize, usize),
) {
    // `covered` is the index after the last character that a word covers so far. `joined` is the
    // range of letters and digits that will be the next token.
    let mut covered = from;
    let mut joined: Option<(usize, usize)> = None;
    for at in from..to {
        let alphanumeric = is_alphanumeric(piece.codes[at]);
        if !alphanumeric && let Some((start, end)) = joined.take() {
            token(start, end);
        }
        let (mut count, mut last) = (0, 0);
        words_at(piece, at, cursor, |length| (count, last) = (count + 1, length));
        if count == 0 {
            (count, last) = (1, 1);
        }
        if count == 1 && at >= covered {
            covered = at + last;
            match &mut joined {
                Some((_, end)) if alphanumeric && *end == at => *end = covered,
                _ if alphanumeric => {
                    if let Some((start, end)) = joined.replace((at, covered)) {
                        token(start, end);
                    }
                }
                _ => token(at, covered),
            }
        } else {
            words_at(piece, at, cursor, |length| {
                if length > 1 {
                    token(at, at + length);
                    covered = at + length;
                }
            });
        }
    }
    if let Some((start, end)) = joined {
        token(start, end);
    }
}

fn python_gap(piece: &Piece<'_>, from: usize, to: usize, token: &mut impl FnMut(usize, usize)) {
    let mut start = from;
    for at in from..to {
        if piece.text(at, at + 1).chars().all(is_python_space) {
            token(start, at);
            token(at, at + 1);
            start = at + 1;
        }
    }
    token(start, to);
}

/// Whether `\s` matches this character in a regular expression of Python.
fn is_python_space(character: char) -> bool {
    character.is_whitespace() || ('\x1c'..='\x1f').contains(&character)
}
