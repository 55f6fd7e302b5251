//! `diff`: a file for each verdict, how the names of manifests are matched, exit codes and errors.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use crate::harness::{Dir, Ran};

pub fn diff(dir: &Dir, arguments: &[&str]) -> Ran {
    Ran::of(dir.batchproc(&[&["diff"], arguments].concat()).spawn().unwrap())
}

fn date(dir: &Dir, name: &str, seconds: u64) {
    let file = File::options().write(true).open(dir.at(name)).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
}

/// Two trees with a file for each verdict.
fn trees() -> Dir {
    let dir = Dir::new();
    for (name, old, new) in [
        ("bigger", Some("abc"), Some("abcd")),
        ("changed", Some("abc"), Some("abd")),
        ("copied", None, Some("same")),
        ("empty", None, Some("")),
        ("gone", Some("gone"), None),
        ("gone-empty", Some(""), None),
        ("new", None, Some("new!")),
        ("new\nname/x", None, Some("moved")),
        ("old-name", Some("moved"), None),
        ("same", Some("same"), Some("same")),
        ("touched", Some("touched"), Some("touched")),
    ] {
        for (side, content) in [("old", old), ("new", new)] {
            if let Some(content) = content {
                dir.file(format!("{side}/{name}"), content);
                let touched = name == "touched" && side == "new";
                date(&dir, &format!("{side}/{name}"), 1_600_000_000 + u64::from(touched));
            }
        }
    }
    dir
}

const VERDICTS: &str = "\
bigger: changed
changed: changed
copied: copied from same
empty: added
gone: removed
gone-empty: removed
new: added
\\new\\nname/x: moved from old-name
touched: touched
";

#[test]
fn each_verdict_is_given_between_directories_and_manifests() {
    let dir = trees();
    for side in ["old", "new"] {
        for (format, algorithm) in [("json", "sha256"), ("gnu", "md5")] {
            let output = format!("../{side}.{format}");
            let arguments = ["hash", "--format", format, "-a", algorithm, "-o", &output, "."];
            let mut command = dir.batchproc(&arguments);
            Ran::of(command.current_dir(dir.at(side)).spawn().unwrap()).good();
        }
    }
    for (old, new, has_times) in [
        ("old", "new", true),
        ("./old/", "old/../new", true),
        ("old.json", "new", true),
        ("old", "new.json", true),
        ("old.json", "new.json", true),
        ("old.gnu", "new", false),
        ("old", "new.gnu", false),
        ("old.gnu", "new.gnu", false),
    ] {
        let ran = diff(&dir, &[old, new]);
        let expected = VERDICTS
            .replace("touched: touched\n", if has_times { "touched: touched\n" } else { "" });
        assert_eq!(
            (ran.code(), ran.text().as_str(), ran.stderr.as_str()),
            (1, &*expected, ""),
            "{old} {new}"
        );
    }
    let json = diff(&dir, &["--format", "json", "-g", "c*", "-g", "x", "old", "new"]);
    let expected = "{\"path\":\"changed\",\"verdict\":\"changed\"}\n\
                    {\"path\":\"copied\",\"verdict\":\"added\"}\n\
                    {\"path\":\"new\\nname/x\",\"verdict\":\"added\"}\n";
    assert_eq!((json.code(), json.text().as_str()), (1, expected), "what is left out is no origin");
    let json = diff(&dir, &["--format", "json", "--exclude", "[bceg]*", "old", "new"]);
    let moved = "{\"path\":\"new\\nname/x\",\"verdict\":\"moved\",\"from\":\"old-name\"}\n";
    assert!(json.text().contains(moved), "{}", json.text());
}

#[test]
fn exit_codes_are_those_of_diff() {
    let dir = trees();
    assert_eq!(diff(&dir, &["old", "old"]).good(), b"");
    let only = ["-g", "touched", "-g", "same", "old", "new"];
    let ran = diff(&dir, &only);
    assert_eq!((ran.code(), ran.text().as_str()), (1, "touched: touched\n"));
    assert_eq!(diff(&dir, &[&["--ignore-times"], &only[..]].concat()).good(), b"");
    dir.hash(&["--format", "json", "-o", "m", "old"]).good();
    dir.file("bad", [&fs::read(dir.at("m")).unwrap()[..], b"no line\n"].concat());
    dir.hash(&["-a", "sha1", "-o", "other", "old"]).good();
    for (arguments, stderr) in [
        (&["gone", "new"][..], "batchproc: cannot read gone: No such file or directory\n"),
        (
            &["-", "-"],
            "batchproc: OLD and NEW are both standard input, which can be read only once\n",
        ),
        (
            &["old/same", "old"],
            "batchproc: old/same: 1: improperly formatted checksum line: it is neither a digest with a name nor a line of another known form\n\
             batchproc: old/same: no properly formatted checksum lines found; is it a manifest? batchproc hash makes one\n",
        ),
        (
            &["m", "old", "--new-root", "x"],
            "batchproc: --old-root and --new-root are about the names of manifests, and this side is a directory\n",
        ),
        (
            &["m", "old", "--gitignore"],
            "batchproc: --gitignore and --one-file-system say nothing about a manifest, so they need two directories\n",
        ),
        (
            &["m", "m", "--old-root", "x"],
            "batchproc: m: none of its names lies below x; its first name is old/bigger\n",
        ),
        (
            &["old", "new", "--order", "completion"],
            "batchproc: verdicts come in the order of the names, so --order completion cannot be used\n",
        ),
        (
            &["bad", "old"],
            "batchproc: bad: 8: improperly formatted checksum line: it does not begin with a digest\n\
                           batchproc: the comparison is not complete: not everything could be read and compared\n",
        ),
    ] {
        let ran = diff(&dir, arguments);
        assert_eq!((ran.code(), ran.stderr.as_str(), ran.text().as_str()), (2, stderr, ""));
    }
    let ran = diff(&dir, &["m", "other"]);
    assert_eq!((ran.code(), ran.text().lines().count()), (2, 7), "{}", ran.stderr);
    assert!(ran.text().lines().all(|line| line.ends_with(": unknown")), "{}", ran.text());
    let same = "batchproc: old/same: the manifests have no digest of it by the same algorithm\n";
    assert!(ran.stderr.contains(same), "{}", ran.stderr);
}

