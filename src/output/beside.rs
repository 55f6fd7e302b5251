//! A small file beside an output that describes it, with a digest. It is written first: if the run ends
//! between the two, the digest shows that they do not belong together.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::destination::failed;
use super::inherited::mode;
use super::temporary::Temporaries;
use crate::error::{Fatal, reason};
use crate::escape::printable;
use crate::retry::Bounded;

/// A description that will be written.
pub struct Description {
    path: PathBuf,
    temporaries: Temporaries,
    make: Make,
}

/// Makes the description of an output with this SHA-256.
pub type Make = Box<dyn FnOnce(&[u8; 32]) -> Vec<u8> + Send>;

impl Description {
    /// The description that will have this path.
    pub fn new(path: PathBuf, temporaries: &Temporaries, make: Make) -> Self {
        Self { path, temporaries: temporaries.clone(), make }
    }

    pub(super) fn write(self, sha256: &[u8; 32]) -> Result<(), Fatal> {
        let Self { path, temporaries, make } = self;
        let fail = |error: &io::Error| failed("write to", &printable(&path), error);
        let new = None::<&fs::Metadata>;
        let mut file = temporaries.create(&path, mode(new)).map_err(|error| fail(&error))?;
        let written = Bounded::new(file.as_file_mut()).write_all(&make(sha256));
        written.and_then(|()| file.as_file().sync_all()).map_err(|error| fail(&error))?;
        file.persist(&path).map_err(|error| fail(&error.error))?;
        Ok(())
    }
}

/// Refuses to replace a file that does not begin like a description.
///
/// # Errors
/// If the file exists and is another one, or cannot be read.
pub fn check_old(path: &Path, begin: &[u8]) -> Result<(), Fatal> {
    let name = printable(path);
    let refuse = |why: &str| Err(Fatal(format!("{name} {why}, and this run would replace it")));
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Fatal(format!("{name}: {}", reason(&error)))),
        Ok(found) if !found.is_file() => return refuse("is not a regular file"),
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    let read = File::open(path)
        .and_then(|file| Bounded::new(file).take(begin.len() as u64).read_to_end(&mut bytes));
    match read {
        Err(error) => Err(Fatal(format!("{name}: {}", reason(&error)))),
        Ok(_) if bytes == begin => Ok(()),
        Ok(_) => refuse("does not describe a part of a result"),
    }
}
