//! The job that the pipeline runs for all commands that digest files: open a file, read it, compute
//! its digests.

use std::marker::PhantomData;
use std::mem::size_of;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::again::{Again, Changed};
use super::algorithms::{Algorithm, Set};
use super::digests::{self, State};
use super::file_digest::FileDigest;
use super::laned;
use super::until::Until;
use crate::error::FileError;
use crate::files::open::{OpenFile, Opener};
use crate::files::{Item, Origin, Refused};
use crate::pipeline::{Filled, Job, Mapped, Step, Unopened};
use batchproc_lanes::Tier;
use batchproc_lanes::md5::Kernel;

/// Data that a command attaches to a file and gets back with the file's digests.
pub trait Context: Send {
    /// Whether the command already has the result, so that the file need not be opened.
    fn is_settled(&self) -> bool {
        false
    }

    /// The number of bytes that the data uses on the heap.
    fn weight(&self) -> usize {
        0
    }
}

impl Context for () {}

/// A file to be digested.
#[derive(Debug)]
pub struct Task<C> {
    /// The file or stream to read.
    pub item: Item,
    /// The algorithms to compute.
    pub algorithms: Set,
    /// The data that the command attached.
    pub context: C,
}

/// A file that is being digested.
#[derive(Debug)]
pub struct Open<C> {
    file: OpenFile,
    /// How the file was found; `None` for standard input.
    origin: Option<Origin>,
    algorithms: Set,
    context: C,
}

/// The job that digests files.
pub struct HashJob<C> {
    kernel: Kernel,
    lanes: usize,
    /// How many bytes the state of a file takes beside its own size.
    held: usize,
    /// If most files need one algorithm, and its kernel processes many files at once: how many.
    tiers: &'static [Tier],
    opener: Opener,
    changed: Changed,
    until: Until,
    /// The number of bytes read so far, for the progress display.
    bytes: Arc<AtomicU64>,
    context: PhantomData<fn(C)>,
}

/// What became of a file, as the pipeline passes it to the command.
#[derive(Debug)]
pub enum Outcome<C> {
    /// The file was digested.
    Digest(Box<FileDigest>, C),
    /// The file was not read, because [`Context::is_settled`] said that the command already has its
    /// result, or because reading has ended ([`Until`]).
    Settled(Item, C),
    /// The results of several files, which the command already had and passes through the pipeline
    /// only to keep the order.
    Carried(C),
    /// The file could not be read or was skipped. The data of the command is missing if the file
    /// did not become a task.
    Refused(Refused, Option<C>),
}

impl<C> From<Refused> for Outcome<C> {
    fn from(refused: Refused) -> Self {
        Outcome::Refused(refused, None)
    }
}

/// How many files can be digested side by side on one thread. None if only one after the other.
fn tiers(kernel: Kernel, algorithm: Algorithm) -> &'static [Tier] {
    if algorithm == Algorithm::MD5 { kernel.tiers() } else { laned::tiers(algorithm) }
}

/// The number of files whose digests are computed fastest at the same time on one thread, for these
/// algorithms.
pub fn lanes(kernel: Kernel, algorithms: Set) -> usize {
    // The scalar kernel is chosen for one small file. To ask what the CPU can do would take longer
    // than to compute its digest.
    if kernel == Kernel::single() {
        return 1;
    }
    let widest = |algorithm| tiers(kernel, algorithm).first().map_or(1, |tier| tier.width);
    algorithms.iter().map(widest).max().unwrap_or(1)
}

impl<C> HashJob<C> {
    /// Makes a job for files; most of them should need exactly these `algorithms`. The job adds the
    /// number of bytes that it reads to `bytes`.
    pub fn new(kernel: Kernel, algorithms: Set, opener: Opener, bytes: Arc<AtomicU64>) -> Self {
        let lanes = lanes(kernel, algorithms);
        let one = algorithms.iter().next().filter(|_| lanes > 1 && algorithms.len() == 1);
        let tiers = one.map_or(&[][..], |algorithm| tiers(kernel, algorithm));
        let (changed, until) = (Changed::default(), Until::default());
        let held = State::new(algorithms).held();
        Self { kernel, lanes, held, tiers, opener, changed, until, bytes, context: PhantomData }
    }

    /// Says what to do about files that change while they are read. Without this call, they fail.
    pub fn with_changed(self, changed: Changed) -> Self {
        Self { changed, ..self }
    }

    /// Says when reading ends. Without this call, all files are read.
    pub fn until(self, until: Until) -> Self {
        Self { until, ..self }
    }

    /// The same job for files with other data.
    pub fn with_context<D>(self) -> HashJob<D> {
        let Self { kernel, lanes, held, tiers, opener, changed, until, bytes, .. } = self;
        HashJob { kernel, lanes, held, tiers, opener, changed, until, bytes, context: PhantomData }
    }
}

impl<C: Context> Job for HashJob<C> {
    type Item = Task<C>;
    type Stream = Open<C>;
    type State = State;
    type Output = Outcome<C>;

    fn lanes(&self) -> usize {
        self.lanes
    }

    fn held(&self) -> usize {
        self.held
    }

    fn device(&self, task: &Task<C>) -> Option<u64> {
        task.item.device()
    }

    fn spot(&self, task: &Task<C>) -> Option<u64> {
        task.item.spot()
    }

