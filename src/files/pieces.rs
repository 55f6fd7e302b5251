//! Divides files among shards by their bytes: of all files one after the other, each shard gets a
//! range of bytes that begins and ends at a line end, or the files that begin in its range. Each shard
//! looks at the sizes of all files for this, which nothing else in them needs.
//!
//! ```text
//!  names ──► survey: how many bytes? ──► range of the shard
//!  names ──► pieces: what of each file is in the range?
//! ```

use std::ops::Range;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use rustix::fs::FileType;

use super::item::{Found, Item, Origin, Refused};
use super::long::{lstat, stat};
use super::rules::Sizes;
use super::shard::Shard;
use crate::stamp::Stamp;

/// What a shard has of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portion {
    /// The first byte of the portion. If that is not the first byte of a line, the line belongs to the
    /// shard before.
    pub begin: u64,
    /// The end of the portion. If a line that begins before it ends after it, the whole line belongs
    /// to the portion.
    pub end: u64,
    /// The size of the file when the run began.
    pub size: u64,
    /// Whether the file is divided at line ends, even if the portion is all of it.
    pub is_divided: bool,
}

/// An item, and what of it is read; `None`: all of it, whatever its size.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The file or stream.
    pub item: Item,
    /// What the shard has of it.
    pub portion: Option<Portion>,
}

impl From<Item> for Piece {
    fn from(item: Item) -> Self {
        Self { item, portion: None }
    }
}

/// The files of a run as they were at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// The number of files.
    pub files: u64,
    /// The number of their bytes.
    pub bytes: u64,
    /// A digest of their names and sizes.
    pub digest: [u8; 32],
}

/// How files are divided.
#[derive(Clone, Copy, Debug)]
pub struct Division {
    /// The shard.
    pub shard: Shard,
    /// Whether each file belongs to one shard as a whole.
    pub by_files: bool,
    /// The sizes of the files to read.
    pub sizes: Sizes,
    /// Whether symbolic links that a walk finds are followed.
    pub follow: bool,
}

/// Counts files while they are looked at.
struct Counter {
    division: Division,
    files: u64,
    bytes: u64,
    hasher: blake3::Hasher,
}

impl Division {
    /// Looks at the sizes of all files.
    ///
    /// # Errors
    /// The item that cannot be divided, since it is a stream.
    pub fn survey(self, names: impl Iterator<Item = Found>) -> Result<Survey, Item> {
        let mut counter = Counter::new(self);
        for found in names {
            if let Ok(item) = &found
                && matches!(item, Item::Stdin | Item::File(_, Origin::Stream))
            {
                return Err(item.clone());
            }
            counter.add(&found);
        }
        Ok(counter.survey())
    }

    /// What the shard has of these files. `changed` is set if they turn out to be others than those of
    /// the survey, or to have other sizes.
    pub fn pieces<N: Iterator<Item = Found>>(
        self,
        names: N,
        survey: Survey,
        changed: Arc<AtomicBool>,
    ) -> Pieces<N> {
        let range = self.shard.range(survey.bytes);
        Pieces { names, range, survey, counter: Counter::new(self), changed }
    }

    /// The size of a file, and the number of its bytes that are to be divided.
    fn look(&self, path: &Path, origin: Origin) -> (u64, u64) {
        let follow = self.follow || !matches!(origin, Origin::Walked(..));
        let facts = if follow { stat(path) } else { lstat(path) };
        // Where there is no file, the shard that gets the name reports why.
        let Ok(stamp) = facts.map(Stamp::from) else { return (0, 0) };
        match stamp.size {
            _ if stamp.kind != FileType::RegularFile => (0, 0),
            size if self.sizes.exclude(size) => (size, 0),
            size => (size, size),
        }
    }
}

impl Counter {
    fn new(division: Division) -> Self {
        Self { division, files: 0, bytes: 0, hasher: blake3::Hasher::new() }
    }

    /// Counts an item. Returns the size of its file, and where its bytes are among those of all files.
    fn add(&mut self, found: &Found) -> (u64, Range<u64>) {
        let (path, size, bytes) = match found {
            Ok(Item::File(path, origin)) => {
                let (size, bytes) = self.division.look(path, *origin);
                self.files += 1;
                (&**path, size, bytes)
            }
            Ok(Item::Stdin) => (Path::new("-"), 0, 0),
            Err(Refused::Failed(failure) | Refused::Broken(failure)) => (&*failure.path, 0, 0),
            Err(Refused::Skipped(path, _)) => (&**path, 0, 0),
        };
        let name = path.as_os_str().as_bytes();
        self.hasher.update(&(name.len() as u64).to_le_bytes()).update(name);
        self.hasher.update(&size.to_le_bytes());
        let begin = self.bytes;
        self.bytes += bytes;
        (size, begin..self.bytes)
    }

