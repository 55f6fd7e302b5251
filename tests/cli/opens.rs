//! Asks the kernel (inotify) whether certain files were opened. Handles that allow neither reading nor
//! writing (`O_PATH`) do not count.

use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};
use rustix::io::{Errno, read};

/// The files that are watched.
pub struct Opens(OwnedFd);

impl Opens {
    /// Begins to watch these files.
    pub fn of(paths: &[impl AsRef<Path>]) -> Self {
        let queue = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).unwrap();
        for path in paths {
            add_watch(&queue, path.as_ref(), WatchFlags::OPEN).unwrap();
        }
        Self(queue)
    }

    /// Whether one of them was opened since the last call.
    pub fn happened(&self) -> bool {
        let (mut any, mut events) = (false, [0; 1 << 14]);
        loop {
            match read(&self.0, &mut events) {
                Ok(_) => any = true,
                Err(Errno::AGAIN) => return any,
                Err(error) => panic!("{error}"),
            }
        }
    }
}
