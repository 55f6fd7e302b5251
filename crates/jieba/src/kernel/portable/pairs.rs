//! Looks up pairs in the filters and in the table of frequent pairs; see `matches.rs`.

use crate::builder::layout::{
    FREQUENT_CHILDREN_SHIFT, FREQUENT_VALUE_MAX, FREQUENT_VALUE_SHIFT, LOG_FREQUENT, filter_hash,
    filter_slot, frequent_slot, pair_hash, pair_key, triple_hash,
};
use crate::kernel::bits::{COUNTS, SET_BITS, bits_of};
use crate::kernel::cpu::Lists;
use crate::tables::Tables;

/// The number of characters that go through all steps together. Positions among them fit in a byte.
const TOGETHER: usize = 256;

/// A filter of the size that the filters of the built-in dictionary have.
type BuiltIn = [u32; 1 << 15];

/// Looks up the pairs from `start` on in the filters and in the table of frequent pairs.
pub fn find(
    tables: &Tables,
    codes: &[u16],
    start: usize,
    pairs: &mut [u32],
    lists: &mut Lists<'_>,
) {
    if start == pairs.len() {
        return;
    }
    let (filter, triples) = (&tables.filter[..], &tables.triples[..]);
    // A look-up takes fewer instructions if the compiler knows the size of the filter.
    match (<&BuiltIn>::try_from(filter), <&BuiltIn>::try_from(triples)) {
        (Ok(filter), Ok(triples)) => {
            find_in(tables, [filter, triples], codes, start, pairs, lists);
        }
        _ => find_in(tables, [filter, triples], codes, start, pairs, lists),
    }
}

/// Looks up pairs with the filters of pairs and of triples. Each step is a loop of its own and as
/// short as possible, so that many look-ups are under way at the same time. Most of them wait for
/// the L2 cache. This function is not inlined, so that all variables of its loops are in registers.
#[inline(never)]
fn find_in<F: AsRef<[u32]> + ?Sized>(
    tables: &Tables,
    filters: [&F; 2],
    codes: &[u16],
    start: usize,
    pairs: &mut [u32],
    lists: &mut Lists<'_>,
) {
    let frequent: &[u32; 1 << LOG_FREQUENT] =
        tables.frequent[..].try_into().expect("the table has one size");
    let [filter, triples] = filters.map(AsRef::as_ref);
    let (log_filter, log_triples) = (filter.len().trailing_zeros(), triples.len().trailing_zeros());
    let [mut hashes, mut filter_hashes, mut passed_hashes, mut words] = [[0; TOGETHER]; 4];
    let [mut flags, mut not_found] = [[0; TOGETHER]; 2];
    let (mut passed, mut extensible, mut chosen) = (POSITIONS, POSITIONS, POSITIONS);
    let mut done = start;
    while done < pairs.len() {
        let end = pairs.len().min(done + TOGETHER);
        let here = end - done;
        let pairs = &mut pairs[done..end];
        pairs.fill(0);
        let characters = codes[done..end].iter().zip(&codes[done + 1..end + 1]);
        let both_hashes = hashes.iter_mut().zip(&mut filter_hashes);
        for ((&first, &second), (hash, for_filter)) in characters.zip(both_hashes) {
            *hash = pair_hash(pair_key(first, second));
            *for_filter = filter_hash(*hash);
        }
        for (word, &hash) in words.iter_mut().zip(&filter_hashes[..here]) {
            *word = filter[filter_slot(hash, log_filter).0];
        }
        have_bits(&words, &filter_hashes, here, &mut flags);
        let count = positions_of(&mut flags, here, &mut passed);
        for ((&at, hash), word) in passed[..count].iter().zip(&mut passed_hashes).zip(&mut words) {
            *hash = hashes[usize::from(at)];
            *word = frequent[frequent_slot(*hash).0];
        }
        // Turn the entries of the table of frequent pairs into the values of words. The flags say
        // which pairs a third character may follow.
        let groups = count.div_ceil(GROUP);
        let in_groups = groups_of(&mut words, groups).zip(groups_of(&mut passed_hashes, groups));
        let both = groups_of(&mut not_found, groups).zip(groups_of(&mut flags, groups));
        for ((entries, hashes), (not_found, may)) in in_groups.zip(both) {
            for at in 0..GROUP {
                let entry = entries[at];
                let found = entry & 0xffff == frequent_slot(hashes[at]).1;
                let value = entry >> FREQUENT_VALUE_SHIFT & FREQUENT_VALUE_MAX;
                entries[at] = if found { value } else { 0 };
                not_found[at] = u8::from(!found);
                may[at] = u8::from(!found | (entry >> FREQUENT_CHILDREN_SHIFT != 0));
            }
        }
        for (&at, &value) in passed[..count].iter().zip(&words) {
            pairs[usize::from(at)] = value;
        }
        let rare_count = positions_of(&mut not_found, count, &mut chosen);
        let rare = &mut lists.rare[lists.rare_count..][..rare_count];
        for (rare, &at) in rare.iter_mut().zip(&chosen) {
            *rare = done as u32 + u32::from(passed[usize::from(at)]);
        }
        lists.rare_count += rare_count;
        let candidates = positions_of(&mut flags, count, &mut extensible);
        let thirds = &codes[done + 2..end + 2];
        let both = filter_hashes.iter_mut().zip(&mut words);
        for (&at, (hash, word)) in extensible[..candidates].iter().zip(both) {
            let third = thirds[usize::from(passed[usize::from(at)])];
            *hash = triple_hash(passed_hashes[usize::from(at)], third);
            *word = triples[filter_slot(*hash, log_triples).0];
        }
        have_bits(&words, &filter_hashes, candidates, &mut flags);
        let three_count = positions_of(&mut flags, candidates, &mut chosen);
        let three = &mut lists.three[lists.three_count..][..three_count];
        for (three, &at) in three.iter_mut().zip(&chosen) {
            *three = done as u32 + u32::from(passed[usize::from(extensible[usize::from(at)])]);
        }
        lists.three_count += three_count;
        done = end;
    }
}