    fn share(&self, ready: usize, idle: usize) -> usize {
        let each = ready.div_ceil(idle);
        if self.tiers.is_empty() {
            return each;
        }
        // A kernel processes as many files as its narrowest width in little more time than one. So
        // one thread gets at least so many, and the other CPU cores are free to read. If there are
        // enough for all lanes, it gets these. Fewer than four files are faster on several threads.
        let few = self.tiers.iter().rev().map(|tier| tier.width).find(|&width| width >= 4);
        match ready {
            0..4 => 1,
            _ if ready < self.lanes => each.max(few.unwrap_or(1)),
            _ => each.max(self.lanes),
        }
    }

    fn min_ready(&self, streams: usize) -> usize {
        // As many as the kernel will process side by side when it has so many files.
        let tier = self.tiers.iter().find(|tier| tier.fewest <= streams);
        tier.filter(|_| streams >= 4).map_or(1, |tier| tier.width.min(streams).min(16))
    }

    fn open(
        &self,
        task: Task<C>,
        may_wait: bool,
    ) -> Result<Open<C>, Unopened<Task<C>, Outcome<C>>> {
        let Task { item, algorithms, context } = task;
        if context.is_settled() || self.until.is_over() {
            return Err(Outcome::Settled(item, context).into());
        }
        log::debug!("opening {item}");
        let item = match item {
            Item::File(path, origin @ Origin::Link(..)) => {
                return Err(match self.opener.link(&path, origin) {
                    Ok(link) => {
                        Outcome::Digest(Box::new(FileDigest::of_link(path, link)), context).into()
                    }
                    Err(refused) => Outcome::Refused(refused, Some(context)).into(),
                });
            }
            other => other,
        };
        let origin = match &item {
            Item::File(_, origin) => Some(*origin),
            Item::Stdin => None,
        };
        match self.opener.open(item, may_wait) {
            Ok(file) => Ok(Open { file, origin, algorithms, context }),
            Err(Unopened::Later(item)) => Err(Unopened::Later(Task { item, algorithms, context })),
            Err(Unopened::Busy(item)) => Err(Unopened::Busy(Task { item, algorithms, context })),
            Err(Unopened::Result(refused)) => Err(Outcome::Refused(refused, Some(context)).into()),
        }
    }

    fn begin(&self, open: &mut Open<C>) -> State {
        State::new(open.algorithms)
    }

    fn expected(&self, Open { file, .. }: &Open<C>) -> usize {
        file.expected()
    }

    fn read(&self, Open { file, .. }: &mut Open<C>, buffer: &mut [u8]) -> Filled {
        if self.until.is_stopped() {
            let reason = "the run was stopped while it was read".into();
            file.failure = Some(FileError::new(file.path.clone(), reason));
            return Filled { bytes: 0, last: true };
        }
        let filled = file.read(buffer);
        self.bytes.fetch_add(filled.bytes as u64, Relaxed);
        filled
    }

    fn may_map(&self, Open { file, .. }: &Open<C>) -> bool {
        file.may_map()
    }

    fn map(&self, Open { file, .. }: &mut Open<C>, most: usize) -> Option<Mapped> {
        if self.until.is_stopped() {
            return None;
        }
        let mapped = file.map(most)?;
        self.bytes.fetch_add(mapped.bytes.len() as u64, Relaxed);
        Some(mapped)
    }

    fn work(&self, steps: &mut [Step<'_, State>]) {
        digests::update(self.kernel, steps);
    }

    fn finish(&self, open: Open<C>, state: State) -> Outcome<C> {
        let Open { mut file, origin, algorithms, context } = open;
        file.end();
        let OpenFile { path, size, stamp, failure, changed, .. } = file;
        let failure = failure.filter(|_| !(changed && self.changed == Changed::Mark));
        let result = match (failure, self.changed, origin) {
            (None, ..) => {
                let (digests, link) = (state.digests(), None);
                Ok(FileDigest { path, digests, link, size, stamp, changed })
            }
            (Some(failure), Changed::Retry(times), Some(origin)) if changed => {
                let Self { opener, kernel, bytes, .. } = self;
                let again = Again { opener, kernel: *kernel, algorithms, bytes };
                again.read(&path, origin, times, failure)
            }
            (Some(failure), ..) => Err(Refused::Failed(failure)),
        };
        match result {
            Ok(digest) => Outcome::Digest(Box::new(digest), context),
            Err(Refused::Failed(failure)) if self.until.is_stopped() => {
                let path = failure.path;
                let item = origin.map_or(Item::Stdin, |origin| Item::File(path, origin));
                Outcome::Settled(item, context)
            }
            Err(refused) => Outcome::Refused(refused, Some(context)),
        }
    }

    fn weight(&self, outcome: &Outcome<C>) -> usize {
        let of_item = |item: &Item| match item {
            Item::Stdin => 0,
            Item::File(path, _) => path.as_os_str().len(),
        };
        let of_failure =
            |failure: &FileError| failure.path.as_os_str().len() + failure.reason.len();
        let (text, context) = match outcome {
            Outcome::Digest(digest, context) => {
                let link = digest.link.as_ref().map_or(0, |target| target.as_os_str().len());
                let text = digest.path.as_os_str().len() + link + digest.digests.weight();
                (size_of::<FileDigest>() + text, Some(context))
            }
            Outcome::Settled(item, context) => (of_item(item), Some(context)),
            Outcome::Carried(context) => (0, Some(context)),
            Outcome::Refused(refused, context) => {
                let text = match refused {
                    Refused::Failed(failure) | Refused::Broken(failure) => of_failure(failure),
                    Refused::Skipped(path, _) => path.as_os_str().len(),
                };
                (text, context.as_ref())
            }
        };
        size_of::<Outcome<C>>() + text + context.map_or(0, Context::weight)
    }
}
