//! Finds the best path of states through a run of characters as Python jieba does. From the path
//! follow words and their tags.
//!
//! Python jieba has rules of its own, which decide where scores are equal or nothing is known:
//!
//! - A state that can follow no state of the character before is left out. Here its score is minus
//!   infinity.
//! - If no state of a character is left, or the character has none, all states count that can follow,
//!   each with the emission [`UNKNOWN`].
//! - A score is the sum (score before + transition) + emission. Where a state cannot follow, the
//!   transition is minus infinity.
//! - Of predecessors with equal scores the greatest counts. States are compared by the letter of the
//!   position (B, E, M, S), then by the name of the tag.
//!
//! As the search of jieba-rs (see [`super`]) does, this one finds the predecessors on the way back.
//! There it takes the greatest state that gives exactly the score.

use super::{NEVER, Row, TAGS, higher, index, inside, starts, tag_number, transitions};
use crate::tables::table;

/// The logarithm of the probability of what the model does not know.
const UNKNOWN: f64 = NEVER;
/// The score of a state that is left out.
const LEFT_OUT: f64 = f64::NEG_INFINITY;
/// The number of states.
const STATES: usize = 4 * TAGS;

/// The position of a state in its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    Begin,
    Single,
    End,
    Middle,
}

/// A state: its position in the order B, S, E, M, times 64, plus its tag in the order of the tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct State(u8);

impl State {
    #[inline(always)]
    pub fn position(self) -> Position {
        match usize::from(self.0) / TAGS {
            0 => Position::Begin,
            1 => Position::Single,
            2 => Position::End,
            _ => Position::Middle,
        }
    }

    /// The number of the tag in the list of tags of a dictionary.
    #[inline(always)]
    pub fn tag(self) -> u16 {
        tag_number(self.0)
    }

    /// The place of the state in the order of Python.
    #[inline(always)]
    fn place(self) -> u8 {
        table!("posseg_places", u8)[usize::from(self.0)]
    }
}

/// A character of the run: the states that it may have.
#[derive(Clone, Copy, Debug)]
struct Column {
    /// The tags of the states, in the order B, S, E, M of the positions. Those of S have 64 added.
    tags: &'static [u8],
    /// The emissions (ln) of the character in these states.
    emissions: &'static [f64],
    /// Where the states of B, S and E end.
    ends: [usize; 3],
    /// Index of the first score in [`Buffers::scores`].
    scores: usize,
}

/// The tags of all states.
static ALL: [u8; STATES] = {
    let (mut all, mut at) = ([0; STATES], 0);
    while at < STATES {
        let is_single = at / TAGS == 1;
        all[at] = (at % TAGS + if is_single { TAGS } else { 0 }) as u8;
        at += 1;
    }
    all
};

impl Column {
    #[inline(always)]
    fn of_row(row: Row, scores: usize) -> Self {
        let (tags, emissions) = (row.states(), row.emissions());
        Column { tags, emissions, ends: row.ends(), scores }
    }

    /// The column of a character of which nothing is known.
    fn all(scores: usize) -> Self {
        let ends = [TAGS, 2 * TAGS, 3 * TAGS];
        Column { tags: &ALL, emissions: &[UNKNOWN; STATES], ends, scores }
    }

    /// The index after that of its last score.
    #[inline(always)]
    fn end(&self) -> usize {
        self.scores + self.tags.len()
    }

    /// A state, by its index in the column.
    #[inline(always)]
    fn state(&self, at: usize) -> State {
        let position = self.ends.iter().map(|&end| u8::from(at >= end)).sum::<u8>();
        State(position * TAGS as u8 + self.tags[at] % TAGS as u8)
    }
}

/// Buffers of the search, reused for each run.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    columns: Vec<Column>,
    /// The scores of the states of all columns.
    scores: Vec<f64>,
    sums: Sums,
    /// The best path.
    path: Vec<State>,
    /// The best paths of recent short runs, indexed by a hash of their codes; see [`find`].
    recent: Vec<Recent>,
}

/// The best path of a short run. The codes of the run are a part of it, so that it is never taken for
/// that of another run.
#[derive(Clone, Copy, Debug, Default)]
struct Recent {
    codes: [u16; SHORT],
    path: [State; SHORT],
}

/// The most characters of a short run.
const SHORT: usize = 4;

/// The size of the table of recent short runs, as a power of two.
const LOG_RECENT: u32 = 13;

