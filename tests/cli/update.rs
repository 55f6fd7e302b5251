//! `hash --update`: which files are opened, which lines are carried over, and what is reported.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use crate::audit::{rot, touch};
use crate::harness::{Dir, Ran, assert_same};

/// The result of a run.
pub struct Updated {
    pub ran: Ran,
    pub opened: Vec<String>,
    pub tally: String,
}

/// Runs `hash --update m -o m` with the most verbose log.
pub fn update(dir: &Dir, arguments: &[&str]) -> Updated {
    dir.settle();
    let ran = dir.hash(&[&["-vv", "--update", "m", "-o", "m"], arguments].concat());
    let after = |word: &str| {
        let lines = ran.stderr.lines().filter_map(|line| Some(line.split_once(word)?.1));
        lines.map(String::from).collect::<Vec<_>>()
    };
    let mut opened = after(" opening ");
    opened.sort();
    let tally = ran
        .stderr
        .lines()
        .find(|line| line.starts_with("batchproc: ") && line.contains(" unchanged"))
        .unwrap_or_default();
    let tally = tally.trim_start_matches("batchproc: ").to_string();
    Updated { opened, tally, ran }
}

/// Files that are a day old. Some names sort differently as whole paths than by components.
pub fn tree() -> Dir {
    let dir = Dir::new();
    for name in ["a-b/x", "a/y", "a.b", "b", "c/d/e", "c/d.e", "z"] {
        dir.file(format!("t/{name}"), format!("content of {name}"));
        touch(&dir, &format!("t/{name}"));
    }
    dir.settle();
    dir
}

/// A manifest without the times of reading, which differ between runs.
fn without_times(manifest: &[u8]) -> String {
    let text = String::from_utf8_lossy(manifest);
    text.lines()
        .map(|line| {
            let line = line.split(",\"hashed\":").next().unwrap();
            let line = line.trim_end_matches('}').trim_end_matches('\r');
            // In CSV it is the ninth column.
            let columns = line.split(',').count();
            let line = if columns == 9 && !line.starts_with('{') {
                line.rsplit_once(',').unwrap().0
            } else {
                line
            };
            format!("{line}\n")
        })
        .collect()
}

#[test]
fn what_has_not_changed_is_not_opened_and_its_line_is_carried_over() {
    for format in ["json", "csv"] {
        for algorithms in ["md5", "sha256,md5"] {
            let dir = tree();
            let first = dir.hash(&["--format", format, "-a", algorithms, "-o", "m", "t"]).good();
            assert!(first.is_empty());
            let before = fs::read(dir.at("m")).unwrap();
            for round in 0..2 {
                let updated = update(&dir, &["t"]);
                assert_eq!(
                    (updated.ran.code(), updated.opened.len()),
                    (0, 0),
                    "{}",
                    updated.ran.stderr
                );
                assert_eq!(updated.tally, "7 unchanged", "{format} {round}");
                let after = fs::read(dir.at("m")).unwrap();
                assert_eq!(without_times(&after), without_times(&before));
                assert!(after.windows(7).any(|word| word == b"hashed\"") || format == "csv");
            }
            let twice = fs::read(dir.at("m")).unwrap();
            update(&dir, &["t"]);
            assert_same(
                &fs::read(dir.at("m")).unwrap(),
                &twice,
                "a further update changes nothing",
            );
        }
    }
}

#[test]
fn changed_new_and_gone_files_are_handled_and_counted() {
    for order in
        [&["t"][..], &["--order", "completion", "t"], &["t/z", "t"], &["--files-from", "list"]]
    {
        let dir = tree();
        dir.hash(&["--format", "json", "-a", "crc32,sha1", "-o", "m", "t"]).good();
        fs::remove_file(dir.at("t/a.b")).unwrap();
        fs::remove_file(dir.at("t/z")).unwrap();
        dir.file("t/c/d/e", "other content");
        dir.file("t/a/new", "new");
        dir.file("t/zz", "new");
        dir.file("list", "t/zz\nt/a/new\nt/c/d.e\nt/a/y\nt/b\nt/a-b/x\nt/c/d/e\n");
        if order[0] == "t/z" {
            dir.file("t/z", "again");
        }
        let updated = update(&dir, order);
        let (expected, tally): (&[&str], _) = match order[0] {
            "t/z" => (
                &["t/a/new", "t/c/d/e", "t/z", "t/z", "t/zz"],
                "4 unchanged, 3 changed, 2 new, 1 gone",
            ),
            _ => (&["t/a/new", "t/c/d/e", "t/zz"], "4 unchanged, 1 changed, 2 new, 2 gone"),
        };
        assert_eq!(updated.opened, expected, "{order:?}");
        assert_eq!(
            (updated.ran.code(), updated.tally.as_str()),
            (0, tally),
            "{}",
            updated.ran.stderr
        );
        let anew = dir.hash(&[&["--format", "json", "-a", "crc32,sha1"], order].concat()).good();
        let sorted = |text: &[u8]| {
            let mut lines: Vec<_> = without_times(text).lines().map(String::from).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&fs::read(dir.at("m")).unwrap()), sorted(&anew), "{order:?}");
    }
}

