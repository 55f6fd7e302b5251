//! The library's interface for digests of files and of bytes in memory.

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::algorithms::{Algorithm, Set};
use super::digests::{Digests, State, update};
use super::file_digest::FileDigest;
use super::job::{Context, HashJob, Outcome, Task, lanes};
use crate::error::FileError;
use crate::files::mapping::Mapper;
use crate::files::open::Opener;
use crate::files::rules::WalkRules;
use crate::files::stdin::Interrupt;
use crate::files::walk::Files;
use crate::files::{Found, Item, Origin, Refused};
use crate::pipeline::{Background, Control, Error, Order, Settings, Sink, Step, processors, run};
use batchproc_lanes::md5::Kernel;

/// The result for one file.
pub type FileResult = Result<FileDigest, FileError>;

/// Computes digests of many files, or of many slices of bytes, at once.
///
/// A hasher only stores settings. So it is cheap to make and to clone, and many threads can use it.
/// It installs no signal handlers and no logger.
///
/// ```
/// use batchproc::hash::{Algorithm, Hasher};
///
/// let hasher = Hasher::new([Algorithm::MD5]);
/// let digests = hasher.digest(b"abc");
/// assert_eq!(digests.hex(Algorithm::MD5).unwrap(), "900150983cd24fb0d6963f7d28e17f72");
/// ```
#[derive(Clone, Debug)]
pub struct Hasher {
    algorithms: Set,
    threads: Option<usize>,
    io_threads: Option<usize>,
    memory: usize,
    order: Order,
    control: Control,
    maps: bool,
    bytes: Option<Arc<AtomicU64>>,
}

impl Hasher {
    /// Makes a hasher for these algorithms. It reads each file only once for all of them.
    pub fn new(algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        Self {
            algorithms: algorithms.into_iter().collect(),
            threads: None,
            io_threads: None,
            memory: Settings::DEFAULT_MEMORY,
            order: Order::Input,
            control: Control::default(),
            maps: false,
            bytes: None,
        }
    }

