//! The layout of units, filters and the table of frequent pairs. The builder and the readers of the
//! tables share it.

/// Bits 0..16 of a unit: its label, the code of the character that leads to this node. 0 marks a
/// free unit.
pub const LABEL_MASK: u64 = 0xffff;
/// Bits 16..34: the value of the word that ends here, or 0.
pub const VALUE_SHIFT: u32 = 16;
/// The largest value.
pub const VALUE_MAX: u32 = (1 << 18) - 1;
/// Bits 34..42: which children there may be; see [`child_bit`].
pub const CHILDREN_SHIFT: u32 = 34;
/// Bits 42..64: the base. The child by code `c` is unit `base + c`. 0 means no children.
pub const BASE_SHIFT: u32 = 42;
/// The number of bases.
pub const BASE_LIMIT: usize = 1 << 22;

/// The value of a unit.
#[inline(always)]
pub fn value(unit: u64) -> u32 {
    (unit >> VALUE_SHIFT) as u32 & VALUE_MAX
}

/// The base of a unit's children, or 0.
#[inline(always)]
pub fn base(unit: u64) -> u32 {
    (unit >> BASE_SHIFT) as u32
}

/// The bit that the child by `code` sets in its parent's unit. These eight bits are a filter. Most
/// nodes have one to three children, so most look-ups of missing children end here and do not
/// access distant memory.
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
/// An entry of the table of frequent pairs. Slot and mark both come from the hash of the pair:
///
/// ```text
/// hash   31 .......... 15 14 ...... 0
/// slot   |--------------|                 the index of the entry
/// mark                 |------------|     bits 0..16 of the entry
/// ```
///
/// Together they identify the pair, because different pairs have different hashes. Slot and mark
/// share bit 15 of the hash. Where they differ in it, the entry is empty.
///
/// Bits 16..31 of an entry: the value of the pair, or 0.
pub const FREQUENT_VALUE_SHIFT: u32 = 16;
/// The largest value a frequent pair may have.
pub const FREQUENT_VALUE_MAX: u32 = (1 << 15) - 1;
/// Bit 31 of an entry: the pair has children.
pub const FREQUENT_CHILDREN_SHIFT: u32 = 31;

/// Spreads a pair over all bits. It is odd, so different pairs keep different hashes.
pub const MULTIPLIER: u32 = 0x9e37_79b1;
/// Spreads the hash of a filter over all bits.
pub const FILTER_MULTIPLIER: u32 = 0x85eb_ca6b;
/// Spreads a third code over all bits.
pub const TRIPLE_MULTIPLIER: u32 = 0xc2b2_ae35;

/// The hash of a pair, given as [`pair_key`]. Different pairs have different hashes.
#[inline(always)]
pub fn pair_hash(key: u32) -> u32 {
    key.wrapping_mul(MULTIPLIER)
}

/// The only slot of a pair in the table of frequent pairs, and its mark there.
#[inline(always)]
pub fn frequent_slot(pair_hash: u32) -> (usize, u32) {
    ((pair_hash >> (32 - LOG_FREQUENT)) as usize, pair_hash & 0xffff)
}

/// The empty entry for a slot of the table of frequent pairs. Its mark belongs to no pair of this
/// slot.
#[inline(always)]
pub fn no_frequent_pair(slot: usize) -> u32 {
    const { assert!(LOG_FREQUENT == 17) };
    (!slot as u32 & 1) << 15
}

/// The hash of a pair for the filter of pairs; see [`filter_slot`].
#[inline(always)]
pub fn filter_hash(pair_hash: u32) -> u32 {
    (pair_hash ^ pair_hash >> 15).wrapping_mul(FILTER_MULTIPLIER)
}

/// The hash of a pair and a third code, for the filter of triples.
#[inline(always)]
pub fn triple_hash(pair_hash: u32, third: u16) -> u32 {
    let third = u32::from(third).wrapping_mul(TRIPLE_MULTIPLIER);
    (pair_hash ^ pair_hash >> 15 ^ third).wrapping_mul(FILTER_MULTIPLIER)
}

/// Where a hash is in a filter of `1 << log_words` words, at least two: the index of the word, and
/// the two bits in it that are set if a dictionary word may begin this way.
#[inline(always)]
pub fn filter_slot(hash: u32, log_words: u32) -> (usize, u32) {
    ((hash >> (32 - log_words)) as usize, 1 << (hash & 31) | 1 << (hash >> 5 & 31))
}

/// The logarithm of a character that begins words but is no word. It counts as ln(1), as if it had
/// been seen once, but its sign tells it apart.
pub const ABSENT: f64 = -0.0;

/// The logarithm of gaps. Less than that of any frequency except zero.
pub const GAP: f64 = f64::MIN;

/// A set of ASCII characters: bit `c / 16` of byte `c % 16` is character `c`.
pub type AsciiSet = [u8; 16];
