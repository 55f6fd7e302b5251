//! `hash --shard` divides files among runs, and `merge` makes one manifest of theirs. The result of a
//! single run is the oracle.

use std::fs;
use std::os::unix::fs::symlink;

use crate::harness::{Dir, Ran, assert_same, bytes_name};

/// A tree of names that are hard to sort, to split and to write.
fn odd_tree() -> Dir {
    let dir = Dir::new();
    let odd: [&[u8]; 21] = [
        b"a.b",
        b"a b/c",
        b"a-/x",
        b"ab/1",
        b"a\x01b/z",
        b"new\nline",
        b"inv\xff\xfe",
        b"cr\r",
        b"sub/deep/er/f",
        b"sub.x",
        b"sub-1",
        b"sub/a",
        b"end\r/x",
        b"q\"uo,te",
        b"back\\slash",
        b" lead",
        b"MD5 (x) = 00",
        b"x  y",
        "中文".as_bytes(),
        b"#c",
        b"abc 01234567",
    ];
    for name in odd {
        dir.file(bytes_name(&[b"t/", name].concat()), name);
    }
    for n in 0..40 {
        dir.file(format!("t/many/{}/f{n}", n % 7), format!("{n}"));
    }
    fs::create_dir_all(dir.at("t/empty/dir")).unwrap();
    for name in ["u/1", "u/2/3", "v/z", "v+/z", "b-file"] {
        dir.file(name, name);
    }
    dir
}

/// Runs this command for all shards and returns the names of the parts.
pub fn parts(dir: &Dir, of: u64, arguments: &[&str]) -> Vec<String> {
    let run = |index| part(dir, index, of, arguments);
    (1..=of).map(|index| run(index).0).collect()
}

pub fn part(dir: &Dir, index: u64, of: u64, arguments: &[&str]) -> (String, Ran) {
    fs::create_dir_all(dir.at("parts")).unwrap();
    let (shard, name) = (format!("{index}/{of}"), format!("parts/{index}-{of}"));
    let (command, rest) = arguments.split_first().unwrap();
    let all = [&[*command, "--shard", &shard, "-o", &name], rest].concat();
    let ran = Ran::of(dir.batchproc(&all).spawn().unwrap());
    assert!(ran.code() <= 1, "{all:?}: {}", ran.stderr);
    (name, ran)
}

pub fn merge(dir: &Dir, parts: &[String], more: &[&str]) -> Ran {
    let mut all = vec!["merge"];
    // The order in which the parts are named makes no difference.
    all.extend(parts.iter().rev().map(String::as_str));
    all.extend(more);
    Ran::of(dir.batchproc(&all).spawn().unwrap())
}

/// Checks that the merged parts of all shards are the result of one run.
pub fn check(dir: &Dir, of: &[u64], arguments: &[&str]) {
    let one = Ran::of(dir.batchproc(arguments).spawn().unwrap());
    assert!(!one.stdout.is_empty(), "{}", one.stderr);
    for &of in of {
        let _ = fs::remove_dir_all(dir.at("parts"));
        let merged = merge(dir, &parts(dir, of, arguments), &[]);
        assert_same(&merged.stdout, &one.stdout, &format!("{of} {arguments:?} {}", merged.stderr));
        assert_eq!(merged.code(), one.code(), "{}", merged.stderr);
    }
}

#[test]
fn merged_manifests_are_that_of_one_run_in_every_format() {
    let dir = odd_tree();
    for options in [
        &["--format", "gnu"][..],
        &["-z"],
        &["-a", "md5,sha256"],
        &["--format", "json", "-z", "--seal"],
        &["--format", "csv"],
        &["--format", "csv", "-a", "md5,sha1", "--seal"],
        &["--format", "sfv", "--seal"],
    ] {
        check(&dir, &[1, 2, 7], &[&["hash"], options, &["t"]].concat());
    }
    // Names with line ends fail in this format, wherever they are.
    check(&dir, &[1, 2, 7, 64], &["hash", "--format", "hashdeep", "--seal", "t"]);
    check(&dir, &[64], &["hash", "--seal", "t"]);
}