    /// Sets the number of threads that compute digests, at least one. The default is the number of CPUs
    /// that this process may use.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads.max(1));
        self
    }

    /// Sets the number of threads that read, at least one. Without this call, it is adjusted during the
    /// run.
    #[must_use]
    pub fn io_threads(mut self, threads: usize) -> Self {
        self.io_threads = Some(threads.max(1));
        self
    }

    /// Sets the bound on memory for data and results that wait to be processed, in bytes. The
    /// default is 256 MiB, the minimum 8 MiB.
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes.max(Settings::MIN_MEMORY);
        self
    }

    /// Sets the order of the results. The default is the order of the input.
    #[must_use]
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Sets the control with which another thread can end all runs of this hasher.
    #[must_use]
    pub fn control(mut self, control: Control) -> Self {
        self.control = control;
        self
    }

    /// Maps large files into memory where that is faster than to read them. If such a file is cut off
    /// meanwhile, the system sends SIGBUS to the thread that uses it. So the first such file installs a
    /// handler for this signal, which makes that an error of the file. All other signals go on to the handler
    /// that was there before.
    #[cfg(feature = "map-files")]
    #[must_use]
    pub fn map_files(mut self, maps: bool) -> Self {
        self.maps = maps;
        self
    }

    /// Sets the counter to which all runs of this hasher add the bytes that they read, as soon as they have
    /// read them.
    #[must_use]
    pub fn count_bytes(mut self, counter: Arc<AtomicU64>) -> Self {
        self.bytes = Some(counter);
        self
    }

    /// The digests of these bytes.
    pub fn digest(&self, data: &[u8]) -> Digests {
        let mut state = State::new(self.algorithms);
        update(Kernel::best(), &mut [Step { state: &mut state, data, last: true }]);
        state.digests()
    }

    /// The digests of each slice, in order. Everything runs on the thread of the caller. MD5
    /// digests of many slices are computed at the same time.
    ///
    /// ```
    /// use batchproc::hash::{Algorithm, Hasher};
    ///
    /// let all = Hasher::new([Algorithm::MD5]).digest_all(&[b"a", b"b"]);
    /// assert_eq!(all[1].hex(Algorithm::MD5).unwrap(), "92eb5ffee6ae2fec3ad71c777531578f");
    /// ```
    pub fn digest_all(&self, data: &[&[u8]]) -> Vec<Digests> {
        let mut states: Vec<_> = data.iter().map(|_| State::new(self.algorithms)).collect();
        let mut steps: Vec<_> = states
            .iter_mut()
            .zip(data)
            .map(|(state, data)| Step { state, data, last: true })
            .collect();
        update(Kernel::best(), &mut steps);
        states.into_iter().map(State::digests).collect()
    }

    /// The digests of these files, as an iterator. Other threads compute ahead up to the memory bound.
    /// Dropping the iterator ends the run.
    ///
    /// Anything but a regular file gives an error. If the run itself fails, the last item is an error with
    /// an empty path.
    ///
    /// ```
    /// use batchproc::hash::{Algorithm, Hasher};
    ///
    /// let crc32 = Algorithm::by_name("crc32").unwrap();
    /// for result in Hasher::new([Algorithm::MD5, crc32]).files(["Cargo.toml", "gone"]) {
    ///     match result {
    ///         Ok(file) => println!("{}  {}", file.digests.hex(crc32).unwrap(), file.path.display()),
    ///         Err(error) => eprintln!("{error}"),
    ///     }
    /// }
    /// ```
    pub fn files<P>(&self, paths: P) -> Results
    where
        P: IntoIterator<Item: Into<PathBuf>, IntoIter: Send + 'static>,
    {
        self.start(named(paths.into_iter()))
    }

    /// The digests of all files below `root`. With [`Order::Input`] they are sorted by name.
    /// Symbolic links, FIFOs, sockets and devices are skipped. With [`WalkRules::links`] a symbolic
    /// link gives its target in place of digests. A file or directory that cannot be read gives an
    /// error.
    ///
    /// ```
    /// use batchproc::hash::{Algorithm, Hasher};
    /// use batchproc::files::WalkRules;
    ///
    /// let files = Hasher::new([Algorithm::MD5]).tree("src", &WalkRules::default());
    /// assert!(files.filter_map(Result::ok).any(|file| file.path.ends_with("lib.rs")));
    /// ```
    pub fn tree(&self, root: impl Into<PathBuf>, rules: &WalkRules) -> Results {
        let sorted = self.order == Order::Input;
        let names_memory = Some(Settings::names_memory(self.memory));
        let rules = WalkRules { sorted, names_memory, ..rules.clone() };
        self.start(Files::new(vec![root.into()], rules))
    }

    /// Calls `each` with the result of each file, on the thread of the caller, until `each` returns
    /// [`ControlFlow::Break`]. This is faster than [`Hasher::files`], which passes results between
    /// threads through a channel.
    ///
    /// # Errors
    /// When the run itself fails, for example because no thread can be started. A file that fails is passed
    /// to `each` and does not end the run.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use batchproc::hash::{Algorithm, Hasher};
    ///
    /// let mut found = None;
    /// Hasher::new([Algorithm::MD5]).for_each(["Cargo.toml", "src/lib.rs"], |result| {
    ///     found = result.ok();
    ///     ControlFlow::Break(())
    /// })?;
    /// assert!(found.unwrap().path.ends_with("Cargo.toml"));
    /// # Ok::<(), batchproc::pipeline::Error<std::convert::Infallible>>(())
    /// ```
    pub fn for_each<P>(
        &self,
        paths: P,
        each: impl FnMut(FileResult) -> ControlFlow<()>,
    ) -> Result<(), Error<Infallible>>
    where
        P: IntoIterator<Item: Into<PathBuf>, IntoIter: Send>,
    {
        let mut each = each;
        self.for_each_with(paths.into_iter().map(|path| (path, ())), |result, ()| each(result))
    }

    /// Like [`Hasher::for_each`], and gives `each` also what came with the path, such as the place
    /// of the file in a list.
    ///
    /// # Errors
    /// As for [`Hasher::for_each`].
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use batchproc::hash::{Algorithm, Hasher};
    ///
    /// let mut failed = Vec::new();
    /// Hasher::new([Algorithm::MD5]).for_each_with([("Cargo.toml", 1), ("gone", 2)], |result, number| {
    ///     failed.extend(result.is_err().then_some(number));
    ///     ControlFlow::Continue(())
    /// })?;
    /// assert_eq!(failed, [2]);
    /// # Ok::<(), batchproc::pipeline::Error<std::convert::Infallible>>(())
    /// ```
    pub fn for_each_with<P, T, I>(
        &self,
        paths: I,
        mut each: impl FnMut(FileResult, T) -> ControlFlow<()>,
    ) -> Result<(), Error<Infallible>>
    where
        P: Into<PathBuf>,
        T: Send,
        I: IntoIterator<Item = (P, T), IntoIter: Send>,
    {
        let item = |path: P| Item::File(path.into(), Origin::Listed);
        let source = paths.into_iter().map(|(path, with)| Ok((item(path), with)));
        let each = |result, with: Option<T>| each(result, with.expect("each path becomes a task"));
        self.run(source, &mut Each(each), &self.control)
    }

    /// Starts a run on a new thread.
    fn start(&self, source: impl Iterator<Item = Found> + Send + 'static) -> Results {
        let hasher = self.clone();
        let started = Background::start(&self.control, move |give, control| {
            let each = |result, _| match give(result) {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            };
            let source = source.map(|found| found.map(|item| (item, ())));
            let end = hasher.run(source, &mut Each(each), control);
            end.err().map(|error| Err(FileError::of_run(&error)))
        });
        match started {
            Ok(run) => Results { run: Some(run), last: None },
            Err(error) => {
                let error = FileError::of_run(&format!("cannot start a thread: {error}"));
                Results { run: None, last: Some(Err(error)) }
            }
        }
    }

    /// Runs until the sink wants no more. Each item of `source` has data that come back with its
    /// result.
    fn run<S, T, F>(
        &self,
        source: S,
        sink: &mut Each<F>,
        control: &Control,
    ) -> Result<(), Error<Infallible>>
    where
        S: Iterator<Item = Result<(Item, T), Refused>> + Send,
        T: Send,
        F: FnMut(FileResult, Option<T>) -> ControlFlow<()>,
    {
        let (kernel, algorithms) = (Kernel::best(), self.algorithms);
        let threads = self.threads.unwrap_or_else(processors);
        let lanes = lanes(kernel, algorithms);
        let settings =
            Settings::for_memory(self.memory, threads, self.io_threads, lanes, self.order);
        let interrupt = Interrupt::new().map_err(|error| Error::Begin(error.to_string()))?;
        let opener = Opener { mapper: self.mapper(), ..Opener::new(interrupt) };
        let job = HashJob::new(kernel, algorithms, opener, self.bytes.clone().unwrap_or_default());
        let task = |(item, with)| Task { item, algorithms, context: With(with) };
        let source = source.map(|found| found.map(task).map_err(Outcome::from));
        let failure = run(&job, source, sink, &settings, control).err().and_then(Error::failure);
        failure.map_or(Ok(()), Err)
    }

    fn mapper(&self) -> Option<Mapper> {
        #[cfg(feature = "map-files")]
        if self.maps {
            return Mapper::usual();
        }
        None
    }
}

