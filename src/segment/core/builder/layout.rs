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
pub const LOG_FREQUENT: u32 = 16;
/// Bits 0..16 of an entry there are the low bits of the pair's hash; its high bits are the entry's
/// place, and the hash tells the pair. Bits 16..31: the pair's value, or 0.
pub const FREQUENT_VALUE_SHIFT: u32 = 16;
/// The largest value a frequent pair may have.
pub const FREQUENT_VALUE_MAX: u32 = (1 << 15) - 1;
/// Bit 31 of an entry: the pair has children.
pub const FREQUENT_CHILDREN_SHIFT: u32 = 31;

/// The only place of a pair in the table of frequent pairs, and its mark there. Multiplying by an
/// odd number loses nothing, so both together are the pair.
#[inline(always)]
pub fn frequent_place(key: u32) -> (usize, u32) {
    let hash = key.wrapping_mul(0x9e37_79b1);
    ((hash >> 16) as usize, hash & 0xffff)
}

/// The place of three codes, the first two as a key, in a filter as below.
#[inline(always)]
pub fn triple_place(key: u32, third: u16, log_words: u32) -> (usize, u64) {
    let hash = (u64::from(key) | u64::from(third) << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let index = (hash >> 32) as usize & ((1 << log_words) - 1);
    (index, 1 << (hash >> 58) | 1 << (hash >> 52 & 63))
}

/// The place of a pair in a filter of `1 << log_words` words: the word's index, and the two bits in
/// it that are set if the pair may begin a word.
#[inline(always)]
pub fn filter_place(key: u32, log_words: u32) -> (usize, u64) {
    let hash = u64::from(key) * 0x9e37_79b1;
    let index = (hash >> 32) as usize & ((1 << log_words) - 1);
    (index, 1 << (hash >> 26 & 63) | 1 << (hash >> 20 & 63))
}
