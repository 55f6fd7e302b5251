//! One call of `Core::cut`: takes a text through the passes, one piece of about 1,024 characters
//! after the other.

use super::builder::codes::{HAN_END, HYPHEN, PERCENT};
use super::dictionary::Dictionary;
use super::kernel::cpu::{Cpu, Work};
use super::modes::{exact, full, search};
use super::options::{Compat, Mode, Options};
use super::passes::scan::Reading;
use super::passes::{matches, scan};
use super::piece::{Characters, Piece, Words, WorkLists};
use super::scratch::Scratch;
use super::tables::Model;
use super::tags::{self, python};
use super::token::{Tag, Token};
use super::unknown::runs::Unknown;
use rustc_hash::FxHashSet;
use std::ops::Range;

/// The arguments of `Core::cut`.
pub(crate) struct Cut<'a> {
    pub dictionary: &'a Dictionary,
    pub text: &'a str,
    pub options: &'a Options,
    /// Whether blocks, words and tags are those of `jieba.posseg`. The options must be those of exact
    /// mode with tags, as Python jieba.
    pub posseg: bool,
    pub scratch: &'a mut Scratch,
    pub tokens: &'a mut Vec<Token>,
}

impl Work for Cut<'_> {
    /// Cuts the whole text. This function and the passes are inlined into their callers, so a
    /// caller compiled for a newer CPU gets all of them compiled for that CPU.
    #[inline(always)]
    fn run(mut self, cpu: impl Cpu) {
        let dictionary = self.dictionary;
        let python = self.options.compat == Compat::Python;
        let whole_gaps = python && self.options.mode == Mode::Full;
        let latin =
            (!python && !dictionary.overlay.has_latin()).then_some(&dictionary.tables.latin);
        let reading = Reading { codes: &dictionary.tables.codes, whole_gaps, latin };
        let mut start = 0;
        while start < self.text.len() {
            self.scratch.grow(scan::TARGET);
            let Scratch { characters, room, .. } = &mut *self.scratch;
            let text = self.text.as_bytes();
            let (end, count) = scan::scan(text, start, &reading, characters, &mut room.left, cpu);
            self.scratch.grow(count);
            let Scratch { characters, words, room, route, .. } = &mut *self.scratch;
            if python {
                // Python jieba finds words only among ideographs that its hidden Markov model
                // knows. All other ideographs get code 0, like spaces and punctuation.
                for code in &mut characters.codes[..count] {
                    *code = if *code == 1 || *code >= HAN_END { 0 } else { *code };
                }
                if self.posseg {
                    for code in &mut characters.codes[..count] {
                        *code = if *code == HYPHEN || *code == PERCENT { 0 } else { *code };
                    }
                }
            }
            // In full mode, each edge is a token.
            words.most = if self.options.mode == Mode::Full { usize::MAX } else { MOST.max(count) };
            let tables = &dictionary.tables;
            let mut few = matches::find(tables, characters, count, words, room, cpu);
            if python && dictionary.has_absent {
                matches::remove_absent(tables, count, words);
            }
            if few && !dictionary.overlay.is_empty() {
                let (overlay, text) = (&dictionary.overlay, self.text);
                few = overlay.apply(tables, text, 0..count, python, characters, words);
            }
            if self.options.mode != Mode::Full {
                let log_total = dictionary.log_totals[usize::from(python)];
                let codes = &characters.codes[..count];
                if few {
                    route.find(tables, log_total, python, codes, words, cpu);
                } else {
                    let find = find_edges(dictionary, self.text, characters, count, python);
                    route.find_in_windows(tables, log_total, python, codes, words, &find);
                }
            }
            self.write_tokens(count, few, cpu);
            self.scratch.shrink();
            start = end;
        }
    }
}

/// If a piece of text has more edges than this, and more than characters, its edges are not all in
/// memory at the same time. Only dictionaries in which many words begin at one place have so many.
const MOST: usize = if cfg!(test) { 1 << 6 } else { 1 << 16 };

/// A function that puts the edges that begin in a range of characters into the words of a piece. The
/// piece has `count` characters, and its pairs without the added ones are known.
fn find_edges(
    dictionary: &Dictionary,
    text: &str,
    characters: &Characters,
    count: usize,
    python: bool,
) -> impl Fn(Range<usize>, &mut Words) {
    move |range, words| {
        let Dictionary { tables, overlay, .. } = dictionary;
        matches::find_longer(tables, &characters.codes[..count], range.clone(), &mut words.edges);
        if python && dictionary.has_absent {
            matches::remove_absent(tables, 0, words);
        }
        if !overlay.is_empty() {
            words.most = usize::MAX;
            overlay.apply(tables, text, range, python, characters, words);
        }
    }
}

