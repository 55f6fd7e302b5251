//! `diff` on random trees, as directories and as manifests, compared with a naive comparison that
//! reads everything, and with `diff -rq`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use crate::dups_random::{Node, build, nodes, runner};
use crate::harness::{Dir, Ran, assert_same};

/// Two trees that have much in common.
fn trees() -> impl Strategy<Value = [Vec<(usize, usize, Node)>; 2]> {
    (nodes(), nodes(), any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(
        |(common, other, from, to)| {
            let (from, to) = (from.index(common.len()), to.index(other.len()));
            let new = [&common[from..], &other[to..], &common[..from / 2]].concat();
            [common, new]
        },
    )
}

/// A file: its content, and whether its time is the later one.
type Contents = BTreeMap<Vec<PathBuf>, (Vec<u8>, SystemTime)>;

/// The files below `t`, by the components of their names, which gives the order of a walk.
fn contents(dir: &Dir) -> Contents {
    let root = dir.at("t");
    let files = walkdir::WalkDir::new(&root).into_iter().map(Result::unwrap);
    let read = |path: &Path| {
        let name = path.strip_prefix(&root).unwrap().iter().map(PathBuf::from).collect();
        (name, (fs::read(path).unwrap(), fs::metadata(path).unwrap().modified().unwrap()))
    };
    files.filter(|file| file.file_type().is_file()).map(|file| read(file.path())).collect()
}

/// Gives all files the same time, but some of the second tree another one.
fn set_times(dir: &Dir, second: bool) {
    for name in contents(dir).keys() {
        let path = dir.at("t").join(name.iter().collect::<PathBuf>());
        let later = second && name.concat_len() % 3 == 0;
        let time =
            SystemTime::UNIX_EPOCH + Duration::from_secs(1_600_000_000 + 10 * u64::from(later));
        File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }
}

trait ConcatLen {
    fn concat_len(&self) -> usize;
}

impl ConcatLen for Vec<PathBuf> {
    fn concat_len(&self) -> usize {
        self.iter().map(|part| part.as_os_str().len()).sum()
    }
}

fn line(name: &[PathBuf], text: &str, from: Option<&[PathBuf]>) -> Vec<u8> {
    let path: PathBuf = name.iter().collect();
    let bytes = path.as_os_str().as_bytes();
    let mut line = Vec::new();
    if bytes.contains(&b'\n') {
        line.push(b'\\');
        for byte in bytes {
            match byte {
                b'\n' => line.extend(b"\\n"),
                b'\r' => line.extend(b"\\r"),
                b'\\' => line.extend(b"\\\\"),
                byte => line.push(*byte),
            }
        }
    } else {
        line.extend(bytes);
    }
    line.extend(format!(": {text}").bytes());
    if let Some(from) = from {
        line.extend(b" from ");
        let from: PathBuf = from.iter().collect();
        for chunk in from.as_os_str().as_bytes().utf8_chunks() {
            line.extend(chunk.valid().replace('\n', "\\n").replace('\r', "\\r").bytes());
            chunk.invalid().iter().for_each(|byte| line.extend(format!("\\x{byte:02x}").bytes()));
        }
    }
    line.push(b'\n');
    line
}

/// What `diff` must print.
fn naive(old: &Contents, new: &Contents, has_times: bool) -> Vec<u8> {
    let mut lines: BTreeMap<&Vec<PathBuf>, Vec<u8>> = BTreeMap::new();
    let mut moved = BTreeSet::new();
    for (name, (content, time)) in new {
        let verdict = match old.get(name) {
            Some((before, _)) if before != content => Some(("changed", None)),
            Some((_, before)) => (has_times && before != time).then_some(("touched", None)),
            None => {
                let is_same = |(_, (before, _)): &(&Vec<PathBuf>, &(Vec<u8>, _))| {
                    before == content && !content.is_empty()
                };
                let same: Vec<_> = old.iter().filter(is_same).map(|(name, _)| name).collect();
                let free =
                    |from: &&&Vec<PathBuf>| !new.contains_key(**from) && !moved.contains(**from);
                match (same.iter().find(free), same.first()) {
                    (Some(from), _) => {
                        moved.insert(*from);
                        Some(("moved", Some(*from)))
                    }
                    (None, Some(from)) => Some(("copied", Some(*from))),
                    (None, None) => Some(("added", None)),
                }
            }
        };
        if let Some((text, from)) = verdict {
            lines.insert(name, line(name, text, from.map(|from| &from[..])));
        }
    }
    for name in old.keys().filter(|name| !new.contains_key(*name) && !moved.contains(name)) {
        lines.insert(name, line(name, "removed", None));
    }
    lines.into_values().flatten().collect()
}

#[test]
fn verdicts_are_those_of_a_naive_comparison_for_directories_and_manifests() {
    let result = runner(40).run(&(trees(), any::<bool>()), |(trees, has_times)| {
        let [old, new] = trees.map(|nodes| build(&nodes));
        set_times(&old, false);
        set_times(&new, true);
        let format = if has_times { "json" } else { "gnu" };
        for dir in [&old, &new] {
            dir.hash(&["--format", format, "-o", "m", "t"]).good();
        }
        let (before, after) = (contents(&old), contents(&new));
        let place = |name: &str| old.at(name).to_str().unwrap().to_string();
        for (from, to) in [("t", "t"), ("m", "t"), ("t", "m"), ("m", "m")] {
            // The names in a manifest begin with `t/`; so do all of them between two manifests.
            let is_empty = |side: &str, contents: &Contents| side == "m" && contents.is_empty();
            if is_empty(from, &before) || is_empty(to, &after) {
                continue;
            }
            let from_path = place(from);
            let mut arguments = vec!["diff", &from_path, to, "-j", "2"];
            if from == "m" {
                arguments.extend(["--old-root", "t"]);
            }
            if to == "m" {
                arguments.extend(["--new-root", "t"]);
            }
            let ran = Ran::of(new.batchproc(&arguments).spawn().unwrap());
            let expected = naive(&before, &after, has_times || (from, to) == ("t", "t"));
            assert_same(&ran.stdout, &expected, &format!("{arguments:?} {}", ran.stderr));
            prop_assert_eq!(ran.code(), i32::from(!expected.is_empty()), "{}", ran.stderr);
        }
        Ok(())
    });
    result.unwrap();
}

#[test]
fn the_files_that_changed_are_those_of_diff_rq() {
    let result = runner(20).run(&trees(), |trees| {
        let plain = |nodes: Vec<(usize, usize, Node)>| -> Vec<_> {
            let is_plain = |(_, name, node): &(usize, usize, Node)| {
                !matches!(node, Node::Symlink(_)) && *name < 5
            };
            nodes.into_iter().filter(is_plain).collect()
        };
        let [old, new] = trees.map(|nodes| build(&plain(nodes)));
        let [before, after] = [&old, &new].map(|dir| dir.at("t").to_str().unwrap().to_string());
        let ours = Ran::of(new.batchproc(&["diff", &before, &after]).spawn().unwrap());
        let theirs = Ran::of(new.command("diff", &["-rq", &before, &after]).spawn().unwrap());
        let lines = |bytes: &[u8]| -> Vec<Vec<u8>> {
            bytes.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
        };
        let ours: BTreeSet<_> = lines(&ours.stdout)
            .into_iter()
            .filter_map(|line| line.strip_suffix(b": changed").map(<[u8]>::to_vec))
            .collect();
        let prefix = format!("Files {before}/").into_bytes();
        let middle = format!(" and {after}/").into_bytes();
        let theirs: BTreeSet<_> = lines(&theirs.stdout)
            .into_iter()
            .filter_map(|line| {
                let rest = line.strip_prefix(&prefix[..])?.strip_suffix(b" differ")?.to_vec();
                let at = rest.windows(middle.len()).position(|window| window == middle)?;
                Some(rest[..at].to_vec())
            })
            .collect();
        prop_assert_eq!(ours, theirs);
        Ok(())
    });
    result.unwrap();
}
