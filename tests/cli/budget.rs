//! `hash --update --rehash` with `--sample` or `--time-limit`: which files are read again, and what
//! becomes of their lines. The expected manifest is made from the old one by a naive model.

use std::fs::{self, File};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::prelude::*;

use crate::audit::{rot, touch};
use crate::dups_random::runner;
use crate::harness::{Dir, Ran};

const HOUR: u128 = 3_600_000_000_000;

/// The names in the order of a walk.
const NAMES: [&str; 9] = ["t/a/x", "t/a/y", "t/a-b", "t/b", "t/c", "t/d", "t/e", "t/z", "t/é\n"];

fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()
}

/// A tree of files that are days old, with these sizes, and its manifest `m`, which has the times of
/// reading. The status of the files has changed later than that, which `--ignore ctime` ignores.
fn tree(sizes: &[usize], form: &[&str]) -> Dir {
    let dir = Dir::new();
    for (name, &size) in NAMES.iter().zip(sizes) {
        dir.file(name, vec![size as u8; size]);
        let file = File::options().write(true).open(dir.at(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(50 * 3600)).unwrap();
    }
    dir.settle();
    dir.hash(&[&["--update", "m", "-o", "m", "t"], form].concat());
    dir
}

/// The times of reading in the manifest, with the ranges of their digits: those of the lines of each
/// file together.
fn times(text: &str, names: usize) -> Vec<Vec<std::ops::Range<usize>>> {
    let is_time = |run: &str| run.len() == 19;
    let mut found = Vec::new();
    let mut offset = 0;
    // The time of reading is the last number of 19 digits in a line.
    for line in text.split_inclusive(['\n', '\0']) {
        let digits = line.split(|c: char| !c.is_ascii_digit()).rfind(|run| is_time(run));
        if let Some(digits) = digits {
            let begin = line.rfind(digits).unwrap() + offset;
            found.push(begin..begin + 19);
        }
        offset += line.len();
    }
    found.chunks(found.len() / names).map(<[_]>::to_vec).collect()
}

/// Gives the files of the manifest these times of reading.
fn set_times(text: &str, hashed: &[u128]) -> String {
    let mut text = text.to_string();
    for (ranges, time) in times(&text, hashed.len()).iter().zip(hashed) {
        ranges.iter().for_each(|range| text.replace_range(range.clone(), &time.to_string()));
    }
    text
}

fn hashed_of(text: &str, names: usize) -> Vec<u128> {
    times(text, names).iter().map(|ranges| text[ranges[0].clone()].parse().unwrap()).collect()
}

/// Which files a budget of so many bytes pays for: those first that were read longest ago.
fn paid(sizes: &[usize], hashed: &[u128], before: u128, mut budget: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sizes.len()).filter(|&n| hashed[n] < before).collect();
    order.sort_by_key(|&n| (hashed[n], n));
    let mut paid = Vec::new();
    for n in order {
        if budget == 0 || sizes[n] > budget && !paid.is_empty() {
            break;
        }
        budget = budget.saturating_sub(sizes[n]);
        paid.push(n);
    }
    paid
}

/// What a run says about the files that were read again; with `-v`, it says more.
fn told(ran: &Ran) -> &str {
    let mut lines = ran.stderr.lines();
    lines.find(|line| line.starts_with("batchproc: read again: ")).unwrap_or_default()
}

/// Runs `hash --update m --ignore ctime -o m` with these arguments.
fn update(dir: &Dir, arguments: &[&str]) -> Ran {
    dir.hash(&[&["--update", "m", "--ignore", "ctime", "-o", "m", "t"], arguments].concat())
}

/// The sizes and ages of files, a budget, how the manifest is made, and further options.
type Case = (Vec<(usize, u128)>, usize, &'static [&'static str], &'static [&'static str]);

