//! Finds the matches of many regular expressions in a line: the leftmost match, and the longest of
//! those that begin there.
//!
//! One automaton follows all patterns at the same time. It is made while it is used, so it needs no
//! time at the start. It runs from each place where a match can begin until no longer match is
//! possible. What it read after the end of the longest match is read again from the next place, which
//! would take quadratic time in texts such as `a.a.a.a.a`. So the states in which it passed some
//! places in vain are remembered, and a later run that comes to the same place in the same state ends
//! there (Reps 1998). Then the time is linear in the length of the text.

use std::error::Error;
use std::fmt;
use std::ops::Range;

use regex_automata::hybrid::dfa::{Cache, Config, DFA};
use regex_automata::hybrid::{BuildError, LazyStateID};
use regex_automata::nfa::thompson;
use regex_automata::util::pool::{Pool, PoolGuard};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind, PatternID};
use rustc_hash::FxHashSet;

use super::borders::{ends, kinds_at};
use super::kinds::Kind;

/// The room for the states of the automaton. If it is full, the states are made anew.
const ROOM: usize = 8 << 20;

/// The most memory for the program of a regular expression.
const MOST: usize = 16 << 20;

/// Of the places that a run passes, it remembers those that are multiples of this.
const STEP: usize = 16;

/// Patterns whose matches stay whole.
pub struct Patterns {
    automaton: DFA,
    /// Indexed by the number of the pattern: its kind.
    kinds: Vec<Kind>,
    /// The set of all kinds that there are.
    all: u16,
    /// The characters below U+10000 with which a match can begin: bit `c % 64` of entry `c / 64`.
    begins: Vec<u64>,
    /// Whether a match can begin with another character.
    begins_beyond: bool,
    buffers: Pool<Buffers, MakeBuffers>,
}

type MakeBuffers = Box<dyn Fn() -> Buffers + Send + Sync>;

/// What a search needs besides the patterns.
pub(super) struct Buffers {
    cache: Cache,
    /// The states in which places of the line were passed in vain.
    vain: FxHashSet<Passed>,
    /// The places that the present run has passed since the last match.
    passed: Vec<Passed>,
    /// How many times the states were made anew. Older states mean nothing.
    clears: usize,
    /// The number of bytes that were read.
    #[cfg(test)]
    pub steps: usize,
}

/// A place in the line, the state after it, and the set of kinds that may match.
type Passed = (u32, LazyStateID, u16);

impl Buffers {
    /// Begins a line.
    pub fn begin(&mut self) {
        self.vain.clear();
    }

    /// Notes that the present run passed a place in this state. Returns whether an earlier run did so
    /// in vain.
    fn pass(&mut self, place: Passed) -> bool {
        self.renew();
        self.passed.push(place);
        !self.vain.is_empty() && self.vain.contains(&place)
    }

    /// Ends a run. What it passed since the last match was in vain.
    fn end(&mut self) {
        // Most runs are too short to pass a place that is remembered.
        if !self.passed.is_empty() {
            self.renew();
            self.vain.extend(self.passed.drain(..));
        }
    }

    /// Forgets all states if they were made anew.
    fn renew(&mut self) {
        if self.cache.clear_count() != self.clears {
            self.clears = self.cache.clear_count();
            self.vain.clear();
            self.passed.clear();
        }
    }
}

impl fmt::Debug for Patterns {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Patterns").field("kinds", &self.kinds).finish_non_exhaustive()
    }
}

/// The error for a regular expression that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPattern {
    /// The index of the regular expression.
    pub index: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for BadPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.reason)
    }
}

impl Error for BadPattern {}

