//! What each option of `check` and `audit` changes, and that a run ends when nobody wants its verdicts.
//! The digests are those of RFC 1321.

use std::cell::Cell;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::symlink;

use super::*;
use crate::files::WalkRules;
use crate::hash::algorithms::{Algorithm, Set};
use crate::hash::md5::Kernel;
use crate::pipeline::{Control, Settings};

const EMPTY: &str = "d41d8cd98f00b204e9800998ecf8427e";
const A: &str = "0cc175b9c0f1b6a831c399e269772661";
/// By xxhsum 0.8: XXH3 of 128 bits of `a`.
const XXH128: &str = "a96faf705af16834e6c632b61e964e1f";
const ABC: &str = "900150983cd24fb0d6963f7d28e17f72";

/// A directory with `in/a`, `in/sub/b`, the links `in/l` to `a` and `in/far` out of `in`, and `out`.
fn tree() -> tempfile::TempDir {
    let tree = tempfile::TempDir::new().unwrap();
    fs::create_dir_all(tree.path().join("in/sub")).unwrap();
    for (name, content) in [("in/a", "a"), ("in/sub/b", "abc"), ("out", "a")] {
        fs::write(tree.path().join(name), content).unwrap();
    }
    symlink("a", tree.path().join("in/l")).unwrap();
    symlink("../out", tree.path().join("in/far")).unwrap();
    tree
}

/// The verdicts of a check: the number of the line, the name, and `ok`, `failed` or `unreadable`. In place
/// of an error its text.
fn checked(manifest: &str, options: &Options) -> Vec<String> {
    let found = check(io::Cursor::new(manifest.to_string()), options).unwrap();
    let line = |found: Result<Checked, _>| match found {
        Ok(Checked { name, line, verdict }) => {
            let verdict = match verdict {
                Verdict::Ok => "ok",
                Verdict::Failed => "failed",
                Verdict::Unreadable(_) => "unreadable",
            };
            format!("{line} {} {verdict}", name.display())
        }
        Err(error) => format!("{error}"),
    };
    found.map(line).collect()
}

#[test]
fn a_check_says_for_each_name_what_became_of_it() {
    let tree = tree();
    let root = || Some(tree.path().join("in"));
    let at_root = Options { root: root(), ..Options::default() };
    let beneath = Options { beneath: root(), ..Options::default() };
    let sha256 = Set::from_iter(Algorithm::by_name("sha256"));
    let names =
        format!("{A}  a\n{A}  sub/b\n{ABC}  sub/b\n{A}  l\n{A}  far\n{A}  ../out\n{A}  no\n");
    for (case, manifest, options, expected) in [
        (
            "a root",
            &*names,
            at_root.clone(),
            &[
                "1 a ok",
                "2 sub/b failed",
                "3 sub/b ok",
                "4 l ok",
                "5 far ok",
                "6 ../out ok",
                "7 no unreadable",
            ][..],
        ),
        (
            "no way out",
            &*names,
            beneath,
            &[
                "1 a ok",
                "2 sub/b failed",
                "3 sub/b ok",
                "4 l ok",
                "5 far unreadable",
                "6 ../out unreadable",
                "7 no unreadable",
            ],
        ),
        (
            "algorithms",
            &format!("{A}  a\n"),
            Options { algorithms: Some(sha256), ..at_root.clone() },
            &[
                "manifest: 1: improperly formatted checksum line: no accepted or usual algorithm has digests of this length; name the algorithm with -a",
                "manifest: no properly formatted checksum lines found",
            ],
        ),
        (
            "nothing is listed",
            "",
            at_root.clone(),
            &["manifest: no properly formatted checksum lines found"],
        ),
        (
            "the name of the manifest",
            &format!("{XXH128}  a\n"),
            Options { path: Some("files.xxh128".into()), ..at_root.clone() },
            &["1 a ok"],
        ),
        ("the same without the name", &format!("{XXH128}  a\n"), at_root.clone(), &["1 a failed"]),
        (
            "a seal is missing",
            &format!("{A}  a\n"),
            Options { require_seal: true, ..at_root.clone() },
            &["1 a ok", "manifest: cut off, or never sealed: it has no seal"],
        ),
        (
            "no such directory",
            &format!("{A}  a\n"),
            Options { beneath: Some(tree.path().join("no")), ..Options::default() },
            &["cannot open the directory: No such file or directory"],
        ),
    ] {
        assert_eq!(checked(manifest, &options), expected, "{case}");
    }
}