#[test]
fn merged_manifests_of_links_are_that_of_one_run() {
    let dir = odd_tree();
    for (n, target) in ["a.b", "nowhere", "many", "sub/deep"].iter().enumerate() {
        symlink(target, dir.at(format!("t/many/{n}/link"))).unwrap();
    }
    symlink("t", dir.at("all")).unwrap();
    for format in [&["--format", "json"][..], &["--format", "csv", "--seal"]] {
        check(&dir, &[1, 2, 7], &[&["hash", "--links"], format, &["t", "all"]].concat());
    }
    dir.hash(&["--links", "--format", "json", "t", "-o", "m"]).good();
    fs::remove_file(dir.at("t/many/1/link")).unwrap();
    check(&dir, &[2, 7], &["hash", "--update", "m", "t"]);
}

#[test]
fn merged_manifests_of_several_paths_are_in_the_order_of_these() {
    let dir = odd_tree();
    // `v+/z` comes before `v/z` in the order of bytes, and after it in that of a walk.
    for paths in [&["t", "u", "v", "v+"][..], &["v+", "u/", "./t", "b-file", "v"], &["b-file", "t"]]
    {
        check(&dir, &[2, 7], &[&["hash"], paths].concat());
    }
    let refused = dir.hash(&["--shard", "1/2", "t", "u", "t/sub"]);
    assert_eq!(refused.code(), 2);
    assert!(refused.stderr.contains("do not overlap, but t/sub lies in t"), "{}", refused.stderr);
}

#[test]
fn merged_manifests_of_a_list_are_in_the_order_of_the_list() {
    let dir = odd_tree();
    dir.file("list", "v/z\nt/sub/a\n./u/1\nt/none\nb-file\nt/sub.x\nu/2/3\nv/z\n");
    let one = dir.hash(&["--files-from", "list"]);
    for of in [1, 2, 7] {
        let parts = parts(&dir, of, &["hash", "--files-from", "list"]);
        let merged = merge(&dir, &parts, &["--files-from", "list"]);
        assert_same(&merged.stdout, &one.stdout, &merged.stderr);
        // One file of the list does not exist.
        assert_eq!((merged.code(), one.code()), (1, 1));
        assert!(merge(&dir, &parts, &[]).stderr.contains("give it with --files-from"));
    }
    let other = parts(&dir, 2, &["hash", "--files-from", "list"]);
    dir.file("list", "v/z\n");
    let merged = merge(&dir, &other, &["--files-from", "list", "-o", "out"]);
    assert_eq!(merged.code(), 2);
    assert!(merged.stderr.contains("which is not in the list"), "{}", merged.stderr);
    assert!(!dir.at("out").exists());
}

#[test]
fn the_shard_of_a_file_depends_on_nothing_but_its_name() {
    let dir = odd_tree();
    let names = |shard: &str| dir.hash(&["--shard", shard, "t"]).text();
    let before = [names("1/3"), names("2/3"), names("3/3")];
    for n in 0..30 {
        dir.file(format!("t/added/{n}"), "x");
    }
    for (shard, before) in ["1/3", "2/3", "3/3"].into_iter().zip(before) {
        let now = names(shard);
        assert!(before.lines().all(|line| now.contains(line)), "{shard}");
        assert!(!before.is_empty() && now.len() > before.len());
    }
    // `printf a/b | xxhsum -H3 -` prints 48f71e9475860604.
    dir.file("w/a/b", "x");
    for index in 1..=7 {
        let found = dir.hash(&["--shard", &format!("{index}/7"), "w"]).text();
        let expected = 0x48f7_1e94_7586_0604_u64 % 7 + 1 == index;
        assert_eq!(!found.is_empty(), expected, "{index}");
    }
}

