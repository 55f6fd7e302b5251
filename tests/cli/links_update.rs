//! Symbolic links in manifests that are updated, and in runs that are resumed.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::audit::audit;
use crate::harness::{Dir, Ran};
use crate::links::changed;
use crate::resume::kill_after;

#[test]
fn a_resumed_run_takes_over_the_links_and_the_files_between_them() {
    for form in [&["--format", "json"][..], &["--format", "csv", "-a", "xxh3,md5"]] {
        let dir = Dir::new();
        for n in 0..9 {
            dir.file(format!("t/{n}"), "content");
            symlink(format!("{n}"), dir.at(format!("t/{n}-link"))).unwrap();
        }
        dir.settle();
        dir.fifo("fifo");
        let run = [&["hash", "-vv", "--links"], form].concat();
        let ran = dir.shell("printf x > fifo & \"$@\"", &[&run[..], &["t", "fifo"]].concat());
        let whole = ran.stdout;
        // The run waits for a writer of the FIFO when all of `t` is done. Only the file shows that.
        let all = [&run[..], &["-o", "out", "t", "fifo"]].concat();
        let child = dir.batchproc(&all).spawn().unwrap();
        let lines = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte == b'\n').count();
        // The FIFO has a line, or one for each of two algorithms.
        let wanted = lines(&whole) - form.len() / 2;
        let begun = Instant::now();
        while lines(&fs::read(dir.at("out.partial")).unwrap_or_default()) < wanted {
            assert!(begun.elapsed() < Duration::from_secs(60), "the results are not written");
            std::thread::yield_now();
        }
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        assert_eq!(Ran::of(child).code(), 143);
        let again = [&all[..], &["--resume"]].concat();
        let ran = dir.shell("printf x > fifo & \"$@\"", &again);
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
        assert!(fs::read(dir.at("out")).unwrap() == whole, "{form:?}");
        assert_eq!(ran.stderr.matches(" opening ").count(), 1, "{}", ran.stderr);
    }
}

/// The names in a manifest, each with its digest or target; the times are left out.
fn contents(dir: &Dir, manifest: &str) -> Vec<String> {
    let text = fs::read_to_string(dir.at(manifest)).unwrap();
    let facts = |line: &str| match line.split_once(",\"size\"") {
        Some((facts, _)) => facts.to_string(),
        None => {
            let fields: Vec<_> = line.split(',').collect();
            format!("{} {} {}", fields[0], fields[2], fields[fields.len() - 1])
        }
    };
    text.lines().map(facts).collect()
}

#[test]
fn an_update_takes_it_from_the_manifest_that_links_are_recorded() {
    for format in ["json", "csv"] {
        let dir = changed(format);
        let again = ["--links", "--format", format, "-o", "fresh", "t"];
        dir.hash(&again).good();
        let ran = dir.hash(&["-v", "--update", "m", "-o", "m", "t"]);
        let stderr = "batchproc: t/becomes-directory: no longer a symbolic link: it is a directory\n\
                      batchproc: 2 unchanged, 4 changed, 3 new, 3 gone\n";
        let lines = ran.stderr.lines().filter(|line| !line.contains(" INFO "));
        let lines: String = lines.take(2).map(|line| format!("{line}\n")).collect();
        assert_eq!((ran.code(), lines.as_str()), (1, stderr), "{}", ran.stderr);
        assert_eq!(contents(&dir, "m"), contents(&dir, "fresh"));
        // All is unchanged now, and nothing is lost if other algorithms are asked for.
        for (more, count) in [
            (&[][..], "9 unchanged\n"),
            (&["-a", "sha1"], "6 unchanged, 3 read again\n"),
            (&["--rehash", "-a", "md5"], "0 unchanged, 9 read again\n"),
        ] {
            let ran = dir.hash(&[&["-v", "--update", "m", "-o", "m", "t"], more].concat());
            assert!(
                ran.stderr.contains(&format!("batchproc: {count}")),
                "{more:?}: {}",
                ran.stderr
            );
            assert_eq!(ran.code(), 0);
        }
        assert_eq!(contents(&dir, "m"), contents(&dir, "fresh"));
        for (option, words) in [
            (&["--follow", "t"][..], "so --follow cannot be used with it"),
            (&["--files-from", "m"], "the links among the names of --files-from are followed"),
        ] {
            let ran = dir.hash(&[&["--update", "m", "-o", "m"], option].concat());
            assert!(ran.code() == 2 && ran.stderr.contains(words), "{}", ran.stderr);
        }
    }
}

#[test]
fn an_update_keeps_the_algorithms_of_a_manifest_that_begins_with_a_link() {
    for names in [["a", "b"], ["b", "a"]] {
        let dir = Dir::new();
        dir.file("t/b", "content");
        symlink("b", dir.at("t/a")).unwrap();
        let [first, second] = names.map(|name| format!("t/{name}"));
        let made = ["--links", "--format", "json", "-a", "sha1", "-o", "m", &first, &second];
        dir.hash(&made).good();
        dir.file("t/c", "new");
        dir.hash(&["--update", "m", "-o", "m", "t"]).good();
        let text = fs::read_to_string(dir.at("m")).unwrap();
        assert_eq!(text.matches("\"algorithm\":\"sha1\"").count(), 2, "{text}");
        assert_eq!(text.matches("\"link\":\"b\"").count(), 1, "{text}");
    }
    // A manifest that lists nothing but links.
    let dir = Dir::new();
    fs::create_dir(dir.at("t")).unwrap();
    symlink("b", dir.at("t/a")).unwrap();
    dir.hash(&["--links", "--format", "csv", "-o", "m", "t"]).good();
    dir.file("t/b", "");
    dir.hash(&["--update", "m", "-o", "m", "t"]).good();
    assert_eq!(contents(&dir, "m")[1..], ["t/a  b", "t/b d41d8cd98f00b204e9800998ecf8427e "]);
}