impl Patterns {
    /// The patterns of these kinds, and these regular expressions.
    ///
    /// # Errors
    /// A regular expression is no valid one, needs too much memory, or has Unicode word boundaries.
    pub fn new(named: &[Kind], expressions: &[String]) -> Result<Self, BadPattern> {
        for (index, expression) in expressions.iter().enumerate() {
            let built = build(std::slice::from_ref(expression));
            built.map_err(|error| BadPattern { index, reason: reason_of(&error) })?;
        }
        let mut patterns = Vec::new();
        for kind in Kind::ALL.into_iter().filter(|kind| named.contains(kind)) {
            patterns.extend(kind.patterns().into_iter().map(|pattern| (pattern, kind)));
        }
        patterns.extend(expressions.iter().map(|own| (own.clone(), Kind::Regex)));
        let (patterns, kinds): (Vec<_>, Vec<_>) = patterns.into_iter().unzip();
        let automaton = build(&patterns).map_err(|error| BadPattern {
            index: 0,
            reason: format!("with all others: {}", reason_of(&error)),
        })?;
        let all = kinds.iter().fold(0, |all, kind| all | kind.bit());
        let for_buffers = automaton.clone();
        let make: MakeBuffers = Box::new(move || Buffers {
            cache: for_buffers.create_cache(),
            vain: FxHashSet::default(),
            passed: Vec::new(),
            clears: 0,
            #[cfg(test)]
            steps: 0,
        });
        let mut cache = automaton.create_cache();
        let begins = beginnings(&automaton, &mut cache);
        let (begins, begins_beyond) = begins;
        Ok(Self { automaton, kinds, all, begins, begins_beyond, buffers: Pool::new(make) })
    }

    /// Buffers for one thread.
    pub(super) fn buffers(&self) -> PoolGuard<'_, Buffers, MakeBuffers> {
        self.buffers.get()
    }

    /// The leftmost match in the line that begins at byte `from` or later, the longest one there.
    /// Another match ends at `from`, unless it is 0.
    pub(super) fn find(
        &self,
        line: &str,
        from: usize,
        buffers: &mut Buffers,
    ) -> Option<(Range<usize>, Kind)> {
        let mut at = from;
        loop {
            at = self.next_beginning(line.as_bytes(), at)?;
            let kinds = kinds_at(line, at, at == from && from > 0, self.all);
            if kinds != 0
                && let Some((end, kind)) = self.longest(line, at, kinds, buffers)
            {
                return Some((at..end, kind));
            }
            at += length(line.as_bytes()[at]);
        }
    }

    /// The next place at `at` or later with a character that can begin a match.
    fn next_beginning(&self, line: &[u8], mut at: usize) -> Option<usize> {
        let bits = |byte: u8| usize::from(byte & 0x3f);
        while let Some(&first) = line.get(at) {
            let length = length(first);
            let character = match length {
                1 => usize::from(first),
                2 => usize::from(first & 0x1f) << 6 | bits(line[at + 1]),
                3 => usize::from(first & 0xf) << 12 | bits(line[at + 1]) << 6 | bits(line[at + 2]),
                _ if self.begins_beyond => return Some(at),
                _ => 0,
            };
            if length < 4 && self.begins[character / 64] >> (character % 64) & 1 == 1 {
                return Some(at);
            }
            at += length;
        }
        None
    }

    /// The end of the longest match of these kinds that begins at byte `start` of the line, and its
    /// kind.
    fn longest(
        &self,
        line: &str,
        start: usize,
        kinds: u16,
        buffers: &mut Buffers,
    ) -> Option<(usize, Kind)> {
        let (automaton, bytes) = (&self.automaton, line.as_bytes());
        let input = Input::new(line).span(start..line.len()).anchored(Anchored::Yes);
        let begun = automaton.start_state_forward(&mut buffers.cache, &input);
        let mut state = begun.expect(NEVER_FAILS);
        let mut best = None;
        let mut at = start;
        loop {
            let cache = &mut buffers.cache;
            let next = match bytes.get(at) {
                Some(&byte) => automaton.next_state(cache, state, byte),
                None => automaton.next_eoi_state(cache, state),
            };
            state = next.expect(NEVER_FAILS);
            #[cfg(test)]
            (buffers.steps += 1);
            if state.is_tagged() {
                if state.is_dead() {
                    break;
                }
                // That a match ends is known one byte later.
                if state.is_match()
                    && at > start
                    && let Some(kind) = self.kind(line, at, state, kinds, &buffers.cache)
                {
                    best = Some((at, kind));
                    buffers.passed.clear();
                }
            }
            if at == bytes.len() {
                break;
            }
            at += 1;
            if at.is_multiple_of(STEP) && buffers.pass((place(at), state, kinds)) {
                break;
            }
        }
        buffers.end();
        best
    }

    /// The first of these kinds of which a match ends at byte `at`, where the automaton is in this
    /// state.
    fn kind(
        &self,
        line: &str,
        at: usize,
        state: LazyStateID,
        kinds: u16,
        cache: &Cache,
    ) -> Option<Kind> {
        let matches = 0..self.automaton.match_len(cache, state);
        let pattern = |index| self.automaton.match_pattern(cache, state, index);
        let found = matches.map(|index| self.kinds[PatternID::as_usize(&pattern(index))]);
        found.filter(|kind| kinds & kind.bit() != 0 && ends(*kind, line, at)).min()
    }
}

