//! Guesses the tag of a word that is in no dictionary, as jieba-rs does.
//!
//! A hidden Markov model whose states are a position in a word (B, M, E, S) together with one of 64
//! tags cuts the word once more; the tag of the longest part is the answer. The tables are
//! `posseg.txt` of jieba-rs, see `build/posseg.rs`; a state is `position * 64 + tag`.

use super::builder::codes::HAN_START;
use super::piece::is_han;
use super::tables::table;

/// The probability of what never happens.
const NEVER: f64 = -3.14e100;
const STATES: usize = 256;
/// By position: the positions that may come before it, as ranges of states.
const BEFORE: [[usize; 2]; 4] = [[2, 3], [0, 1], [0, 1], [2, 3]];
/// The tag of what cannot be guessed, as its number in every dictionary's list.
pub(super) const UNKNOWN_TAG: u16 = 1;

/// Buffers of the search, reused from word to word.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    /// States reachable at this character and the next, ascending, with their scores.
    live: Vec<(u8, f64)>,
    next: Vec<(u8, f64)>,
    /// By character and state: the best predecessor.
    before: Vec<u8>,
    path: Vec<u8>,
    /// Words guessed before, by a hash of their codes: see [`guess_short`].
    guessed: Vec<(u64, u16)>,
}

/// Size of the memory of guesses, as a power of two.
const LOG_GUESSED: u32 = 12;

/// As [`guess`], for a word of Han characters whose codes are known. Text repeats its unknown words
/// (names above all), so the last guess for each place of a small table is kept; up to four codes
/// fit a key, which is thus exact.
pub(super) fn guess_short(word: &str, codes: &[u16], buffers: &mut Buffers) -> u16 {
    if codes.len() > 4 || !codes.iter().all(|&code| is_han(code)) {
        return guess(word, buffers);
    }
    if buffers.guessed.is_empty() {
        buffers.guessed.resize(1 << LOG_GUESSED, (0, 0));
    }
    let key = codes.iter().fold(0, |key, &code| key << 16 | u64::from(code));
    let place = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - LOG_GUESSED)) as usize;
    let (known, tag) = buffers.guessed[place];
    if known == key {
        return tag;
    }
    let tag = guess(word, buffers);
    if let Some(place) = buffers.guessed.get_mut(place) {
        *place = (key, tag);
    }
    tag
}

/// More than this many characters and the buffers are given back.
const KEPT: usize = 4096;

/// The states of a character and their emissions.
fn states_of(character: char) -> (&'static [u8], &'static [f64]) {
    let row = match table!("bmp", u16).get(character as usize) {
        Some(&code) if is_han(code) => {
            usize::from(table!("posseg_rows", u16)[usize::from(code - HAN_START)])
        }
        // Only a handful of other characters have states; the row after the last is empty.
        _ => {
            let characters = table!("posseg_characters", u32);
            characters.binary_search(&(character as u32)).unwrap_or(characters.len())
        }
    };
    let starts = table!("posseg_row_starts", u32);
    let range = starts[row] as usize..starts[row + 1] as usize;
    (&table!("posseg_states", u8)[range.clone()], &table!("posseg_emissions", f64)[range])
}

fn tag_of(state: u8) -> u16 {
    table!("posseg_tags", u16)[usize::from(state & 63)]
}

/// The range of entries whose states have this position.
fn with_position(live: &[(u8, f64)], position: usize) -> &[(u8, f64)] {
    let start = live.partition_point(|&(state, _)| usize::from(state) < position * 64);
    let end = live.partition_point(|&(state, _)| usize::from(state) < (position + 1) * 64);
    &live[start..end]
}

/// Of entries of one position, the one with this tag.
fn with_tag(group: &[(u8, f64)], tag: u8) -> &[(u8, f64)] {
    let at = group.partition_point(|&(state, _)| state & 63 < tag);
    match group.get(at) {
        Some(&(state, _)) if state & 63 == tag => &group[at..=at],
        _ => &[],
    }
}

