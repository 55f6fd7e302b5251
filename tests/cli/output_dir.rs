//! `segment --output-dir`: results get their final names in batches, after the system has written
//! them to the disk. Faults and signals are injected by strace; without it those tests are skipped.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, symlink};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::harness::{Dir, Ran};

const TEXT: &str = "我来到北京\n";
const WORDS: &str = "我 来到 北京\n";

/// Files `t/0/0` to `t/3/9`.
fn tree() -> Dir {
    let dir = Dir::new();
    for number in 0..40 {
        dir.file(format!("t/{}/{}", number / 10, number % 10), TEXT);
    }
    dir
}

/// The regular files below a directory, as paths relative to it, with their contents.
fn files(dir: &Dir, below: &str) -> Vec<(String, String)> {
    let entries = walkdir::WalkDir::new(dir.at(below)).sort_by_file_name().into_iter().flatten();
    let files = entries.filter(|entry| entry.file_type().is_file());
    files
        .map(|entry| {
            let name = entry.path().strip_prefix(dir.at(below)).unwrap();
            (name.to_str().unwrap().to_string(), fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

fn results(dir: &Dir) -> Vec<(String, String)> {
    files(dir, "t").into_iter().map(|(name, _)| (name, WORDS.into())).collect()
}

const RUN: [&str; 4] = ["segment", "t", "--output-dir", "o"];

#[test]
fn no_result_gets_its_name_before_it_is_on_the_disk() {
    let dir = tree();
    // The last `-o` of strace counts.
    let options = ["-o", "log", "-y", "-e", "trace=write,syncfs,renameat"];
    let here = dir.at("o");
    let Some(ran) = dir.strace(&options, &RUN) else { return };
    ran.good();
    let log = fs::read_to_string(dir.at("log")).unwrap();
    let (mut written, mut synced, mut renamed) = (0, 0, 0);
    for line in log.lines().filter(|line| line.contains(here.to_str().unwrap())) {
        if line.contains(" write(") {
            written += 1;
        } else if line.contains(" syncfs(") {
            synced = written;
        } else if line.contains(" renameat(") {
            renamed += 1;
            assert!(renamed <= synced, "{line}: {synced} of {written} results were on the disk");
        }
    }
    assert_eq!((written, renamed), (40, 40), "{log}");
    assert_eq!(files(&dir, "o/t"), results(&dir));
}

#[test]
fn results_that_cannot_be_written_to_the_disk_get_no_names() {
    let dir = tree();
    dir.file("o/t/0/5", "old");
    let Some(ran) = dir.strace(&["-e", "inject=syncfs:error=EIO:when=1"], &RUN) else { return };
    let reported = "batchproc: cannot write to o: Input/output error\n";
    assert_eq!((ran.code(), ran.stderr.as_str()), (2, reported));
    assert_eq!(files(&dir, "o"), [("t/0/5".to_string(), "old".to_string())]);
}

#[test]
fn a_result_that_cannot_get_its_name_fails_alone() {
    let dir = tree();
    let fault = "inject=renameat:error=EACCES:when=2";
    let Some(ran) = dir.strace(&["-e", fault], &RUN) else { return };
    let reported = "batchproc: t/0/1: cannot write to o/t/0/1: Permission denied\n";
    assert_eq!((ran.code(), ran.stderr.as_str()), (1, reported));
    let mut expected = results(&dir);
    expected.remove(1);
    assert_eq!(files(&dir, "o/t"), expected);
}

#[test]
fn a_stopped_run_keeps_the_results_that_are_finished_and_nothing_else() {
    let dir = tree();
    for (signal, code) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
        // Some files are finished then, and wait for their names.
        let inject = format!("inject=flock:signal={signal}:when=20");
        let Some(ran) = dir.strace(&["-e", &inject], &RUN) else { return };
        assert_eq!(ran.code(), code, "{}", ran.stderr);
        let (found, all) = (files(&dir, "o/t"), results(&dir));
        assert!(found.len() >= 19 && all.starts_with(&found), "{signal}: {found:?}");
        fs::remove_dir_all(dir.at("o")).unwrap();
    }
}

#[test]
fn a_run_killed_in_the_middle_of_a_batch_leaves_whole_files_only() {
    let dir = tree();
    dir.file("o/t/0/5", "old");
    for inject in ["syncfs:signal=KILL:when=1", "renameat:signal=KILL:when=9"] {
        let inject = format!("inject={inject}");
        let Some(ran) = dir.strace(&["-e", &inject], &RUN) else { return };
        assert_ne!(ran.code(), 0);
        let all = results(&dir);
        let mut left = 0;
        for (name, content) in files(&dir, "o/t") {
            if name.ends_with(".tmp") {
                left += 1;
            } else {
                let is_old = name == "0/5" && content == "old";
                assert!(is_old || all.contains(&(name.clone(), content)), "{inject}: {name}");
            }
        }
        assert!(left > 0, "{inject}: the run was killed between two steps");
        // What was left can be a text of another run, which has the same paths.
        let again = ["segment", "--mode", "search", "t", "--output-dir", "../p"];
        let mut run = dir.batchproc(&again);
        Ran::of(run.current_dir(dir.at("o")).spawn().unwrap()).good();
        let texts = files(&dir, "o/t");
        assert_eq!(files(&dir, "p/t").len(), texts.len());
        for (name, text) in texts {
            let expected = dir.segment(&["--mode", "search"], &text).text();
            assert_eq!(
                fs::read_to_string(dir.at(format!("p/t/{name}"))).unwrap(),
                expected,
                "{name}"
            );
        }
        dir.segment(&RUN[1..], "").good();
        let whole = |(name, _): &(String, String)| !name.ends_with(".tmp");
        let left: Vec<_> = files(&dir, "o/t").into_iter().filter(whole).collect();
        assert_eq!(left, results(&dir), "{inject}");
        fs::remove_dir_all(dir.at("p")).unwrap();
    }
}

#[test]
fn more_files_than_one_batch_holds_all_get_their_results() {
    let dir = Dir::new();
    for number in 0..4500 {
        dir.file(format!("t/{}/{}", number % 7, number), format!("{number}北京大学\n"));
    }
    dir.segment(&["t", "--output-dir", "o"], "").good();
    let expected: Vec<_> = files(&dir, "t")
        .into_iter()
        .map(|(name, text)| (name, text.replace("北京大学", " 北京大学")))
        .collect();
    assert!(files(&dir, "o/t") == expected);
}

#[test]
fn a_result_appears_although_the_list_of_names_goes_on() {
    let dir = Dir::new();
    dir.file("a", TEXT);
    let mut command = dir.batchproc(&["segment", "--files-from", "-", "--output-dir", "o"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut list = child.stdin.take().unwrap();
    list.write_all(b"a\n").unwrap();
    let begun = Instant::now();
    while !dir.at("o/a").exists() {
        assert!(begun.elapsed() < Duration::from_secs(100), "the result has no name");
        std::thread::yield_now();
    }
    assert_eq!(fs::read_to_string(dir.at("o/a")).unwrap(), WORDS);
    drop(list);
    Ran::of(child).good();
}

#[test]
fn links_in_the_directory_stay_and_lead_to_the_results() {
    let dir = Dir::new();
    for name in ["t/a", "t/b", "t/d/c", "t/e"] {
        dir.file(name, TEXT);
    }
    dir.file("else/old", "old");
    fs::create_dir_all(dir.at("else/d")).unwrap();
    fs::create_dir_all(dir.at("o/t")).unwrap();
    for (target, link) in
        [("../../else/old", "o/t/a"), ("../../else/new", "o/t/b"), ("../../else/d", "o/t/d")]
    {
        symlink(target, dir.at(link)).unwrap();
    }
    fs::create_dir(dir.at("o/t/e")).unwrap();
    let ran = dir.segment(&["t", "--output-dir", "o"], "");
    let reported = "batchproc: t/e: cannot write to o/t/e: Is a directory\n";
    assert_eq!((ran.code(), ran.stderr.as_str()), (1, reported));
    let expected = ["d/c", "new", "old"].map(|name| (name.to_string(), WORDS.to_string()));
    assert_eq!(files(&dir, "else"), expected);
    assert_eq!(files(&dir, "o"), []);
}

#[test]
fn a_result_that_is_a_hard_link_of_its_text_is_replaced_and_the_text_stays() {
    let dir = tree();
    fs::create_dir_all(dir.at("o/t/0")).unwrap();
    fs::hard_link(dir.at("t/0/1"), dir.at("o/t/0/1")).unwrap();
    fs::hard_link(dir.at("t/0/2"), dir.at("o/t/0/3")).unwrap();
    dir.segment(&["t", "--output-dir", "o"], "").good();
    assert_eq!(files(&dir, "o/t"), results(&dir));
    assert!(files(&dir, "t").iter().all(|(_, text)| text == TEXT));
}

#[test]
fn a_new_result_keeps_the_mode_of_the_old_one() {
    let dir = tree();
    let old = dir.file("o/t/0/1", "old");
    fs::set_permissions(&old, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    dir.segment(&["t", "--output-dir", "o"], "").good();
    assert_eq!(fs::metadata(old).unwrap().mode() & 0o777, 0o666);
    assert_eq!(files(&dir, "o/t"), results(&dir));
}

#[test]
fn a_deep_tree_takes_no_more_system_calls_for_a_file_than_a_flat_one() {
    let dir = Dir::new();
    let deep = "d/".repeat(200);
    for depth in 0..200 {
        dir.file(format!("t/{}f", &deep[..2 * depth]), TEXT);
    }
    let options = ["-o", "log", "-c"];
    for _ in 0..2 {
        let Some(ran) = dir.strace(&options, &RUN) else { return };
        ran.good();
        let log = fs::read_to_string(dir.at("log")).unwrap();
        // Waiting for other threads is no work for a file.
        let count = |line: &str| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let works = !["futex", "total", "sched_yield"].contains(fields.last()?);
            works.then(|| fields.get(3)?.parse::<u64>().ok()).flatten()
        };
        let calls: u64 = log.lines().filter_map(count).sum();
        assert!((2000..10_000).contains(&calls), "{calls} calls for 200 files:\n{log}");
    }
}

#[test]
fn a_file_where_a_directory_is_needed_fails_the_inputs_below_it_and_no_others() {
    for obstacle in ["file", "loop", "dangling"] {
        let dir = tree();
        match obstacle {
            "file" => drop(dir.file("o/t/1", "in the way")),
            target => {
                fs::create_dir_all(dir.at("o/t")).unwrap();
                symlink(if target == "loop" { "1" } else { "no/where" }, dir.at("o/t/1")).unwrap();
            }
        }
        let ran = Ran::of(dir.batchproc(&RUN).spawn().unwrap());
        assert_eq!(ran.code(), 1, "{obstacle}: {}", ran.stderr);
        let lines: Vec<_> = ran.stderr.lines().collect();
        assert_eq!(lines.len(), 10, "{obstacle}: {}", ran.stderr);
        for (number, line) in lines.iter().enumerate() {
            let start = format!("batchproc: t/1/{number}: cannot create o/t/1: ");
            assert!(line.starts_with(&start), "{obstacle}: {line}");
        }
        let written: Vec<_> =
            files(&dir, "o/t").into_iter().filter(|(_, text)| text == WORDS).collect();
        let expected: Vec<_> =
            results(&dir).into_iter().filter(|(name, _)| !name.starts_with("1/")).collect();
        assert_eq!(written, expected, "{obstacle}");
    }
}
