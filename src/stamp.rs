//! The stamp of a file: its size, times and identity at one moment. Also rules for comparing times.
//! All times are nanoseconds since 1970; times before 1970 are negative.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{FileType, Stat};

/// How far the clock from which the kernel takes the times of files may lag behind the real time,
/// in nanoseconds. This clock advances at least 100 times a second.
const TICK: i128 = 10_000_000;
/// How far the clock may lag, in nanoseconds, if a time is in whole seconds: the FAT file system
/// stores times in steps of two seconds.
const SLOW_TICK: i128 = 2 * SECOND;

const SECOND: i128 = 1_000_000_000;
const HOUR: i128 = 3600 * SECOND;
/// The largest difference between two time zones, in hours.
const ZONES: i128 = 26;

/// Device and inode number. Together they identify a file, whichever of its names was used.
pub type Identity = (u64, u64);

/// Size in bytes and modification time of a file. Writing to a file changes at least one of them.
pub type Version = (u64, i128);

/// What `fstat` reports about a file. (The `statx` of the standard library takes twice as long.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The type: regular file, directory, FIFO and so on.
    pub(crate) kind: FileType,
    /// The size in bytes.
    pub size: u64,
    /// When the content of the file was modified last.
    pub mtime: i128,
    /// When the status of the file changed last (content, mode, links).
    pub ctime: i128,
    /// The device and inode number.
    pub identity: Identity,
}

impl Stamp {
    /// The stamp of a regular file of this size, with these times of content and status.
    pub(crate) fn of_file(size: u64, (mtime, ctime): (i128, i128), identity: Identity) -> Self {
        Self { kind: FileType::RegularFile, size, mtime, ctime, identity }
    }

    /// The size and modification time.
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

/// The device and inode number of a file.
pub fn identity(metadata: &Metadata) -> Identity {
    (metadata.dev(), metadata.ino())
}

/// The current time, in nanoseconds since 1970.
pub fn now() -> i128 {
    nanoseconds(SystemTime::now())
}

/// Converts a time to nanoseconds since 1970.
pub fn nanoseconds(time: SystemTime) -> i128 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => nanoseconds_of(after),
        Err(error) => -nanoseconds_of(error.duration()),
    }
}

/// Converts a duration to nanoseconds.
pub fn nanoseconds_of(span: Duration) -> i128 {
    i128::try_from(span.as_nanos()).unwrap_or(i128::MAX)
}

/// How long after the time `stamp` a change of the file may still get the same time: one tick of
/// the clock from which the kernel takes the times of files.
pub fn tick(stamp: i128) -> i128 {
    if stamp % SECOND == 0 { SLOW_TICK } else { TICK }
}

/// Whether a file with this modification time may have been changed after it was read; `hashed` is
/// when reading began. It may have been changed if its time is later than that, or less than one
/// tick of the clock earlier.
///
/// ```text
///  unchanged:  ── time ── one tick ── hashed ──►
///  in doubt:   ── time ── hashed ──►   or   ── hashed ── time ──►
/// ```
pub fn is_in_doubt(time: i128, hashed: i128) -> bool {
    time > hashed - tick(time)
}

/// Whether two times, in nanoseconds, are the same at the precision of the less precise one. With
/// `zone` they may differ by whole hours, as between time zones.
pub fn is_same_time(a: i128, b: i128, zone: bool) -> bool {
    let same = |b| is_rounded(a, b) || is_coarser(a, b);
    if same(b) {
        return true;
    }
    // The difference of the two times, rounded to whole hours.
    let hours = (a - b + (a - b).signum() * HOUR / 2) / HOUR;
    zone && hours.abs() <= ZONES && same(b + hours * HOUR)
}

/// Whether two times are exactly the same. With `zone` they may differ by whole hours, as between
/// time zones.
pub fn is_exact_time(a: i128, b: i128, zone: bool) -> bool {
    let apart = (a - b).abs();
    apart == 0 || zone && apart % HOUR == 0 && apart <= ZONES * HOUR
}

/// Whether one time may be the other one after a program has rounded it: jq stores numbers as
/// 64-bit floating-point numbers, and spreadsheets keep 15 digits.
pub fn is_rounded(a: i128, b: i128) -> bool {
    a as f64 == b as f64 || is_unit_apart(a, b, 10_000)
}

/// Whether one time may be the other one after an archive or a file system has rounded it up or
/// down to microseconds, milliseconds, seconds, or two seconds (FAT). Two different times in whole
/// seconds are not the same: both may come from a clock that counts seconds.
fn is_coarser(a: i128, b: i128) -> bool {
    let is_precise = |time: i128| time % SECOND != 0;
    let seconds = [SECOND, 2 * SECOND].into_iter().filter(|_| is_precise(a) || is_precise(b));
    [1000, 1_000_000].into_iter().chain(seconds).any(|unit| is_unit_apart(a, b, unit))
}

/// Whether the times differ by less than a unit, and one of them is a multiple of the unit.
fn is_unit_apart(a: i128, b: i128, unit: i128) -> bool {
    // A time that a spreadsheet has rounded to 15 digits and stored as a floating-point number is
    // off by up to 128 ns.
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
            // In this order: rounded by jq and by a spreadsheet; rounded to microseconds, to
            // milliseconds and to seconds; rounded up and down by FAT.
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
        // Two times from a clock that counts seconds.
        let second = time - time % SECOND;
        assert!(!is_same_time(second, second + SECOND, true));
        assert!(!is_same_time(second - SECOND, second, true));
    }

    #[test]
    fn zones_differ_by_whole_hours_only() {
        assert!(is_exact_time(5, 5 - 9 * HOUR, true) && !is_exact_time(5, 5 - 9 * HOUR, false));
        assert!(!is_exact_time(5, 6, true) && !is_exact_time(0, HOUR / 2, true));
    }
}
