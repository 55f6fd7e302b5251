//! `audit`: a file for each verdict, the exit codes, and files that are not examined.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::{Duration, SystemTime};

use crate::harness::{Dir, Ran};

pub fn audit(dir: &Dir, arguments: &[&str]) -> Ran {
    Ran::of(dir.batchproc(&[&["audit"], arguments].concat()).spawn().unwrap())
}

/// Changes the digests of the file in the manifest, so that the file looks corrupt. Writing to the file
/// would change its ctime.
pub fn rot(dir: &Dir, manifest: &str, name: &str) {
    let mut text = fs::read(dir.at(manifest)).unwrap();
    let is_hex = |byte: &u8| byte.is_ascii_hexdigit();
    for line in text.split_mut(|&byte| byte == b'\n') {
        if !line.windows(name.len()).any(|window| window == name.as_bytes()) {
            continue;
        }
        for run in line.chunk_by_mut(|a, b| is_hex(a) == is_hex(b)) {
            if is_hex(&run[0]) && [32, 40, 64, 128].contains(&run.len()) {
                run[0] = if run[0] == b'0' { b'1' } else { b'0' };
            }
        }
    }
    fs::write(dir.at(manifest), text).unwrap();
}

/// A modification time in the past.
pub fn touch(dir: &Dir, name: &str) {
    let file = File::options().write(true).open(dir.at(name)).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(86_400)).unwrap();
}