#[test]
fn a_budget_reads_what_was_read_longest_ago_and_changes_only_the_times_of_it() {
    let forms = prop::sample::select(vec![
        &["--format", "json"][..],
        &["--format", "json", "-a", "md5,sha1", "-z"],
        &["--format", "csv", "-a", "crc32,sha1"],
        &["--format", "csv", "--seal"],
    ]);
    let file = (prop::sample::select(vec![0, 1, 100, 1000]), 0..8_u128);
    let files = prop::collection::vec(file, 1..=9);
    let options = prop::sample::select(vec![
        &["--rehash"][..],
        &["--rehash-older-than", "4h"],
        &["--rehash", "--time-limit", "1h"],
        &["--rehash", "--order", "completion"],
    ]);
    let strategy = (files, 0..2500_usize, forms, options);
    let test = |(files, budget, form, options): Case| {
        let (sizes, ages): (Vec<_>, Vec<_>) = files.into_iter().unzip();
        let dir = tree(&sizes, form);
        let begun = now();
        let hashed: Vec<_> = ages.iter().map(|age| begun - age * HOUR - HOUR / 2).collect();
        let old = fs::read_to_string(dir.at("m")).unwrap();
        let sealed = old.contains("seal");
        let unsealed =
            if sealed { old[..old.trim_end().rfind('\n').unwrap() + 1].into() } else { old };
        let old = set_times(&unsealed, &hashed);
        dir.file("m", &old);
        if sealed {
            update(&dir, &["--seal"]);
        }
        let before = if options[0] == "--rehash" { u128::MAX } else { begun - 4 * HOUR };
        let paid = paid(&sizes, &hashed, before, budget);

        let sample = budget.to_string();
        let mut arguments = [options, &["--sample", &sample][..]].concat();
        if form.contains(&"-z") {
            arguments.push("-z");
        }
        arguments.push("-v");
        let ran = update(&dir, &arguments);
        let text = fs::read_to_string(dir.at("m")).unwrap();
        let (text, seal) = match sealed {
            true => text.split_at(text.trim_end().rfind('\n').unwrap() + 1),
            false => (&*text, ""),
        };
        prop_assert_eq!(!seal.is_empty(), sealed);
        let new = *hashed_of(text, sizes.len()).iter().max().unwrap();
        let mut expected = hashed.clone();
        for &n in &paid {
            expected[n] = new;
        }
        prop_assert!(new >= begun || paid.is_empty());
        let sorted = |text: &str| {
            let mut lines: Vec<_> = text.split_inclusive(['\n', '\0']).map(String::from).collect();
            if options.contains(&"completion") {
                lines.sort();
            }
            lines.concat()
        };
        prop_assert_eq!(sorted(text), sorted(&set_times(&old, &expected)));
        let bytes: usize = paid.iter().map(|&n| sizes[n]).sum();
        let note =
            format!("batchproc: read again: {} of {} unchanged files,", paid.len(), sizes.len());
        prop_assert!(told(&ran).starts_with(&note), "{} {bytes}", ran.stderr);
        // The other two are the totals.
        let ours = ran.stderr.lines().filter(|line| line.starts_with("batchproc: ")).count();
        prop_assert_eq!((ran.code(), ours), (0, 3), "{}", ran.stderr);
        prop_assert_eq!(dir.list("."), ["m", "t"]);
        let mut check = vec!["check", "--quiet", "m"];
        check.extend(sealed.then_some("--require-seal"));
        Ran::of(dir.batchproc(&check).spawn().unwrap()).good();
        Ok(())
    };
    runner(60).run(&strategy, test).unwrap();
}

#[test]
fn three_nights_of_a_third_read_every_file_once_and_the_fourth_begins_again() {
    for first in [&["--format", "json"][..], &["--format", "csv"], &["--update", "m"]] {
        let dir = Dir::new();
        for name in NAMES {
            dir.file(name, [7; 100]);
            touch(&dir, name);
        }
        dir.settle();
        // A manifest without times of reading is as good.
        dir.hash(&[first, &["-o", "m", "t"]].concat());
        let mut read = Vec::new();
        for night in 0..4 {
            let options = ["-vv", "-j1", "--io-threads", "1", "--rehash", "--sample", "34%"];
            let ran = update(&dir, &options);
            assert_eq!(ran.code(), 0, "{}", ran.stderr);
            let opened =
                ran.stderr.lines().filter_map(|line| Some(line.split_once(" opening ")?.1));
            read.extend(opened.map(|name| name.replace("\\n", "\n")));
            assert_eq!(read.len(), 3 * (night + 1));
        }
        assert_eq!(read[..9], NAMES);
        assert_eq!(read[9..], NAMES[..3]);
    }
}

