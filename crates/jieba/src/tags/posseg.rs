//! Guesses the tag of a word that is in no dictionary, as jieba-rs does.
//!
//! A hidden Markov model cuts the word into parts. The answer is the tag of the longest part. A
//! state of the model is a position in a part (B begin, M middle, E end, S single) together with
//! one of 64 tags. The tables come from jieba-rs's `posseg.txt`; see `build/posseg.rs`. All
//! characters of a part have the same tag. So only states of B and S, which begin a part, have many
//! predecessors to choose from.
//!
//! The search stores the scores of states, but not their predecessors. Adding the same number to
//! two sums does not reverse their order (though it may make them equal). So the predecessor with
//! the highest sum before the emission is added also has the highest sum after it. The search finds
//! the predecessors on the way back along the best path: a state's predecessor is the first state
//! that gives exactly its score. A search that stores predecessors, and replaces one only by a
//! strictly better one, finds the same path.

pub(crate) mod path;

use crate::builder::codes::{HAN_END, HAN_START, is_han};
use crate::tables::table;
use crate::token::UNKNOWN_TAG;

/// The logarithm that stands for a probability of zero. Adding any other logarithm to it gives no
/// higher sum.
pub(crate) const NEVER: f64 = -3.14e100;
pub(crate) const TAGS: usize = 64;

/// Buffers of the search, reused for each word.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    /// The characters of the word.
    characters: Vec<Character>,
    /// The scores of the states of these characters, in the order of the tables.
    scores: Vec<f64>,
    /// Recent guesses, indexed by a hash of the codes of the word's characters; see
    /// [`guess_short`].
    guessed: Vec<u64>,
}

/// A character of the word.
#[derive(Clone, Copy, Debug)]
struct Character {
    row: Row,
    /// Index of the character's first score in `Buffers::scores`.
    scores: usize,
    /// The byte offset in the word where the character ends.
    end: usize,
}

/// The size of the table of recent guesses, as a power of two.
const LOG_GUESSED: u32 = 13;

/// The same as [`guess`] for a word of one to three Han characters, given by their codes. `None`
/// for all other words. Texts repeat their unknown words, above all names. So each slot of a small
/// table keeps its last guess. A slot holds the codes of the word's characters together with the
/// tag, so it never gives the tag of another word.
pub(crate) fn guess_short(codes: &[u16], buffers: &mut Buffers) -> Option<u16> {
    let key = match *codes {
        [code] if is_han(code) => {
            return Some(table!("posseg_single", u16)[usize::from(code - HAN_START)]);
        }
        [first, second] if is_han(first) && is_han(second) => {
            u64::from(first) << 16 | u64::from(second)
        }
        [first, second, third] if is_han(first) && is_han(second) && is_han(third) => {
            u64::from(first) << 32 | u64::from(second) << 16 | u64::from(third)
        }
        _ => return None,
    };
    if buffers.guessed.is_empty() {
        buffers.guessed.resize(1 << LOG_GUESSED, 0);
    }
    let slot = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - LOG_GUESSED)) as usize;
    let known = buffers.guessed[slot];
    if known >> 16 == key {
        return Some(known as u16);
    }
    let tag = match *codes {
        [first, second] => guess_two(Row::of(first), Row::of(second)),
        _ => {
            buffers.characters.clear();
            for (end, &code) in (1..).zip(codes) {
                buffers.add(Row::of(code), end);
            }
            guess_long(buffers)
        }
    };
    if let Some(slot) = buffers.guessed.get_mut(slot) {
        *slot = key << 16 | u64::from(tag);
    }
    Some(tag)
}

/// If a guess needed more scores than this, the buffers are freed after it.
const KEPT: usize = 1 << 16;

impl Buffers {
    /// Adds a character to the word. The indices of its scores follow those of the character
    /// before.
    #[inline(always)]
    fn add(&mut self, row: Row, end: usize) {
        let scores = self.characters.last().map_or(0, |last| last.scores + last.row.all());
        self.characters.push(Character { row, scores, end });
    }
}