/// A manifest without an end.
struct Endless;

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let line = format!("{EMPTY}  no such file\n");
        let lines = buffer.len() / line.len();
        assert!(lines > 0);
        for place in buffer.chunks_exact_mut(line.len()) {
            place.copy_from_slice(line.as_bytes());
        }
        Ok(lines * line.len())
    }
}

#[test]
fn a_run_ends_with_the_first_verdict_that_nobody_wants() {
    let tree = tree();
    let calls = Cell::new(0);
    let unwanted = || {
        calls.set(calls.get() + 1);
        false
    };
    let options = Options { root: Some(tree.path().into()), ..Options::default() };
    check::run(Endless, &options, &|_| unwanted(), &Control::default()).unwrap();
    assert_eq!(calls.take(), 1);

    let paths = [tree.path().to_path_buf()];
    for manifest in ["no line\nno line\n", "", &format!("{A}  in/no\n{A}  in/nor\n")] {
        for in_tree in [true, false] {
            let paths = if in_tree { &paths[..] } else { &[] };
            let run = audit::run(
                manifest.as_bytes(),
                paths,
                &options,
                &|_| unwanted(),
                &Control::default(),
            );
            // Without paths, there is nothing that a name could lie below.
            assert_eq!(run.is_err(), !in_tree && manifest.contains("in/no"));
            let found = in_tree || !manifest.contains("in/no");
            assert_eq!(calls.take(), usize::from(found), "{manifest} {in_tree}");
        }
    }
}

/// The verdicts of an audit of the directory `in`, with the names relative to it.
fn audited(tree: &tempfile::TempDir, manifest: &str, options: &Options) -> Vec<String> {
    let inside = tree.path().join("in");
    let options = Options { root: Some(inside.clone()), ..options.clone() };
    let found = audit(io::Cursor::new(manifest.to_string()), [&inside], &options).unwrap();
    let line = |found: Result<Audited, _>| match found {
        Ok(Audited { path, verdict, from, .. }) => {
            let short =
                |path: &std::path::Path| path.strip_prefix(&inside).unwrap().display().to_string();
            let from = from.map(|from| format!(" from {}", short(&from))).unwrap_or_default();
            format!("{} {verdict:?}{from}", short(&path))
        }
        Err(error) => format!("{error}"),
    };
    found.map(line).collect()
}

#[test]
fn an_audit_says_for_each_file_and_each_name_what_became_of_it() {
    let tree = tree();
    let link = "{\"path\":\"l\",\"link\":\"a\"}\n";
    let plain = Options::default();
    let follow = WalkRules { follow: true, ..WalkRules::default() };
    let links = WalkRules { links: true, ..follow.clone() };
    for (case, manifest, options, expected) in [
        (
            "files",
            format!("{A}  a\n{ABC}  old\n{EMPTY}  gone\nno line\n"),
            plain.clone(),
            &[
                "manifest: line 4: it does not begin with a digest",
                "a Ok",
                "sub/b Moved from old",
                "gone Missing",
            ][..],
        ),
        ("a listed link", link.into(), plain.clone(), &["a New", "far New", "l Ok", "sub/b New"]),
        (
            "a listed link, where links are followed",
            link.into(),
            Options { rules: follow.clone(), ..plain.clone() },
            &["a New", "far New", "l Ok", "sub/b New"],
        ),
        (
            "links that are followed",
            format!("{A}  a\n{A}  l\n{ABC}  far\n"),
            Options { rules: follow, ..plain.clone() },
            &["a Ok", "far Changed", "l Ok", "sub/b Copied from far"],
        ),
        (
            "links for themselves",
            format!("{A}  a\n{ABC}  l\n"),
            Options { rules: links, ..plain.clone() },
            &["a Ok", "far New", "l Edited", "sub/b Copied from l"],
        ),
        (
            "a seal is missing",
            format!("{A}  a\n"),
            Options { require_seal: true, ..plain.clone() },
            &["manifest: cut off, or never sealed: it has no seal", "a Ok", "sub/b New"],
        ),
        (
            "nothing is listed",
            "no line\n".into(),
            plain,
            &[
                "manifest: line 1: it does not begin with a digest",
                "manifest: no properly formatted checksum lines found",
            ],
        ),
    ] {
        assert_eq!(audited(&tree, &manifest, &options), expected, "{case}");
    }
}

