//! The options of `check` and `audit`.

use std::io::Read;
use std::path::PathBuf;

use crate::files::WalkRules;
use crate::hash::algorithms::Set;
use crate::hash::md5::Kernel;
use crate::manifest::{Accept, Entries, ReadOptions, Records, Renames};
use crate::pipeline::{Control, Order, Settings, processors};

/// Options of [`check`](super::check()) and [`audit`](super::audit()). The program has the same
/// defaults.
#[derive(Clone, Debug)]
pub struct Options {
    /// The path of the manifest. Its name may show the form and the algorithm of lines that do not name
    /// theirs, such as `SHA256SUMS`, `x.b3` or `x.sfv`. Nothing is read from there. The default is `None`.
    pub path: Option<PathBuf>,
    /// The directory in which relative names of the manifest are looked up. The default is the
    /// current directory.
    pub root: Option<PathBuf>,
    /// The directory below which a check looks up all names, and which no name may leave: one that is
    /// absolute or has `..`, or that leads out of it through a symbolic link, gives an error, and so does
    /// `-`. Then `root` has no effect. An audit does not use this. The default is `None`.
    pub beneath: Option<PathBuf>,
    /// Whether each `\` in a name of the manifest becomes `/`. This is done before the prefix is
    /// removed. The default is `false`.
    pub backslashes: bool,
    /// What is removed from the front of each name of the manifest that begins with it, byte by
    /// byte. By default nothing is.
    pub strip_prefix: Option<PathBuf>,
    /// Whether only the last component of each name of the manifest is used. The default is `false`.
    pub base_name: bool,
    /// The algorithms that are accepted in the manifest. By default all are. Lines with other
    /// algorithms are treated as malformed.
    pub algorithms: Option<Set>,
    /// Whether a manifest without a seal, which may have been cut off, is an error. If there is a
    /// seal, it must be good in any case. The default is `false`.
    pub require_seal: bool,
    /// The rules by which an audit finds files in directories. A check does not use them.
    pub rules: WalkRules,
    /// The number of threads that compute digests. The default is the number of CPUs that this process may
    /// use.
    pub threads: Option<usize>,
    /// The bound on memory for data and results that wait to be processed, in bytes. The default is
    /// 256 MiB, the minimum 8 MiB.
    pub memory: usize,
    /// The control with which another thread can end the run.
    pub control: Control,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            path: None,
            root: None,
            beneath: None,
            backslashes: false,
            strip_prefix: None,
            base_name: false,
            algorithms: None,
            require_seal: false,
            rules: WalkRules::default(),
            threads: None,
            memory: Settings::DEFAULT_MEMORY,
            control: Control::default(),
        }
    }
}

impl Options {
    /// The entries of a manifest, with names as these options change them. After the last entry the
    /// seal is judged.
    pub(super) fn entries<R: Read>(&self, manifest: R) -> Entries<R> {
        let Self { path, backslashes, strip_prefix, base_name, .. } = self.clone();
        let read = ReadOptions { accept: Accept(self.algorithms), path, ..ReadOptions::default() };
        let renames = Renames { backslashes, strip_prefix, base_name };
        Entries::new(Records::new(manifest, read).watch_seal(self.require_seal)).renamed(renames)
    }

    pub(super) fn settings(&self, kernel: Kernel) -> Settings {
        let threads = self.threads.unwrap_or_else(processors).max(1);
        let memory = self.memory.max(Settings::MIN_MEMORY);
        Settings::for_memory(memory, threads, None, kernel.lanes(), Order::Input)
    }
}