/// What the states of one character mean for the next.
#[derive(Debug)]
struct Sums {
    /// The highest sums, by tag, of the states E (end) and M (middle), without their emissions. They
    /// are minus infinity between two uses.
    of_end: [f64; TAGS],
    of_middle: [f64; TAGS],
    /// The states that end a part and are not left out, as the second index of [`transitions`].
    ended: [u8; 2 * TAGS],
    /// The scores of these states.
    ended_scores: [f64; 2 * TAGS],
}

impl Default for Sums {
    fn default() -> Self {
        let (none, ended) = ([LEFT_OUT; TAGS], [0; 2 * TAGS]);
        Sums { of_end: none, of_middle: none, ended, ended_scores: [0.0; 2 * TAGS] }
    }
}

/// If a run needed more scores than this, the buffers are freed after it.
const KEPT: usize = 1 << 16;

impl Buffers {
    /// Makes room for this many scores.
    #[inline(always)]
    fn grow(&mut self, scores: usize) {
        if self.scores.len() < scores {
            self.scores.resize(scores.next_power_of_two(), 0.0);
        }
    }

    /// Frees the buffers if a very long run has made them large.
    pub fn shrink(&mut self) {
        if self.scores.len() > KEPT {
            *self = Self::default();
        }
    }
}

/// The best path of states through Han characters, given by their codes; at least one. Texts repeat
/// their unknown words, above all names. So each slot of a small table keeps the last path.
pub(crate) fn find<'a>(codes: &[u16], buffers: &'a mut Buffers) -> &'a [State] {
    if codes.len() > SHORT {
        search(codes, buffers);
        return &buffers.path;
    }
    if buffers.recent.is_empty() {
        buffers.recent.resize(1 << LOG_RECENT, Recent::default());
    }
    let mut key = [0; SHORT];
    key[..codes.len()].copy_from_slice(codes);
    let number = key.iter().fold(0, |number, &code| number << 16 | u64::from(code));
    let slot = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - LOG_RECENT)) as usize;
    if buffers.recent[slot].codes != key {
        search(codes, buffers);
        let Buffers { recent, path, .. } = &mut *buffers;
        recent[slot].codes = key;
        recent[slot].path[..path.len()].copy_from_slice(path);
    }
    &buffers.recent[slot].path[..codes.len()]
}

/// Fills `path` with the best path through these characters.
#[inline(never)]
fn search(codes: &[u16], buffers: &mut Buffers) {
    buffers.columns.clear();
    let mut before: Option<Column> = None;
    for &code in codes {
        let row = Row::of(code);
        let column = match before {
            None => first(row, buffers),
            Some(before) => next(&before, row, buffers),
        };
        buffers.columns.push(column);
        before = Some(column);
    }
    trace(buffers);
}

/// The column of the first character.
fn first(row: Row, buffers: &mut Buffers) -> Column {
    let column = if row.all() == 0 { Column::all(0) } else { Column::of_row(row, 0) };
    buffers.grow(column.end());
    let [_, begins_end, _] = column.ends;
    let states = column.tags.iter().zip(column.emissions);
    for (at, ((&tag, emission), score)) in states.zip(&mut buffers.scores).enumerate() {
        let start = if at < begins_end { starts()[index(tag)] } else { NEVER };
        *score = start + emission;
    }
    column
}

/// The column of a character after another column.
#[inline(always)]
fn next(before: &Column, row: Row, buffers: &mut Buffers) -> Column {
    let own = Column::of_row(row, before.end());
    if follow(before, &own, buffers) {
        return own;
    }
    // Some state can always follow, as the tables of the model show; a test goes over them.
    let all = Column::all(before.end());
    let follows = follow(before, &all, buffers);
    debug_assert!(follows);
    all
}