#[test]
fn new_and_changed_files_are_read_whatever_the_budget_is_and_use_it_up() {
    for budget in [&["--sample", "0"][..], &["--sample", "0%"], &["--time-limit", "0s"]] {
        let dir = tree(&[100; 9], &[]);
        dir.file("t/b", "changed");
        dir.file("t/new", vec![1; 1000]);
        dir.settle();
        let ran = update(&dir, &[&["-vv", "--rehash"], budget].concat());
        let opened = ran.stderr.lines().filter_map(|line| Some(line.split_once(" opening ")?.1));
        let mut opened: Vec<_> = opened.collect();
        opened.sort_unstable();
        assert_eq!((ran.code(), opened), (0, vec!["t/b", "t/new"]), "{budget:?}");
        assert!(
            ran.stderr.contains("batchproc: 8 unchanged, 1 changed, 1 new\n"),
            "{}",
            ran.stderr
        );
    }
    for (sample, read) in
        [("1007", 0), ("1008", 1), ("1206", 1), ("1207", 2), ("50%", 0), ("100%", 8)]
    {
        let dir = tree(&[100; 9], &[]);
        dir.file("t/b", "changed");
        dir.file("t/new", vec![1; 1000]);
        dir.settle();
        let ran = update(&dir, &["--rehash", "--sample", sample]);
        let note = format!("batchproc: read again: {read} of 8 unchanged files, ");
        // Other files used up the budget: that is said without -v too.
        let is_told = told(&ran).starts_with(&note) && ran.stderr.lines().count() == 1;
        assert_eq!((ran.code(), is_told), (0, read == 0), "{sample}: {}", ran.stderr);
        assert!(read == 0 || ran.stderr.is_empty(), "{sample}: {}", ran.stderr);
    }
}

#[test]
fn a_corrupt_file_in_the_sample_is_reported_and_its_line_stays() {
    let dir = tree(&[100; 9], &[]);
    rot(&dir, "m", "t/a/y");
    let old = fs::read_to_string(dir.at("m")).unwrap();
    for round in 0..2 {
        let ran = update(&dir, &["--rehash", "--sample", "200"]);
        assert_eq!((ran.code(), ran.stderr.lines().count()), (3, 1), "{}", ran.stderr);
        assert!(ran.stderr.starts_with("batchproc: t/a/y: corrupt: "), "{}", ran.stderr);
        let text = fs::read_to_string(dir.at("m")).unwrap();
        let corrupt = |text: &str| text.lines().nth(1).map(String::from);
        assert_eq!(corrupt(&text), corrupt(&old));
        // In the second round it is the first one.
        let times = hashed_of(&text, 9);
        let renewed = times.iter().filter(|&&time| time != times[1]).count();
        assert_eq!(renewed, 2 * (round + 1));
    }
    let sealed = update(&dir, &["--rehash", "--sample", "900", "--seal"]);
    assert_eq!(sealed.code(), 3);
    let check = ["check", "--quiet", "--require-seal", "m"];
    let check = Ran::of(dir.batchproc(&check).spawn().unwrap());
    assert_eq!((check.code(), check.text().as_str()), (1, "t/a/y: FAILED\n"));
}

#[test]
fn a_corrupt_file_as_large_as_the_sample_does_not_keep_the_others_from_being_read() {
    let dir = tree(&[1000, 700, 100, 100, 100, 100, 100, 100, 100], &[]);
    rot(&dir, "m", "t/a/x");
    // A file that is larger than the sample is read if it is the first one that is not corrupt.
    for (read, unread) in [(1, 8), (4, 5), (7, 2)] {
        let ran = update(&dir, &["--rehash", "--sample", "300"]);
        assert_eq!((ran.code(), ran.stderr.lines().count()), (3, 1), "{}", ran.stderr);
        let times = hashed_of(&fs::read_to_string(dir.at("m")).unwrap(), 9);
        let oldest = times.iter().filter(|&&time| time == times[0]).count();
        assert_eq!((9 - oldest, oldest), (read, unread), "{}", ran.stderr);
    }
}