/// Positions among the characters that go through the steps together, and eight spare entries.
type Positions = [u8; TOGETHER + 8];
const POSITIONS: Positions = [0; TOGETHER + 8];

/// The number of entries in a group. The compiler vectorizes the loop over a group.
const GROUP: usize = 16;

/// The first `count` groups of [`GROUP`] entries.
#[inline(always)]
fn groups_of<T>(all: &mut [T; TOGETHER], count: usize) -> impl Iterator<Item = &mut [T; GROUP]> {
    all.as_chunks_mut().0[..count].iter_mut()
}

/// Sets a flag for each of the first `count` words of a filter: 1 if the word has both bits of its
/// hash, otherwise 0.
#[inline(always)]
fn have_bits(
    words: &[u32; TOGETHER],
    hashes: &[u32; TOGETHER],
    count: usize,
    flags: &mut [u8; TOGETHER],
) {
    let groups = count.div_ceil(GROUP);
    let words = words.as_chunks::<GROUP>().0.iter().zip(hashes.as_chunks::<GROUP>().0);
    for (flags, (words, hashes)) in groups_of(flags, groups).zip(words) {
        for at in 0..GROUP {
            let bits = filter_slot(hashes[at], 1).1;
            flags[at] = u8::from(words[at] & bits == bits);
        }
    }
}

/// Lists the positions of those of the first `count` flags that are 1. Returns how many there are.
#[inline(always)]
fn positions_of(flags: &mut [u8; TOGETHER], count: usize, positions: &mut Positions) -> usize {
    let end = count.next_multiple_of(8);
    flags[count..end].fill(0);
    let mut found = 0;
    for (&eight, base) in flags[..end].as_chunks::<8>().0.iter().zip((0..).step_by(8)) {
        let mask = usize::from(bits_of(eight));
        let in_eight = u64::from_le_bytes(SET_BITS[mask]);
        let out: &mut [u8; 8] = positions[found..].first_chunk_mut().expect("room for eight");
        *out = (in_eight + base * 0x0101_0101_0101_0101).to_le_bytes();
        found += usize::from(COUNTS[mask]);
    }
    found
}
