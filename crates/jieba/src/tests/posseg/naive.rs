//! A naive `jieba.posseg`, to compare with: it follows Python jieba 0.42.1 step by step. It cuts block
//! by block, looks words up in the dictionary one by one, and its search for the best path compares all
//! pairs of states.

use super::model::{self, State};
use crate::jieba::Core;
use crate::options::{Compat, Options};
use crate::scratch::Scratch;
use crate::token::{LATIN_TAG, NUMBER_TAG, Tag, Token, UNKNOWN_TAG};

/// The logarithm of the probability of what the model does not know.
const UNKNOWN: f64 = -3.14e100;

/// The tokens of a text.
pub fn cut(core: &Core, text: &str, hmm: bool) -> Vec<Token> {
    let (mut rest, mut at, mut tokens) = (text, 0, Vec::new());
    let scratch = &mut Scratch::default();
    let mut cut = Cut { core, text, hmm, route: Vec::new(), tokens: &mut tokens };
    while let Some(first) = rest.chars().next() {
        let length = if in_block(first) {
            let length = rest.find(|c| !in_block(c)).unwrap_or(rest.len());
            cut.block(at, at + length, scratch);
            length
        } else {
            let length = if rest.starts_with("\r\n") { 2 } else { first.len_utf8() };
            cut.token(at, at + length, UNKNOWN_TAG);
            length
        };
        at += length;
        rest = &rest[length..];
    }
    tokens
}

/// Whether `re_han_internal` of Python jieba has the character.
fn in_block(character: char) -> bool {
    is_han(character)
        || character.is_ascii_alphanumeric()
        || matches!(character, '+' | '#' | '&' | '.' | '_')
}

/// Whether `re_han_detail` of Python jieba has the character.
fn is_han(character: char) -> bool {
    ('\u{4e00}'..='\u{9fd5}').contains(&character)
}

struct Cut<'a> {
    core: &'a Core,
    text: &'a str,
    hmm: bool,
    /// The words of a block on its best route.
    route: Vec<Token>,
    tokens: &'a mut Vec<Token>,
}

impl Cut<'_> {
    fn token(&mut self, start: usize, end: usize, tag: u16) {
        let [start, end] = [start, end].map(|at| u32::try_from(at).unwrap_or(u32::MAX));
        self.tokens.push(Token { start, end, tag: Tag(tag) });
    }

    /// The tag of a word in the dictionary, or that of unknown words.
    fn tag_of(&self, word: &str) -> u16 {
        match self.core.dictionary.value_of(word) {
            0 => UNKNOWN_TAG,
            value => self.core.dictionary.tag_of_value(value, Compat::Python),
        }
    }

    /// Whether a word has a frequency above zero.
    fn is_word(&self, word: &str) -> bool {
        let dictionary = &self.core.dictionary;
        dictionary.tables.frequencies[dictionary.value_of(word) as usize] > 0
    }

    /// Whether the token of a route is a single character, or several that the route takes one by one
    /// and that were joined: letters and digits are, without a model.
    fn is_singles(&self, word: &str) -> bool {
        if word.chars().nth(1).is_none() {
            return true;
        }
        let is_latin = word.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let (dictionary, total) = (&self.core.dictionary, self.core.dictionary.log_totals[1]);
        let log = |word: &str| {
            let frequency = dictionary.tables.frequencies[dictionary.value_of(word) as usize];
            (frequency.max(1) as f64).ln() - total
        };
        let singles =
            || word.char_indices().map(|(at, c)| log(&word[at..at + c.len_utf8()])).sum::<f64>();
        is_latin && (!self.is_word(word) || singles() > log(word))
    }

    fn block(&mut self, start: usize, end: usize, scratch: &mut Scratch) {
        let text = self.text;
        let options = Options { hmm: false, compat: Compat::Python, ..Options::default() };
        let mut route = std::mem::take(&mut self.route);
        route.clear();
        self.core.cut(&text[start..end], &options, scratch, &mut route);
        // Where the run of single characters before this token begins.
        let mut run = start;
        for token in &route {
            let (from, to) = (start + token.start as usize, start + token.end as usize);
            let word = &text[from..to];
            let is_singles = self.is_singles(word);
            if !self.hmm {
                let is_english = is_singles && word.as_bytes()[0].is_ascii_alphanumeric();
                let tag = if is_english { LATIN_TAG } else { self.tag_of(word) };
                self.token(from, to, tag);
                continue;
            }
            if !is_singles {
                self.run(run, from);
                self.token(from, to, self.tag_of(word));
                run = to;
            }
        }
        if self.hmm {
            self.run(run, end);
        }
        self.route = route;
    }

    /// Cuts a run of single characters.
    fn run(&mut self, start: usize, end: usize) {
        let text = &self.text[start..end];
        if text.chars().nth(1).is_some() && !self.is_word(text) {
            return self.unknown(start, end);
        }
        for (at, character) in text.char_indices() {
            let end = at + character.len_utf8();
            self.token(start + at, start + end, self.tag_of(&text[at..end]));
        }
    }

    /// Cuts a run that is no word (`__cut_detail` of Python jieba).
    fn unknown(&mut self, start: usize, end: usize) {
        let (mut rest, mut at) = (&self.text[start..end], start);
        let length =
            |text: &str, has: fn(char) -> bool| text.find(|c| !has(c)).unwrap_or(text.len());
        let is_number = |c: char| c == '.' || c.is_ascii_digit();
        while let Some(first) = rest.chars().next() {
            let length = if is_han(first) {
                let length = length(rest, is_han);
                self.guess(at, at + length);
                length
            } else if is_number(first) {
                let length = length(rest, is_number);
                self.token(at, at + length, NUMBER_TAG);
                length
            } else if first.is_ascii_alphabetic() {
                let length = length(rest, |c| c.is_ascii_alphanumeric());
                self.token(at, at + length, LATIN_TAG);
                length
            } else {
                let length =
                    length(rest, |c| !(is_han(c) || c == '.' || c.is_ascii_alphanumeric()));
                self.token(at, at + length, UNKNOWN_TAG);
                length
            };
            at += length;
            rest = &rest[length..];
        }
    }

    /// Cuts a run of Han characters along the best path of the model (`__cut` of Python jieba).
    fn guess(&mut self, start: usize, end: usize) {
        let text = &self.text[start..end];
        let path = best_path(&text.chars().collect::<Vec<_>>());
        let (mut begin, mut next) = (0, 0);
        for ((at, character), state) in text.char_indices().zip(&path) {
            let end = at + character.len_utf8();
            match state.position {
                model::BEGIN => begin = at,
                model::MIDDLE => {}
                position => {
                    let from = if position == model::END { begin } else { at };
                    self.token(start + from, start + end, model::tag(state.tag));
                    next = end;
                }
            }
        }
        if next < text.len() {
            let first = text[..next].chars().count();
            self.token(start + next, end, model::tag(path[first].tag));
        }
    }
}

