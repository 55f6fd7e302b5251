//! How many files this process may have open at once, and how many of them streams may be.

use std::sync::OnceLock;
use std::{fs, io};

use rustix::process::{Resource, getrlimit, setrlimit};

/// With this many nobody has to save any: more streams than that are never open.
const PLENTY: usize = 4096;
/// Descriptors that a process has which cannot tell: the standard ones, pipes for signals, the
/// output.
const USED: usize = 18;
/// What a run opens beside its streams: the directory that is being walked and its .gitignore file,
/// two for an output, and one for the stream that all others may wait for.
const BESIDE: usize = 5;

/// The limit on the number of open files. The first call raises it as far as it may be, which
/// costs nothing: no `select` is used, and no other program is started.
pub fn limit() -> usize {
    static LIMIT: OnceLock<usize> = OnceLock::new();
    *LIMIT.get_or_init(|| {
        let mut limit = getrlimit(Resource::Nofile);
        let soft = limit.current;
        limit.current = limit.maximum;
        let raised = setrlimit(Resource::Nofile, limit).is_ok();
        let now = if raised { limit.current } else { soft };
        now.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX))
    })
}

/// Whether descriptors are to be saved.
pub fn are_few() -> bool {
    limit() < PLENTY
}

/// How many streams may be open at once, now that all else is open.
///
/// # Errors
/// The least limit with which one could be.
pub fn for_streams() -> Result<usize, usize> {
    if !are_few() {
        return Ok(usize::MAX);
    }
    let taken = used().unwrap_or(USED) + BESIDE;
    match limit().checked_sub(taken) {
        None | Some(0) => Err(taken + 1),
        Some(streams) => Ok(streams),
    }
}

/// The descriptors below the limit that are in use; those beyond it were inherited and take no room.
fn used() -> io::Result<usize> {
    let mut used = 0;
    for entry in fs::read_dir("/proc/self/fd")? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.parse::<usize>().ok());
        used += usize::from(number.is_some_and(|number| number < limit()));
    }
    // One is that of the directory that is being read.
    Ok(used.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_use_grows_with_what_is_opened() {
        // Other tests open and close files meanwhile, but not as many.
        let before = used().unwrap();
        let files: Vec<_> = (0..200).map(|_| fs::File::open("/dev/null").unwrap()).collect();
        assert!(used().unwrap() > before + 100, "{before} before");
        drop(files);
    }
}
