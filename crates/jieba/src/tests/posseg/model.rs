//! The model for parts of speech, state by state.

use std::sync::OnceLock;

use crate::tables::BUILT_IN_TAGS;
use crate::tags::posseg::{NEVER, Row, TAGS, inside, row_index, starts, tag_number, transitions};

/// The positions in a part, in the order in which Python compares their letters.
pub const BEGIN: u8 = 0;
/// The last character of a part.
pub const END: u8 = 1;
/// Between the first and the last character of a part.
pub const MIDDLE: u8 = 2;
/// A part of one character.
pub const SINGLE: u8 = 3;

/// A state: a position in a part together with a tag. The order is that of Python, which compares
/// the letter of the position and then the name of the tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct State {
    /// The position in the part.
    pub position: u8,
    /// The place of the tag's name among the names in their order.
    rank: u8,
    /// The tag, in the order of the tables.
    pub tag: u8,
}

impl State {
    fn new(position: u8, tag: u8) -> Self {
        Self { position, rank: ranks()[usize::from(tag)], tag }
    }
}

/// By tag: the place of its name among the names of all tags of the model.
fn ranks() -> &'static [u8; TAGS] {
    static RANKS: OnceLock<[u8; TAGS]> = OnceLock::new();
    RANKS.get_or_init(|| {
        let name = |tag: &u8| &BUILT_IN_TAGS[usize::from(tag_number(*tag))];
        let mut tags: Vec<u8> = (0..TAGS as u8).collect();
        tags.sort_by_key(name);
        let mut ranks = [0; TAGS];
        for (rank, tag) in (0..).zip(tags) {
            ranks[usize::from(tag)] = rank;
        }
        ranks
    })
}

/// The number of the model's tag in the list of tags of a dictionary.
pub fn tag(tag: u8) -> u16 {
    tag_number(tag)
}

/// All states.
pub fn all_states() -> Vec<State> {
    let tags = 0..TAGS as u8;
    (BEGIN..=SINGLE)
        .flat_map(|position| tags.clone().map(move |tag| State::new(position, tag)))
        .collect()
}

/// The states that a character may have, with their emissions (ln); none if the model does not know
/// the character.
pub fn states(character: char) -> Vec<(State, f64)> {
    let row = Row::at(row_index(character));
    let [begins, singles, ends] = row.ends();
    let all = row.states().iter().zip(row.emissions()).enumerate();
    let state = |(index, (&state, &emission)): (usize, (&u8, &f64))| {
        let position = match index {
            _ if index < begins => BEGIN,
            _ if index < singles => SINGLE,
            _ if index < ends => END,
            _ => MIDDLE,
        };
        (State::new(position, state % TAGS as u8), emission)
    };
    all.map(state).collect()
}

/// The probability (ln) that a word begins in this state.
pub fn start(state: State) -> f64 {
    let tag = usize::from(state.tag);
    match state.position {
        BEGIN => starts()[tag],
        SINGLE => starts()[TAGS + tag],
        _ => NEVER,
    }
}

/// The probability (ln) that the second state follows the first, if it can.
pub fn transition(from: State, to: State) -> Option<f64> {
    let (before, after) = (usize::from(from.tag), usize::from(to.tag));
    let value = match (from.position, to.position) {
        (END | SINGLE, BEGIN | SINGLE) => {
            let from = if from.position == END { before } else { TAGS + before };
            let to = if to.position == BEGIN { after } else { TAGS + after };
            transitions()[to][from]
        }
        (BEGIN | MIDDLE, END | MIDDLE) if before == after => {
            let list = match (from.position, to.position) {
                (BEGIN, END) => 0,
                (MIDDLE, END) => 1,
                (BEGIN, _) => 2,
                _ => 3,
            };
            inside()[list][before]
        }
        _ => f64::NEG_INFINITY,
    };
    value.is_finite().then_some(value)
}

/// Whether any state can follow this one.
pub fn goes_on(state: State) -> bool {
    static GOES_ON: OnceLock<[bool; 4 * TAGS]> = OnceLock::new();
    let index = |state: State| usize::from(state.position) * TAGS + usize::from(state.tag);
    GOES_ON.get_or_init(|| {
        let mut table = [false; 4 * TAGS];
        for from in all_states() {
            let follows = |&to: &State| transition(from, to).is_some();
            table[index(from)] = all_states().iter().any(follows);
        }
        table
    })[index(state)]
}
