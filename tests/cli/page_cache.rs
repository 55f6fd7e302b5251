//! Tests: `--from-disk` and `--keep-cache`.

use std::fs::File;
use std::path::Path;

use batchproc_os::page_cache::cached_bytes;
use rustix::fs::{Advice, fadvise, fsync};

use crate::harness::Dir;

const LENGTH: usize = 20 << 20;

/// Writes a file to the disk and drops it from memory. `None` if that is not possible here.
fn cold(dir: &Dir, name: &str) -> Option<File> {
    let content: Vec<u8> = (0..LENGTH).map(|index| (index / 3 % 251) as u8).collect();
    let file = File::open(dir.file(name, content)).unwrap();
    fsync(&file).unwrap();
    fadvise(&file, 0, None, Advice::DontNeed).unwrap();
    let is_cold = cached_bytes(&file).ok() == Some(0);
    if !is_cold {
        eprintln!("skipped: a file cannot be dropped from memory here");
    }
    is_cold.then_some(file)
}

#[test]
fn a_file_that_was_not_in_memory_stays_there_only_without_keep_cache() {
    let dir = Dir::new();
    let (Some(file), Some(other)) = (cold(&dir, "tree/file"), cold(&dir, "tree/other")) else {
        return;
    };
    let read = dir.command("cat", &["tree/other"]).output().unwrap();
    assert_eq!(read.stdout.len(), LENGTH);
    let expected = dir.command("md5sum", &["tree/file", "tree/other"]).output().unwrap().stdout;
    fadvise(&file, 0, None, Advice::DontNeed).unwrap();

    let kept = dir.hash(&["--keep-cache", "tree"]).good();
    assert_eq!(kept, expected);
    assert_eq!(cached_bytes(&file).unwrap(), 0);
    assert_eq!(cached_bytes(&other).unwrap(), LENGTH as u64, "it was in memory before");

    assert_eq!(dir.hash(&["tree"]).good(), expected);
    assert_eq!(cached_bytes(&file).unwrap(), LENGTH as u64);
}

#[test]
fn a_file_in_memory_is_read_from_the_disk_on_request_or_is_an_error() {
    let dir = Dir::new();
    let Some(file) = cold(&dir, "file") else { return };
    let expected = dir.command("md5sum", &["file"]).output().unwrap().stdout;
    assert_eq!(dir.hash(&["--from-disk", "file"]).good(), expected);

    // A page that another process has mapped cannot be dropped.
    let map = batchproc_os::windows::map(&file, 0, LENGTH, &Default::default()).unwrap();
    let ran = dir.hash(&["--from-disk", "file"]);
    assert_eq!((ran.code(), ran.stdout.len()), (1, 0));
    assert_eq!(
        ran.stderr,
        "batchproc: file: it stays in memory, so it cannot be read from the disk: another program uses it, or its file system has no disk\n"
    );
    drop(map);
}

#[test]
fn a_file_system_without_a_disk_is_said() {
    let memory = Path::new("/dev/shm");
    let Ok(there) = tempfile::NamedTempFile::new_in(memory) else {
        return eprintln!("skipped: there is no /dev/shm");
    };
    std::fs::write(there.path(), "content").unwrap();
    let dir = Dir::new();
    let ran = dir.hash(&["--from-disk", there.path().to_str().unwrap()]);
    assert_eq!((ran.code(), ran.stdout.len()), (1, 0));
    assert!(ran.stderr.contains("it stays in memory"), "{}", ran.stderr);
}

#[test]
fn comparing_contents_leaves_no_file_in_memory_either() {
    let dir = Dir::new();
    let names = ["tree/one", "tree/same", "tree/other beginning"];
    let files: Vec<_> = names.into_iter().filter_map(|name| cold(&dir, name)).collect();
    if files.len() < names.len() {
        return;
    }
    let mut changed = std::fs::read(dir.at(names[2])).unwrap();
    changed[0] ^= 1;
    dir.file(names[2], changed);
    for file in &files {
        fsync(file).unwrap();
        fadvise(file, 0, None, Advice::DontNeed).unwrap();
    }
    let found = dir.batchproc(&["dups", "--keep-cache", "tree"]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&found.stdout), "tree/one\ntree/same\n");
    for (file, name) in files.iter().zip(names) {
        assert_eq!(cached_bytes(file).unwrap(), 0, "{name}");
    }
}
