//! Makes the tables of the model that guesses the tag of an unknown word, from jieba-rs's
//! `posseg.txt`.
//!
//! The file has sections `@TAGS`, `@START`, `@TRANS`, `@EMIT` and `@CHAR_STATE`. A state is a
//! position in a part of the word (0 is B begin, 1 M middle, 2 E end, 3 S single) together with one
//! of 64 tags. Here it is one number: `position * 64 + tag`.

use super::builder::codes::{Codes, HAN_END, HAN_START};
use std::collections::BTreeMap;

/// The logarithm that stands for a probability of zero.
const NEVER: f64 = -3.14e100;

/// The number of tags.
const TAGS: usize = 64;

pub struct Posseg {
    pub tags: Vec<String>,
    /// Indexed by state: the probability (ln) at the first character.
    start: Vec<f64>,
    /// At index `to * 256 + from`: the probability (ln) that state `to` follows state `from`.
    transitions: Vec<f64>,
    /// For each character: the states that it may have, in ascending order, each with its emission
    /// (ln).
    states: BTreeMap<char, Vec<(u8, f64)>>,
}

/// The tables as the search in `src/tags/posseg.rs` reads them.
pub struct Tables {
    /// The probability (ln) that a word begins in a state. Indexed by the tag, first for state B
    /// (begin), then for state S (single).
    pub start: Vec<f64>,
    /// At index `to * 128 + from`: the probability (ln) that state `to` follows state `from`. In
    /// `to`, the first 64 numbers are the tags of B (begin), and the others those of S (single). In
    /// `from`, the first 64 are the tags of E (end), and the others those of S. Minus infinity stands
    /// for a state that cannot follow.
    pub transitions: Vec<f64>,
    /// Four lists of transition probabilities (ln), each indexed by the tag: from state B (begin)
    /// to E (end), from M (middle) to E, from B to M, and from M to M. Minus infinity stands for a
    /// state that cannot follow.
    pub inside: Vec<f64>,
    /// The characters, in ascending order, that have states here but are unknown to the other
    /// hidden Markov model, the one that finds words.
    pub others: Vec<u32>,
    /// A row for each Han character, in the order of the codes, then one for each of `others`, then
    /// a row without states. The lower 32 bits of a row are the index in `states` of its first
    /// state. The upper four bytes count its states: those of B (begin); of B and S (single); of B,
    /// S and E (end); and all.
    pub rows: Vec<u64>,
    /// The tags of the states, row by row. In a row, the states are ordered by their positions (B,
    /// S, E, M), and then by their tags. The tags of S have 64 added.
    pub states: Vec<u8>,
    /// The emission (ln) of each of `states`.
    pub emissions: Vec<f64>,
    /// Indexed by the tag in this model: its number in the list of tags of a dictionary.
    pub tags: Vec<u16>,
    /// Indexed by the state, which here is its position in the order B, S, E, M, times 64, plus its
    /// tag: its place in the order of Python jieba. That compares first the letter of the position,
    /// then the name of the tag.
    pub places: Vec<u8>,
    /// Indexed by row: the number of the tag that the character has as a word of its own, or the
    /// unknown tag.
    pub single: Vec<u16>,
}

/// The order of the positions B, S, E, M in a row.
const ORDER: [u8; 4] = [0, 3, 2, 1];

impl Posseg {
    /// Makes the tables. `tags` holds the number of each tag in a dictionary, and `unknown` is the
    /// number of the unknown tag.
    pub fn tables(&self, codes: &Codes, tags: Vec<u16>, unknown: u16) -> Tables {
        let state = |position: usize, tag: usize| position * TAGS + tag;
        let transition = |to: usize, from: usize| match self.transitions[to * 256 + from] {
            NEVER => f64::NEG_INFINITY,
            logarithm => logarithm,
        };
        let by_tag = |position| (0..TAGS).map(move |tag| state(position, tag));
        assert!(by_tag(1).chain(by_tag(2)).all(|state| self.start[state] == NEVER));
        let mut tables = Tables {
            start: by_tag(0).chain(by_tag(3)).map(|state| self.start[state]).collect(),
            transitions: Vec::new(),
            inside: Vec::new(),
            others: Vec::new(),
            rows: Vec::new(),
            states: Vec::new(),
            emissions: Vec::new(),
            tags,
            places: self.places(),
            single: Vec::new(),
        };
        for to in by_tag(0).chain(by_tag(3)) {
            tables.transitions.extend(by_tag(2).chain(by_tag(3)).map(|from| transition(to, from)));
        }
        for (to, from) in [(2, 0), (2, 1), (1, 0), (1, 1)] {
            tables.inside.extend((0..TAGS).map(|tag| transition(state(to, tag), state(from, tag))));
        }
        let (mut by_code, mut others) = (BTreeMap::new(), Vec::new());
        for (&character, states) in &self.states {
            match codes.get(character) {
                code if (HAN_START..HAN_END).contains(&code) => {
                    by_code.insert(code, states);
                }
                _ => {
                    tables.others.push(character as u32);
                    others.push(states);
                }
            }
        }
        let nothing = Vec::new();
        for code in HAN_START..HAN_END {
            tables.add(by_code.get(&code).unwrap_or(&&nothing), unknown);
        }
        for states in others {
            tables.add(states, unknown);
        }
        tables.add(&nothing, unknown);
        tables
    }

