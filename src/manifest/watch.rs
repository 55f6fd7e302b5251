//! Follows a manifest while it is read, and judges its seal at the end.

use sha2::{Digest, Sha256};

use super::forms::{self, Reading};
use super::seal::{BadSeal, Seal};
use crate::marks::BOM;

/// Follows the lines of a manifest to its end, and then judges its seal.
#[derive(Default)]
pub(super) struct Watch {
    /// The digest of the lines before the seal. `None` if it is not asked for.
    digest: Option<Sha256>,
    /// Whether a manifest without a seal has a bad seal.
    required: bool,
    entries: u64,
    found: Found,
}

/// What was found of the seal so far.
#[derive(Clone, Copy, Default)]
enum Found {
    #[default]
    Nothing,
    Seal(Seal),
    Bad(BadSeal),
}

impl Watch {
    /// A watch that computes the digest too. `required` says whether there must be a seal.
    pub fn full(required: bool) -> Self {
        Self { digest: Some(Sha256::new()), required, ..Self::default() }
    }

    /// Follows a line with its terminator. Returns whether it is a seal line. `whole` says whether
    /// the line has a terminator, `bom` whether the manifest begins with a byte order mark that is
    /// missing in the first line.
    pub fn line(
        &mut self,
        raw: &[u8],
        whole: bool,
        number: u64,
        bom: bool,
        reading: &Reading,
    ) -> bool {
        match self.found {
            Found::Nothing => {}
            Found::Seal(_) => {
                self.found = Found::Bad(BadSeal::LinesAfter(number));
                return forms::begins_seal(raw);
            }
            Found::Bad(_) => return forms::begins_seal(raw),
        }
        if forms::begins_seal(raw) {
            self.found = match forms::parse_seal(raw, reading) {
                _ if !whole => Found::Bad(BadSeal::Torn),
                Some(seal) => Found::Seal(seal),
                None => Found::Bad(BadSeal::Damaged),
            };
            return true;
        }
        if !whole && forms::may_become_seal(raw) {
            self.found = Found::Bad(BadSeal::Torn);
        }
        if let Some(digest) = &mut self.digest {
            if bom && number == 1 {
                digest.update(BOM);
            }
            digest.update(raw);
        }
        false
    }

    /// Counts an entry, which may be malformed.
    pub fn entry(&mut self) {
        self.entries += u64::from(matches!(self.found, Found::Nothing));
    }

    /// Judges the seal at the end of the manifest. `last` is the last line. `None` if the seal is
    /// good, or if there is none and need not be one.
    pub fn end(&mut self, last: &[u8]) -> Option<BadSeal> {
        match self.found {
            Found::Bad(bad) => Some(bad),
            Found::Nothing if forms::holds_seal(last) => Some(BadSeal::Damaged),
            Found::Nothing => self.required.then_some(BadSeal::Missing),
            Found::Seal(seal) => {
                let digest = self.digest.take()?.finalize();
                let (found, sealed) = (self.entries, seal.entries);
                match digest[..] == seal.sha256 {
                    true if found == sealed => None,
                    false if found < sealed => Some(BadSeal::Fewer { found, sealed }),
                    _ => Some(BadSeal::Altered),
                }
            }
        }
    }
}
