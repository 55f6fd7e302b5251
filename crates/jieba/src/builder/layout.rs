//! The layout of units, filters and the table of frequent pairs. The builder and the readers of the
//! tables share it.

/// Bits 0..16 of a unit: its label, the code of the character that leads to its node. 0 marks a
/// free unit.
pub const LABEL_MASK: u64 = 0xffff;
/// Bits 16..34 of a unit: the value of the word that ends at its node, or 0 if none does.
pub const VALUE_SHIFT: u32 = 16;
/// The largest value that fits in a unit.
pub const VALUE_MAX: u32 = (1 << 18) - 1;
/// Bits 34..42 of a unit: a filter that says which children its node may have; see [`child_bit`].
pub const CHILDREN_SHIFT: u32 = 34;
/// Bits 42..64 of a unit: the base of its children. The child by code `c` is unit `base + c`. Base
/// 0 means that there are no children.
pub const BASE_SHIFT: u32 = 42;
/// One past the largest base that fits in a unit.
pub const BASE_LIMIT: usize = 1 << 22;

/// The value of the word that ends at a unit, or 0.
#[inline(always)]
pub fn value(unit: u64) -> u32 {
    (unit >> VALUE_SHIFT) as u32 & VALUE_MAX
}

/// The base of a unit's children, or 0 if it has none.
#[inline(always)]
pub fn base(unit: u64) -> u32 {
    (unit >> BASE_SHIFT) as u32
}

/// The bit that a child by `code` sets in the unit of its parent. There are eight such bits. They
/// are a filter: if the bit is not set, there is no such child. Most nodes have one to three
/// children, so this bit ends most look-ups of missing children before they access distant memory.
#[inline(always)]
pub fn child_bit(code: u16) -> u64 {
    1 << (CHILDREN_SHIFT + u32::from(code.wrapping_mul(0x9e37) >> 13))
}

/// A pair of codes as one key.
#[inline(always)]
pub fn pair_key(first: u16, second: u16) -> u32 {
    u32::from(first) << 16 | u32::from(second)
}

/// Size of the table of frequent pairs, as a power of two.
pub const LOG_FREQUENT: u32 = 17;
/// An entry of the table of frequent pairs of characters. The slot and the mark of a pair both come
/// from the hash of the pair:
///
/// ```text
/// hash   31 .......... 15 14 ...... 0
/// slot   |--------------|                 the index of the entry
/// mark                 |------------|     bits 0..16 of the entry
/// ```
///
/// Together, slot and mark identify the pair, because different pairs have different hashes. Both
/// contain bit 15 of the hash. If they differ in this bit, the entry is empty.
///
/// Bits 16..31 of an entry: the value of the word that the pair is, or 0 if it is no word.
pub const FREQUENT_VALUE_SHIFT: u32 = 16;
/// The largest value that fits in an entry of the table of frequent pairs.
pub const FREQUENT_VALUE_MAX: u32 = (1 << 15) - 1;
/// Bit 31 of an entry of the table of frequent pairs: longer words begin with the pair.
pub const FREQUENT_CHILDREN_SHIFT: u32 = 31;

/// Multiplier that spreads the key of a pair over all bits of its hash. The multiplier is odd, so
/// different pairs have different hashes.
pub const MULTIPLIER: u32 = 0x9e37_79b1;
/// Multiplier that spreads the hash for a filter over all bits.
pub const FILTER_MULTIPLIER: u32 = 0x85eb_ca6b;
/// Multiplier that spreads the code of the third character of a word over all bits of a hash.
pub const TRIPLE_MULTIPLIER: u32 = 0xc2b2_ae35;

/// The hash of a pair, given as [`pair_key`]. Different pairs have different hashes.
#[inline(always)]
pub fn pair_hash(key: u32) -> u32 {
    key.wrapping_mul(MULTIPLIER)
}

/// The only slot that a pair with this hash can have in the table of frequent pairs, and the mark
/// of the pair in that slot.
#[inline(always)]
pub fn frequent_slot(pair_hash: u32) -> (usize, u32) {
    ((pair_hash >> (32 - LOG_FREQUENT)) as usize, pair_hash & 0xffff)
}

/// The empty entry for a slot of the table of frequent pairs. The mark in it belongs to no pair of
/// this slot.
#[inline(always)]
pub fn no_frequent_pair(slot: usize) -> u32 {
    const { assert!(LOG_FREQUENT == 17) };
    (!slot as u32 & 1) << 15
}

/// The hash of a pair for the filter of pairs, made from its [`pair_hash`].
#[inline(always)]
pub fn filter_hash(pair_hash: u32) -> u32 {
    (pair_hash ^ pair_hash >> 15).wrapping_mul(FILTER_MULTIPLIER)
}

/// The hash of three characters for the filter of triples, made from the [`pair_hash`] of the first
/// two and the code of the third.
#[inline(always)]
pub fn triple_hash(pair_hash: u32, third: u16) -> u32 {
    let third = u32::from(third).wrapping_mul(TRIPLE_MULTIPLIER);
    (pair_hash ^ pair_hash >> 15 ^ third).wrapping_mul(FILTER_MULTIPLIER)
}

/// Where a hash is in a filter of `1 << log_words` 32-bit numbers (at least two): the index of the
/// number, and two bits in it. Both bits are set if a dictionary word may begin with the characters
/// that have this hash.
#[inline(always)]
pub fn filter_slot(hash: u32, log_words: u32) -> (usize, u32) {
    ((hash >> (32 - log_words)) as usize, 1 << (hash & 31) | 1 << (hash >> 5 & 31))
}

/// Takes the place of ln(frequency) for a character that begins words but is no word. It equals
/// ln(1), as if the character occurred once, but its sign tells it apart from ln(1).
pub const ABSENT: f64 = -0.0;

/// Takes the place of ln(frequency) for gaps, the characters that are in no word. It is less than
/// the logarithm of any frequency except zero.
pub const GAP: f64 = f64::MIN;

/// A set of ASCII characters: bit `c / 16` of byte `c % 16` is character `c`.
pub type AsciiSet = [u8; 16];
