//! The seal as a comment, which md5sum and similar programs pass over:
//! `# batchproc seal: entries=3 sha256=…`.

use std::io::Write;

use super::format::terminator;
use crate::escape::push_hex;
use crate::manifest::seal::Seal;

/// How the line begins.
pub(super) const BEGIN: &[u8] = b"# batchproc seal: entries=";
const SHA256: &[u8] = b" sha256=";

/// Appends the line. `zero` says whether it ends with NUL.
pub(super) fn push(seal: &Seal, zero: bool, out: &mut Vec<u8>) {
    out.extend(BEGIN);
    // Writing to a vector cannot fail.
    let _ = write!(out, "{}", seal.entries);
    out.extend(SHA256);
    push_hex(&seal.sha256, out);
    out.push(terminator(zero));
}

/// Parses a line with its terminator. `None` unless [`push`] writes exactly this line.
pub(super) fn parse(line: &[u8], zero: bool) -> Option<Seal> {
    let rest = line.strip_prefix(BEGIN)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (entries, rest) = rest.split_at(digits);
    let seal = Seal::parse(entries, rest.strip_prefix(SHA256)?)?;
    let mut again = Vec::new();
    push(&seal, zero, &mut again);
    (again == line).then_some(seal)
}