impl Cut<'_> {
    /// The last pass: turns a piece of text and the best route through it into tokens. `few` says
    /// whether the edges of the piece are in memory.
    #[inline(always)]
    fn write_tokens(&mut self, count: usize, few: bool, cpu: impl Cpu) {
        let Cut { dictionary, text, options, posseg: of_posseg, scratch, tokens } = self;
        let Scratch { characters, words, room, route, bits, runs, posseg, posseg_paths } =
            &mut **scratch;
        let WorkLists { left, rare } = room;
        let offsets = &characters.offsets[..=count];
        let python = options.compat == Compat::Python;
        let look_up = |from: usize, to: usize| {
            let word = &text[offsets[from] as usize..offsets[to] as usize];
            dictionary.value_of_edge(word, to - from, python)
        };
        let piece = &Piece {
            text,
            codes: &characters.codes[..count],
            offsets,
            pairs: &words.pairs[..count],
            padded_codes: &characters.codes,
            edges: &words.edges,
            look_up: if few { None } else { Some(&look_up) },
            tables: &dictionary.tables,
        };
        if *of_posseg {
            route.begins(count, &mut bits.begins);
            let words = cpu.set_bits(&bits.begins, left) - 1;
            let begins = &left[..=words];
            tokens.reserve(count);
            return python::write_tokens(
                dictionary,
                piece,
                begins,
                options.hmm,
                posseg_paths,
                tokens,
            );
        }
        let compat = options.compat;
        let mut token_count = 0;
        if options.mode != Mode::Full {
            let model = match compat {
                Compat::JiebaRs => Model::jieba_rs(),
                Compat::Python => Model::python(),
            };
            // The model of jieba-rs may find any word. Only the model of Python jieba must not find
            // some words.
            let nothing = FxHashSet::default();
            let forbidden = match compat {
                Compat::JiebaRs => &nothing,
                Compat::Python => &dictionary.added.forbidden,
            };
            let unknown = Unknown { model: &model, compat, forbidden, buffers: runs };
            let unknown = options.hmm.then_some(unknown);
            exact::join(piece, route, unknown, bits, left, cpu);
            token_count = cpu.set_bits(&bits.begins, left) - 1;
        }
        let begins = &left[..token_count + 1];
        tokens.reserve(count);
        let plain =
            |from: usize, to: usize| Token { start: offsets[from], end: offsets[to], tag: Tag(0) };
        let mut cursor = 0;
        let mut tagged = |from: usize, to: usize, cursor: &mut usize| {
            let tag = tags::of_token(dictionary, compat, piece, from, to, cursor, posseg);
            Token { tag: Tag(tag), ..plain(from, to) }
        };
        match (options.mode, options.tags) {
            (Mode::Exact, false) => {
                let mut start = offsets[begins[0] as usize];
                tokens.extend(begins[1..].iter().map(|&to| {
                    let end = offsets[to as usize];
                    Token { start: std::mem::replace(&mut start, end), end, tag: Tag(0) }
                }));
            }
            (Mode::Exact, true) if compat == Compat::JiebaRs && dictionary.overlay.is_empty() => {
                let longer = route.longer_starts();
                tags::write_tokens(dictionary, piece, begins, longer, rare, tokens, posseg);
            }
            (Mode::Exact, true) => {
                for_each_token(begins, |from, to| tokens.push(tagged(from, to, &mut cursor)));
            }
            (Mode::Search, false) => {
                let mut begins = begins;
                while begins.len() > 1 {
                    let tokens_left = begins.windows(2);
                    // Until the next word of three or more characters, search mode gives the tokens
                    // of exact mode.
                    let short = tokens_left.take_while(|two| two[1] - two[0] <= 2).count();
                    let shorter = begins[..=short].windows(2);
                    tokens.extend(shorter.map(|two| plain(two[0] as usize, two[1] as usize)));
                    begins = &begins[short..];
                    if let [from, to, ..] = *begins {
                        let push = |from, to| tokens.push(plain(from, to));
                        search::cut(piece, compat, from as usize, to as usize, &mut cursor, push);
                        begins = &begins[1..];
                    }
                }
            }
            (Mode::Search, true) => for_each_token(begins, |from, to| {
                search::cut(piece, compat, from, to, &mut cursor, |from, to| {
                    tokens.push(tagged(from, to, &mut 0));
                });
            }),
            (Mode::Full, false) if compat == Compat::JiebaRs => full::cut(piece, cpu, |found| {
                tokens.extend(found.tokens().map(|(from, to)| plain(from, to)));
            }),
            (Mode::Full, true) if compat == Compat::JiebaRs => full::cut(piece, cpu, |found| {
                tokens.extend(found.tokens().map(|(from, to)| tagged(from, to, &mut 0)));
            }),
            (Mode::Full, with_tags) => full::cut_python(piece, |from, to| {
                tokens.push(if with_tags { tagged(from, to, &mut 0) } else { plain(from, to) });
            }),
        }
    }
}

/// Calls `token(from, to)` for every token. `begins` holds the index at which each token begins,
/// and after these the index at which the last token ends.
#[inline(always)]
fn for_each_token(begins: &[u32], mut token: impl FnMut(usize, usize)) {
    begins.windows(2).for_each(|two| token(two[0] as usize, two[1] as usize));
}
