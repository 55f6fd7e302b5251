//! Tries again to open a file while too many files are open. The file itself is not the cause, and
//! often other files are closed soon.

use std::thread::sleep;
use std::time::Duration;

use rustix::io::Errno;

/// How many times to try to open a file. After each failure there is a pause.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(20);

/// Whether an error says that too many files are open in this process or on this machine.
pub(super) fn is_too_many_open(error: &std::io::Error) -> bool {
    let code = error.raw_os_error();
    [Errno::MFILE, Errno::NFILE].iter().any(|errno| Some(errno.raw_os_error()) == code)
}

/// Calls `open`; while too many files are open, tries again for two seconds.
pub(super) fn retry_open<T>(mut open: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    for _ in 0..TRIES {
        match open() {
            Err(Errno::MFILE | Errno::NFILE) => sleep(PAUSE),
            opened => return opened,
        }
    }
    open()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_too_many_open_files_are_a_reason_to_try_again() {
        let mut tries = 0;
        let mut open = |good_at: u32, error| {
            tries += 1;
            if tries >= good_at { Ok(tries) } else { Err(error) }
        };
        assert_eq!(retry_open(|| open(3, Errno::MFILE)), Ok(3));
        assert_eq!(retry_open(|| open(5, Errno::NFILE)), Ok(5));
        assert_eq!(retry_open(|| open(9, Errno::ACCESS)), Err(Errno::ACCESS));
        assert_eq!(tries, 6);
    }
}