#[test]
fn only_a_manifest_out_of_order_is_held_in_memory() {
    let dir = tree();
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    assert!(!update(&dir, &["t"]).ran.stderr.contains("held in memory"));
    let mut lines: Vec<String> =
        fs::read_to_string(dir.at("m")).unwrap().lines().map(|line| format!("{line}\n")).collect();
    lines.reverse();
    dir.file("m", lines.concat());
    let held = update(&dir, &["t"]);
    assert!(held.ran.stderr.contains("its 7 entries are held in memory"), "{}", held.ran.stderr);
    assert_eq!(held.tally, "7 unchanged");
    assert!(!update(&dir, &["t"]).ran.stderr.contains("held in memory"), "it is in order again");
}

#[test]
fn every_sign_of_a_change_is_looked_at() {
    let dir = tree();
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    // Another file with the same content, size and time: only the inode differs.
    let (old, copy) = (dir.at("t/b"), dir.at("t/copy"));
    fs::copy(&old, &copy).unwrap();
    let mtime = fs::metadata(&old).unwrap().modified().unwrap();
    File::options().write(true).open(&copy).unwrap().set_modified(mtime).unwrap();
    fs::rename(&copy, &old).unwrap();
    // Only the time differs, by a nanosecond.
    let z = File::options().write(true).open(dir.at("t/z")).unwrap();
    let mtime = z.metadata().unwrap().modified().unwrap();
    z.set_modified(mtime + Duration::from_nanos(1)).unwrap();
    assert_eq!(update(&dir, &["t"]).opened, ["t/b", "t/z"]);
    // The file was written after the earlier run began, perhaps after it was read.
    let c = File::options().write(true).open(dir.at("t/c/d.e")).unwrap();
    c.set_modified(SystemTime::now() + Duration::from_secs(100)).unwrap();
    assert_eq!(update(&dir, &["t"]).opened, ["t/c/d.e"]);
    assert_eq!(update(&dir, &["t"]).opened, ["t/c/d.e"]);
    // With an additional algorithm all files are read; with one that the manifest has, none is.
    assert_eq!(update(&dir, &["-a", "md5,sha1", "t"]).opened.len(), 7);
    touch(&dir, "t/c/d.e");
    assert_eq!(update(&dir, &["t"]).opened.len(), 1);
    assert_eq!(update(&dir, &["-a", "sha1", "t"]).opened.len(), 0);
    assert!(!fs::read_to_string(dir.at("m")).unwrap().contains("md5"));
}

#[test]
fn rehash_renews_old_digests_and_finds_rot() {
    for format in ["json", "csv"] {
        let dir = tree();
        dir.hash(&["--format", format, "-o", "m", "t"]).good();
        assert_eq!(update(&dir, &["--rehash", "t"]).tally, "0 unchanged, 7 read again");
        assert_eq!(update(&dir, &["--rehash-older-than", "1h", "t"]).opened.len(), 0);
        assert_eq!(update(&dir, &["--rehash-older-than", "0s", "t"]).opened.len(), 7);
        rot(&dir, "m", "t/b");
        assert_eq!(update(&dir, &["t"]).ran.code(), 0, "nothing is read, so nothing is found");
        for _ in 0..2 {
            let found = update(&dir, &["--rehash", "t"]);
            assert_eq!(found.ran.code(), 3);
            assert_eq!(found.tally, "0 unchanged, 6 read again, 1 corrupt");
            assert!(found.ran.stderr.contains("batchproc: t/b: corrupt: "), "{}", found.ran.stderr);
        }
        let audit = Ran::of(dir.batchproc(&["audit", "--quiet", "m", "t"]).spawn().unwrap());
        assert_eq!((audit.code(), audit.text().as_str()), (3, "t/b: corrupt\n"));
        touch(&dir, "t/b");
        File::options()
            .write(true)
            .open(dir.at("t/b"))
            .unwrap()
            .set_modified(SystemTime::now() - Duration::from_secs(3))
            .unwrap();
        assert_eq!(update(&dir, &["t"]).ran.code(), 0, "a new time says that it is meant");
    }
}