/// The automaton cannot give up: it has no bytes that it refuses, and makes its states anew as often
/// as it needs to.
const NEVER_FAILS: &str = "the automaton never gives up";

fn build(patterns: &[String]) -> Result<DFA, Box<BuildError>> {
    let config = Config::new()
        .match_kind(MatchKind::All)
        .cache_capacity(ROOM)
        .skip_cache_capacity_check(true)
        .minimum_cache_clear_count(None);
    DFA::builder()
        .configure(config)
        .syntax(syntax::Config::new().unicode(true).utf8(true))
        .thompson(thompson::Config::new().nfa_size_limit(Some(MOST)))
        .build_many(patterns)
        .map_err(Box::new)
}

/// The innermost reason of an error, with advice where there is some.
fn reason_of(error: &BuildError) -> String {
    let mut error: &dyn Error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    let reason = error.to_string();
    match reason.contains("word boundary") || reason.contains("word boundaries") {
        true => "has a word boundary for all of Unicode; write (?-u:\\b)".into(),
        false => reason,
    }
}

/// The characters with which a match can begin, and whether it can begin with one from U+10000 on.
fn beginnings(automaton: &DFA, cache: &mut Cache) -> (Vec<u64>, bool) {
    let mut begins = vec![0; 0x1_0000 / 64];
    let mut beyond = false;
    // What a pattern says about its beginning may depend on the byte before. These stand for all
    // kinds of bytes.
    for before in ["", "\n", "\r", "a", " "] {
        let input = Input::new(before).span(before.len()..before.len()).anchored(Anchored::Yes);
        let state = automaton.start_state_forward(cache, &input).expect(NEVER_FAILS);
        let mut step = |state, byte| {
            let next = automaton.next_state(cache, state, byte).expect(NEVER_FAILS);
            (!next.is_dead()).then_some(next)
        };
        // Those with which a character of UTF-8 begins.
        for first in (0..0x80).chain(0xc2..=0xf4u8) {
            let Some(state) = step(state, first) else { continue };
            let mut mark = |character: u32| {
                begins[character as usize / 64] |= 1u64 << (character % 64);
            };
            let continuations = 0x80..0xc0u8;
            match length(first) {
                1 => mark(first.into()),
                2 => continuations.filter(|&second| step(state, second).is_some()).for_each(
                    |second| mark(u32::from(first & 0x1f) << 6 | u32::from(second & 0x3f)),
                ),
                3 => {
                    for second in continuations.clone() {
                        let Some(state) = step(state, second) else { continue };
                        let high = u32::from(first & 0xf) << 12 | u32::from(second & 0x3f) << 6;
                        for third in continuations.clone() {
                            if step(state, third).is_some() {
                                mark(high | u32::from(third & 0x3f));
                            }
                        }
                    }
                }
                _ => beyond = true,
            }
        }
    }
    (begins, beyond)
}

/// The length of the character of UTF-8 that begins with this byte.
fn length(first: u8) -> usize {
    match first {
        0..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0.. => 4,
    }
}

fn place(at: usize) -> u32 {
    u32::try_from(at).expect("a block has less than 4 GiB")
}