#[test]
fn an_update_of_a_shard_takes_the_whole_manifest_or_its_own() {
    let dir = odd_tree();
    dir.settle();
    dir.hash(&["--format", "json", "t", "-o", "whole.json"]).good();
    let own = parts(&dir, 3, &["hash", "--format", "json", "t"]);
    for (name, content) in [("t/sub/a", "edited"), ("t/sub/new", "new"), ("t/many/0/f0", "edited")]
    {
        dir.file(name, content);
    }
    for gone in ["t/a.b", "t/many/1/f1", "t/x  y"] {
        fs::remove_file(dir.at(gone)).unwrap();
    }
    dir.settle();
    let without_times = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let lines = text.lines().map(|line| line.split(",\"hashed\"").next().unwrap().to_string());
        lines.collect::<Vec<_>>()
    };
    let one = dir.hash(&["--update", "whole.json", "t"]).good();
    for index in 1..=3 {
        let (shard, own) = (format!("{index}/3"), &own[index - 1]);
        let by_whole = dir.hash(&["--update", "whole.json", "--shard", &shard, "t", "-v"]);
        let by_own = dir.hash(&["--update", own, "--shard", &shard, "t", "-v"]);
        assert_eq!(
            (by_whole.code(), by_own.code()),
            (0, 0),
            "{} {}",
            by_whole.stderr,
            by_own.stderr
        );
        assert_eq!(without_times(&by_whole.stdout), without_times(&by_own.stdout));
        // The lines of the others are neither kept nor gone.
        let counts = |ran: &Ran| {
            ran.stderr.lines().find(|line| line.contains(" unchanged")).unwrap().to_string()
        };
        assert_eq!(counts(&by_whole), counts(&by_own));
    }
    let _ = fs::remove_dir_all(dir.at("parts"));
    let merged = merge(&dir, &parts(&dir, 3, &["hash", "--update", "whole.json", "t"]), &[]);
    assert_eq!(without_times(&merged.good()), without_times(&one));
}

#[test]
fn an_update_of_a_shard_may_have_no_line_at_all() {
    let dir = Dir::new();
    for name in ["t/a", "t/b", "t/c"] {
        dir.file(name, name);
    }
    dir.file("list", "t/a\nt/b\nt/c\n");
    dir.settle();
    dir.hash(&["--format", "json", "t", "-o", "whole.json"]).good();
    for names in [&["t"][..], &["--files-from", "list"]] {
        let run = |index: u64| {
            let (shard, part) = (format!("{index}/9"), format!("{index}-{}", names.len()));
            let options = ["--update", "whole.json", "--shard", &shard, "-o", &part];
            dir.hash(&[&options[..], names].concat()).good();
            fs::read_to_string(dir.at(&part)).unwrap().lines().count()
        };
        let lines: Vec<_> = (1..=9).map(run).collect();
        assert_eq!(lines.iter().sum::<usize>(), 3, "{lines:?}");
        assert!(lines.contains(&0));
    }
}

#[test]
fn max_gone_counts_the_lines_of_the_shard_alone() {
    let dir = Dir::new();
    for n in 0..40 {
        dir.file(format!("t/{n}"), "x");
    }
    dir.settle();
    dir.hash(&["--format", "json", "t", "-o", "whole.json"]).good();
    let first = dir.hash(&["--shard", "1/2", "t"]).text();
    let names: Vec<_> = first.lines().filter_map(|line| line.split_once("  ")).collect();
    for (_, name) in &names[..3] {
        fs::remove_file(dir.at(name)).unwrap();
    }
    let update = |shard: &str| {
        let options = ["--update", "whole.json", "--shard", shard, "--max-gone", "0", "-o"];
        dir.hash(&[&options[..], &[&format!("p{}", &shard[..1]), "t"]].concat())
    };
    let (one, two) = (update("1/2"), update("2/2"));
    assert_eq!((one.code(), two.code()), (2, 0), "{} {}", one.stderr, two.stderr);
    let expected = format!("3 of {} files of whole.json are gone", names.len());
    assert!(one.stderr.contains(&expected), "{}", one.stderr);
}