    fn survey(&self) -> Survey {
        let digest = *self.hasher.finalize().as_bytes();
        Survey { files: self.files, bytes: self.bytes, digest }
    }
}

/// Iterates over what a shard has of files.
pub struct Pieces<N> {
    names: N,
    range: Range<u64>,
    survey: Survey,
    counter: Counter,
    changed: Arc<AtomicBool>,
}

impl<N> Pieces<N> {
    /// Whether something that begins at this byte of all files belongs to the shard.
    fn has(&self, begin: u64) -> bool {
        let shard = self.counter.division.shard;
        let at_end = begin >= self.survey.bytes && shard.index() == shard.of();
        self.range.contains(&begin) || at_end
    }

    /// What the shard has of a file of this size, whose bytes are at `at` among those of all files.
    fn portion(&self, size: u64, at: Range<u64>) -> Option<Portion> {
        let is_divided = !self.counter.division.by_files;
        if !is_divided || at.is_empty() {
            return self.has(at.start).then_some(Portion { begin: 0, end: size, size, is_divided });
        }
        let begin = self.range.start.max(at.start);
        let end = self.range.end.min(at.end);
        let portion = Portion {
            begin: begin - at.start,
            end: end.max(at.start) - at.start,
            size,
            is_divided,
        };
        (begin < end).then_some(portion)
    }
}

impl<N: Iterator<Item = Found>> Iterator for Pieces<N> {
    type Item = Result<Piece, Refused>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(found) = self.names.next() else {
                if self.counter.survey() != self.survey {
                    self.changed.store(true, Relaxed);
                }
                return None;
            };
            let (size, at) = self.counter.add(&found);
            match found {
                Ok(item) => {
                    if let Some(portion) = self.portion(size, at) {
                        return Some(Ok(Piece { item, portion: Some(portion) }));
                    }
                }
                Err(refused) if self.has(at.start) => return Some(Err(refused)),
                Err(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn the_portions_of_all_shards_are_the_files() {
        let directory = tempfile::TempDir::new().unwrap();
        let sizes = [0_usize, 5, 0, 1, 100, 0, 7, 0];
        let names: Vec<_> =
            (0..sizes.len()).map(|n| directory.path().join(n.to_string())).collect();
        for (name, size) in names.iter().zip(sizes) {
            fs::write(name, vec![b'x'; size]).unwrap();
        }
        let found = || names.iter().map(|name| Ok(Item::File(name.clone(), Origin::Listed)));
        for (of, by_files) in
            [(1, false), (2, false), (3, true), (7, false), (64, true), (200, false)]
        {
            let mut ends = vec![0; sizes.len()];
            let mut seen = vec![0; sizes.len()];
            for index in 1..=of {
                let shard = Shard::new(index, of).unwrap();
                let division = Division { shard, by_files, sizes: Sizes::default(), follow: false };
                let survey = division.survey(found()).unwrap();
                assert_eq!((survey.files, survey.bytes), (8, 113));
                let changed = Arc::default();
                for piece in division.pieces(found(), survey, Arc::clone(&changed)) {
                    let Piece { item: Item::File(path, _), portion: Some(portion) } =
                        piece.unwrap()
                    else {
                        panic!()
                    };
                    let at = names.iter().position(|name| *name == path).unwrap();
                    assert_eq!(portion.begin, ends[at], "{of} {at}");
                    assert_eq!(portion.size, sizes[at] as u64);
                    ends[at] = portion.end;
                    seen[at] += 1;
                }
                assert!(!changed.load(Relaxed));
            }
            assert!(
                ends.iter().zip(sizes).all(|(end, size)| *end == size as u64),
                "{of}: {ends:?}"
            );
            assert!(seen.iter().all(|&seen| seen == 1 || !by_files && seen > 0), "{of}: {seen:?}");
        }
    }

    #[test]
    fn a_file_that_gets_another_size_after_the_survey_is_noticed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let found = || [Ok(Item::File(file.path().into(), Origin::Listed))].into_iter();
        let shard = Shard::new(1, 2).unwrap();
        let division = Division { shard, by_files: false, sizes: Sizes::default(), follow: false };
        let survey = division.survey(found()).unwrap();
        fs::write(file.path(), "longer").unwrap();
        let changed = Arc::default();
        division.pieces(found(), survey, Arc::clone(&changed)).for_each(drop);
        assert!(changed.load(Relaxed));
    }
}
