//! Descriptors that are missing for now. That no more files can be open is no fault of the file to be
//! opened, and often over soon: it is tried again for a while.

use std::thread::sleep;
use std::time::Duration;

use rustix::io::Errno;

/// How often opening is tried again, and how long after each time.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(20);

/// Whether an error says that too many files are open, in this process or on this machine.
pub(super) fn is_too_many_open(error: &std::io::Error) -> bool {
    let code = error.raw_os_error();
    [Errno::MFILE, Errno::NFILE].iter().any(|errno| Some(errno.raw_os_error()) == code)
}

/// Opens something; if too many files are open, again for two seconds.
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
    fn what_cannot_be_opened_for_now_is_tried_again_and_all_else_is_not() {
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
