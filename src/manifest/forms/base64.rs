//! Digests in lines of cksum, which since coreutils 9.2 may be base64 text with padding.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::hash::algorithms::Algorithm;
use crate::manifest::entry::{Parsed, digest_of};

/// Parses the digest of a known algorithm: hexadecimal digits, or base64 text.
pub(super) fn digest(algorithm: Algorithm, text: &[u8]) -> Parsed<Vec<u8>> {
    let parsed = digest_of(algorithm, text);
    if parsed.is_ok() {
        return parsed;
    }
    let bytes = decode(text).filter(|bytes| bytes.len() == algorithm.bytes());
    bytes.map_or(parsed, Ok)
}

/// The bytes of base64 text with padding. The length of most words is not a multiple of four, which
/// rules them out at no cost.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    text.len().is_multiple_of(4).then(|| STANDARD.decode(text).ok())?
}
