//! The files that say how texts are cut: dictionaries, stop words and the like. A run can go on only
//! if they are what they were. Their digests are computed when the first mark is made, so that a short
//! run need not read them again.

use std::fs;
use std::path::{Path, PathBuf};

use crate::escape::printable;
use crate::stamp::Stamp;

/// In place of the digest of a file that was changed after it was loaded. Nobody knows then what was
/// loaded.
pub(super) const UNKNOWN: &str = "unknown";

/// The side files of a run.
#[derive(Default)]
pub(super) struct Sides {
    /// The files, each with what it was like before it was loaded.
    files: Vec<(PathBuf, Option<Stamp>)>,
    digests: Option<Vec<String>>,
}

impl Sides {
    /// These files, which will be loaded.
    pub(super) fn new<'a>(files: impl IntoIterator<Item = &'a Path>) -> Self {
        let files = files.into_iter().map(|path| (path.to_path_buf(), stamp(path)));
        Self { files: files.collect(), digests: None }
    }

    /// The digests of the files.
    pub(super) fn digests(&mut self) -> Vec<String> {
        let digests = || self.files.iter().map(|(path, before)| digest(path, *before)).collect();
        self.digests.get_or_insert_with(digests).clone()
    }

    /// The names of the files, for messages.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.files.iter().map(|(path, _)| printable(path))
    }

    /// Checks that the files are those of an interrupted run, which had these digests.
    ///
    /// # Errors
    /// Names a file that is not.
    pub(super) fn check(&mut self, old: &[String]) -> Result<(), String> {
        let new = self.digests();
        let same = |(old, new): (&String, &String)| old == new && old != UNKNOWN;
        match old.iter().zip(&new).position(|pair| !same(pair)) {
            Some(index) => {
                let (path, _) = &self.files[index];
                Err(format!("{} has another content than in the interrupted run", printable(path)))
            }
            None if old.len() != new.len() => Err("it has other side files".into()),
            None => Ok(()),
        }
    }
}

/// What a file is like now. `None` if that cannot be found out.
fn stamp(path: &Path) -> Option<Stamp> {
    rustix::fs::stat(path).ok().map(Stamp::from)
}

/// The digest of a file, if it is what it was `before`.
fn digest(path: &Path, before: Option<Stamp>) -> String {
    match fs::read(path) {
        Ok(bytes) if before.is_some() && stamp(path) == before => {
            blake3::hash(&bytes).to_hex().to_string()
        }
        _ => UNKNOWN.into(),
    }
}