#[test]
fn what_cannot_be_read_now_keeps_its_line() {
    let dir = tree();
    dir.hash(&["--format", "json", "-o", "m", "t/a", "t/c", "t/z"]).good();
    let before = fs::read(dir.at("m")).unwrap();
    fs::rename(dir.at("t/c"), dir.at("not-mounted")).unwrap();
    let updated = update(&dir, &["t/a", "t/c", "t/z"]);
    assert_eq!((updated.ran.code(), updated.tally.as_str()), (1, "2 unchanged, 2 kept unread"));
    assert_eq!(without_times(&fs::read(dir.at("m")).unwrap()), without_times(&before));
    let updated = update(&dir, &["gone"]);
    assert_eq!(updated.ran.code(), 2);
    assert_eq!(without_times(&fs::read(dir.at("m")).unwrap()), without_times(&before));
    // A name that is no longer a file is gone.
    fs::rename(dir.at("not-mounted"), dir.at("t/c")).unwrap();
    fs::remove_file(dir.at("t/z")).unwrap();
    symlink("b", dir.at("t/z")).unwrap();
    assert_eq!(update(&dir, &["t"]).tally, "3 unchanged, 3 new, 1 gone");
}

#[test]
fn a_line_that_is_not_understood_is_reported_and_its_file_read() {
    let dir = tree();
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    let text = fs::read_to_string(dir.at("m")).unwrap().replacen("\"algorithm\"", "\"algo", 1);
    dir.file("m", text);
    let updated = update(&dir, &["t"]);
    assert_eq!((updated.ran.code(), updated.opened.len()), (1, 1));
    assert!(updated.ran.stderr.contains("m: 1: this line is invalid"), "{}", updated.ran.stderr);
    assert_eq!(update(&dir, &["t"]).tally, "7 unchanged");
}

#[test]
fn the_first_update_makes_the_manifest_and_others_need_one() {
    let dir = tree();
    let first = |name, format: &[&str]| {
        let ran = dir.hash(&[format, &["--update", name, "t", "-o", name]].concat());
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
        (ran.stderr, fs::read_to_string(dir.at(name)).unwrap())
    };
    let (said, text) = first("m.md5", &[]);
    let expected = "m.md5 does not exist yet, so every file is read, and it is made as JSON";
    assert_eq!(said, format!("batchproc: {expected}\n"));
    assert!(text.starts_with("{\"path\":\"t/"), "{text}");
    let (said, text) = first("m.csv", &["--format", "csv"]);
    assert_eq!(said, "batchproc: m.csv does not exist yet, so every file is read\n");
    assert!(text.starts_with("path,algorithm,digest,"), "{text}");
    update(&dir, &["t"]);
    assert_eq!(update(&dir, &["t"]).opened.len(), 0);
    for (arguments, reason) in [
        (
            &["--update", "none", "t"][..],
            "cannot read the manifest none: No such file or directory",
        ),
        (&["--update", "sums", "t"], "sums has no sizes and times, which --update needs"),
        (
            &["--update", "m", "--format", "gnu", "t"],
            "--update works only with --format json or csv",
        ),
        (&["--rehash", "t"], "--update <MANIFEST>"),
        (&["--update", "m", "--rehash-older-than", "30", "t"], "an age such as 30d"),
    ] {
        dir.hash(&["-o", "sums", "t"]).good();
        let ran = dir.hash(arguments);
        assert_eq!(ran.code(), 2, "{arguments:?}");
        assert!(ran.stderr.contains(reason), "{}", ran.stderr);
    }
}

#[test]
fn rot_is_found_before_another_algorithm_takes_the_place_of_the_recorded_one() {
    for (format, arguments) in
        [("json", &["-a", "sha256", "t"][..]), ("csv", &["-a", "sha256,crc32", "--rehash", "t"])]
    {
        let dir = tree();
        dir.hash(&["--format", format, "-a", "md5,sha1", "-o", "m", "t"]).good();
        let lines_of_b = |dir: &Dir| -> Vec<String> {
            let text = without_times(&fs::read(dir.at("m")).unwrap());
            text.lines().filter(|line| line.contains("t/b")).map(String::from).collect()
        };
        rot(&dir, "m", "t/b");
        let before = lines_of_b(&dir);
        for _ in 0..2 {
            let found = update(&dir, arguments);
            assert_eq!(found.ran.code(), 3, "{format}: {}", found.ran.stderr);
            assert!(found.ran.stderr.contains("batchproc: t/b: corrupt: "), "{}", found.ran.stderr);
            assert_eq!(lines_of_b(&dir), before, "the old line stays");
            let text = fs::read_to_string(dir.at("m")).unwrap();
            assert!(text.matches("sha256").count() >= 6 && text.matches("md5").count() == 1);
        }
    }
}

