//! Checks the properties of a dictionary's tables that the code that cuts texts relies on. The
//! builder makes only tables with these properties. Tables from a file must be checked: a checksum
//! only shows that they are as somebody wrote them. Wrong tables that pass the check give wrong
//! words, but no access outside of an array.

use super::file::{Error, damaged};
use crate::builder::layout::{
    BASE_LIMIT, FREQUENT_VALUE_MAX, FREQUENT_VALUE_SHIFT, LABEL_MASK, LOG_FREQUENT, MULTIPLIER,
    no_frequent_pair, value,
};
use crate::tables::Tables;

/// Checks the tables, except the codes of characters (`Tables::codes`), which must have been
/// checked before.
///
/// # Errors
/// If a table is wrong. The error names the first such table.
pub(crate) fn check(tables: &Tables) -> Result<(), Error> {
    let demand = |holds: bool, name: &str, reason: &str| {
        if holds { Ok(()) } else { Err(damaged(name, reason)) }
    };
    let codes = tables.codes.len();
    let values = tables.logs.len();
    let is_value = |value: u32| (value as usize) < values;

    // The codes of characters are used as indices into these tables.
    for (name, length) in [
        ("first", tables.first.len()),
        ("single_log", tables.single_log.len()),
        ("single_value", tables.single_value.len()),
    ] {
        demand(length == codes, name, "does not have one entry for each character")?;
    }
    // The values of words (numbers for frequency and tag) are used as indices into these tables.
    // The code for the best route recognizes value 0, "no word", by its logarithm, which is NaN.
    demand(tables.logs.first().is_some_and(|log| log.is_nan()), "logs", "does not begin with NaN")?;
    demand(
        !tables.logs[1..].iter().any(|log| log.is_nan()),
        "logs",
        "has NaN after its first entry",
    )?;
    demand(tables.frequencies.len() == values, "frequencies", "is not as long as `logs`")?;
    demand(tables.value_tags.len() == values, "value_tags", "is not as long as `logs`")?;
    let single = tables.single_value.iter().all(|&value| is_value(value));
    demand(single, "single_value", "has a value for which `logs` has no entry")?;
    // The numbers of tags are used as indices into `tags`, and have 16 bits.
    demand(tables.tags.len() <= 1 << 16, "tags", "has more than 65,536 tags")?;
    let tagged = tables.value_tags.iter().all(|&tag| usize::from(tag) < tables.tags.len());
    demand(tagged, "value_tags", "has a tag number for which `tags` has no entry")?;
    // A position in a filter is made of the highest log2(length) bits of a hash. So the length must
    // be a power of two. It must be at most 2^30, because the AVX2 code takes positions as signed
    // numbers and does not check them.
    for (name, filter) in [("filter", &tables.filter), ("triples", &tables.triples)] {
        let length = filter.len();
        let right = length.is_power_of_two() && length > 1 && length <= 1 << 30;
        demand(right, name, "has a length that is not a power of two from 2 to 2^30")?;
    }
    demand(tables.frequent.len() == 1 << LOG_FREQUENT, "frequent", "has a wrong length")?;

    // Code 0 must be in no word. In memory, zeros follow the codes of a stretch of text, so a word
    // with code 0 could reach beyond the end of the stretch. So no word may begin with code 0, and
    // (below) no unit and no frequent pair may lead to it.
    let no_word = tables.first[0] == 0 && tables.single_value[0] == 0;
    demand(no_word, "first", "has a word that begins with code 0, which must be in no word")?;
    let bases = tables.first.iter().all(|&base| (base as usize) < BASE_LIMIT);
    demand(bases, "first", "has a base that is too large")?;
    // The label of a unit must be less than the index of the unit. Otherwise its parent would have
    // base 0, which means "no children", or a base below 0.
    let units = (0..).zip(&*tables.units).all(|(at, &unit)| {
        let label = unit & LABEL_MASK;
        (unit == 0) | ((label != 0) & (label < at)) && is_value(value(unit))
    });
    demand(units, "units", "has a unit with an impossible label or value")?;
    let frequent = tables.frequent.iter().enumerate().all(|(slot, &entry)| {
        let mark = entry & 0xffff;
        if mark >> 15 != slot as u32 & 1 {
            return entry == no_frequent_pair(slot);
        }
        let key = ((slot as u32) << (32 - LOG_FREQUENT) | mark).wrapping_mul(INVERSE);
        let value = entry >> FREQUENT_VALUE_SHIFT & FREQUENT_VALUE_MAX;
        key >> 16 != 0 && key & 0xffff != 0 && is_value(value)
    });
    demand(frequent, "frequent", "has an entry that is neither empty nor a possible pair")?;

    let outside = tables.outside.iter().all(|(word, value)| !word.is_empty() && is_value(*value));
    let sorted = tables.outside.is_sorted_by(|a, b| a.0 < b.0);
    demand(
        outside && sorted,
        "outside",
        "is not a sorted list of distinct words with possible values",
    )
}

/// The hash of a pair times this number is the key of the pair. The number is the inverse of
/// `MULTIPLIER` modulo 2^32. It is computed by Newton's method: an odd number is its own inverse
/// modulo 8, and each round doubles the number of correct bits.
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