#[test]
fn a_file_that_cannot_be_read_again_is_reported_and_its_line_stays() {
    let dir = tree(&[100; 9], &[]);
    let old = fs::read_to_string(dir.at("m")).unwrap();
    let path = dir.at("t/b");
    let faults = ["-P", path.to_str().unwrap(), "-e", "inject=read:error=EIO"];
    let arguments = [
        "hash", "--update", "m", "--ignore", "ctime", "-o", "m", "t", "--rehash", "--sample", "1k",
    ];
    let Some(ran) = dir.strace(&faults, &arguments) else { return };
    let lines: Vec<_> = ran.stderr.lines().collect();
    assert_eq!(lines[0], "batchproc: t/b: Input/output error", "{}", ran.stderr);
    assert_eq!(lines[1], "batchproc: m: 1 line is kept as it was, as its file could not be read");
    let text = fs::read_to_string(dir.at("m")).unwrap();
    let line = |text: &str| text.lines().nth(3).map(String::from);
    assert_eq!((ran.code(), line(&text)), (1, line(&old)));
}

#[test]
fn a_file_that_was_begun_in_time_is_read_to_its_end_and_no_other_one_is_begun() {
    let dir = tree(&[5000; 9], &[]);
    let options =
        ["-v", "-j1", "--io-threads", "1", "--rehash", "--time-limit", "1s", "--limit", "2500"];
    let ran = update(&dir, &options);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    let times = hashed_of(&fs::read_to_string(dir.at("m")).unwrap(), 9);
    let read = times.iter().filter(|&&time| time != times[8]).count();
    let note = format!("batchproc: read again: {read} of 9 unchanged files, ");
    assert!(told(&ran).starts_with(&note), "{}", ran.stderr);
    assert!(read < 3, "the second file takes longer than a second");
    assert!(times[read..].iter().all(|&time| time == times[8]), "the first ones are read");
    let ran = update(&dir, &["-v", "--rehash", "--time-limit", "10000h"]);
    let told = told(&ran);
    assert!(told.starts_with("batchproc: read again: 9 of 9 "), "{}", ran.stderr);
    assert!(told.ends_with("; no reading in the manifest is older than this run"), "{told}");
}

#[test]
fn a_good_night_says_nothing_unless_it_is_asked() {
    let dir = tree(&[100; 9], &[]);
    for budget in [&["--sample", "34%"][..], &["--time-limit", "1h"], &["--sample", "0"]] {
        let ran = update(&dir, &[&["--rehash"], budget].concat());
        assert_eq!((ran.code(), &*ran.stderr), (0, ""), "{budget:?}");
    }
    // Nothing is due.
    let ran = update(&dir, &["--rehash-older-than", "1d", "--sample", "34%"]);
    assert_eq!((ran.code(), &*ran.stderr), (0, ""));
    let ran = update(&dir, &["-v", "--rehash", "--sample", "34%"]);
    let note = "batchproc: read again: 3 of 9 unchanged files, 300 B of 900 B; the oldest reading in the manifest is of ";
    assert!(ran.code() == 0 && told(&ran).starts_with(note), "{}", ran.stderr);
}

#[test]
fn what_a_run_with_a_budget_needs_is_said() {
    let dir = tree(&[100; 9], &[]);
    for (arguments, reason) in [
        (&["--sample", "5%", "t"][..], "--update <MANIFEST>"),
        (&["--time-limit", "1h", "t"], "--update <MANIFEST>"),
        (
            &["--update", "m", "--sample", "5%", "-o", "m", "t"],
            "need --rehash or --rehash-older-than",
        ),
        (&["--update", "m", "--rehash", "--sample", "5%", "t"], "need -o FILE"),
        (
            &["--update", "m", "--rehash", "--sample", "5%", "-o", "/dev/null", "t"],
            "name of a file",
        ),
        (&["--update", "m", "--rehash", "--sample", "101%", "-o", "m", "t"], "a percentage from"),
        (
            &["--update", "m", "--rehash", "--sample", "x", "-o", "m", "t"],
            "or a percentage such as",
        ),
        (&["--update", "m", "--rehash", "--time-limit", "2", "-o", "m", "t"], "units: s, m, h"),
    ] {
        let ran = dir.hash(arguments);
        assert_eq!(ran.code(), 2, "{arguments:?}");
        assert!(ran.stderr.contains(reason), "{arguments:?}: {}", ran.stderr);
    }
}
