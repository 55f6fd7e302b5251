//! `dups` on random trees, compared with a naive search that reads every file whole, and with
//! fclones if that is installed. The trees have hard links, odd names, empty files, and files that
//! differ only in their first or last byte, or behind the bytes that `dups` compares first.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::dups::dups;
use crate::harness::{Dir, assert_same, bytes_name};

const SIZES: [usize; 9] = [0, 1, 5, 4096, 16_384, 16_385, 65_536, 65_537, 400_000];
const NAMES: [&[u8]; 14] = [
    b"a",
    b"b",
    b"a b",
    b"a-b",
    b"-f",
    b"new\nline",
    b"back\\slash",
    b"\xff\xfe",
    b".h",
    b"\xc3\xa9",
    b"c\r",
    b" ",
    b"d.d",
    b"*",
];
const DIRECTORIES: [&[u8]; 5] = [b"t", b"t/a.d", b"t/a.d/x", b"t/a", b"t/\x80"];

/// A file: its directory, its name, its size, where it differs from a file of zeros, and by how much.
/// Or a link to one of the files before it.
#[derive(Clone, Debug)]
pub enum Node {
    File { size: usize, place: usize, byte: u8 },
    Link(prop::sample::Index),
    Symlink(prop::sample::Index),
}

pub fn nodes() -> impl Strategy<Value = Vec<(usize, usize, Node)>> {
    let file = (select(&SIZES[..]), 0..4_usize, 0..3_u8);
    let file = file.prop_map(|(size, place, byte)| Node::File { size, place, byte });
    let link = any::<prop::sample::Index>();
    let node = prop_oneof![
        6 => file,
        1 => link.prop_map(Node::Link),
        1 => any::<prop::sample::Index>().prop_map(Node::Symlink),
    ];
    prop::collection::vec((0..DIRECTORIES.len(), 0..NAMES.len(), node), 1..60)
}

pub fn build(nodes: &[(usize, usize, Node)]) -> Dir {
    let dir = Dir::new();
    let mut files: Vec<PathBuf> = Vec::new();
    for (directory, name, node) in nodes {
        let directory = dir.at(bytes_name(DIRECTORIES[*directory]));
        // A name that is a file already stays one.
        if fs::create_dir_all(&directory).is_err() {
            continue;
        }
        let path = directory.join(bytes_name(NAMES[*name]));
        if fs::symlink_metadata(&path).is_ok() {
            continue;
        }
        match node {
            Node::File { size, place, byte } => {
                let mut content = vec![0; *size];
                // The first byte, one that is read in the second stage, one behind it, and the last.
                let place = [0, 16_000, 16_390, size.saturating_sub(1)][*place];
                if let Some(at) = content.get_mut(place) {
                    *at = *byte;
                }
                fs::write(&path, content).unwrap();
                files.push(path);
            }
            Node::Link(index) if !files.is_empty() => {
                fs::hard_link(index.get(&files), &path).unwrap();
            }
            Node::Symlink(index) if !files.is_empty() => {
                symlink(index.get(&files), &path).unwrap();
            }
            Node::Link(_) | Node::Symlink(_) => {}
        }
    }
    fs::create_dir_all(dir.at("t")).unwrap();
    dir
}

/// All regular files below `t`, in the order of a walk.
fn walk(dir: &Dir) -> Vec<PathBuf> {
    let walk = walkdir::WalkDir::new(dir.at("t")).sort_by_file_name();
    let files = walk.into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file());
    files.map(|entry| entry.into_path().strip_prefix(dir.path()).unwrap().into()).collect()
}

