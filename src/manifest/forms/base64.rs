//! Digests in lines of cksum, which since coreutils 9.2 may be base64 text with padding.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::hash::algorithms::Algorithm;
use crate::manifest::entry::{Accept, Parsed, digest_of};

/// Parses the digest of a known algorithm: hexadecimal digits, or base64 text.
pub(super) fn digest(algorithm: Algorithm, text: &[u8]) -> Parsed<Vec<u8>> {
    let parsed = digest_of(algorithm, text);
    if parsed.is_ok() {
        return parsed;
    }
    let bytes = decode(text).filter(|bytes| bytes.len() == algorithm.bytes());
    bytes.map_or(parsed, Ok)
}

/// Parses the digest of a line that names no algorithm. The length says which one it is. Text that
/// has only hexadecimal digits, as many as a digest has, is not taken for base64.
pub(super) fn digest_of_length(accept: Accept, text: &[u8]) -> Parsed<(Algorithm, Vec<u8>)> {
    let refused = match accept.of_length(text.len() / 2).filter(|_| text.len().is_multiple_of(2)) {
        None => "it does not begin with a digest of a known length",
        Some(algorithm) => match digest_of(algorithm, text) {
            Ok(digest) => return Ok((algorithm, digest)),
            Err(reason) => reason,
        },
    };
    let bytes = decode(text).ok_or(refused)?;
    let algorithm = accept.of_length(bytes.len()).ok_or(refused)?;
    Ok((algorithm, bytes))
}

/// The bytes of base64 text with padding. Most lines that are not understood begin with a word that
/// is too short or too long for a digest, which costs nothing here.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    (text.len() >= 8 && text.len().is_multiple_of(4)).then(|| STANDARD.decode(text).ok())?
}