    fn places(&self) -> Vec<u8> {
        let letter = |state: &usize| b"BSEM"[state / TAGS];
        let mut states: Vec<usize> = (0..4 * TAGS).collect();
        states.sort_by_key(|state| (letter(state), &self.tags[state % TAGS]));
        let mut places = vec![0; 4 * TAGS];
        for (place, state) in (0..=u8::MAX).zip(states) {
            places[state] = place;
        }
        places
    }
}

impl Tables {
    /// Adds the row of a character with these states.
    fn add(&mut self, states: &[(u8, f64)], unknown: u16) {
        let begin = self.states.len();
        let mut row = begin as u64;
        // A word of one character can only have state S (single). Of equal scores the last wins.
        let (mut highest, mut single) = (NEVER, unknown);
        for (index, position) in ORDER.into_iter().enumerate() {
            // States without an emission are never chosen.
            for &(state, emission) in
                states.iter().filter(|state| state.0 >> 6 == position && state.1 > NEVER)
            {
                let tag = state & 63;
                self.states.push(if position == 3 { tag + 64 } else { tag });
                self.emissions.push(emission);
                let score = self.start[TAGS + usize::from(tag)] + emission;
                if position == 3 && score > NEVER && score >= highest {
                    (highest, single) = (score, self.tags[usize::from(tag)]);
                }
            }
            row |= u64::from(u8::try_from(self.states.len() - begin).expect("few states"))
                << (32 + 8 * index);
        }
        self.rows.push(row);
        self.single.push(single);
    }
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.trim().parse().ok().unwrap_or_else(|| panic!("not a number: {text}"))
}

/// Parses `position,tag`. Returns the state and what follows the second comma.
fn state(text: &str) -> (u8, &str) {
    let mut parts = text.splitn(3, ',');
    let position: u8 = number(parts.next().expect("a position"));
    let tag: u8 = number(parts.next().expect("a tag"));
    (position * 64 + tag, parts.next().unwrap_or(""))
}

fn character(text: &str) -> char {
    text.chars().next().expect("a character")
}

pub fn parse(text: &str) -> Posseg {
    let mut tags = Vec::new();
    let mut start = vec![NEVER; 256];
    let mut transitions = vec![NEVER; 256 * 256];
    let mut emissions: BTreeMap<char, BTreeMap<u8, f64>> = BTreeMap::new();
    let mut allowed: BTreeMap<char, Vec<u8>> = BTreeMap::new();
    let mut section = "";
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with('@') {
            section = line;
            continue;
        }
        let mut segments = line.split('|');
        let head = segments.next().expect("split gives at least one part");
        let segments = segments.map(str::trim).filter(|segment| !segment.is_empty());
        match section {
            "@TAGS" => tags = line.split(',').map(|tag| tag.trim().to_owned()).collect(),
            "@START" => {
                let (state, probability) = state(head);
                start[usize::from(state)] = number(probability);
            }
            "@TRANS" => {
                let (from, _) = state(head);
                for segment in segments {
                    let (to, probability) = state(segment);
                    // The search relies on this: after B (begin) or M (middle) comes M or E (end)
                    // with the same tag.
                    let inside = from < 128;
                    assert!(inside == (64..192).contains(&to) && (!inside || from & 63 == to & 63));
                    transitions[usize::from(to) * 256 + usize::from(from)] = number(probability);
                }
            }
            "@EMIT" => {
                let (state, _) = state(head);
                for segment in segments {
                    let (name, probability) = segment.rsplit_once(',').expect("char,number");
                    let of_character = emissions.entry(character(name)).or_default();
                    of_character.insert(state, number(probability));
                }
            }
            "@CHAR_STATE" => {
                let mut states: Vec<u8> = segments.map(|segment| state(segment).0).collect();
                states.sort_unstable();
                allowed.insert(character(head), states);
            }
            _ => {}
        }
    }
    assert_eq!(tags.len(), 64, "a state has six bits for the tag");

    // A character for which the file lists states has only these. Any other character has the
    // states for which it has emissions. (No other state could ever be chosen.)
    let mut all: Vec<char> = emissions.keys().chain(allowed.keys()).copied().collect();
    all.sort_unstable();
    all.dedup();
    let states = all.into_iter().map(|c| {
        let of_character = emissions.remove(&c).unwrap_or_default();
        let states = match allowed.remove(&c) {
            Some(states) if !states.is_empty() => states,
            _ => of_character.keys().copied().collect(),
        };
        let emission = |state| of_character.get(&state).copied().unwrap_or(NEVER);
        (c, states.into_iter().map(|state| (state, emission(state))).collect())
    });
    let states = states.collect();
    Posseg { tags, start, transitions, states }
}