/// A tree and its manifest `m`. Then the tree is changed so that there is one file for each verdict.
/// `t/unreadable` is unreadable for all but root.
fn changed(format: &str) -> Dir {
    let dir = Dir::new();
    for name in [
        "corrupt",
        "copy-me",
        "edited-same-size",
        "edited",
        "gone",
        "old-name",
        "ok",
        "touched",
        "unreadable",
        "dir/deep/ok",
    ] {
        dir.file(format!("t/{name}"), format!("content of {name}"));
        touch(&dir, &format!("t/{name}"));
    }
    dir.file("t/empty", "");
    dir.hash(&["-a", "sha256", "--format", format, "-o", "m", "t"]).good();
    rot(&dir, "m", "t/corrupt");
    fs::copy(dir.at("t/copy-me"), dir.at("t/copied")).unwrap();
    dir.file("t/edited", "longer than it was before");
    dir.file("t/edited-same-size", "CONTENT OF edited-same-size");
    fs::remove_file(dir.at("t/gone")).unwrap();
    fs::create_dir(dir.at("t/sub")).unwrap();
    fs::rename(dir.at("t/old-name"), dir.at("t/sub/new\nname")).unwrap();
    File::options()
        .write(true)
        .open(dir.at("t/touched"))
        .unwrap()
        .set_modified(SystemTime::now())
        .unwrap();
    dir.file("t/new", "never seen");
    dir.file("t/new-and-empty", "");
    fs::set_permissions(dir.at("t/unreadable"), Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(dir.at("."), Permissions::from_mode(0o755)).unwrap();
    dir
}

/// Runs `audit` as a user who is not root.
pub fn audit_as_nobody(dir: &Dir, arguments: &[&str]) -> Ran {
    if !rustix::process::getuid().is_root() {
        return audit(dir, arguments);
    }
    // A child process copies the program. If this process wrote the file, a child of another test could
    // inherit the open descriptor.
    let copy = dir.command("cp", &[env!("CARGO_BIN_EXE_batchproc"), "."]).spawn().unwrap();
    Ran::of(copy).good();
    let program = ["--reuid=65534", "--regid=65534", "--clear-groups", "./batchproc", "audit"];
    Ran::of(dir.command("setpriv", &[&program[..], arguments].concat()).spawn().unwrap())
}

const VERDICTS: &str = "\
t/copied: copied from t/copy-me
t/copy-me: ok
t/corrupt: corrupt
t/dir/deep/ok: ok
t/edited: edited
t/edited-same-size: edited
t/empty: ok
t/new: new
t/new-and-empty: new
t/ok: ok
\\t/sub/new\\nname: moved from t/old-name
t/touched: touched
t/unreadable: unreadable
t/gone: missing
";

#[test]
fn a_tree_with_one_file_of_each_verdict_gets_exactly_those() {
    for format in ["json", "csv"] {
        let dir = changed(format);
        let ran = audit_as_nobody(&dir, &["m", "t"]);
        assert_eq!((ran.code(), ran.text().as_str()), (3, VERDICTS), "{format}: {}", ran.stderr);
        assert_eq!(
            ran.stderr,
            "batchproc: t/unreadable: Permission denied\nbatchproc: 4 ok, 1 touched, 2 edited, \
             1 corrupt, 1 moved, 1 copied, 2 new, 1 missing, 1 unreadable\n"
        );
        let quiet = audit_as_nobody(&dir, &["--quiet", "m", "t"]);
        let differing: String = VERDICTS
            .lines()
            .filter(|line| !line.ends_with(": ok"))
            .map(|line| format!("{line}\n"))
            .collect();
        assert_eq!((quiet.code(), quiet.text()), (3, differing));
        let silent = audit_as_nobody(&dir, &["--status", "m", "t"]);
        assert_eq!((silent.code(), silent.text().as_str()), (3, ""));
    }
}

#[test]
fn a_manifest_without_times_tells_what_it_can() {
    for format in ["gnu", "bsd"] {
        let dir = changed(format);
        let ran = audit_as_nobody(&dir, &["m", "t"]);
        let expected = VERDICTS
            .replace(": edited", ": changed")
            .replace(": corrupt", ": changed")
            .replace(": touched", ": ok");
        assert_eq!((ran.code(), ran.text()), (1, expected), "{format}");
    }
}

#[test]
fn exit_codes_tell_what_was_found() {
    let dir = Dir::new();
    dir.file("t/a", "a");
    dir.file("t/b", "b");
    dir.hash(&["--format", "json", "-o", "t/m", "t"]).good();
    let fine = audit(&dir, &["--quiet", "t/m", "t"]);
    assert_eq!(fine.good(), b"", "the manifest itself is not new");
    touch(&dir, "t/a");
    assert_eq!(audit(&dir, &["t/m", "t"]).code(), 1);
    rot(&dir, "t/m", "t/b");
    assert_eq!(audit(&dir, &["t/m", "t"]).code(), 3);
    for (arguments, reason) in [
        (&["gone", "t"][..], "cannot read the manifest gone: No such file or directory"),
        (&["t/m", "not-mounted"], "not-mounted: No such file or directory"),
        (&["t/a", "t"], "t/a: no properly formatted checksum lines found"),
    ] {
        let ran = audit(&dir, arguments);
        assert_eq!(ran.code(), 2);
        assert!(ran.stderr.contains(reason), "{}", ran.stderr);
    }
    assert_eq!(audit(&dir, &["t/m"]).code(), 2);
}

#[test]
fn verdicts_as_json_have_a_summary_at_their_end() {
    let dir = changed("json");
    let ran = audit_as_nobody(&dir, &["--format", "json", "m", "t"]);
    let lines: Vec<serde_json::Value> =
        ran.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (summary, verdicts) = lines.split_last().unwrap();
    assert_eq!(verdicts.len(), VERDICTS.lines().count());
    assert_eq!(summary["summary"]["corrupt"], 1);
    let moved = verdicts.iter().find(|line| line["verdict"] == "moved").unwrap();
    assert_eq!((&moved["path"], &moved["from"]), (&"t/sub/new\nname".into(), &"t/old-name".into()));
}

#[test]
fn only_what_was_to_be_looked_at_can_be_missing() {
    let dir = Dir::new();
    for name in ["t/a", "t/b.tmp", "u/a", "u/gone"] {
        dir.file(name, name);
    }
    dir.hash(&["--format", "json", "-o", "m", "t", "u"]).good();
    fs::remove_file(dir.at("u/gone")).unwrap();
    let ran = audit(&dir, &["--exclude", "*.tmp", "m", "t"]);
    assert_eq!((ran.code(), ran.text().as_str()), (0, "t/a: ok\n"));
    assert!(
        ran.stderr.contains("1 ok; 3 in the manifest were outside of the PATHs or excluded"),
        "{}",
        ran.stderr
    );
    assert_eq!(
        audit(&dir, &["m", "t", "u"]).text(),
        "t/a: ok\nt/b.tmp: ok\nu/a: ok\nu/gone: missing\n"
    );
    // A name that is now a link is no longer a file.
    fs::remove_file(dir.at("t/a")).unwrap();
    symlink("b.tmp", dir.at("t/a")).unwrap();
    assert_eq!(audit(&dir, &["--quiet", "m", "./t//"]).text(), "t/a: missing\n");
    let elsewhere = dir.at("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let mut command = dir.batchproc(&["audit", "--root", "..", "../m", "../u"]);
    let ran = Ran::of(command.current_dir(elsewhere).spawn().unwrap());
    assert_eq!(ran.text(), "../u/a: ok\n../u/gone: missing\n");
}

#[test]
fn a_file_that_moved_twice_was_moved_once_and_copied_once() {
    let dir = Dir::new();
    dir.file("t/a", "content");
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    fs::rename(dir.at("t/a"), dir.at("t/b")).unwrap();
    fs::copy(dir.at("t/b"), dir.at("t/c")).unwrap();
    assert_eq!(audit(&dir, &["m", "t"]).text(), "t/b: moved from t/a\nt/c: copied from t/a\n");
}

#[test]
fn names_are_compared_without_dots_and_double_slashes() {
    let dir = Dir::new();
    dir.file("d/f", "content");
    dir.file("d/sub/g", "other");
    let mut command = dir.batchproc(&["hash", "--format", "json", "-o", "../dot.json", "."]);
    Ran::of(command.current_dir(dir.at("d")).spawn().unwrap()).good();
    let ran = audit(&dir, &["--root", "d", "dot.json", "d"]);
    assert_eq!((ran.code(), ran.text().as_str()), (0, "d/f: ok\nd/sub/g: ok\n"), "{}", ran.stderr);
    let ran = audit(&dir, &["--root", "./d/.", "dot.json", ".//d/./sub"]);
    assert_eq!((ran.code(), ran.text().as_str()), (0, ".//d/./sub/g: ok\n"), "{}", ran.stderr);
}

#[test]
fn other_spellings_of_path_are_refused_and_a_lost_directory_is_missing() {
    let dir = Dir::new();
    dir.file("t/a", "a");
    dir.file("t/lost/b", "b");
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    let ran = audit(&dir, &["m", dir.at("t").to_str().unwrap()]);
    assert_eq!((ran.code(), ran.text().as_str()), (2, ""));
    let reason = "m: none of the files that it lists lies below the PATHs; its first name is t/a";
    assert!(ran.stderr.contains(reason), "{}", ran.stderr);
    fs::remove_dir_all(dir.at("t/lost")).unwrap();
    let ran = audit(&dir, &["m", "t/lost", "t/a"]);
    assert_eq!((ran.code(), ran.text().as_str()), (1, "t/a: ok\nt/lost/b: missing\n"));
}

#[test]
fn every_file_has_one_verdict_though_links_dangle_and_arguments_overlap() {
    let dir = Dir::new();
    dir.file("t/a", "a");
    dir.file("t/link", "b");
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    fs::remove_file(dir.at("t/link")).unwrap();
    symlink("nowhere", dir.at("t/link")).unwrap();
    let ran = audit(&dir, &["-L", "m", "t", "t/a"]);
    assert_eq!((ran.code(), ran.text().as_str()), (1, "t/a: ok\nt/link: unreadable\n"));
    assert!(ran.stderr.contains("batchproc: 1 ok, 1 unreadable\n"), "{}", ran.stderr);
}

#[test]
fn lines_that_contradict_each_other_are_reported() {
    let dir = Dir::new();
    dir.file("t/a", "a\n");
    let (right, wrong) = ("60b725f10c9c85c70d97880dfe8191b3", "0".repeat(32));
    dir.file("m", format!("{wrong}  t/a\n{right}  ./t/a\n"));
    let ran = audit(&dir, &["m", "t"]);
    assert_eq!((ran.code(), ran.text().as_str()), (1, "t/a: ok\n"));
    let reported = "batchproc: m: 2: contradicts line 1; this later line counts";
    assert!(ran.stderr.contains(reported), "{}", ran.stderr);
    dir.file("m", format!("{right}  t/a\n{right}  t/a\n"));
    audit(&dir, &["--quiet", "m", "t"]).good();
}

#[test]
fn only_an_old_report_is_replaced() {
    let dir = Dir::new();
    dir.file("t/a", "a");
    dir.file("t/b", "b");
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    dir.hash(&["t", "-o", "t/manifest"]).good();
    for kept in ["t/a", "t/manifest", "m"] {
        let before = fs::read(dir.at(kept)).unwrap();
        let ran = audit(&dir, &["m", "t", "-o", kept]);
        assert_eq!((ran.code(), fs::read(dir.at(kept)).unwrap()), (2, before), "{kept}");
    }
    let ran = audit(&dir, &["m", "t", "-o", "t/a"]);
    assert_eq!(
        ran.stderr,
        "batchproc: t/a is not the report of an audit, and -o would replace it; use --overwrite to replace it anyway\n"
    );
    // An old report is replaced, in any format, and so is an empty file.
    dir.file("t/report", "");
    for format in ["text", "json", "html", "text"] {
        let ran = audit(&dir, &["m", "t", "--format", format, "-o", "t/report"]);
        assert_eq!(ran.code(), 1, "t/manifest is new: {}", ran.stderr);
    }
    assert_eq!(
        fs::read_to_string(dir.at("t/report")).unwrap(),
        "t/a: ok\nt/b: ok\nt/manifest: new\n"
    );
    let ran = audit(&dir, &["--quiet", "m", "t", "--overwrite", "-o", "t/a"]);
    assert_eq!(
        (ran.code(), fs::read_to_string(dir.at("t/a")).unwrap()),
        (1, "t/manifest: new\nt/report: new\n".into())
    );
}