/// The states that a character may have, in the order B (begin), S (single), E (end), M (middle).
/// `build/posseg.rs` describes the bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row(u64);

impl Row {
    #[inline(always)]
    pub(crate) fn at(index: usize) -> Row {
        Row(table!("posseg_rows", u64)[index])
    }

    /// The states of a Han character, which `code` gives.
    #[inline(always)]
    pub(crate) fn of(code: u16) -> Row {
        Row::at(usize::from(code - HAN_START))
    }

    /// Where the states of B (begin) end in this row, those of S (single), and those of E (end).
    #[inline(always)]
    pub(crate) fn ends(self) -> [usize; 3] {
        [32, 40, 48].map(|bit| usize::from((self.0 >> bit) as u8))
    }

    /// The number of states.
    #[inline(always)]
    pub(crate) fn all(self) -> usize {
        (self.0 >> 56) as usize
    }

    /// The tags of the states. The tags of state S (single) have 64 added.
    #[inline(always)]
    pub(crate) fn states(self) -> &'static [u8] {
        &table!("posseg_states", u8)[self.0 as u32 as usize..][..self.all()]
    }

    /// The emissions (ln) of the character in its states.
    #[inline(always)]
    pub(crate) fn emissions(self) -> &'static [f64] {
        &table!("posseg_emissions", f64)[self.0 as u32 as usize..][..self.all()]
    }
}

/// The index of a character's row in the table `posseg_rows`.
pub(crate) fn row_index(character: char) -> usize {
    match table!("bmp", u16).get(character as usize) {
        Some(&code) if is_han(code) => usize::from(code - HAN_START),
        // Few characters outside the Han range have states. All others get the row after the last
        // of these, which is empty.
        _ => {
            let others = table!("posseg_others", u32);
            let index = others.binary_search(&(character as u32)).unwrap_or(others.len());
            usize::from(HAN_END - HAN_START) + index
        }
    }
}

/// The probability (ln) that a word begins in a state. Indexed by the tag, first for state B (begin
/// of a part), then for state S (single).
#[inline(always)]
pub(crate) fn starts() -> &'static [f64; 2 * TAGS] {
    &bytemuck::cast_slice(table!("posseg_start", f64))[0]
}

/// Four lists of transition probabilities (ln), each indexed by the tag: from state B (begin) to E
/// (end), from M (middle) to E, from B to M, and from M to M. It is minus infinity if the state cannot
/// follow.
#[inline(always)]
pub(crate) fn inside() -> &'static [[f64; TAGS]; 4] {
    &bytemuck::cast_slice(table!("posseg_inside", f64))[0]
}

/// The transition probabilities (ln) to a state that begins a part, from a state that ends one. The
/// first index is the tag of the later state, first for B (begin), then for S (single). The second
/// index is the tag of the earlier state, first for E (end), then for S. Minus infinity stands for a
/// state that cannot follow.
#[inline(always)]
pub(crate) fn transitions() -> &'static [[f64; 2 * TAGS]; 2 * TAGS] {
    &bytemuck::cast_slice(table!("posseg_transitions", f64))[0]
}

/// The state as an index. The remainder changes nothing, but shows the compiler that the index is
/// in range.
#[inline(always)]
fn index(state: u8) -> usize {
    usize::from(state) % (2 * TAGS)
}

/// The numbers of the tags that the model can give.
pub(crate) fn tags() -> &'static [u16] {
    table!("posseg_tags", u16)
}

pub(crate) fn tag_number(state: u8) -> u16 {
    table!("posseg_tags", u16)[usize::from(state) % TAGS]
}

#[inline(always)]
fn higher(one: f64, other: f64) -> f64 {
    if one > other { one } else { other }
}