#[test]
fn a_shard_without_files_of_its_own_is_a_part_too_and_replaces_that_of_another_division() {
    let dir = Dir::new();
    dir.file("t/only", "x");
    for of in [2, 5, 64] {
        // The parts have the same names for every number of shards.
        let parts: Vec<_> = (1..=5).map(|index| format!("p{index}")).collect();
        for (index, name) in parts.iter().enumerate() {
            let shard = format!("{}/{of}", index + 1);
            if index < of {
                dir.hash(&["--shard", &shard, "t", "-o", name]).good();
            }
        }
    }
}

#[test]
fn a_shard_can_be_resumed() {
    let dir = odd_tree();
    let options = ["--shard", "1/2", "t", "-o", "p1"];
    let expected = dir.hash(&["--shard", "1/2", "t"]).good();
    let Some(killed) = dir.strace(
        &["-e", "trace=openat", "-e", "inject=openat:signal=SIGINT:when=40"],
        &[&["hash", "-j1", "--io-threads", "1"], &options[..]].concat(),
    ) else {
        return;
    };
    if killed.code() == 130 && dir.at("p1.partial").exists() {
        let other = dir.hash(&["--shard", "2/2", "t", "-o", "p1", "--resume"]);
        assert_eq!(other.code(), 2, "{}", other.stderr);
    }
    dir.hash(&[&options[..], &["--resume"]].concat()).good();
    assert_same(&fs::read(dir.at("p1")).unwrap(), &expected, "resumed");
}

#[test]
fn an_audit_of_a_shard_passes_over_the_files_of_the_others() {
    let dir = odd_tree();
    dir.hash(&["t", "-o", "whole"]).good();
    let own = parts(&dir, 2, &["hash", "t"]);
    let audit = |arguments: &[&str]| {
        let all = [&["audit"], arguments].concat();
        Ran::of(dir.batchproc(&all).spawn().unwrap())
    };
    let lines = |ran: &Ran| {
        ran.text()
            .lines()
            .filter(|line| line.ends_with(": ok"))
            .map(String::from)
            .collect::<Vec<_>>()
    };
    let all = audit(&["whole", "t"]);
    let mut seen = Vec::new();
    for (shard, own) in ["1/2", "2/2"].into_iter().zip(&own) {
        let (one, two) =
            (audit(&["--shard", shard, "whole", "t"]), audit(&["--shard", shard, own, "t"]));
        assert_eq!((one.code(), two.code()), (0, 0), "{} {}", one.stderr, two.stderr);
        assert_eq!(lines(&one), lines(&two));
        seen.extend(lines(&one));
    }
    let mut expected = lines(&all);
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected);
    fs::remove_file(dir.at("t/sub/a")).unwrap();
    let codes = ["1/2", "2/2"].map(|shard| audit(&["--shard", shard, "whole", "t"]).code());
    assert_eq!(codes.iter().sum::<i32>(), 1, "only its own shard misses the file");
}

#[test]
fn what_cannot_be_a_shard_is_refused() {
    let dir = odd_tree();
    for (arguments, message) in [
        (&["--shard", "0/4", "t"][..], "$((JOB_COMPLETION_INDEX + 1))/N"),
        (&["--shard", "5/4", "t"], "there are only 4 shards"),
        (&["--shard", "1/4"], "--shard divides files by their names"),
        (&["--shard", "1/4", "--records", "t"], "--shard cannot be used with --records"),
        (
            &["--shard", "1/4", "--update", "m", "--rehash", "--sample", "1", "t", "-o", "p"],
            "a budget is for the whole manifest",
        ),
        (&["--shard", "1/4", "-c", "t"], "--shard and --check cannot be combined"),
    ] {
        let ran = dir.hash(arguments);
        assert_eq!(ran.code(), 2);
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
    }
    dir.file("p.shard", "mine");
    let ran = dir.hash(&["--shard", "1/4", "t", "-o", "p"]);
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr.contains("p.shard does not describe a part"), "{}", ran.stderr);
    assert_eq!(fs::read(dir.at("p.shard")).unwrap(), b"mine");
}
