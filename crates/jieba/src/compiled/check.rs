//! What the passes rely on in a dictionary's tables. The builder's tables are so by construction;
//! those from a file must be looked at, since a checksum tells only that they are as somebody wrote
//! them. A wrong table that passes gives wrong words, but no access outside of any array.

use super::file::{Error, damaged};
use crate::builder::layout::{
    BASE_LIMIT, FREQUENT_VALUE_MAX, FREQUENT_VALUE_SHIFT, LABEL_MASK, LOG_FREQUENT, MULTIPLIER,
    no_frequent_pair, value,
};
use crate::tables::Tables;

/// Checks tables whose codes are known to be right.
///
/// # Errors
/// The table that is not as it must be.
pub(super) fn check(tables: &Tables) -> Result<(), Error> {
    let demand = |holds: bool, name: &str, reason: &str| {
        if holds { Ok(()) } else { Err(damaged(name, reason)) }
    };
    let codes = tables.codes.len();
    let values = tables.logs.len();
    let is_value = |value: u32| (value as usize) < values;

    // Codes are used as indices.
    for (name, length) in [
        ("first", tables.first.len()),
        ("single_log", tables.single_log.len()),
        ("single_value", tables.single_value.len()),
    ] {
        demand(length == codes, name, "has not as many entries as there are characters")?;
    }
    // Values are used as indices. Value 0 is no word, which the route knows by its logarithm.
    demand(tables.logs.first().is_some_and(|log| log.is_nan()), "logs", "has no value 0")?;
    demand(!tables.logs[1..].iter().any(|log| log.is_nan()), "logs", "has what is no number")?;
    demand(tables.frequencies.len() == values, "frequencies", "is not as long as `logs`")?;
    demand(tables.value_tags.len() == values, "value_tags", "is not as long as `logs`")?;
    let single = tables.single_value.iter().all(|&value| is_value(value));
    demand(single, "single_value", "has a value that does not exist")?;
    // Tags are used as indices, and are numbers of 16 bits.
    demand(tables.tags.len() <= 1 << 16, "tags", "has more than 65,536 tags")?;
    let tagged = tables.value_tags.iter().all(|&tag| usize::from(tag) < tables.tags.len());
    demand(tagged, "value_tags", "has a tag that does not exist")?;
    // A slot in a filter is as many bits of a hash as its length, a power of two, has; the code for
    // AVX2 takes it as a signed number, and does not check it.
    for (name, filter) in [("filter", &tables.filter), ("triples", &tables.triples)] {
        let length = filter.len();
        let right = length.is_power_of_two() && length > 1 && length <= 1 << 30;
        demand(right, name, "has a length that is no power of two")?;
    }
    demand(tables.frequent.len() == 1 << LOG_FREQUENT, "frequent", "has another length")?;

    // Characters with code 0 are in no word, above all not those behind the end of a piece: such a
    // word would end outside of it. They begin none, and no unit and no frequent pair leads to one.
    // A unit that is its own label would be a child of what has no children.
    let no_word = tables.first[0] == 0 && tables.single_value[0] == 0;
    demand(no_word, "first", "has words of a character that is in no word")?;
    let bases = tables.first.iter().all(|&base| (base as usize) < BASE_LIMIT);
    demand(bases, "first", "has children outside of the units")?;
    let units = (0..).zip(&*tables.units).all(|(at, &unit)| {
        let label = unit & LABEL_MASK;
        (unit == 0) | ((label != 0) & (label < at)) && is_value(value(unit))
    });
    demand(units, "units", "has a unit that cannot be")?;
    let frequent = tables.frequent.iter().enumerate().all(|(slot, &entry)| {
        let mark = entry & 0xffff;
        if mark >> 15 != slot as u32 & 1 {
            return entry == no_frequent_pair(slot);
        }
        let key = ((slot as u32) << (32 - LOG_FREQUENT) | mark).wrapping_mul(INVERSE);
        let value = entry >> FREQUENT_VALUE_SHIFT & FREQUENT_VALUE_MAX;
        key >> 16 != 0 && key & 0xffff != 0 && is_value(value)
    });
    demand(frequent, "frequent", "has a pair that cannot be")?;

    let outside = tables.outside.iter().all(|(word, value)| !word.is_empty() && is_value(*value));
    let sorted = tables.outside.is_sorted_by(|a, b| a.0 < b.0);
    demand(outside && sorted, "outside", "is not a sorted list of words with values")
}

/// A pair's hash times this is the pair, as `MULTIPLIER` is odd. Newton's method doubles the number of
/// right bits, of which an odd number has three to begin with.
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
