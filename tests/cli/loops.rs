//! `--follow` finds the same files and loops as `find -L`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;

use proptest::prelude::*;

use crate::harness::{Dir, Ran};

/// A small random tree: the parent of each directory, and the parent and target of each link.
#[derive(Clone, Debug)]
struct Tree {
    directories: Vec<usize>,
    links: Vec<(usize, usize)>,
}

fn any_tree() -> impl Strategy<Value = Tree> {
    let directories = prop::collection::vec(0..100usize, 1..6);
    let links = prop::collection::vec((0..100usize, 0..100usize), 0..5);
    (directories, links).prop_map(|(directories, links)| Tree { directories, links })
}

/// Makes the tree `t` and returns its directories.
fn make(dir: &Dir, tree: &Tree) {
    let mut names = vec!["t".to_string()];
    for (number, above) in tree.directories.iter().enumerate() {
        names.push(format!("{}/d{number}", names[above % names.len()]));
    }
    for name in &names {
        dir.file(format!("{name}/f"), name);
    }
    for (number, (place, target)) in tree.links.iter().enumerate() {
        let place = &names[place % names.len()];
        let up = "../".repeat(place.matches('/').count() + 1);
        let target = format!("{up}{}", names[target % names.len()]);
        symlink(target, dir.at(format!("{place}/l{number}"))).unwrap();
    }
}

/// The files and loops that `find -L` reports.
fn of_find(dir: &Dir, options: &[&str]) -> (BTreeSet<String>, BTreeSet<String>) {
    let found = Ran::of(dir.command("find", options).spawn().unwrap());
    let files = found.text().lines().map(String::from).collect();
    let loops = found.stderr.lines().map(|line| {
        assert!(line.contains("File system loop detected"), "{line}");
        line.split('\'').nth(1).unwrap().to_string()
    });
    (files, loops.collect())
}

/// The files and loops that batchproc reports.
fn of_ran(ran: &Ran) -> (BTreeSet<String>, BTreeSet<String>) {
    let files: Vec<_> = ran.text().lines().map(|line| line[34..].to_string()).collect();
    let loops = ran.stderr.lines().map(|line| {
        let line = line.strip_prefix("batchproc: ").unwrap();
        line.split_once(": not entered: ").expect(line).0.to_string()
    });
    let set: BTreeSet<_> = files.iter().cloned().collect();
    assert_eq!(set.len(), files.len(), "no file comes twice");
    (set, loops.collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]
    #[test]
    fn files_and_loops_are_those_of_find(tree in any_tree()) {
        let dir = Dir::new();
        make(&dir, &tree);
        let expected = of_find(&dir, &["-L", "t", "-type", "f"]);
        let ran = dir.hash(&["-L", "t"]);
        prop_assert_eq!(ran.code(), i32::from(!expected.1.is_empty()));
        prop_assert_eq!(of_ran(&ran), expected);
    }
}

#[test]
fn a_loop_that_closes_through_a_directory_is_not_walked_again() {
    let dir = Dir::new();
    dir.file("t/d2/d3/f", "x\n");
    symlink("d2/d3", dir.at("t/d3")).unwrap();
    symlink("../../d2", dir.at("t/d2/d3/up")).unwrap();
    let ran = dir.hash(&["-L", "t"]);
    assert_eq!(ran.code(), 1);
    assert_eq!(
        ran.text(),
        "401b30e3b8b5d629635a5c613cdb7919  t/d2/d3/f\n401b30e3b8b5d629635a5c613cdb7919  t/d3/f\n"
    );
    assert_eq!(
        ran.stderr,
        "batchproc: t/d2/d3/up: not entered: the link leads back to t/d2\n\
         batchproc: t/d3/up/d3: not entered: it is the same directory as t/d3\n"
    );
}

#[test]
fn a_directory_that_is_mounted_below_itself_is_a_loop() {
    let dir = Dir::new();
    dir.file("t/f", "x\n");
    fs::create_dir(dir.at("t/d")).unwrap();
    let mounted = |command: &str| {
        let script = format!("mount --bind t t/d || exit 77; {command}");
        let child = dir.command("unshare", &["-m", "sh", "-c", &script]).spawn();
        Some(Ran::of(child.ok()?)).filter(|ran| ran.stderr.is_empty() || ran.code() == 1)
    };
    let Some(_) = mounted("true").filter(|ran| ran.code() == 0) else {
        eprintln!("skipped: nothing can be mounted here");
        return;
    };
    let ran = mounted(&format!("{} hash t", env!("CARGO_BIN_EXE_batchproc"))).unwrap();
    assert_eq!(
        (ran.code(), ran.text().as_str(), ran.stderr.as_str()),
        (
            1,
            "401b30e3b8b5d629635a5c613cdb7919  t/f\n",
            "batchproc: t/d: not entered: it is the same directory as t\n"
        )
    );
    let found = mounted("find t -type f").unwrap();
    assert!(found.stderr.contains("File system loop detected"), "{}", found.stderr);
    assert_eq!(found.text(), "t/f\n");
}

#[test]
fn what_is_excluded_is_neither_a_loop_nor_a_link_that_leads_nowhere() {
    let dir = Dir::new();
    dir.file("t/f", "");
    symlink(".", dir.at("t/loop")).unwrap();
    symlink("nowhere", dir.at("t/broken")).unwrap();
    let ran = dir.hash(&["-L", "--exclude", "loop", "--exclude", "broken", "t"]);
    assert_eq!(ran.good(), b"d41d8cd98f00b204e9800998ecf8427e  t/f\n");
}
