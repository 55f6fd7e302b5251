//! A whole manifest in memory, by name and by content: what an audit needs to tell moved and
//! copied files, and an update of what is not in order. A file takes about 200 bytes and its name.

use std::collections::HashMap;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::OnceLock;

use super::{Entries, Entry, Problem};
use crate::hash::algorithms::Set;
use crate::hash::digests::Digests;

/// What a manifest says of all its files.
#[derive(Default)]
pub struct Held {
    entries: Vec<Entry>,
    /// Places by name.
    names: HashMap<Box<[u8]>, usize>,
    /// Places by a piece of a digest, once somebody looked for content.
    contents: OnceLock<HashMap<u64, Vec<usize>>>,
    /// The algorithms of all entries.
    algorithms: Set,
}

impl Held {
    /// Reads a manifest to its end. Names get `root` before them if they are relative. Lines that
    /// cannot be understood are told to `malformed` by number and reason. Of lines with the same
    /// name the last one counts, with the digests of those before that it has not.
    ///
    /// # Errors
    /// When reading fails.
    pub fn read(
        entries: Entries<impl Read>,
        root: Option<&Path>,
        mut malformed: impl FnMut(u64, &str),
    ) -> io::Result<Self> {
        let mut held = Self::default();
        for read in entries {
            match read {
                Ok(mut entry) => {
                    if let Some(root) = root {
                        entry.path = root.join(&entry.path);
                    }
                    held.add(entry);
                }
                Err(Problem::Malformed { line, reason }) => malformed(line, reason),
                Err(Problem::Broken(error)) => return Err(error),
            }
        }
        Ok(held)
    }

    fn add(&mut self, mut entry: Entry) {
        self.algorithms = self.algorithms.union(entry.digests.set());
        match self.names.get(&key(&entry.path)) {
            Some(&place) => {
                let old = &self.entries[place];
                let told = entry.digests.set();
                for algorithm in old.digests.set().iter().filter(|&known| !told.contains(known)) {
                    let digest = old.digests.get(algorithm).unwrap_or_default();
                    entry.digests.insert(algorithm, digest);
                }
                self.entries[place] = entry;
            }
            None => {
                self.names.insert(key(&entry.path), self.entries.len());
                self.entries.push(entry);
            }
        }
    }

    /// The algorithms of all entries.
    pub fn algorithms(&self) -> Set {
        self.algorithms
    }

    /// The entries, in the manifest's order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The place of a name among the entries.
    pub fn find(&self, path: &Path) -> Option<usize> {
        self.names.get(&key(path)).copied()
    }

    /// The places of the entries with this content.
    pub fn with_content(&self, digests: &Digests, size: u64) -> Vec<usize> {
        let contents = self.contents.get_or_init(|| {
            let mut contents: HashMap<u64, Vec<usize>> = HashMap::new();
            for (place, entry) in self.entries.iter().enumerate() {
                for piece in pieces(&entry.digests) {
                    contents.entry(piece).or_default().push(place);
                }
            }
            contents
        });
        let found = pieces(digests).filter_map(|piece| contents.get(&piece));
        let mut places: Vec<usize> = found.flatten().copied().collect();
        places.sort_unstable();
        places.dedup();
        places.retain(|&place| {
            let entry = &self.entries[place];
            entry.digests.agree(digests) && entry.size.is_none_or(|old| old == size)
        });
        places
    }
}

/// A piece of each digest; what has one in common is looked at more closely.
fn pieces(digests: &Digests) -> impl Iterator<Item = u64> {
    digests.set().iter().map(|algorithm| {
        let digest = digests.get(algorithm).unwrap_or_default();
        let mut piece = [0; 8];
        for (byte, digit) in piece.iter_mut().zip(digest) {
            *byte = *digit;
        }
        u64::from_le_bytes(piece)
    })
}

/// The name without `./` at its beginning and double slashes, by which it is compared.
pub fn key(path: &Path) -> Box<[u8]> {
    let bytes = path.as_os_str().as_bytes();
    let plain = !bytes.starts_with(b"./") && !bytes.windows(2).any(|pair| pair == b"//");
    if plain {
        return bytes.into();
    }
    let mut parts: Vec<&[u8]> =
        bytes.split(|&byte| byte == b'/').filter(|part| !part.is_empty()).collect();
    let absolute = bytes.starts_with(b"/");
    while !absolute && parts.len() > 1 && parts[0] == b"." {
        parts.remove(0);
    }
    let slash: &[u8] = if absolute { b"/" } else { b"" };
    [slash, &parts.join(&b'/')].concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_what_changes_nothing() {
        for (name, expected) in [
            ("a/b", "a/b"),
            ("./a", "a"),
            (".//a", "a"),
            ("a//b", "a/b"),
            ("//a", "/a"),
            ("././a", "a"),
            (".", "."),
            ("./", "."),
            ("/", "/"),
            ("a//", "a"),
            (".a", ".a"),
            ("a/./b", "a/./b"),
        ] {
            assert_eq!(&*key(Path::new(name)), expected.as_bytes(), "{name}");
        }
    }
}
