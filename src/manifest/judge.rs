//! What a new digest says of a file that a manifest knows: the rules that `audit` and
//! `hash --update` share, and the file's times as they need them.
//!
//! A program that writes to a file can set its size and its time of modification (mtime) back to
//! what they were; nobody but the clock sets the time of its last change of status (ctime). So
//! other content under the same size and mtime was put there by somebody if the ctime has changed,
//! and by nobody, which is rot, if it has not. A ctime from about when the file was read proves
//! nothing: a later change may have the same.

use super::Entry;
use crate::hash::job::Digest;

/// A clock that stamps files may be this far behind, in nanoseconds; 100 ticks a second are the
/// fewest that kernels are built with.
const TICK: i128 = 10_000_000;
/// FAT ticks this slowly, and other file systems once a second.
const SLOW_TICK: i128 = 2 * SECOND;

const SECOND: i128 = 1_000_000_000;
const HOUR: i128 = 3600 * SECOND;
/// Time zones are at most this many hours apart.
const ZONES: i128 = 26;

/// What may differ without a meaning, as in a tree that was copied or restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ignored {
    /// The time of the last change of status.
    pub ctime: bool,
    /// The number of the inode.
    pub inode: bool,
    /// The number of the device.
    pub device: bool,
    /// Whole hours between the times of modification.
    pub zone: bool,
}

/// What became of the content of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// It is the same.
    Same,
    /// It is the same, but the file was modified at another time.
    Touched,
    /// It is another one, and so is the size or the time of modification.
    Edited,
    /// It is another one under the same size and time of modification, and the status has changed
    /// or may have.
    Replaced,
    /// It is another one, though nothing says that anybody wrote to the file.
    Corrupt,
    /// It is another one, and the manifest does not tell sizes and times.
    Changed,
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

/// Compares a file with what a manifest says of it.
pub fn judge(entry: &Entry, digest: &Digest, ignored: Ignored) -> Content {
    let same_time = entry.mtime.zip(digest.mtime).map(|(a, b)| is_same_time(a, b, ignored.zone));
    let same_size = entry.size.map(|size| size == digest.size);
    if entry.digests.agree(&digest.digests) {
        return if same_time == Some(false) { Content::Touched } else { Content::Same };
    }
    match (same_size, same_time) {
        (Some(false), _) | (_, Some(false)) => Content::Edited,
        (Some(true), Some(true)) => {
            let ctimes = entry.ctime.zip(digest.ctime).filter(|_| !ignored.ctime);
            match ctimes {
                // No archive and no file system brings it back, so that it is never coarser.
                Some((old, new)) if !is_rounded(old, new) => Content::Replaced,
                Some((old, _)) if entry.hashed.is_some_and(|hashed| is_in_doubt(old, hashed)) => {
                    Content::Replaced
                }
                _ => Content::Corrupt,
            }
        }
        _ => Content::Changed,
    }
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
fn is_rounded(a: i128, b: i128) -> bool {
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
    use crate::hash::digests::Digests;
    use crate::manifest::Form;

    #[test]
    fn a_ctime_from_when_the_file_was_read_proves_no_rot() {
        let time = 1_700_000_001_123_456_789;
        let verdict = |hashed, ctime| {
            let entry = Entry::empty(b"a".to_vec(), Form::Json).unwrap();
            let (size, mtime) = (Some(1), Some(time));
            let entry = Entry { size, mtime, ctime: Some(time), hashed, ..entry };
            // Without a common digest they do not agree.
            let (path, digests) = ("a".into(), Digests::default());
            let ctime = Some(ctime);
            let digest = Digest { path, digests, size: 1, mtime, ctime, identity: None };
            judge(&entry, &digest, Ignored::default())
        };
        assert_eq!(verdict(Some(time + TICK), time), Content::Corrupt);
        assert_eq!(verdict(None, time), Content::Corrupt);
        assert_eq!(verdict(Some(time + TICK - 1), time), Content::Replaced);
        assert_eq!(verdict(Some(time - SECOND), time), Content::Replaced);
        assert_eq!(verdict(Some(time + TICK), time + 1_000_000), Content::Replaced);
    }

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