#[test]
fn a_manifest_is_never_emptied_by_a_wrong_path() {
    for reversed in [false, true] {
        let dir = tree();
        dir.hash(&["--format", "json", "-o", "m", "t"]).good();
        if reversed {
            let text = fs::read_to_string(dir.at("m")).unwrap();
            let lines: Vec<_> = text.lines().rev().map(|line| format!("{line}\n")).collect();
            dir.file("m", lines.concat());
        }
        let before = fs::read(dir.at("m")).unwrap();
        fs::create_dir(dir.at("empty")).unwrap();
        let absolute = dir.at("t");
        for (arguments, reason) in [
            (&[][..], "give a PATH or --files-from"),
            (&["empty"], "lies below the PATHs; its first name is t/"),
            (&[absolute.to_str().unwrap()], "m: none of the files that it lists lies"),
            (&["t", "-g", "none", "--forget-left-out"], "no file was found, and m lists some"),
        ] {
            let updated = update(&dir, arguments);
            assert_eq!(updated.ran.code(), 2, "{arguments:?}");
            assert!(updated.ran.stderr.contains(reason), "{}", updated.ran.stderr);
            assert_eq!(fs::read(dir.at("m")).unwrap(), before);
        }
    }
}

#[test]
fn what_lies_elsewhere_is_carried_over_as_it_is() {
    for order in ["input", "completion"] {
        let dir = tree();
        dir.hash(&["--format", "json", "-o", "m", "t"]).good();
        let before = without_times(&fs::read(dir.at("m")).unwrap());
        fs::remove_file(dir.at("t/z")).unwrap();
        let updated = update(&dir, &["--order", order, "t/a", "t/c"]);
        assert_eq!((updated.ran.code(), updated.tally.as_str()), (0, "3 unchanged, 4 elsewhere"));
        let after = without_times(&fs::read(dir.at("m")).unwrap());
        let sorted = |text: &str| {
            let mut lines: Vec<_> = text.lines().map(String::from).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&after), sorted(&before));
        assert!(order == "completion" || after == before, "in the order of the walk");
    }
}

#[test]
fn each_file_keeps_the_algorithms_of_its_line() {
    for format in ["json", "csv"] {
        let dir = tree();
        let of = |algorithms, name| dir.hash(&["--format", format, "-a", algorithms, name]).good();
        let mixed = [of("md5", "t/a"), of("sha256,crc32", "t/b"), of("sha1", "t/z")].concat();
        dir.file("m", mixed);
        let digests = |text: &str, name: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| line.contains(name));
            let until = |line: &str| line.split(",\"size\"").next().map(String::from);
            lines.filter_map(until).collect()
        };
        for arguments in [&["t"][..], &["t", "--rehash"]] {
            assert_eq!(update(&dir, arguments).ran.code(), 0);
            let text = without_times(&fs::read(dir.at("m")).unwrap());
            for (algorithms, name) in
                [("md5", "t/a/y"), ("sha256,crc32", "t/b"), ("sha1", "t/z"), ("md5", "t/c/d/e")]
            {
                let expected = of(algorithms, name);
                let mut expected = String::from_utf8(expected).unwrap();
                if format == "csv" {
                    // The rows differ only in the time of reading, which was removed.
                    expected = expected.replace("\r\n", "\n");
                }
                assert_eq!(digests(&text, name), digests(&expected, name), "{format} {name}");
            }
        }
    }
}

#[test]
fn what_is_no_manifest_is_kept_and_contradictions_are_reported() {
    let dir = tree();
    dir.file("m", "garbage\nand more of it\n");
    let updated = update(&dir, &["t"]);
    assert_eq!(updated.ran.code(), 2);
    assert!(updated.ran.stderr.contains("m: no valid manifest line found"));
    assert_eq!(fs::read(dir.at("m")).unwrap(), b"garbage\nand more of it\n");
    dir.file("m", "");
    assert_eq!(update(&dir, &["t"]).ran.code(), 0, "an empty one is the beginning of one");
    let text = fs::read_to_string(dir.at("m")).unwrap();
    let line = text.lines().find(|line| line.contains("\"t/b\"")).unwrap();
    let (head, tail) = line.split_once("\"digest\":\"").unwrap();
    let other = format!("{head}\"digest\":\"{}{}\n", "0".repeat(32), &tail[32..]);
    dir.file("m", text.clone() + &other);
    let updated = update(&dir, &["t"]);
    assert_eq!(updated.ran.code(), 1);
    assert!(
        updated.ran.stderr.contains("m: 8: contradicts line 4; this later line counts"),
        "{}",
        updated.ran.stderr
    );
}

#[test]
fn an_update_of_an_emptied_manifest_says_that_it_lists_nothing() {
    let dir = Dir::new();
    dir.file("d/a", "a");
    dir.file("m.json", "");
    let ran = dir.hash(&["--update", "m.json", "d", "-o", "m.json"]);
    let reported = "batchproc: m.json lists no file, so every file is read\n";
    assert_eq!((ran.code(), ran.stderr.as_str()), (0, reported));
}
