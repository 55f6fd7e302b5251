//! The seal as a comment, which md5sum and similar programs pass over:
//! `# batchproc seal: entries=3 sha256=…`.

use std::io::Write;

use super::format::terminator;
use crate::escape::push_hex;
use crate::manifest::seal::Seal;

/// How the line begins in the forms of md5sum.
pub(super) const BEGIN: &[u8] = b"# batchproc seal: entries=";
const SHA256: &[u8] = b" sha256=";

/// How the line begins in hashdeep's form, whose comments begin with `##`.
pub(super) const BEGIN_HASHDEEP: &[u8] = b"## batchproc seal: entries=";
/// How the line begins in SFV, whose comments begin with `;`. There are two, so that no damage to a
/// single byte turns a seal of one form into that of another.
pub(super) const BEGIN_SFV: &[u8] = b";; batchproc seal: entries=";

/// Appends the line, which begins with `begin`. `zero` says whether it ends with NUL.
pub(super) fn push(begin: &[u8], seal: &Seal, zero: bool, out: &mut Vec<u8>) {
    out.extend(begin);
    // Writing to a vector cannot fail.
    let _ = write!(out, "{}", seal.entries);
    out.extend(SHA256);
    push_hex(&seal.sha256, out);
    out.push(terminator(zero));
}

/// Parses a line with its terminator. `None` unless [`push`] writes exactly this line for `begin`.
pub(super) fn parse(begin: &[u8], line: &[u8], zero: bool) -> Option<Seal> {
    let rest = line.strip_prefix(begin)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (entries, rest) = rest.split_at(digits);
    let seal = Seal::parse(entries, rest.strip_prefix(SHA256)?)?;
    let mut again = Vec::new();
    push(begin, &seal, zero, &mut again);
    (again == line).then_some(seal)
}
