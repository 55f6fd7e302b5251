//! What a file was at one moment: its size, its times and its identity; and when two times are the
//! same. All times are nanoseconds since 1970, those before it negative.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{FileType, Stat};

/// A clock that stamps files may be this far behind, in nanoseconds; 100 ticks a second are the
/// fewest that kernels are built with.
const TICK: i128 = 10_000_000;
/// FAT ticks this slowly, and other file systems once a second.
const SLOW_TICK: i128 = 2 * SECOND;

const SECOND: i128 = 1_000_000_000;
const HOUR: i128 = 3600 * SECOND;
/// Time zones are at most this many hours apart.
const ZONES: i128 = 26;

/// The numbers of a device and an inode: what a file is, whatever its name.
pub type Identity = (u64, u64);

/// What changes when a file is written to: its size in bytes, and its time of modification.
pub type Version = (u64, i128);

/// What `fstat` says of a file. (The standard library's `statx` costs twice as much.)
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// Whether it is a regular file, a directory, a FIFO and so on.
    pub(crate) kind: FileType,
    /// Its size in bytes.
    pub size: u64,
    /// When it was modified last.
    pub mtime: i128,
    /// When its status changed last (content, mode, links).
    pub ctime: i128,
    /// What it is, whatever its name.
    pub identity: Identity,
}

impl Stamp {
    /// What changes when the file is written to.
    pub fn version(&self) -> Version {
        (self.size, self.mtime)
    }
}

impl From<Stat> for Stamp {
    fn from(stat: Stat) -> Self {
        let time =
            |seconds: i64, nanoseconds: u64| i128::from(seconds) * SECOND + i128::from(nanoseconds);
        Self {
            kind: FileType::from_raw_mode(stat.st_mode),
            size: stat.st_size.cast_unsigned(),
            mtime: time(stat.st_mtime, stat.st_mtime_nsec),
            ctime: time(stat.st_ctime, stat.st_ctime_nsec),
            identity: (stat.st_dev, stat.st_ino),
        }
    }
}

/// What the file is, whatever its name.
pub fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

/// Now, in nanoseconds since 1970.
pub fn now() -> i128 {
    nanoseconds(SystemTime::now())
}

/// A time, in nanoseconds since 1970.
pub fn nanoseconds(time: SystemTime) -> i128 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => nanoseconds_of(after),
        Err(error) => -nanoseconds_of(error.duration()),
    }
}

/// A span of time.
pub fn nanoseconds_of(span: Duration) -> i128 {
    i128::try_from(span.as_nanos()).unwrap_or(i128::MAX)
}

/// How long before a moment a change can have come that is stamped like this, yet came behind it.
pub fn tick(stamp: i128) -> i128 {
    if stamp % SECOND == 0 { SLOW_TICK } else { TICK }
}

/// Whether a file with this time may have been written to after it was read: the time lies behind the
/// moment from which on it was read, or in the same tick of the clock.
pub fn is_in_doubt(time: i128, hashed: i128) -> bool {
    time > hashed - tick(time)
}

/// Whether two times, in nanoseconds, are the same as far as the coarser of them tells. With `zone`
/// they may lie whole hours apart.
pub fn is_same_time(a: i128, b: i128, zone: bool) -> bool {
    let same = |b| is_rounded(a, b) || is_coarser(a, b);
    if same(b) {
        return true;
    }
    // The whole hours that are nearest to the difference.
    let hours = (a - b + (a - b).signum() * HOUR / 2) / HOUR;
    zone && hours.abs() <= ZONES && same(b + hours * HOUR)
}

/// Whether two times are exactly the same, or with `zone` but for whole hours.
pub fn is_exact_time(a: i128, b: i128, zone: bool) -> bool {
    let apart = (a - b).abs();
    apart == 0 || zone && apart % HOUR == 0 && apart <= ZONES * HOUR
}

/// Whether one of the times is the other one as other programs write large numbers: as floating-point
/// numbers of 64 bits, such as jq, or with 15 digits, such as spreadsheets.
pub fn is_rounded(a: i128, b: i128) -> bool {
    a as f64 == b as f64 || is_unit_apart(a, b, 10_000)
}

/// Whether one of the times is the other one as archives and file systems keep it: in microseconds,
/// milliseconds, seconds or, on FAT, pairs of seconds, rounded up or down. Two times in whole seconds that
/// differ are two times: a clock that ticks in seconds gives such.
fn is_coarser(a: i128, b: i128) -> bool {
    let is_precise = |time: i128| time % SECOND != 0;
    let seconds = [SECOND, 2 * SECOND].into_iter().filter(|_| is_precise(a) || is_precise(b));
    [1000, 1_000_000].into_iter().chain(seconds).any(|unit| is_unit_apart(a, b, unit))
}

/// Whether the times are less than a unit apart, and one of them is a multiple of it.
fn is_unit_apart(a: i128, b: i128, unit: i128) -> bool {
    // A floating-point number of 15 digits is this near to what they say.
    let near = if unit == 10_000 { 128 } else { 0 };
    let is_multiple = |time: i128| {
        let beyond = time.rem_euclid(unit);
        beyond.min(unit - beyond) <= near
    };
    (a - b).abs() < unit + near && (is_multiple(a) || is_multiple(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coarser_form_of_a_time_is_the_same_time() {
        let time = 1_700_000_001_123_456_789;
        for coarse in [
            // As jq and a spreadsheet write it, in microseconds, seconds, and as FAT has it.
            1_700_000_001_123_456_800,
            1_700_000_001_123_460_000,
            1_700_000_001_123_456_000,
            1_700_000_001_123_000_000,
            1_700_000_001_000_000_000,
            1_700_000_002_000_000_000,
            1_700_000_000_000_000_000,
        ] {
            assert!(is_same_time(time, coarse, false), "{coarse}");
            assert!(is_same_time(coarse, time, false), "{coarse}");
            assert!(is_same_time(coarse + 3 * HOUR, time, true), "{coarse}");
            assert!(!is_same_time(coarse + 3 * HOUR, time, false), "{coarse}");
        }
        for other in
            [time + 1000, time - SECOND, time + 3 * SECOND, time - time % SECOND - 2 * SECOND]
        {
            assert!(!is_same_time(time, other, true), "{other}");
        }
        assert!(!is_same_time(time, time + 27 * HOUR, true));
        // A clock that ticks in seconds.
        let second = time - time % SECOND;
        assert!(!is_same_time(second, second + SECOND, true));
        assert!(!is_same_time(second - SECOND, second, true));
    }

    #[test]
    fn only_whole_hours_are_a_matter_of_zones() {
        assert!(is_exact_time(5, 5 - 9 * HOUR, true) && !is_exact_time(5, 5 - 9 * HOUR, false));
        assert!(!is_exact_time(5, 6, true) && !is_exact_time(0, HOUR / 2, true));
    }
}
