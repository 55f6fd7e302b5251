//! Checks what the passes rely on in the tables of a dictionary. Tables from the builder fulfil
//! this by construction. Tables from a file must be checked: a checksum only says that they are as
//! somebody wrote them. Wrong tables that pass the check give wrong words, but no access outside of
//! an array.

use super::file::{Error, damaged};
use crate::builder::layout::{
    BASE_LIMIT, FREQUENT_VALUE_MAX, FREQUENT_VALUE_SHIFT, LABEL_MASK, LOG_FREQUENT, MULTIPLIER,
    no_frequent_pair, value,
};
use crate::tables::Tables;

/// Checks the tables. Their codes must have been checked before.
///
/// # Errors
/// Names the first table that is wrong.
pub(super) fn check(tables: &Tables) -> Result<(), Error> {
    let demand = |holds: bool, name: &str, reason: &str| {
        if holds { Ok(()) } else { Err(damaged(name, reason)) }
    };
    let codes = tables.codes.len();
    let values = tables.logs.len();
    let is_value = |value: u32| (value as usize) < values;

    // Codes are used as indices into these tables.
    for (name, length) in [
        ("first", tables.first.len()),
        ("single_log", tables.single_log.len()),
        ("single_value", tables.single_value.len()),
    ] {
        demand(length == codes, name, "does not have one entry for each character")?;
    }
    // Values are used as indices. The route recognizes value 0, "no word", by its logarithm.
    demand(
        tables.logs.first().is_some_and(|log| log.is_nan()),
        "logs",
        "has no entry for value 0",
    )?;
    demand(
        !tables.logs[1..].iter().any(|log| log.is_nan()),
        "logs",
        "has an entry that is not a number",
    )?;
    demand(tables.frequencies.len() == values, "frequencies", "is not as long as `logs`")?;
    demand(tables.value_tags.len() == values, "value_tags", "is not as long as `logs`")?;
    let single = tables.single_value.iter().all(|&value| is_value(value));
    demand(single, "single_value", "has a value that does not exist")?;
    // Tags are used as indices. They have 16 bits.
    demand(tables.tags.len() <= 1 << 16, "tags", "has more than 65,536 tags")?;
    let tagged = tables.value_tags.iter().all(|&tag| usize::from(tag) < tables.tags.len());
    demand(tagged, "value_tags", "has a tag that does not exist")?;
    // The position in a filter is the highest bits of a hash, as many as the length of the filter
    // has. That requires a power of two. The AVX2 code takes positions as signed numbers and does
    // not check them.
    for (name, filter) in [("filter", &tables.filter), ("triples", &tables.triples)] {
        let length = filter.len();
        let right = length.is_power_of_two() && length > 1 && length <= 1 << 30;
        demand(right, name, "has a length that is not a power of two")?;
    }
    demand(tables.frequent.len() == 1 << LOG_FREQUENT, "frequent", "has a wrong length")?;

    // Characters with code 0 must be in no word. Zeros follow the codes of a piece, so such a word
    // would reach beyond its end. These characters must begin no word, and no unit and no frequent
    // pair may lead to one. A label must be less than the index of its unit: otherwise the unit
    // would be a child of base 0, which means "no children".
    let no_word = tables.first[0] == 0 && tables.single_value[0] == 0;
    demand(no_word, "first", "has words of a character that is in no word")?;
    let bases = tables.first.iter().all(|&base| (base as usize) < BASE_LIMIT);
    demand(bases, "first", "has children outside of the units")?;
    let units = (0..).zip(&*tables.units).all(|(at, &unit)| {
        let label = unit & LABEL_MASK;
        (unit == 0) | ((label != 0) & (label < at)) && is_value(value(unit))
    });
    demand(units, "units", "has an impossible unit")?;
    let frequent = tables.frequent.iter().enumerate().all(|(slot, &entry)| {
        let mark = entry & 0xffff;
        if mark >> 15 != slot as u32 & 1 {
            return entry == no_frequent_pair(slot);
        }
        let key = ((slot as u32) << (32 - LOG_FREQUENT) | mark).wrapping_mul(INVERSE);
        let value = entry >> FREQUENT_VALUE_SHIFT & FREQUENT_VALUE_MAX;
        key >> 16 != 0 && key & 0xffff != 0 && is_value(value)
    });
    demand(frequent, "frequent", "has an impossible pair")?;

    let outside = tables.outside.iter().all(|(word, value)| !word.is_empty() && is_value(*value));
    let sorted = tables.outside.is_sorted_by(|a, b| a.0 < b.0);
    demand(outside && sorted, "outside", "is not a sorted list of words with values")
}

/// The product of a pair's hash and this number is the pair. The inverse of an odd number modulo
/// 2^32 is computed by Newton's method: an odd number is its own inverse modulo 8, and each round
/// doubles the number of correct bits.
const INVERSE: u32 = {
    let mut inverse = MULTIPLIER;
    let mut round = 0;
    while round < 4 {
        inverse = inverse.wrapping_mul(2u32.wrapping_sub(MULTIPLIER.wrapping_mul(inverse)));
        round += 1;
    }
    assert!(inverse.wrapping_mul(MULTIPLIER) == 1);
    inverse
};
