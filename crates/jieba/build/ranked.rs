//! Gives the characters their codes (numbers) in the built-in dictionary. All other dictionaries
//! extend them.

use super::builder::codes::{BMP, Codes, DIGITS_START, HAN_END, HAN_START, is_ideograph};
use std::collections::HashMap;

/// The codes of ASCII word characters and of the Han characters that the hidden Markov model knows.
/// `weights` says how often a Han character occurs; frequent ones get smaller codes.
pub fn ranked(weights: &HashMap<char, u64>) -> Codes {
    let mut bmp: Vec<u16> = (0..BMP as u32)
        .map(|point| char::from_u32(point).map_or(0, |c| u16::from(is_ideograph(c))))
        .collect();
    let ascii = ('0'..='9').chain('A'..='Z').chain('a'..='z').chain("._-+#&%".chars());
    for (character, code) in ascii.zip(DIGITS_START..) {
        bmp[character as usize] = code;
    }
    let mut han: Vec<char> = ('\u{4e00}'..='\u{9fd5}').collect();
    han.sort_by_key(|c| (u64::MAX - weights.get(c).copied().unwrap_or(0), *c));
    for (character, code) in han.into_iter().zip(HAN_START..) {
        bmp[character as usize] = code;
    }
    Codes { bmp: bmp.into(), end: HAN_END, ..Codes::default() }
}
