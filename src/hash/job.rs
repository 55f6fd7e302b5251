//! The pipeline's job behind `hash`: open, read, digest.

use std::mem::size_of;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::md5::{self, Input, Kernel};
use crate::error::Failure;
use crate::input::file::{OpenFile, Opener};
use crate::input::{Item, Refused, Skip};
use crate::pipeline::{Filled, Job, Step};
use crate::progress::Counters;

/// Digests files.
#[derive(Debug)]
pub struct HashJob {
    /// The instruction set that computes.
    pub kernel: Kernel,
    /// Opens the files.
    pub opener: Opener,
    /// Counts the bytes.
    pub counters: Arc<Counters>,
}

/// What became of a file.
#[derive(Debug)]
pub enum Outcome {
    /// Its digest.
    Digest(Digest),
    /// An error.
    Failed(Failure),
    /// It was left out by rule.
    Skipped(PathBuf, Skip),
    /// The list of names broke off.
    Broken(Failure),
}

/// The digest of a file.
#[derive(Debug)]
pub struct Digest {
    /// The file's name.
    pub path: PathBuf,
    /// The MD5.
    pub digest: [u8; 16],
    /// Bytes that were read.
    pub size: u64,
    /// When the file was modified last, in nanoseconds since 1970.
    pub mtime: Option<i128>,
}

impl From<Refused> for Outcome {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Failed(failure) => Outcome::Failed(failure),
            Refused::Skipped(path, skip) => Outcome::Skipped(path, skip),
            Refused::Broken(failure) => Outcome::Broken(failure),
        }
    }
}

impl Job for HashJob {
    type Item = Item;
    type Stream = OpenFile;
    type State = md5::State;
    type Output = Outcome;

    fn lanes(&self) -> usize {
        self.kernel.lanes()
    }

    fn share(&self, ready: usize, idle: usize) -> usize {
        // Up to eight streams take the time of two: on one core they run as fast as divided
        // between two, and the other core reads. Fewer than four gain by being divided.
        if ready < 4 { 1 } else { ready.div_ceil(idle).max(self.kernel.lanes().min(8)) }
    }

    fn open(&self, item: Item) -> Result<OpenFile, Outcome> {
        log::debug!("opening {item}");
        Ok(self.opener.open(item)?)
    }

    fn begin(&self, _file: &mut OpenFile) -> md5::State {
        md5::State::new()
    }

    fn read(&self, stream: &mut OpenFile, buffer: &mut [u8]) -> Filled {
        let filled = stream.read(buffer);
        self.counters.bytes.fetch_add(filled.bytes as u64, Relaxed);
        filled
    }

    fn work(&self, steps: &mut [Step<'_, md5::State>]) {
        let mut inputs: Vec<Input<'_>> = steps
            .iter_mut()
            .map(|step| Input { state: &mut *step.state, data: step.data, last: step.last })
            .collect();
        md5::update(self.kernel, &mut inputs);
    }

    fn finish(&self, stream: OpenFile, state: md5::State) -> Outcome {
        let OpenFile { path, size, mtime, failure, .. } = stream;
        match failure {
            Some(failure) => Outcome::Failed(failure),
            None => Outcome::Digest(Digest { path, digest: state.digest(), size, mtime }),
        }
    }

    fn weight(&self, outcome: &Outcome) -> usize {
        let text = match outcome {
            Outcome::Digest(digest) => digest.path.as_os_str().len(),
            Outcome::Failed(failure) | Outcome::Broken(failure) => {
                failure.path.as_os_str().len() + failure.reason.len()
            }
            Outcome::Skipped(path, _) => path.as_os_str().len(),
        };
        size_of::<Outcome>() + text
    }
}