fn named<I: Iterator<Item: Into<PathBuf>>>(paths: I) -> impl Iterator<Item = Found> {
    paths.map(|path| Ok(Item::File(path.into(), Origin::Listed)))
}

/// Iterates over the results of a run. Dropping the iterator ends the run.
#[derive(Debug)]
pub struct Results {
    run: Option<Background<FileResult>>,
    last: Option<FileResult>,
}

impl Iterator for Results {
    type Item = FileResult;

    fn next(&mut self) -> Option<FileResult> {
        self.run.as_mut().and_then(Iterator::next).or_else(|| self.last.take())
    }
}

/// What a caller gave with a path.
struct With<T>(T);

impl<T: Send> Context for With<T> {}

/// The sink of a run that passes the results to a function.
struct Each<F>(F);

impl<T, F> Sink<Outcome<With<T>>> for Each<F>
where
    T: Send,
    F: FnMut(FileResult, Option<T>) -> ControlFlow<()>,
{
    type Error = ();

    fn put(&mut self, outcome: Outcome<With<T>>) -> Result<(), ()> {
        let (result, with) = match outcome {
            Outcome::Digest(digest, With(with)) => (Ok(*digest), Some(with)),
            Outcome::Refused(Refused::Failed(error) | Refused::Broken(error), with) => {
                (Err(error), with.map(|With(with)| with))
            }
            Outcome::Refused(Refused::Skipped(..), _)
            | Outcome::Settled(..)
            | Outcome::Carried(..) => return Ok(()),
        };
        match (self.0)(result, with) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(()),
        }
    }

    fn idle(&mut self) -> Result<(), ()> {
        Ok(())
    }
}