#[test]
fn an_audit_goes_through_a_directory_in_the_order_of_its_names() {
    let tree = tree();
    let names: Vec<_> = (0..40).map(|number| format!("{:02}", number * 7 % 40)).collect();
    for name in &names {
        fs::write(tree.path().join("in/sub").join(name), name).unwrap();
    }
    let mut sorted: Vec<_> = names.iter().map(|name| format!("sub/{name} New")).collect();
    sorted.sort();
    sorted.insert(0, "a Ok".into());
    sorted.push("sub/b New".into());
    let wild = WalkRules { sorted: false, ..WalkRules::default() };
    let options = Options { rules: wild, ..Options::default() };
    assert_eq!(audited(&tree, &format!("{A}  a\n"), &options), sorted);
}

#[test]
fn a_run_that_is_stopped_calls_nothing_missing() {
    let options = Options::default();
    let control = Control::default();
    control.stop();
    let manifest = format!("{EMPTY}  gone\n");
    let emit = |found: audit::Found| panic!("{found:?}");
    audit::run(manifest.as_bytes(), &["gone".into()], &options, &emit, &control).unwrap();
}

#[test]
fn there_is_at_least_one_thread_and_memory_for_its_buffers() {
    for (threads, memory, expected) in [
        (Some(0), 0, (1, Settings::MIN_MEMORY)),
        (Some(3), 64 << 20, (3, 64 << 20)),
        (None, 64 << 20, (crate::pipeline::processors(), 64 << 20)),
    ] {
        let options = Options { threads, memory, ..Options::default() };
        let Settings { threads, window_bytes, .. } = options.settings(Kernel::best());
        // One eighth of the memory is for results.
        assert_eq!((threads, window_bytes * 8), expected);
    }
}

#[test]
fn an_audit_of_paths_that_the_manifest_does_not_know_is_an_error() {
    let tree = tree();
    let at = |name: &str| tree.path().join(name);
    let manifest = |name: &str| format!("{A}  {}\n", at(name).display());
    let last = |manifest: String, paths: &[&str]| {
        let paths: Vec<_> = paths.iter().map(|path| at(path)).collect();
        let found: Vec<_> =
            audit(io::Cursor::new(manifest), paths, &Options::default()).unwrap().collect();
        match found.into_iter().last() {
            Some(Err(error)) if error.path.as_os_str().is_empty() => error.reason,
            other => format!("{other:?}"),
        }
    };
    let gone = format!("{}: No such file or directory", at("gone").display());
    // A typing error, and a disk that is not there beside one that is.
    assert_eq!(last(manifest("in/a"), &["gone"]), gone);
    assert_eq!(last(manifest("in/a"), &["in", "gone"]), gone);
    // An empty mount point.
    fs::create_dir(at("empty")).unwrap();
    let first = at("in/a");
    let nothing = format!(
        "the manifest lists no file below the paths; its first name is {}",
        first.display()
    );
    assert_eq!(last(manifest("in/a"), &["empty"]), nothing);
    // What is listed below a path that is gone is missing.
    let missing = last(manifest("gone/a"), &["gone"]);
    assert!(missing.contains("Missing"), "{missing}");
}