/// Guesses the tag of a word of two characters. The model either cuts the word in two, and the
/// result is the tag of the second character, or keeps it as one.
fn guess_two(first: Row, second: Row) -> u16 {
    let [end_begin, end_single, _] = first.ends();
    let (states, emissions) = (first.states(), first.emissions());
    // The scores, by tag, of state E (end) at the second character after B (begin) at the first.
    // The emission of the second character is not yet added.
    let mut of_end = [NEVER; TAGS];
    for (&state, emission) in states[..end_begin].iter().zip(emissions) {
        let tag = usize::from(state) % TAGS;
        of_end[tag] = starts()[tag] + emission + inside()[0][tag];
    }
    let singles = (&states[end_begin..end_single], &emissions[end_begin..end_single]);

    let [end_begin, end_single, end_end] = second.ends();
    let (states, emissions) = (second.states(), second.emissions());
    let mut best = (NEVER, None);
    for (&state, emission) in states[end_single..end_end].iter().zip(&emissions[end_single..]) {
        let score = of_end[usize::from(state) % TAGS] + emission;
        if score > best.0 {
            best = (score, Some(state));
        }
    }
    for (&state, emission) in states[end_begin..end_single].iter().zip(&emissions[end_begin..]) {
        let from = &transitions()[index(state)];
        let mut highest = NEVER;
        for (&before, emission) in singles.0.iter().zip(singles.1) {
            let before = index(before);
            highest = higher(starts()[before] + emission + from[before], highest);
        }
        let score = highest + emission;
        if score > best.0 {
            best = (score, Some(state));
        }
    }
    best.1.map_or(UNKNOWN_TAG, tag_number)
}

/// The number of the tag of the longest part that the model finds in `word`. If parts are equally
/// long, the last one counts.
pub(crate) fn guess(word: &str, buffers: &mut Buffers) -> u16 {
    buffers.characters.clear();
    let mut index = 0;
    for (at, character) in word.char_indices() {
        index = row_index(character);
        buffers.add(Row::at(index), at + character.len_utf8());
    }
    let tag = match buffers.characters.len() {
        0 => UNKNOWN_TAG,
        1 => table!("posseg_single", u16)[index],
        _ => guess_long(buffers),
    };
    if buffers.scores.len() > KEPT {
        *buffers = Buffers::default();
    }
    tag
}

/// Guesses the tag of the word in `buffers`, which has two or more characters.
fn guess_long(buffers: &mut Buffers) -> u16 {
    let Buffers { characters, scores, .. } = buffers;
    let last = characters[characters.len() - 1];
    let all = last.scores + last.row.all();
    if scores.len() < all {
        scores.resize(all, NEVER);
    }
    find_scores(characters, scores);

    let [end_begin, end_single, end_end] = last.row.ends();
    let of_last = &scores[last.scores..];
    let mut best = (NEVER, 0);
    for at in (end_single..end_end).chain(end_begin..end_single) {
        if of_last[at] > best.0 {
            best = (of_last[at], at);
        }
    }
    match best {
        (NEVER, _) => UNKNOWN_TAG,
        (_, at) => longest_part(characters, scores, at),
    }
}

