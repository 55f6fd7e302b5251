//! The look-up of pairs in the filters and among the frequent pairs; see [`super::super::matches`].

use crate::segment::core::builder::layout::{
    FREQUENT_CHILDREN_SHIFT, FREQUENT_VALUE_MAX, FREQUENT_VALUE_SHIFT, LOG_FREQUENT, filter_hash,
    filter_place, frequent_place, pair_hash, pair_key, triple_hash,
};
use crate::segment::core::processor::Lists;
use crate::segment::core::tables::Tables;

/// Characters that go through all steps together.
const TOGETHER: usize = 256;

/// How many words the filters of the built-in dictionary have.
type BuiltIn = [u32; 1 << 15];

/// Looks up the pairs from `start` on in the filter and among the frequent pairs.
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
    // A look-up takes fewer instructions where the compiler knows the size.
    match (<&BuiltIn>::try_from(filter), <&BuiltIn>::try_from(triples)) {
        (Ok(filter), Ok(triples)) => {
            find_in(tables, [filter, triples], codes, start, pairs, lists);
        }
        _ => find_in(tables, [filter, triples], codes, start, pairs, lists),
    }
}

/// Looks up pairs with these filters for pairs and for three characters. Each step is a loop of its
/// own, and as short as can be, so that many look-ups are under way at the same time: most have to wait
/// for the second cache. A function of its own, so that all its loops use is in registers.
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
    let (rare, three) = (&mut lists.rare[..], &mut lists.three[..]);
    let (mut rare_count, mut three_count) = (lists.rare_count, lists.three_count);
    let mut buffers = Buffers {
        hashes: [0; TOGETHER],
        filter_hashes: [0; TOGETHER],
        words: [0; TOGETHER],
        passed: [0; TOGETHER],
        entries: [0; TOGETHER],
        may_go_on: [0; TOGETHER],
    };
    let Buffers { hashes, filter_hashes, words, passed, entries, may_go_on } = &mut buffers;
    let mut done = start;
    while done < pairs.len() {
        let end = pairs.len().min(done + TOGETHER);
        let here = end - done;
        pairs[done..end].fill(0);
        let (hashes, filter_hashes) = (&mut hashes[..here], &mut filter_hashes[..here]);
        let (firsts, seconds) = (&codes[done..end], &codes[done + 1..end + 1]);
        for at in 0..here {
            hashes[at] = pair_hash(pair_key(firsts[at], seconds[at]));
            filter_hashes[at] = filter_hash(hashes[at]);
        }
        for (word, &hash) in words.iter_mut().zip(&*filter_hashes) {
            *word = filter[filter_place(hash, log_filter).0];
        }
        have_bits(&mut words[..here], filter_hashes);
        let mut count = 0;
        for (&has, at) in words[..here].iter().zip(0..) {
            passed[count % TOGETHER] = at;
            count += has as usize;
        }
        for (entry, &at) in entries.iter_mut().zip(&passed[..count]) {
            *entry = frequent[frequent_place(hashes[at as usize % TOGETHER]).0];
        }
        let mut candidates = 0;
        for (&at, &entry) in passed[..count].iter().zip(&*entries) {
            let from = done as u32 + at;
            let found = entry & 0xffff == frequent_place(hashes[at as usize]).1;
            let value = entry >> FREQUENT_VALUE_SHIFT & FREQUENT_VALUE_MAX;
            pairs[from as usize] = if found { value } else { 0 };
            rare[rare_count] = from;
            rare_count += usize::from(!found);
            may_go_on[candidates % TOGETHER] = at;
            let childless = found & (entry >> FREQUENT_CHILDREN_SHIFT == 0);
            candidates += usize::from(!childless);
        }
        let thirds = &codes[done + 2..end + 2];
        let may_go_on = &may_go_on[..candidates];
        for ((&at, hash), word) in may_go_on.iter().zip(&mut filter_hashes[..]).zip(&mut words[..])
        {
            *hash = triple_hash(hashes[at as usize], thirds[at as usize]);
            *word = triples[filter_place(*hash, log_triples).0];
        }
        have_bits(&mut words[..candidates], filter_hashes);
        for (&at, &has) in may_go_on.iter().zip(&*words) {
            three[three_count] = done as u32 + at;
            three_count += has as usize;
        }
        done = end;
    }
    (lists.rare_count, lists.three_count) = (rare_count, three_count);
}

/// What is known of the characters that go through the steps together.
struct Buffers {
    /// By character.
    hashes: [u32; TOGETHER],
    /// By character, and then by candidate: the hash for a filter, and the filter's word.
    filter_hashes: [u32; TOGETHER],
    words: [u32; TOGETHER],
    /// The characters that passed the first filter, and by each its entry among the frequent pairs.
    passed: [u32; TOGETHER],
    entries: [u32; TOGETHER],
    /// Those of them that may be followed by a third one.
    may_go_on: [u32; TOGETHER],
}

/// Makes 1 of each of a filter's words that has both bits of its hash, and 0 of the others.
#[inline(always)]
fn have_bits(words: &mut [u32], hashes: &[u32]) {
    for (word, &hash) in words.iter_mut().zip(hashes) {
        let bits = filter_place(hash, 1).1;
        *word = u32::from(*word & bits == bits);
    }
}