/// A state at a character: its score, and the index of the state before it.
struct Reached {
    state: State,
    score: f64,
    before: usize,
}

/// The best path of states through these characters; at least one. Of paths with equal scores Python
/// takes the one with the greatest state, in the order of [`State`].
fn best_path(characters: &[char]) -> Vec<State> {
    let mut columns: Vec<Vec<Reached>> = Vec::with_capacity(characters.len());
    for &character in characters {
        let own = model::states(character);
        let emission = |state: &State| {
            let known = own.iter().find(|(other, _)| other == state);
            known.map_or(UNKNOWN, |(_, emission)| *emission)
        };
        let Some(before) = columns.last() else {
            let all = if own.is_empty() {
                model::all_states()
            } else {
                own.iter().map(|s| s.0).collect()
            };
            let first = all.into_iter().map(|state| Reached {
                state,
                score: model::start(state) + emission(&state),
                before: 0,
            });
            columns.push(first.collect());
            continue;
        };
        let follows = |state: &State| {
            before.iter().any(|before| model::transition(before.state, *state).is_some())
        };
        let mut wanted: Vec<(State, f64)> =
            own.iter().copied().filter(|(state, _)| follows(state)).collect();
        if wanted.is_empty() {
            wanted =
                model::all_states().into_iter().map(|state| (state, emission(&state))).collect();
            if wanted.iter().any(|(state, _)| follows(state)) {
                wanted.retain(|(state, _)| follows(state));
            }
        }
        let goes_on = |reached: &Reached| model::goes_on(reached.state);
        let reach = |(state, emission): (State, f64)| {
            let mut best: Option<Reached> = None;
            for (index, from) in before.iter().enumerate().filter(|(_, from)| goes_on(from)) {
                let transition = model::transition(from.state, state).unwrap_or(f64::NEG_INFINITY);
                let score = from.score + transition + emission;
                let is_better = best.as_ref().is_none_or(|best| {
                    score > best.score
                        || score == best.score && from.state > before[best.before].state
                });
                if is_better {
                    best = Some(Reached { state, score, before: index });
                }
            }
            best.unwrap_or(Reached { state, score: f64::NEG_INFINITY, before: 0 })
        };
        columns.push(wanted.into_iter().map(reach).collect());
    }
    let last = columns.last().map_or(&[][..], Vec::as_slice);
    let mut best = 0;
    for (index, reached) in last.iter().enumerate() {
        let known = &last[best];
        if (reached.score, reached.state) > (known.score, known.state) {
            best = index;
        }
    }
    let mut path = Vec::with_capacity(columns.len());
    for column in columns.iter().rev() {
        path.push(column[best].state);
        best = column[best].before;
    }
    path.reverse();
    path
}
