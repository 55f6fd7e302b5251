//! Tests: files of which parts are mapped, and which change meanwhile.

use std::fs::{self, File, FileTimes};
use std::io::Write;
use std::path::Path;
use std::time::SystemTime;

use tempfile::TempDir;

use super::Mapper;
use crate::files::open::{OpenFile, Opener};
use crate::files::stdin::Interrupt;
use crate::files::{Item, Origin, Root};
use crate::pipeline::{Filled, Mapped};

const PART: usize = 1 << 20;

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index / 5 % 251) as u8 + 1).collect()
}

fn write(directory: &TempDir, content: &[u8]) -> std::path::PathBuf {
    let path = directory.path().join("file");
    fs::write(&path, content).unwrap();
    path
}

fn open(path: &Path) -> OpenFile {
    let mapper = Some(Mapper::always(batchproc_os::windows::map));
    let opener = Opener { mapper, ..Opener::new(Interrupt::new().unwrap()) };
    opener.open(Item::File(path.to_path_buf(), Origin::Walked((0, 0), Root::NONE)), true).unwrap()
}

/// Maps the next part of the file.
fn map(file: &mut OpenFile) -> Mapped {
    assert!(file.may_map());
    file.map(PART).expect("a file that was just written is in memory")
}

/// Ends the file, and returns the error, if any.
fn end(mut file: OpenFile) -> Option<String> {
    file.end();
    file.failure.map(|failure| failure.reason)
}

#[test]
fn parts_and_a_rest_that_is_read_are_the_whole_file() {
    let directory = TempDir::new().unwrap();
    for length in [PART, PART + 1, 2 * PART + 5, 2 * PART + 200_000] {
        let content = content(length);
        let mut file = open(&write(&directory, &content));
        let (mut bytes, mut mapped, mut buffer) = (Vec::new(), 0, vec![0; 64 << 10]);
        loop {
            let part = if file.may_map() { file.map(PART) } else { None };
            let last = if let Some(Mapped { bytes: part, last }) = part {
                mapped += part.len();
                bytes.extend_from_slice(&part);
                last
            } else {
                let Filled { bytes: count, last } = file.read(&mut buffer);
                bytes.extend_from_slice(&buffer[..count]);
                last
            };
            if last {
                break;
            }
        }
        assert!(bytes == content, "{length} bytes");
        assert!(mapped >= length / PART * PART, "{mapped} of {length} bytes were mapped");
        assert_eq!((file.size, end(file)), (length as u64, None));
    }
}

#[test]
fn a_small_file_and_a_file_of_the_system_are_read() {
    let directory = TempDir::new().unwrap();
    assert!(!open(&write(&directory, &content(PART - 1))).may_map());
    assert!(!open(Path::new("/proc/self/status")).may_map());
}

#[test]
fn a_change_between_mapping_the_last_part_and_using_it_is_an_error() {
    let directory = TempDir::new().unwrap();
    type Change = (&'static str, fn(&File));
    let changes: [Change; 3] = [
        ("its size was 2097152 and is 2097155 bytes", |mut file| file.write_all(b"abc").unwrap()),
        ("its size was 2097152 and is 5000 bytes", |file| file.set_len(5000).unwrap()),
        ("it was written to", |file| {
            file.set_times(FileTimes::new().set_modified(SystemTime::UNIX_EPOCH)).unwrap();
        }),
    ];
    for (what, change) in changes {
        let path = write(&directory, &content(2 * PART));
        let mut file = open(&path);
        let parts = [map(&mut file), map(&mut file)];
        assert!(parts[1].last);
        change(&File::options().append(true).open(&path).unwrap());
        let sum: u64 = parts.iter().flat_map(|part| part.bytes.iter()).map(|&b| u64::from(b)).sum();
        assert!(sum > 0);
        drop(parts);
        assert_eq!(end(file), Some(format!("changed while it was read: {what}")));
    }
}

#[test]
fn a_part_that_was_missing_is_an_error_even_if_the_file_looks_the_same_again() {
    let directory = TempDir::new().unwrap();
    let path = write(&directory, &content(PART));
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    let mut file = open(&path);
    let part = map(&mut file);
    let writable = File::options().write(true).open(&path).unwrap();
    writable.set_len(0).unwrap();
    assert!(part.bytes.iter().all(|&byte| byte == 0));
    drop(part);
    writable.set_len(PART as u64).unwrap();
    writable.set_times(FileTimes::new().set_modified(before)).unwrap();
    assert_eq!(end(file).as_deref(), Some("a part of it could not be read for a while"));
}