#[test]
fn names_of_a_manifest_are_compared_below_a_directory() {
    let dir = trees();
    dir.hash(&["--format", "json", "-o", "m", "old", "new/new"]).good();
    let ran = diff(&dir, &["m", "old"]);
    let outside = "batchproc: m: names that do not lie below old, and are not compared: 1\n";
    assert_eq!((ran.code(), ran.text().as_str(), ran.stderr.as_str()), (0, "", outside));
    fs::rename(dir.at("old"), dir.at("elsewhere")).unwrap();
    let ran = diff(&dir, &["m", "elsewhere"]);
    assert_eq!(ran.code(), 1);
    assert!(ran.stderr.starts_with("batchproc: no name is on both sides; the first names are "));
    let ran = diff(&dir, &["--old-root", "./old/", "m", "elsewhere"]);
    assert_eq!((ran.code(), ran.text().as_str()), (0, ""));
    let ran = diff(&dir, &["--new-root", "old", "elsewhere", "m"]);
    assert_eq!((ran.code(), ran.text().as_str()), (0, ""));
}

#[test]
fn what_cannot_be_read_is_never_the_same_nor_missing() {
    let dir = Dir::new();
    for side in ["old", "new"] {
        dir.file(format!("{side}/a"), "1234");
        dir.file(format!("{side}/d/b"), "12345");
        date(&dir, &format!("{side}/a"), 1);
        date(&dir, &format!("{side}/d/b"), 1);
    }
    dir.file("new/z", "12345");
    for (path, sides, expected) in [
        ("old/a", ["old", "new"], "a: unknown\nz: copied from d/b\n"),
        ("new/a", ["old", "new"], "a: unknown\nz: copied from d/b\n"),
        ("new/d", ["old", "new"], "d/b: unknown\nz: copied from d/b\n"),
        ("old/d", ["old", "new"], "d/b: unknown\nz: added\n"),
    ] {
        // A directory is opened with open(2) on some machines.
        let options = ["-e", "inject=?open,openat:error=EIO", "-P", path];
        let arguments = [&["diff"][..], &sides].concat();
        let Some(ran) = dir.strace(&options, &arguments) else { return };
        assert_eq!((ran.code(), ran.text().as_str()), (2, expected), "{path} {}", ran.stderr);
        let ours: Vec<_> =
            ran.stderr.lines().filter(|line| line.starts_with("batchproc: ")).collect();
        let failure = format!("batchproc: {path}: Input/output error");
        let end =
            "batchproc: the comparison is not complete: not everything could be read and compared";
        assert_eq!(ours, [failure.as_str(), end]);
    }
}

#[test]
fn only_what_can_be_the_same_is_read() {
    let dir = Dir::new();
    for (name, content) in [
        ("old/size", "1"),
        ("new/size", "12"),
        ("old/gone", "123"),
        ("new/new", "1234"),
        ("old/linked", "12345"),
    ] {
        dir.file(name, content);
    }
    fs::hard_link(dir.at("old/linked"), dir.at("new/linked")).unwrap();
    let options = ["-e", "inject=read:error=EIO"];
    let paths = ["old/size", "new/size", "old/gone", "new/new", "old/linked", "new/linked"];
    let options: Vec<_> =
        options.into_iter().chain(paths.iter().flat_map(|path| ["-P", path])).collect();
    let Some(ran) = dir.strace(&options, &["diff", "old", "new"]) else { return };
    let expected = "gone: removed\nnew: added\nsize: changed\n";
    assert_eq!((ran.code(), ran.text().as_str()), (1, expected), "{}", ran.stderr);
}

#[test]
fn a_file_that_grew_over_the_limit_on_sizes_is_changed_and_not_removed() {
    let dir = trees();
    let ran = diff(&dir, &["--max-size", "3", "old", "new"]);
    let expected = "bigger: changed\nchanged: changed\nempty: added\ngone-empty: removed\n";
    assert_eq!((ran.code(), ran.text().as_str(), ran.stderr.as_str()), (1, expected, ""));
}
