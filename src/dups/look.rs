//! The first stage: looks at each file and notes its size, without opening it. Many files are looked
//! at at the same time, because on a cold disk each look waits.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use crate::error::FileError;
use crate::files::link::Link;
use crate::files::open::Opener;
use crate::files::{Item, Origin, Refused, Root};
use crate::pipeline::{Filled, Job, Step, Unopened};
use crate::stamp::Stamp;

/// What a look found.
#[derive(Debug)]
pub struct Seen {
    /// The name of the file.
    pub path: PathBuf,
    /// The size, times and identity of the file.
    pub stamp: Stamp,
    /// Whether a walk found the file.
    pub walked: Option<Root>,
    /// The target, if this is a symbolic link that is looked at itself.
    pub target: Option<Box<Path>>,
}

/// The job that looks at files. It never opens one, so all its results come from [`Job::open`].
pub struct LookJob(pub Opener);

impl Job for LookJob {
    type Item = Item;
    type Stream = Infallible;
    type State = ();
    type Output = Result<Seen, Refused>;

    fn device(&self, item: &Item) -> Option<u64> {
        item.device()
    }

    fn spot(&self, item: &Item) -> Option<u64> {
        item.spot()
    }

    fn open(&self, item: Item, _: bool) -> Result<Infallible, Unopened<Item, Self::Output>> {
        let (path, origin) = match item {
            Item::File(path, origin) => (path, origin),
            Item::Stdin => {
                let reason = "standard input is no file that could have duplicates".into();
                return Err(Err(Refused::Failed(FileError::new("-".into(), reason))).into());
            }
        };
        let walked = match origin {
            Origin::Walked(_, root) | Origin::Link(_, root) => Some(root),
            _ => None,
        };
        if matches!(origin, Origin::Link(..)) {
            let seen = self.0.link(&path, origin).map(|Link { target, stamp }| {
                let target = Some(target.into());
                Seen { path, stamp, walked, target }
            });
            return Err(seen.into());
        }
        let seen = self.0.look(path, origin);
        Err(seen.map(|(path, stamp)| Seen { path, stamp, walked, target: None }).into())
    }

    fn read(&self, stream: &mut Infallible, _: &mut [u8]) -> Filled {
        match *stream {}
    }

    fn begin(&self, stream: &mut Infallible) {
        match *stream {}
    }

    fn work(&self, _: &mut [Step<'_, ()>]) {}

    fn finish(&self, stream: Infallible, (): ()) -> Self::Output {
        match stream {}
    }

    fn weight(&self, output: &Self::Output) -> usize {
        let text = match output {
            Ok(seen) => {
                let target = seen.target.as_ref().map_or(0, |target| target.as_os_str().len());
                seen.path.as_os_str().len() + target
            }
            Err(Refused::Skipped(path, _)) => path.as_os_str().len(),
            Err(Refused::Failed(failure) | Refused::Broken(failure)) => {
                failure.path.as_os_str().len() + failure.reason.len()
            }
        };
        size_of_val(output) + text
    }
}
