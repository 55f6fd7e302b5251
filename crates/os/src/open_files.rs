//! How many files this process may have open at once, and how many of these may be streams, the
//! files whose content a run reads.

use std::sync::OnceLock;
use std::{fs, io};

use rustix::process::{Resource, getrlimit, setrlimit};

/// If the limit on open files is this high or higher, a run need not save descriptors: it never has
/// more streams open.
const PLENTY: usize = 4096;
/// How many descriptors are assumed to be in use if the system does not list them: the standard
/// ones, pipes for signals, and the output.
const ASSUMED_USED: usize = 18;
/// Descriptors that a run needs besides its streams: one for the directory it walks and one for its
/// .gitignore file, two for an output, and one for the stream that all others may have to wait for.
const OTHER: usize = 5;

/// The limit on the number of open files. The first call raises the limit as far as the system
/// allows. A high limit can harm only code that uses `select`, and this process neither uses
/// `select` nor starts other programs.
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

/// Whether the run must save descriptors, because the limit on open files is low.
pub fn are_few() -> bool {
    limit() < PLENTY
}

/// How many streams may be open at once. Call this function when all other files are open, because
/// it counts the descriptors in use.
///
/// # Errors
/// The limit on open files allows no stream. The error is the lowest limit that would allow one.
pub fn for_streams() -> Result<usize, usize> {
    if !are_few() {
        return Ok(usize::MAX);
    }
    let taken = used().unwrap_or(ASSUMED_USED) + OTHER;
    match limit().checked_sub(taken) {
        None | Some(0) => Err(taken + 1),
        Some(streams) => Ok(streams),
    }
}

/// How many descriptors are in use below the limit on open files. Descriptors above the limit were
/// inherited and do not count, since they take no number below it.
fn used() -> io::Result<usize> {
    let mut used = 0;
    for entry in fs::read_dir("/proc/self/fd")? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.parse::<usize>().ok());
        used += usize::from(number.is_some_and(|number| number < limit()));
    }
    // One of the counted descriptors is that of /proc/self/fd itself, which this function reads.
    Ok(used.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_use_grows_with_what_is_opened() {
        // Other tests open and close files at the same time, but not as many.
        let before = used().unwrap();
        let files: Vec<_> = (0..200).map(|_| fs::File::open("/dev/null").unwrap()).collect();
        assert!(used().unwrap() > before + 100, "{before} descriptors were in use before");
        drop(files);
    }
}
