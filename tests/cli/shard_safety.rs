//! What shards and their merge must not destroy, lose or mistake.

use std::fs;
use std::os::unix::fs::symlink;

use crate::harness::{Dir, Ran, assert_same};
use crate::shard::{merge, part, parts};

fn run(dir: &Dir, arguments: &[&str]) -> Ran {
    Ran::of(dir.batchproc(arguments).spawn().unwrap())
}

/// Files `t/1` and so on, each with its name as its content.
fn tree(files: usize) -> Dir {
    let dir = Dir::new();
    for n in 1..=files {
        dir.file(format!("t/{n}"), format!("{n}\n"));
    }
    dir.settle();
    dir
}

#[test]
fn a_merge_replaces_a_manifest_and_nothing_else() {
    let dir = tree(6);
    let parts = parts(&dir, 2, &["hash", "t"]);
    dir.file("doc", "important\n");
    let side = format!("{}.shard", parts[0]);
    for target in ["doc", "t/4", &side] {
        let before = fs::read(dir.at(target)).unwrap();
        let ran = merge(&dir, &parts, &["-o", target]);
        assert_eq!(ran.code(), 2, "{target}");
        assert_same(&fs::read(dir.at(target)).unwrap(), &before, target);
    }
    assert_eq!(merge(&dir, &parts, &["-o", "doc", "--overwrite"]).code(), 0);
    assert_eq!(merge(&dir, &parts, &["-o", "doc"]).code(), 0);
    assert_same(&fs::read(dir.at("doc")).unwrap(), &dir.hash(&["t"]).good(), "merged");
    // The file of --summary is not that of the shard's description either.
    let ran = dir.hash(&["t", "--shard", "1/2", "-o", "x", "--summary", "x.shard"]);
    assert_eq!((ran.code(), dir.at("x").exists()), (2, false), "{}", ran.stderr);
}

#[test]
fn a_shard_does_not_replace_the_manifest_of_all_files_nor_an_update_that_of_another_shard() {
    let dir = tree(6);
    dir.hash(&["t", "--format", "json", "-o", "full"]).good();
    let before = fs::read(dir.at("full")).unwrap();
    for options in [&["t"][..], &["--update", "full", "--max-gone", "0", "t"]] {
        let ran = dir.hash(&[options, &["--shard", "2/3", "-o", "full"]].concat());
        assert_eq!(ran.code(), 2, "{options:?}");
        assert!(ran.stderr.contains("is not the result of a shard"), "{}", ran.stderr);
        assert_same(&fs::read(dir.at("full")).unwrap(), &before, "full");
    }
    let (one, _) = part(&dir, 1, 2, &["hash", "--format", "json", "t"]);
    let ran = dir.hash(&["--update", &one, "--shard", "2/2", "t", "-o", &one]);
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr.contains("is shard 1/2"), "{}", ran.stderr);
    dir.hash(&["--update", &one, "--shard", "1/2", "t", "-o", &one]).good();
}

#[test]
fn a_shard_without_links_still_records_those_that_come() {
    let dir = tree(6);
    symlink("1", dir.at("t/l1")).unwrap();
    let options = ["hash", "--links", "--format", "json", "t"];
    let parts = parts(&dir, 2, &options);
    for n in 1..=6 {
        symlink("x", dir.at(format!("t/k{n}"))).unwrap();
    }
    for (n, name) in parts.iter().enumerate() {
        let shard = format!("{}/2", n + 1);
        let audit = run(&dir, &["audit", "--shard", &shard, name, "t"]);
        assert!(audit.text().contains(": new"), "{shard} {}", audit.text());
        dir.hash(&["--update", name, "--shard", &shard, "t", "-o", name]).good();
    }
    let merged = merge(&dir, &parts, &[]);
    assert_eq!(
        (merged.code(), merged.text().matches("\"link\":").count()),
        (0, 7),
        "{}",
        merged.stderr
    );
}

#[test]
fn a_shard_without_files_keeps_its_form_and_is_no_failure() {
    let dir = tree(1);
    let parts = parts(&dir, 4, &["hash", "--format", "csv", "t"]);
    for n in 2..=9 {
        dir.file(format!("t/{n}"), "x");
    }
    dir.settle();
    for (n, name) in parts.iter().enumerate() {
        let shard = format!("{}/4", n + 1);
        let ran = dir.hash(&["--update", name, "--shard", &shard, "t", "-o", name]);
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
    }
    let merged = merge(&dir, &parts, &["-o", "all"]);
    assert_eq!(merged.code(), 0, "{}", merged.stderr);
    for n in 1..=100 {
        let ran = run(&dir, &["audit", "--shard", &format!("{n}/100"), "all", "t"]);
        assert_eq!(ran.code(), 0, "{n} {}", ran.stderr);
    }
    for (n, name) in parts.iter().enumerate() {
        fs::write(dir.at(name), "").unwrap();
        fs::remove_dir_all(dir.at("t")).unwrap();
        fs::create_dir(dir.at("t")).unwrap();
        let ran = run(&dir, &["audit", "--shard", &format!("{}/4", n + 1), name, "t"]);
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
    }
}

#[test]
fn a_merge_notices_that_the_lists_were_others() {
    let dir = tree(7);
    let list = "t/1\nt/2\nt/3\nt/4\nt/5\nt/6\n";
    dir.file("list", list);
    let options = ["hash", "--files-from", "list"];
    let (one, _) = part(&dir, 1, 2, &options);
    let (two, _) = part(&dir, 2, 2, &options);
    let merge = |parts: &[&String], list: &str| {
        dir.file("given", list);
        let parts: Vec<_> = parts.iter().map(std::string::ToString::to_string).collect();
        merge(&dir, &parts, &["--files-from", "given"])
    };
    assert_eq!(merge(&[&one, &two], list).code(), 0);
    assert_eq!(merge(&[&one, &two], &format!("{list}t/7\n")).code(), 2);
    dir.file("list", "t/1\n");
    let (short, _) = part(&dir, 2, 2, &options);
    let ran = merge(&[&one, &short], list);
    assert_eq!((ran.code(), ran.stdout.len()), (2, 0), "{}", ran.stderr);
}

#[test]
fn short_digests_are_merged_by_the_algorithm_of_the_parts() {
    let dir = tree(6);
    crate::shard::check(&dir, &[2], &["hash", "-a", "blake2b-8", "--format", "gnu", "t"]);
}