/// The number of the tag of the longest part the model finds in `word` (of equal ones the last).
pub(super) fn guess(word: &str, buffers: &mut Buffers) -> u16 {
    let tag = best_path(word, buffers).map_or(UNKNOWN_TAG, |()| longest(word, &buffers.path));
    if buffers.before.len() > KEPT * STATES {
        *buffers = Buffers::default();
    }
    tag
}

/// The tag of the longest part of the word along the path.
fn longest(word: &str, path: &[u8]) -> u16 {
    // A last part that does not end has no tag of its own.
    let mut best = (0, UNKNOWN_TAG);
    let (mut begin, mut given) = (0, 0);
    for ((at, character), &state) in word.char_indices().zip(path) {
        let end = at + character.len_utf8();
        let start = match state >> 6 {
            0 => {
                begin = at;
                continue;
            }
            1 => continue,
            2 => begin,
            _ => at,
        };
        given = end;
        if end - start >= best.0 {
            best = (end - start, tag_of(state));
        }
    }
    if given < word.len() && word.len() - given >= best.0 {
        best.1 = UNKNOWN_TAG;
    }
    best.1
}

/// Leaves the most probable states of the word's characters in `path`; nothing if there are none.
fn best_path(word: &str, buffers: &mut Buffers) -> Option<()> {
    let Buffers { live, next, before, path, .. } = buffers;
    let start = table!("posseg_start", f64);
    let transitions = table!("posseg_transitions", f64);
    let mut characters = word.chars();
    let first = characters.next()?;
    let count = word.chars().count();
    path.clear();

    live.clear();
    let (states, emissions) = states_of(first);
    for (&state, emission) in states.iter().zip(emissions) {
        let score = start[usize::from(state)] + emission;
        if score > NEVER {
            live.push((state, score));
        }
    }
    if count == 1 {
        // One character can only be a word; of equal scores the last wins.
        let mut best: Option<(u8, f64)> = None;
        for &(state, score) in with_position(live, 3) {
            if best.is_none_or(|(_, highest)| score >= highest) {
                best = Some((state, score));
            }
        }
        path.push(best?.0);
        return Some(());
    }
    if live.is_empty() {
        return None;
    }

    if before.len() < count * STATES {
        before.resize(count * STATES, 0);
    }
    for (at, character) in characters.enumerate() {
        let before = &mut before[(at + 1) * STATES..][..STATES];
        next.clear();
        let groups: [&[(u8, f64)]; 4] = std::array::from_fn(|p| with_position(live, p));
        let (states, emissions) = states_of(character);
        for (&state, emission) in states.iter().zip(emissions) {
            let from = &transitions[usize::from(state) * STATES..][..STATES];
            let mut best = (0, NEVER);
            for group in BEFORE[usize::from(state >> 6)] {
                let group = match group {
                    // Inside a word the tag stays (`build/posseg.rs` checks it), so at most one state
                    // of the group comes into question.
                    0 | 1 => with_tag(groups[group], state & 63),
                    _ => groups[group],
                };
                for &(previous, score) in group {
                    let transition = from[usize::from(previous)];
                    let score = score + transition + emission;
                    if transition > NEVER && score > best.1 {
                        best = (previous, score);
                    }
                }
            }
            if best.1 > NEVER {
                before[usize::from(state)] = best.0;
                next.push((state, best.1));
            }
        }
        std::mem::swap(live, next);
        if live.is_empty() {
            return None;
        }
    }

    let mut best = (0, NEVER);
    for position in [2, 3] {
        for &(state, score) in with_position(live, position) {
            if score > best.1 {
                best = (state, score);
            }
        }
    }
    if best.1 == NEVER {
        return None;
    }
    let mut state = best.0;
    path.push(state);
    for at in (1..count).rev() {
        state = before[at * STATES + usize::from(state)];
        path.push(state);
    }
    path.reverse();
    Some(())
}
