//! The 64-bit FNV-1a hash. The build script makes tables whose keys are such hashes, and recognizes
//! its source files by their hashes. Source: <http://www.isthe.com/chongo/tech/comp/fnv/>.

/// The hash of these bytes.
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