/// Computes the scores of all states. For the last character it computes only those of S (single)
/// and E (end), since the word must end there.
fn find_scores(characters: &[Character], scores: &mut [f64]) {
    let [to_end_from_begin, to_end_from_middle, to_middle_from_begin, to_middle_from_middle] =
        inside();
    let mut before = characters[0].row;
    let (mut before_scores, mut scores) = scores.split_at_mut(before.all());
    let of_first = before.states().iter().zip(before.emissions());
    for ((&state, emission), score) in of_first.zip(&mut *before_scores) {
        *score = starts()[index(state)] + emission;
    }
    before_scores[before.ends()[1]..].fill(NEVER);

    for (at, character) in (1..).zip(&characters[1..]) {
        let last = at + 1 == characters.len();
        // The scores, by tag, of the states E (end) and M (middle) before their emissions are
        // added.
        let (mut of_end, mut of_middle) = ([NEVER; TAGS], [NEVER; TAGS]);
        let [end_begin, end_single, end_end] = before.ends();
        let states = before.states();
        for (&state, &score) in states[..end_begin].iter().zip(&*before_scores) {
            let tag = usize::from(state) % TAGS;
            of_end[tag] = score + to_end_from_begin[tag];
            of_middle[tag] = score + to_middle_from_begin[tag];
        }
        for (&state, &score) in states[end_end..].iter().zip(&before_scores[end_end..]) {
            let tag = usize::from(state) % TAGS;
            of_end[tag] = higher(score + to_end_from_middle[tag], of_end[tag]);
            of_middle[tag] = higher(score + to_middle_from_middle[tag], of_middle[tag]);
        }
        // No part ends with state E (end) at the first character.
        let ended = end_begin..if at == 1 { end_single } else { end_end };
        let ended = (&states[ended.clone()], &before_scores[ended]);

        let row = character.row;
        let (now, rest) = std::mem::take(&mut scores).split_at_mut(row.all());
        let [end_begin, end_single, end_end] = row.ends();
        let (states, emissions) = (row.states(), row.emissions());
        for at in if last { end_begin } else { 0 }..end_single {
            let from = &transitions()[index(states[at])];
            let mut highest = NEVER;
            for (&before, score) in ended.0.iter().zip(ended.1) {
                highest = higher(score + from[index(before)], highest);
            }
            now[at] = highest + emissions[at];
        }
        for at in end_single..end_end {
            now[at] = of_end[usize::from(states[at]) % TAGS] + emissions[at];
        }
        if !last {
            for at in end_end..row.all() {
                now[at] = of_middle[usize::from(states[at]) % TAGS] + emissions[at];
            }
        }
        (before, before_scores, scores) = (row, now, rest);
    }
}

/// The tag of the longest part along the best path. If parts are equally long, the last one counts.
/// `state` is the index of the last character's state on this path.
fn longest_part(characters: &[Character], scores: &[f64], mut state: usize) -> u16 {
    let mut longest = (0, UNKNOWN_TAG);
    // The tag and the end of the current part. The loop goes from right to left.
    let mut part = (UNKNOWN_TAG, 0);
    for at in (0..characters.len()).rev() {
        let Character { row, scores: start, end } = characters[at];
        let states = row.states();
        let [end_begin, end_single, end_end_here] = row.ends();
        if (end_begin..end_end_here).contains(&state) {
            part = (tag_number(states[state]), end);
        }
        let begins = state < end_single;
        let previous = at.checked_sub(1).map(|at| characters[at]);
        if begins {
            let length = part.1 - previous.map_or(0, |previous| previous.end);
            if length > longest.0 {
                longest = (length, part.0);
            }
        }
        let Some(previous) = previous else { break };
        let score = scores[start + state];
        let emission = row.emissions()[state];
        let states_before = previous.row.states();
        let [end_begin, end_single, end_end] = previous.row.ends();
        let gives = |before: usize, transition: f64| {
            scores[previous.scores + before] + transition + emission == score
        };
        state = if begins {
            let from = &transitions()[index(states[state])];
            (end_single..end_end)
                .chain(end_begin..end_single)
                .find(|&before| gives(before, from[index(states_before[before])]))
        } else {
            let tag = usize::from(states[state]);
            let [from_begin, from_middle] = match state < end_end_here {
                true => [&inside()[0], &inside()[1]],
                false => [&inside()[2], &inside()[3]],
            };
            let same_tag = |before: &usize| usize::from(states_before[*before]) == tag;
            let from_begin = |before: &usize| gives(*before, from_begin[tag % TAGS]);
            let from_middle = |before: &usize| gives(*before, from_middle[tag % TAGS]);
            let begin = (0..end_begin).find(same_tag).filter(from_begin);
            begin.or_else(|| (end_end..states_before.len()).find(same_tag).filter(from_middle))
        }
        .expect("a score has a predecessor");
    }
    longest.1
}
