//! Tables of the bits that are set in a byte, and functions that pack bytes into bits.

/// Indexed by a byte: the positions of its set bits in ascending order, then zeros.
pub(crate) static SET_BITS: [[u8; 8]; 256] = {
    let mut table = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut bit, mut count) = (0, 0);
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                table[byte][count] = bit as u8;
                count += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    table
};

/// Indexed by a byte: how many of its bits are set. The oldest CPUs have no instruction for this.
pub(crate) static COUNTS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).count_ones() as u8;
        byte += 1;
    }
    table
};

/// Packs eight bytes, each 0 or 1, into bits.
#[inline(always)]
pub(crate) fn bits_of(eight: [u8; 8]) -> u8 {
    // The multiplication moves the lowest bits of all bytes into the highest byte.
    (u64::from_le_bytes(eight).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8
}

/// Packs a property of 64 things, such as codes, into bits: `property` returns 1 for one that has
/// it, otherwise 0. The results are stored as bytes first, in a loop that the compiler can
/// vectorize.
#[inline(always)]
pub(crate) fn set_of<T: Copy>(all: &[T; 64], property: impl Fn(T) -> u8) -> u64 {
    let bytes = all.map(property);
    let eights = bytes.as_chunks::<8>().0.iter().rev();
    eights.fold(0, |bits, &eight| bits << 8 | u64::from(bits_of(eight)))
}
