//! The seal of a manifest: its last line, with the number of entries and a SHA-256 of every byte
//! before that line. It shows that the manifest is whole. How the line looks is a matter of the
//! form.

use std::fmt;

use crate::escape::unhex;

/// What the seal line of a manifest says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal {
    /// The number of lines before the seal that list a file. A row of CSV counts as one line.
    pub entries: u64,
    /// The SHA-256 of every byte before the seal line.
    pub sha256: [u8; 32],
}

impl Seal {
    /// The seal with this number and the digest with which `hex` begins.
    pub(super) fn parse(entries: &[u8], hex: &[u8]) -> Option<Self> {
        let entries = std::str::from_utf8(entries).ok()?.parse().ok()?;
        let sha256 = unhex(hex.get(..64)?)?.try_into().ok()?;
        Some(Self { entries, sha256 })
    }
}

/// Why a seal does not show that the manifest is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadSeal {
    /// The manifest ends within the seal line.
    Torn,
    /// The manifest has fewer entries than the seal says.
    Fewer {
        /// The number of entries of the manifest.
        found: u64,
        /// The number of entries that the seal says.
        sealed: u64,
    },
    /// The manifest has other bytes than when it was sealed.
    Altered,
    /// The seal line is not as this program writes it.
    Damaged,
    /// Lines follow the seal. The first of them has this number.
    LinesAfter(u64),
    /// The manifest has no seal.
    Missing,
}

impl fmt::Display for BadSeal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Torn => formatter.write_str("cut off: its last line is an incomplete seal"),
            Self::Fewer { found, sealed } => {
                write!(formatter, "cut off: it has only {found} of {sealed} entries")
            }
            Self::Altered => formatter.write_str("altered: its seal was made for other content"),
            Self::Damaged => formatter.write_str("altered: its seal line is damaged"),
            Self::LinesAfter(line) => {
                write!(formatter, "altered: from line {line} on, there are lines after the seal")
            }
            Self::Missing => formatter.write_str("cut off, or never sealed: it has no seal"),
        }
    }
}

#[cfg(test)]
mod tests;
