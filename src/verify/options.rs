//! The options of `check` and `audit`.

use std::path::PathBuf;

use crate::files::WalkRules;
use crate::hash::algorithms::Set;
use crate::hash::md5::Kernel;
use crate::manifest::Accept;
use crate::pipeline::{Control, Order, Settings, processors};

/// Options of [`check`](super::check()) and [`audit`](super::audit()). The defaults are those of the program.
#[derive(Clone, Debug)]
pub struct Options {
    /// The directory against which relative names of the manifest are resolved. The default is the current
    /// directory.
    pub root: Option<PathBuf>,
    /// The algorithms that are accepted in the manifest. The default is all. Lines of other algorithms are
    /// malformed.
    pub algorithms: Option<Set>,
    /// Which files an audit finds in directories.
    pub rules: WalkRules,
    /// The number of threads that compute digests. The default is the number of CPUs that this process may
    /// use.
    pub threads: Option<usize>,
    /// The bound on memory for waiting data and results, in bytes. The default is 256 MiB, the minimum 8 MiB.
    pub memory: usize,
    /// The control with which another thread can end the run.
    pub control: Control,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            root: None,
            algorithms: None,
            rules: WalkRules::default(),
            threads: None,
            memory: Settings::DEFAULT_MEMORY,
            control: Control::default(),
        }
    }
}

impl Options {
    pub(super) fn accept(&self) -> Accept {
        Accept(self.algorithms)
    }

    pub(super) fn settings(&self, kernel: Kernel) -> Settings {
        let threads = self.threads.unwrap_or_else(processors).max(1);
        let memory = self.memory.max(Settings::MIN_MEMORY);
        Settings::for_memory(memory, threads, None, kernel.lanes(), Order::Input)
    }
}