#[test]
fn links_outside_of_the_paths_and_excluded_ones_stay_in_an_updated_manifest() {
    let dir = Dir::new();
    dir.file("t/sub/file", "content");
    for name in ["t/a", "t/sub/b", "t/z"] {
        symlink("target", dir.at(name)).unwrap();
    }
    dir.hash(&["--links", "--format", "json", "-o", "m", "t"]).good();
    for options in [&["t/sub"][..], &["--exclude", "a", "t"], &["--min-size", "7", "t"]] {
        let before = contents(&dir, "m");
        dir.hash(&[&["--update", "m", "-o", "m"], options].concat()).good();
        assert_eq!(contents(&dir, "m"), before, "{options:?}");
        let ran = audit(&dir, &[&["m"], options].concat());
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
    }
    let ran = dir.hash(&[
        "-v",
        "--max-gone",
        "0",
        "--update",
        "m",
        "-o",
        "m",
        "--forget-left-out",
        "--exclude",
        "a",
        "t",
    ]);
    assert_eq!(contents(&dir, "m").len(), 3, "{}", ran.stderr);
}

#[test]
fn killed_and_resumed_runs_record_every_link_once() {
    for form in [&["--format", "json"][..], &["--format", "csv", "-a", "xxh3,md5"]] {
        let dir = Dir::new();
        for n in 0..120 {
            dir.file(format!("t/{n:03}"), vec![b'x'; n * n]);
            symlink(format!("{n:03}"), dir.at(format!("t/{n:03}-link"))).unwrap();
        }
        let run = [form, &["--links", "-j1", "--io-threads", "2", "t"]].concat();
        let expected = dir.hash(&run).good();
        let resumed = [&run[..], &["--resume", "-o", "out"]].concat();
        let (mut counts, mut kills) = (HashMap::new(), 0);
        while !kill_after(&dir, &resumed, 7 + 31 * kills, &mut counts) && !dir.at("out").exists() {
            kills += 1;
            assert!(kills < 100, "it never comes to its end");
        }
        assert!(fs::read(dir.at("out")).unwrap() == expected, "{form:?}");
        let most = counts.values().max().copied().unwrap_or_default() as usize;
        assert!(most <= 1 + kills, "{kills} kills, but a file was read {most} times");
    }
}

#[test]
fn a_file_that_became_a_link_to_itself_is_not_unchanged() {
    let dir = Dir::new();
    dir.file("t/a", "content");
    symlink("nowhere", dir.at("t/link")).unwrap();
    dir.settle();
    let made = dir.hash(&["--links", "--update", "m", "-o", "m", "t"]);
    assert_eq!(made.code(), 0, "{}", made.stderr);
    // What the link leads to has the size, the modification time and the inode of the manifest.
    fs::rename(dir.at("t/a"), dir.at("b")).unwrap();
    symlink("../b", dir.at("t/a")).unwrap();
    dir.settle();
    let ran = dir.hash(&["-v", "--ignore", "ctime", "--update", "m", "-o", "m", "t"]);
    assert!(ran.stderr.contains("batchproc: 1 unchanged, 1 changed\n"), "{}", ran.stderr);
    assert_eq!(contents(&dir, "m")[0], "{\"path\":\"t/a\",\"link\":\"../b\"");
}

#[test]
fn a_budget_looks_at_links_themselves() {
    let dir = Dir::new();
    for name in ["1", "2", "d/3"] {
        dir.file(format!("t/{name}"), name);
    }
    for (target, name) in [("1", "a"), ("nowhere", "x"), ("d", "y"), ("z", "z")] {
        symlink(target, dir.at(format!("t/{name}"))).unwrap();
    }
    dir.settle();
    dir.hash(&["--links", "--format", "json", "t", "-o", "m"]).good();
    dir.settle();
    let update = |sample: &str| {
        let ran =
            dir.hash(&["-v", "--update", "m", "--rehash", "--sample", sample, "t", "-o", "m"]);
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
        ran.stderr
    };
    assert!(update("100%").contains("read again: 7 of 7"));
    dir.settle();
    // One byte is paid for one file in each run, and links cost nothing.
    let read: Vec<_> = (0..3).map(|_| update("1")).collect();
    assert!(read.iter().all(|said| !said.contains("read again: 0 of")), "{read:?}");
}

#[test]
fn what_is_behind_a_directory_that_became_a_link_is_gone() {
    let dir = Dir::new();
    dir.file("q/s/1", "one");
    dir.file("q/z", "z");
    dir.settle();
    dir.hash(&["--format", "json", "q", "-o", "m"]).good();
    fs::rename(dir.at("q/s"), dir.at("s2")).unwrap();
    symlink("../s2", dir.at("q/s")).unwrap();
    let audit = Ran::of(dir.batchproc(&["audit", "m", "q"]).spawn().unwrap());
    assert_eq!(
        (audit.code(), &*audit.text()),
        (1, "q/z: ok\nq/s/1: missing\n"),
        "{}",
        audit.stderr
    );
    let follow = Ran::of(dir.batchproc(&["audit", "-L", "m", "q"]).spawn().unwrap());
    assert!(follow.text().contains("q/s/1: ok"), "{}", follow.text());
    for options in [&["q"][..], &["--links", "q"]] {
        dir.hash(&[&["--format", "json", "-o", "fresh"], options].concat()).good();
        dir.hash(&[&["--update", "m", "-o", "new"], options].concat());
        assert_eq!(contents(&dir, "new"), contents(&dir, "fresh"), "{options:?}");
        fs::remove_file(dir.at("new")).unwrap();
    }
}
