//! The bits of a unit and of the pair filter: what the maker and the reader of the tables share.

/// Bits 0..16 of a unit: the code of the character that leads to this node; 0 marks a free unit.
pub const LABEL_MASK: u64 = 0xffff;
/// Bits 16..34: the value of the word that ends here, or 0.
pub const VALUE_SHIFT: u32 = 16;
/// The largest value.
pub const VALUE_MAX: u32 = (1 << 18) - 1;
/// Bits 34..42: which children there may be, see [`child_bit`].
pub const CHILDREN_SHIFT: u32 = 34;
/// Bits 42..64: where the children begin: the child by code c is unit `base + c`; 0: no children.
pub const BASE_SHIFT: u32 = 42;
/// The number of bases.
pub const BASE_LIMIT: usize = 1 << 22;

/// The value of a unit.
#[inline(always)]
pub fn value(unit: u64) -> u32 {
    (unit >> VALUE_SHIFT) as u32 & VALUE_MAX
}

/// Where the children of a unit begin, or 0.
#[inline(always)]
pub fn base(unit: u64) -> u32 {
    (unit >> BASE_SHIFT) as u32
}

/// The bit that a child by `code` sets in its parent's unit. Most nodes have one to three
/// children, so eight bits answer most look-ups of children that are not there without touching
/// memory far away.
#[inline(always)]
pub fn child_bit(code: u16) -> u64 {
    1 << (CHILDREN_SHIFT + u32::from(code.wrapping_mul(0x9e37) >> 13))
}

/// Two codes as one key.
#[inline(always)]
pub fn pair_key(first: u16, second: u16) -> u32 {
    u32::from(first) << 16 | u32::from(second)
}

/// Size of the table of frequent pairs, as a power of two.
pub const LOG_FREQUENT: u32 = 17;
/// Bits 0..16 of an entry there are the low bits of the pair's hash; its high bits are the entry's
/// place, and the hash tells the pair. The highest of the low bits is also the lowest of the place;
/// where it is not, the entry is empty. Bits 16..31: the pair's value, or 0.
pub const FREQUENT_VALUE_SHIFT: u32 = 16;
/// The largest value a frequent pair may have.
pub const FREQUENT_VALUE_MAX: u32 = (1 << 15) - 1;
/// Bit 31 of an entry: the pair has children.
pub const FREQUENT_CHILDREN_SHIFT: u32 = 31;

/// Spreads a pair over all bits; odd, so that nothing is lost.
pub const MULTIPLIER: u32 = 0x9e37_79b1;
/// Spreads what is looked up in a filter.
pub const FILTER_MULTIPLIER: u32 = 0x85eb_ca6b;
/// Spreads a third code.
pub const TRIPLE_MULTIPLIER: u32 = 0xc2b2_ae35;

/// The hash of a pair of codes, given as [`pair_key`]; no two pairs have the same.
#[inline(always)]
pub fn pair_hash(key: u32) -> u32 {
    key.wrapping_mul(MULTIPLIER)
}

/// The only place of a pair in the table of frequent pairs, and its mark there; both together are
/// the pair's hash.
#[inline(always)]
pub fn frequent_place(pair_hash: u32) -> (usize, u32) {
    ((pair_hash >> (32 - LOG_FREQUENT)) as usize, pair_hash & 0xffff)
}

/// The entry of a place in the table of frequent pairs that has none: a mark of no pair's there.
#[inline(always)]
pub fn no_frequent_pair(place: usize) -> u32 {
    const { assert!(LOG_FREQUENT == 17) };
    (!place as u32 & 1) << 15
}

/// The hash of a pair that tells its place in a filter, see [`filter_place`].
#[inline(always)]
pub fn filter_hash(pair_hash: u32) -> u32 {
    (pair_hash ^ pair_hash >> 15).wrapping_mul(FILTER_MULTIPLIER)
}

/// The same of a pair and a third code, for the filter of three characters.
#[inline(always)]
pub fn triple_hash(pair_hash: u32, third: u16) -> u32 {
    let third = u32::from(third).wrapping_mul(TRIPLE_MULTIPLIER);
    (pair_hash ^ pair_hash >> 15 ^ third).wrapping_mul(FILTER_MULTIPLIER)
}

/// The place of such a hash in a filter of `1 << log_words` words, at least two: the word's index, and
/// the two bits in it that are set if a word may begin so.
#[inline(always)]
pub fn filter_place(hash: u32, log_words: u32) -> (usize, u32) {
    ((hash >> (32 - log_words)) as usize, 1 << (hash & 31) | 1 << (hash >> 5 & 31))
}

/// The logarithm for a character that begins words but is none: as if it had been seen once, with a
/// sign that tells them apart.
pub const ABSENT: f64 = -0.0;

/// The logarithm for characters that are in no block, less than that of any frequency but zero.
pub const GAP: f64 = f64::MIN;

/// A set of ASCII characters: bit `c / 16` of byte `c % 16` is character `c`.
pub type AsciiSet = [u8; 16];