/// What `dups -z` must print.
fn naive(dir: &Dir, empty: bool, hard_links: bool) -> Vec<u8> {
    let mut contents: BTreeMap<Vec<u8>, Vec<PathBuf>> = BTreeMap::new();
    for path in walk(dir) {
        contents.entry(fs::read(dir.at(&path)).unwrap()).or_default().push(path);
    }
    let files = walk(dir);
    let place = |path: &Path| files.iter().position(|file| file == path).unwrap();
    let mut groups = Vec::new();
    for (content, mut paths) in contents {
        let mut inodes = BTreeSet::new();
        let mut is_new = |path: &Path| inodes.insert(fs::metadata(dir.at(path)).unwrap().ino());
        let first: Vec<PathBuf> = paths.iter().filter(|path| is_new(path)).cloned().collect();
        let wasted = content.len() * (first.len() - 1);
        if !hard_links {
            paths = first;
        }
        if paths.len() > 1 && (empty || !content.is_empty()) {
            groups.push((std::cmp::Reverse(wasted), place(&paths[0]), paths));
        }
    }
    groups.sort();
    let text = |(_, _, paths): &(_, _, Vec<PathBuf>)| {
        paths.iter().flat_map(|path| [path.as_os_str().as_bytes(), b"\0"].concat()).collect()
    };
    groups.iter().map(text).collect::<Vec<Vec<u8>>>().join(&0)
}

pub fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[5; 32]))
}

#[test]
fn groups_are_those_of_a_naive_search_whatever_the_threads_and_the_memory() {
    let settings: Vec<&'static [&'static str]> =
        vec![&[][..], &["-j", "1", "--io-threads", "1"], &["-j", "3", "--memory", "8M"]];
    let cases = (nodes(), any::<bool>(), any::<bool>(), select(settings));
    let result = runner(60).run(&cases, |(nodes, empty, hard_links, settings)| {
        let dir = build(&nodes);
        let mut arguments = vec!["-z", "t"];
        arguments.extend(settings);
        arguments.extend(empty.then_some("--empty"));
        arguments.extend(hard_links.then_some("--hard-links"));
        let expected = naive(&dir, empty, hard_links);
        assert_same(&dups(&dir, &arguments).good(), &expected, &format!("{arguments:?}"));
        Ok(())
    });
    result.unwrap();
}

#[test]
fn no_content_is_lost_if_all_but_the_first_of_each_group_are_removed() {
    let contents = |dir: &Dir| -> BTreeSet<Vec<u8>> {
        walk(dir).iter().map(|path| fs::read(dir.at(path)).unwrap()).collect()
    };
    let paths: Vec<&'static [&'static str]> =
        vec![&["t"][..], &["t", "./t"], &["t/../t", "t"], &["l", "t"], &["t", "--follow"]];
    let cases = (nodes(), any::<bool>(), select(paths));
    let result = runner(60).run(&cases, |(nodes, hard_links, paths)| {
        let dir = build(&nodes);
        symlink("t", dir.at("l")).unwrap();
        let before = contents(&dir);
        let mut arguments = vec!["dups", "-fz", "--empty"];
        arguments.extend(hard_links.then_some("--hard-links"));
        arguments.extend(paths);
        dir.shell("\"$@\" | xargs -0r rm --", &arguments).good();
        prop_assert_eq!(contents(&dir).len(), before.len());
        prop_assert_eq!(contents(&dir), before);
        Ok(())
    });
    result.unwrap();
}

#[test]
fn fclones_finds_the_same_groups() {
    if Command::new("fclones").arg("--version").output().is_err() {
        eprintln!("skipped: fclones is not installed");
        return;
    }
    let result = runner(10).run(&nodes(), |nodes| {
        // fclones prints names in a form of its own, and lists the other names of files in a group.
        let plain = nodes.into_iter().filter(|(directory, name, node)| {
            !matches!(node, Node::Link(_))
                && *directory < 4
                && NAMES[*name].is_ascii()
                && !NAMES[*name].iter().any(|byte| byte.is_ascii_control() || *byte == b'\\')
        });
        let dir = build(&plain.collect::<Vec<_>>());
        let groups = |text: &str| -> BTreeSet<Vec<String>> {
            let blocks = text.split("\n\n").filter(|block| !block.trim().is_empty());
            let base = format!("{}/", dir.path().display());
            let names = |block: &str| {
                let mut names: Vec<_> = block.lines().map(|line| line.replace(&base, "")).collect();
                names.sort();
                names
            };
            blocks.map(names).collect()
        };
        let mut fclones = dir
            .command("fclones", &["group", "--format", "fdupes", "--hidden", "--no-ignore", "t"]);
        let theirs = String::from_utf8(fclones.output().unwrap().stdout).unwrap();
        prop_assert_eq!(groups(&dups(&dir, &["t"]).text()), groups(&theirs));
        Ok(())
    });
    result.unwrap();
}
