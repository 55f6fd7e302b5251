//! Moves added words from the overlay into the tables of a dictionary. Then a text is cut as fast as
//! without added words, however many there are.
//!
//! The tables are changed in as few places as possible, which takes a tenth of the time of building
//! them: a node of the trie keeps its place unless it gets a child that does not fit beside it.
//!
//! ```text
//! nodes of the overlay ─► codes ─► nodes of the double array ─► filters, frequent pairs, singles
//! ```

mod added;
mod array;

use super::builder::layout::{
    self, ABSENT, FREQUENT_CHILDREN_SHIFT, FREQUENT_VALUE_MAX, FREQUENT_VALUE_SHIFT, VALUE_MAX,
};
use super::builder::too_many_values;
use super::overlay::Node;
use super::tables::Tables;
use added::Added;
use std::borrow::Cow;

/// Puts the words of these nodes into the tables.
///
/// # Errors
/// The tables cannot hold the words; then they stay as they were. The error says which limit is
/// exceeded.
pub(crate) fn merge(tables: &mut Tables, nodes: &[Node]) -> Result<(), String> {
    let mut codes = tables.codes.clone();
    codes.add_characters(nodes[1..].iter().map(|node| node.character))?;
    if tables.logs.len() > VALUE_MAX as usize + 1 {
        return Err(too_many_values());
    }
    let added = Added::new(nodes, &codes);
    let array = array::extend(tables, &added)?;
    let count = codes.len();
    tables.codes = codes;
    for table in [&mut tables.first, &mut tables.single_value] {
        table.to_mut().resize(count, 0);
    }
    tables.single_log.to_mut().resize(count, 0.0);
    tables.units = array.units.into();
    firsts(tables, &added, &array.bases);
    filters(tables, &added);
    frequent_pairs(tables, &added, &array.bases);
    outside(tables, &added);
    Ok(())
}

/// Enters the first characters of words, and the words of one character.
fn firsts(tables: &mut Tables, added: &Added<'_>, bases: &[u32]) {
    let Tables { first, single_value, single_log, logs, latin, .. } = tables;
    let (first, single_value, single_log) =
        (first.to_mut(), single_value.to_mut(), single_log.to_mut());
    for node in added.inside() {
        let (code, value) = (usize::from(added.codes[node]), added.nodes[node].value);
        match added.depths[node] {
            1 => {
                first[code] = bases[node];
                if value != 0 {
                    single_value[code] = value;
                    single_log[code] = logs[value as usize];
                } else if single_value[code] == 0 {
                    single_log[code] = ABSENT;
                }
            }
            2 => {
                let two = [added.parent(node), node].map(|node| added.nodes[node].character);
                if two.iter().all(char::is_ascii_alphanumeric) {
                    for (set, character) in latin.iter_mut().zip(two) {
                        let byte = character as usize;
                        set[byte % 16] |= 1 << (byte / 16);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Enters the pairs and triples with which words begin into the filters.
fn filters(tables: &mut Tables, added: &Added<'_>) {
    let mut hashes = [Vec::new(), Vec::new()];
    for node in added.inside() {
        match added.depths[node] {
            2 => hashes[0].push(layout::filter_hash(added.pair_hash(node))),
            3 => {
                let pair = added.pair_hash(added.parent(node));
                hashes[1].push(layout::triple_hash(pair, added.codes[node]));
            }
            _ => {}
        }
    }
    let [pairs, triples] = hashes;
    for (filter, hashes) in [(&mut tables.filter, pairs), (&mut tables.triples, triples)] {
        let grown = enter(filter, &hashes);
        *filter = grown.into();
    }
}

/// The filter with these hashes in it.
fn enter(filter: &[u32], hashes: &[u32]) -> Vec<u32> {
    let mut filter = filter.to_vec();
    // Every beginning of a word sets two bits. If more than half of the bits were set, too many
    // pairs that begin no word would pass the filter. In a filter of twice the length, the place of
    // a hash is one bit longer: each number of the filter becomes two.
    let set: usize = filter.iter().map(|bits| bits.count_ones() as usize).sum();
    if set + 2 * hashes.len() > filter.len() * 32 / 2 {
        filter = filter.iter().flat_map(|&bits| [bits, bits]).collect();
    }
    let log_words = filter.len().trailing_zeros();
    for &hash in hashes {
        let (index, bits) = layout::filter_slot(hash, log_words);
        filter[index] |= bits;
    }
    filter
}

/// Renews the entries of the table of frequent pairs for the pairs with which added words begin.
fn frequent_pairs(tables: &mut Tables, added: &Added<'_>, bases: &[u32]) {
    let frequencies = &tables.frequencies;
    let frequency = |value: u32| frequencies.get(value as usize).copied().unwrap_or(0);
    let table = tables.frequent.to_mut();
    for node in added.inside().filter(|&node| added.depths[node] == 2) {
        let (slot, mark) = layout::frequent_slot(added.pair_hash(node));
        let entry = table[slot];
        let is_own = entry & 0xffff == mark;
        let old = entry >> FREQUENT_VALUE_SHIFT & FREQUENT_VALUE_MAX;
        let value = match added.nodes[node].value {
            0 if is_own => old,
            0 => layout::value(tables.units[unit_of(&tables.first, added, node)]),
            value => value,
        };
        let is_empty = entry == layout::no_frequent_pair(slot);
        if value > FREQUENT_VALUE_MAX {
            // The pair is looked up in the double array, which holds all values.
            if is_own {
                table[slot] = layout::no_frequent_pair(slot);
            }
        } else if is_own || is_empty || frequency(value) > frequency(old) {
            let children = u32::from(bases[node] != 0);
            table[slot] =
                mark | value << FREQUENT_VALUE_SHIFT | children << FREQUENT_CHILDREN_SHIFT;
        }
    }
}

/// The index of the unit of a node at depth two.
fn unit_of(first: &[u32], added: &Added<'_>, node: usize) -> usize {
    let base = first[usize::from(added.codes[added.parent(node)])];
    base as usize + usize::from(added.codes[node])
}

/// Enters the words with a gap in them.
fn outside(tables: &mut Tables, added: &Added<'_>) {
    let is_word = |&node: &usize| !added.inside[node] && added.nodes[node].value != 0;
    let words = (1..added.nodes.len()).filter(is_word);
    let mut words: Vec<(Cow<'static, str>, u32)> =
        words.map(|node| (added.word(node).into(), added.nodes[node].value)).collect();
    if words.is_empty() {
        return;
    }
    words.sort_unstable();
    let outside = tables.outside.to_mut();
    outside.retain(|(word, _)| words.binary_search_by(|(added, _)| added.cmp(word)).is_err());
    outside.append(&mut words);
    outside.sort_unstable();
}