/// Computes the scores of a column after another. Returns whether any state of it can follow.
#[inline(never)]
fn follow(before: &Column, column: &Column, buffers: &mut Buffers) -> bool {
    buffers.grow(column.end());
    let Buffers { scores, sums: Sums { of_end, of_middle, ended, ended_scores }, .. } = buffers;
    let (known, scores) = scores.split_at_mut(column.scores);
    let known = &known[before.scores..];
    let [begins, singles, ends] = before.ends;

    let [begin_to_end, middle_to_end, begin_to_middle, middle_to_middle] = inside();
    for (tag, score) in before.tags[..begins].iter().zip(known) {
        let tag = usize::from(*tag) % TAGS;
        of_end[tag] = score + begin_to_end[tag];
        of_middle[tag] = score + begin_to_middle[tag];
    }
    for (tag, score) in before.tags[ends..].iter().zip(&known[ends..]) {
        let tag = usize::from(*tag) % TAGS;
        of_end[tag] = higher(score + middle_to_end[tag], of_end[tag]);
        of_middle[tag] = higher(score + middle_to_middle[tag], of_middle[tag]);
    }
    let mut count = 0;
    debug_assert!(begins <= singles && ends - begins <= 2 * TAGS);
    for (tag, score) in before.tags[begins..ends].iter().zip(&known[begins..ends]) {
        (ended[count % (2 * TAGS)], ended_scores[count % (2 * TAGS)]) = (*tag, *score);
        count += usize::from(*score > LEFT_OUT);
    }
    let (ended, ended_scores) = (&ended[..count], &ended_scores[..count]);

    let mut best = LEFT_OUT;
    let [_, singles, ends] = column.ends;
    let (scores_of_begins, scores_inside) = scores[..column.tags.len()].split_at_mut(singles);
    let (scores_of_ends, scores_of_middles) = scores_inside.split_at_mut(ends - singles);
    let of_begins = column.tags[..singles].iter().zip(column.emissions);
    for ((tag, emission), score) in of_begins.zip(scores_of_begins) {
        let from = &transitions()[index(*tag)];
        let mut highest = LEFT_OUT;
        for (before, score) in ended.iter().zip(ended_scores) {
            highest = higher(score + from[index(*before)], highest);
        }
        *score = highest + emission;
        best = higher(*score, best);
    }
    let of_ends = column.tags[singles..ends].iter().zip(&column.emissions[singles..ends]);
    for ((tag, emission), score) in of_ends.zip(scores_of_ends) {
        *score = of_end[usize::from(*tag) % TAGS] + emission;
        best = higher(*score, best);
    }
    let of_middles = column.tags[ends..].iter().zip(&column.emissions[ends..]);
    for ((tag, emission), score) in of_middles.zip(scores_of_middles) {
        *score = of_middle[usize::from(*tag) % TAGS] + emission;
        best = higher(*score, best);
    }
    for tag in before.tags[..begins].iter().chain(&before.tags[before.ends[2]..]) {
        let tag = usize::from(*tag) % TAGS;
        (of_end[tag], of_middle[tag]) = (LEFT_OUT, LEFT_OUT);
    }
    best > LEFT_OUT
}

/// Fills `path` with the best path through all columns.
#[inline(never)]
fn trace(buffers: &mut Buffers) {
    let Buffers { columns, scores, path, .. } = buffers;
    path.clear();
    let Some(last) = columns.last() else { return };
    let of_last = &scores[last.scores..last.end()];
    let mut best = 0;
    for (at, &score) in of_last.iter().enumerate() {
        let place = |at: usize| last.state(at).place();
        if score > of_last[best] || score == of_last[best] && place(at) > place(best) {
            best = at;
        }
    }
    path.push(last.state(best));
    for two in columns.windows(2).rev() {
        let [before, column] = two else { break };
        best = predecessor(best, column, before, scores);
        path.push(before.state(best));
    }
    path.reverse();
}

/// The best predecessor of the state with this index in a column, as an index in the column before.
#[inline(always)]
fn predecessor(at: usize, column: &Column, before: &Column, scores: &[f64]) -> usize {
    let (score, emission) = (scores[column.scores + at], column.emissions[at]);
    let known = &scores[before.scores..before.end()];
    let gives = |at: usize, transition: f64| known[at] + transition + emission == score;
    let [begins, singles, ends] = before.ends;
    if at < column.ends[1] {
        let from = &transitions()[index(column.tags[at])];
        // The greatest state of a range that gives the score, and its place.
        let best = |range: std::ops::Range<usize>| {
            let mut best = None;
            for at in range {
                if gives(at, from[index(before.tags[at])]) {
                    best = best.max(Some((before.state(at).place(), at)));
                }
            }
            best
        };
        // S is greater than E.
        let (_, at) = best(begins..singles)
            .or_else(|| best(singles..ends))
            .expect("a score has a predecessor");
        return at;
    }
    let tag = column.tags[at];
    let list = if at < column.ends[2] { 0 } else { 2 };
    let best = |mut range: std::ops::Range<usize>, list: usize| {
        let transition = inside()[list][usize::from(tag) % TAGS];
        range.find(|&at| before.tags[at] == tag).filter(|&at| gives(at, transition))
    };
    // M is greater than B.
    best(ends..before.tags.len(), list + 1)
        .or_else(|| best(0..begins, list))
        .expect("a score has a predecessor")
}
