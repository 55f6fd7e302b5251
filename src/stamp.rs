//! The stamp of a file: its size, times and identity at one moment. Also rules for comparing times. All
//! times are nanoseconds since 1970; earlier ones are negative.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{FileType, Stat};

/// How far the clock that stamps files may lag, in nanoseconds. Linux is built with at least 100 ticks
/// a second.
const TICK: i128 = 10_000_000;
/// The same for times in whole seconds. FAT counts in steps of two seconds.
const SLOW_TICK: i128 = 2 * SECOND;

const SECOND: i128 = 1_000_000_000;
const HOUR: i128 = 3600 * SECOND;
/// Time zones differ by at most this many hours.
const ZONES: i128 = 26;

/// Device and inode number. They identify a file under all its names.
pub type Identity = (u64, u64);

/// Size in bytes and modification time: at least one changes when a file is written to.
pub type Version = (u64, i128);

/// What `fstat` reports about a file. (The `statx` of the standard library takes twice as long.)
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// Whether it is a regular file, a directory, a FIFO and so on.
    pub(crate) kind: FileType,
    /// Its size in bytes.
    pub size: u64,
    /// When its content was modified last.
    pub mtime: i128,
    /// When its status changed last (content, mode, links).
    pub ctime: i128,
    /// Its device and inode number.
    pub identity: Identity,
}

impl Stamp {
    /// Its size and modification time.
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

/// A duration in nanoseconds.
pub fn nanoseconds_of(span: Duration) -> i128 {
    i128::try_from(span.as_nanos()).unwrap_or(i128::MAX)
}

/// How long after time `stamp` a change of the file may still get the same stamp: one tick of the clock
/// that stamps files.
pub fn tick(stamp: i128) -> i128 {
    if stamp % SECOND == 0 { SLOW_TICK } else { TICK }
}

/// Whether a file with this time may have been changed after it was read. It may if the time is later
/// than the start of reading, or within the same tick of the clock.
///
/// ```text
///  unchanged:  ── time ── one tick ── hashed ──►
///  in doubt:   ── time ── hashed ──►   or   ── hashed ── time ──►
/// ```
pub fn is_in_doubt(time: i128, hashed: i128) -> bool {
    time > hashed - tick(time)
}

/// Whether two times, in nanoseconds, are the same at the precision of the coarser one. With `zone`
/// they may differ by whole hours.
pub fn is_same_time(a: i128, b: i128, zone: bool) -> bool {
    let same = |b| is_rounded(a, b) || is_coarser(a, b);
    if same(b) {
        return true;
    }
    // The difference, rounded to whole hours.
    let hours = (a - b + (a - b).signum() * HOUR / 2) / HOUR;
    zone && hours.abs() <= ZONES && same(b + hours * HOUR)
}

/// Whether two times are exactly the same. With `zone` they may differ by whole hours.
pub fn is_exact_time(a: i128, b: i128, zone: bool) -> bool {
    let apart = (a - b).abs();
    apart == 0 || zone && apart % HOUR == 0 && apart <= ZONES * HOUR
}

/// Whether one time is the other one after a program rounded the number: jq stores it as a 64-bit
/// floating-point number, spreadsheets keep 15 digits.
pub fn is_rounded(a: i128, b: i128) -> bool {
    a as f64 == b as f64 || is_unit_apart(a, b, 10_000)
}

/// Whether one time is the other one at the precision of an archive or a file system: microseconds,
/// milliseconds, seconds, or two seconds on FAT; rounded up or down. Two different times in whole seconds
/// are not the same: both may come from a clock that counts seconds.
fn is_coarser(a: i128, b: i128) -> bool {
    let is_precise = |time: i128| time % SECOND != 0;
    let seconds = [SECOND, 2 * SECOND].into_iter().filter(|_| is_precise(a) || is_precise(b));
    [1000, 1_000_000].into_iter().chain(seconds).any(|unit| is_unit_apart(a, b, unit))
}

/// Whether the times differ by less than a unit, and one of them is a multiple of the unit.
fn is_unit_apart(a: i128, b: i128, unit: i128) -> bool {
    // A time of 15 digits in a floating-point number is off by up to 128 ns.
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
            // Rounded by jq and by a spreadsheet; in microseconds, milliseconds and seconds; on FAT.
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
        // A clock that counts seconds.
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
