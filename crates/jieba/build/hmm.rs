//! Reads the hidden Markov model that finds words which are in no dictionary. Its emissions are the
//! probabilities (ln) of each character in each state. Those of jieba-rs have six decimals; those
//! of Python jieba have full precision.

use super::builder::codes::{Codes, HAN_END, HAN_START};

/// The logarithm that stands for a probability of zero.
const NEVER: f64 = -3.14e100;

/// Numbers for the four states, in the order B (begin), E (end), M (middle), S (single).
pub type Row = [f64; 4];

pub struct Model {
    pub start: Row,
    pub transitions: [Row; 4],
    /// The emissions of the characters, ordered by their codes from [`HAN_START`] on.
    pub emissions: Vec<Row>,
}

fn rows() -> Vec<Row> {
    vec![[NEVER; 4]; usize::from(HAN_END - HAN_START)]
}

fn row_of(codes: &Codes, character: &str) -> Option<usize> {
    let code = codes.get(character.chars().next().expect("a character"));
    (HAN_START..HAN_END).contains(&code).then(|| usize::from(code - HAN_START))
}

/// Reads `hmm.model` of jieba-macros. Lines that begin with `#` are comments. The others are one
/// line of start probabilities, four lines of transitions, and four lines of
/// `character:probability,...`.
pub fn parse_model(text: &str, codes: &Codes) -> Model {
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let mut four = || -> Row {
        let numbers: Vec<f64> = lines
            .next()
            .expect("a line of numbers")
            .split(' ')
            .map(|number| number.parse().expect("a number"))
            .collect();
        numbers.try_into().expect("four numbers")
    };
    let start = four();
    let transitions = [four(), four(), four(), four()];
    let mut emissions = rows();
    for (state, line) in lines.enumerate() {
        for pair in line.split(',') {
            let (character, probability) = pair.split_once(':').expect("character:probability");
            if let Some(row) = row_of(codes, character) {
                emissions[row][state] = probability.parse().expect("a number");
            }
        }
    }
    Model { start, transitions, emissions }
}

/// Reads `python-hmm.txt`. Its first line has the totals, and every other line is `character B E M
/// S`: how often the character was seen in each state.
pub fn parse_counts(text: &str, codes: &Codes) -> Vec<Row> {
    let mut emissions = rows();
    let mut totals = [0f64; 4];
    for line in text.lines() {
        let (character, numbers) = line.split_once(' ').expect("a character and its counts");
        let counts = numbers.split(' ').map(|n| n.parse::<f64>().expect("a count"));
        if character == "total" {
            totals = counts.collect::<Vec<_>>().try_into().expect("four totals");
        } else if let Some(row) = row_of(codes, character) {
            for (state, count) in counts.enumerate() {
                if count > 0.0 {
                    emissions[row][state] = (count / totals[state]).ln();
                }
            }
        }
    }
    emissions
}
