//! The tables of the model that guesses the tag of an unknown word, from jieba-rs's `posseg.txt`.
//!
//! The file has sections `@TAGS`, `@START`, `@TRANS`, `@EMIT` and `@CHAR_STATE`; a state is a
//! position (0 B, 1 M, 2 E, 3 S) and one of 64 tags, here one number: `position * 64 + tag`.

use super::builder::codes::{Codes, HAN_END, HAN_START};
use std::collections::BTreeMap;

/// The probability of what never happens.
const NEVER: f64 = -3.14e100;

pub struct Posseg {
    pub tags: Vec<String>,
    /// By state.
    pub start: Vec<f64>,
    /// At `to * 256 + from`.
    pub transitions: Vec<f64>,
    /// The characters with states, ascending.
    pub characters: Vec<u32>,
    /// For each character, and one without states: where its states begin; and where all end.
    pub row_starts: Vec<u32>,
    /// The states of all characters, ascending for each character.
    pub states: Vec<u8>,
    /// The emissions that belong to `states`.
    pub emissions: Vec<f64>,
}

impl Posseg {
    /// For each character of the hidden Markov model, by code: its row; the row after the last, which
    /// is empty, if it has none.
    pub fn rows(&self, codes: &Codes) -> Vec<u16> {
        let mut rows = vec![self.characters.len() as u16; usize::from(HAN_END - HAN_START)];
        for (row, &point) in self.characters.iter().enumerate() {
            let code = codes.get(char::from_u32(point).expect("a character"));
            if (HAN_START..HAN_END).contains(&code) {
                rows[usize::from(code - HAN_START)] = row as u16;
            }
        }
        rows
    }
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.trim().parse().ok().unwrap_or_else(|| panic!("not a number: {text}"))
}

/// `position,tag` and what follows the second comma.
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
                    // The search relies on it that a word keeps its tag from B or M to M or E.
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

    let mut posseg = Posseg {
        tags,
        start,
        transitions,
        characters: Vec::new(),
        row_starts: vec![0],
        states: Vec::new(),
        emissions: Vec::new(),
    };
    // A character with a list of states has just these; one without may take those it has
    // emissions for (any other could never be chosen).
    let mut all: Vec<char> = emissions.keys().chain(allowed.keys()).copied().collect();
    all.sort_unstable();
    all.dedup();
    for c in all {
        let of_character = emissions.remove(&c).unwrap_or_default();
        let states = match allowed.remove(&c) {
            Some(states) if !states.is_empty() => states,
            _ => of_character.keys().copied().collect(),
        };
        for state in states {
            posseg.states.push(state);
            posseg.emissions.push(of_character.get(&state).copied().unwrap_or(NEVER));
        }
        posseg.characters.push(c as u32);
        posseg.row_starts.push(posseg.states.len() as u32);
    }
    posseg.row_starts.push(posseg.states.len() as u32);
    posseg
}
