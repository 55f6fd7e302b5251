//! Symbolic links that are recorded themselves (`hash --links`), and what the other commands make of
//! such manifests.

use std::fs;
use std::os::unix::fs::symlink;

use crate::audit::audit;
use crate::harness::{Dir, Ran, bytes_name};

/// Prints each symbolic link below `t` with its target, and each file with its MD5, in hexadecimal
/// digits, and the same of a manifest in JSON or CSV.
const ORACLE: &str = r#"
import csv, hashlib, io, json, os, sys
def line(path, what): return path.hex() + " " + what
def tree():
    for where, names, files in os.walk(b"t"):
        for path in (os.path.join(where, name) for name in names + files):
            if os.path.islink(path): yield line(path, "-> " + os.readlink(path).hex())
            elif os.path.isfile(path): yield line(path, hashlib.md5(open(path, "rb").read()).hexdigest())
def value(entry, name): return bytes.fromhex(entry[name + "_hex"]) if name + "_hex" in entry else entry[name].encode()
def of_json(text):
    for entry in map(json.loads, text.split(b"\n")[:-1]):
        if "digest" in entry: assert not {"link", "link_hex"} & set(entry); yield line(value(entry, "path"), entry["digest"])
        else: assert entry["size"] == len(value(entry, "link")); yield line(value(entry, "path"), "-> " + value(entry, "link").hex())
def of_csv(text):
    for row in csv.DictReader(io.StringIO(text.decode("utf-8", "surrogateescape"), newline="")):
        path, link = (row[name].encode("utf-8", "surrogateescape") for name in ("path", "link"))
        if row["digest"]: assert not link and row["algorithm"] == "md5"; yield line(path, row["digest"])
        else: assert not row["algorithm"] and int(row["size"]) == len(link); yield line(path, "-> " + link.hex())
text = open("m", "rb").read()
print("\n".join(sorted(tree())) == "\n".join(sorted((of_json if sys.argv[1] == "json" else of_csv)(text))))
"#;

/// A tree `t` with links of all kinds.
fn tree() -> Dir {
    let dir = Dir::new();
    dir.file("t/d/x", "in a directory");
    dir.file("t/file", "content");
    for (name, target) in [
        (&b"relative"[..], &b"file"[..]),
        (b"d/up", b"../file"),
        (b"absolute", b"/etc/passwd"),
        (b"dangling", b"no/where"),
        (b"loop", b"loop"),
        (b"directory", b"d"),
        (b"no-utf-8", b"\xff\x80 \xc3"),
        (b"line-ends", b"a\nb\rc\r\n"),
        (b"quotes", b"\"a\",\\b\t"),
        (b"spaces", b"  "),
        (b"name \xfe\n", b"."),
    ] {
        symlink(bytes_name(target), dir.at("t").join(bytes_name(name))).unwrap();
    }
    symlink("y".repeat(4000), dir.at("t/long")).unwrap();
    dir.settle();
    dir
}

#[test]
fn every_link_has_an_entry_with_the_target_that_python_reads() {
    for format in ["json", "csv"] {
        let dir = tree();
        dir.hash(&["--links", "--format", format, "-o", "m", "t"]).good();
        match dir.command("python3", &["-c", ORACLE, format]).spawn() {
            Ok(child) => {
                let ran = Ran::of(child);
                assert_eq!((ran.text().as_str(), ran.stderr.as_str()), ("True\n", ""), "{format}");
            }
            Err(_) => eprintln!("skipped: there is no python3"),
        }
        let checked = Ran::of(dir.batchproc(&["check", "m"]).spawn().unwrap());
        let lines = checked.good();
        assert_eq!(lines.split(|&b| b == b'\n').filter(|line| line.ends_with(b": OK")).count(), 14);
        dir.hash(&["--links", "--seal", "--format", format, "-o", "sealed", "t"]).good();
        let sealed = ["check", "--require-seal", "--status", "sealed"];
        Ran::of(dir.batchproc(&sealed).spawn().unwrap()).good();
        for more in [&[][..], &["--no-read"], &["--links"]] {
            audit(&dir, &[more, &["--quiet", "m", "t"]].concat()).good();
        }
    }
}

#[test]
fn without_the_option_links_are_skipped_and_csv_has_no_column_for_them() {
    let dir = tree();
    let text = dir.hash(&["--format", "csv", "t"]).text();
    assert!(text.starts_with("path,algorithm,digest,size,mtime,ino,dev,ctime\r\n"), "{text}");
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn forms_without_a_place_for_targets_and_options_that_follow_links_are_refused() {
    let dir = tree();
    let place = "batchproc: --links works only with --format json or csv: other formats have no \
                 place for the target of a link\n";
    for form in [&[][..], &["--format", "bsd"], &["--format", "hashdeep"], &["--format", "sfv"]] {
        let ran = dir.hash(&[&["--links"], form, &["t"]].concat());
        assert_eq!((ran.code(), ran.stderr.as_str()), (2, place), "{form:?}");
    }
    dir.file("list", "t/file\n");
    for other in [&["--follow", "t"][..], &["--files-from", "list"], &["--check", "list"]] {
        let ran = dir.hash(&[&["--links", "--format", "json"], other].concat());
        assert_eq!(ran.code(), 2, "{other:?}");
        assert!(ran.stderr.contains("'--links' cannot be used with"), "{}", ran.stderr);
    }
}

#[test]
fn a_link_given_as_path_is_recorded_unless_a_slash_follows_it() {
    let dir = tree();
    let names = |arguments: &[&str]| -> (Vec<String>, String) {
        let ran = dir.hash(&[&["--links", "--format", "json"], arguments].concat());
        let name = |line: &str| line.split('"').nth(3).unwrap().to_string();
        let links = |line: &str| name(line) + if line.contains("\"link\"") { " link" } else { "" };
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
        (ran.text().lines().map(links).collect(), ran.stderr)
    };
    let (found, stderr) = names(&["t/relative", "t/dangling"]);
    assert_eq!(
        (found, stderr.as_str()),
        (vec!["t/relative link".into(), "t/dangling link".into()], "")
    );
    let (found, stderr) = names(&["t/directory"]);
    assert_eq!(found, ["t/directory link"]);
    assert_eq!(
        stderr,
        "batchproc: t/directory is recorded as the symbolic link that it is; for the files in the \
         directory it leads to, write t/directory/\n"
    );
    let (found, stderr) = names(&["t/directory/"]);
    assert_eq!(
        (found, stderr.as_str()),
        (vec!["t/directory/up link".into(), "t/directory/x".into()], "")
    );
}

#[test]
fn a_path_that_became_a_link_does_not_take_the_lines_of_its_files_from_the_manifest() {
    let dir = Dir::new();
    dir.file("t/file", "content");
    let run = ["--links", "--format", "json", "-o", "m", "t"];
    dir.hash(&run).good();
    fs::rename(dir.at("t"), dir.at("elsewhere")).unwrap();
    symlink("elsewhere", dir.at("t")).unwrap();
    let before = fs::read(dir.at("m")).unwrap();
    let ran = dir.hash(&run);
    assert_eq!(ran.code(), 2);
    let words = "t is recorded as the symbolic link that it is";
    assert!(ran.stderr.contains(words), "{}", ran.stderr);
    assert!(ran.stderr.contains("that m lists below t was found"), "{}", ran.stderr);
    assert!(fs::read(dir.at("m")).unwrap() == before);
    // A link to a file is another matter.
    dir.file("f", "content");
    dir.hash(&["--links", "--format", "json", "-o", "one", "f"]).good();
    fs::rename(dir.at("f"), dir.at("g")).unwrap();
    symlink("g", dir.at("f")).unwrap();
    dir.hash(&["--links", "--format", "json", "-o", "one", "f"]).good();
    // The link itself can be listed again and again.
    for _ in 0..2 {
        assert_eq!(dir.hash(&["--links", "--format", "json", "-o", "link", "t"]).code(), 0);
    }
}

/// A tree whose manifest `m` lists links, and the changes that can happen to them.
pub fn changed(format: &str) -> Dir {
    let dir = Dir::new();
    for name in ["becomes-directory", "becomes-file", "gone", "moved", "ok", "other", "swap"] {
        fs::create_dir_all(dir.at("t")).unwrap();
        symlink("../old", dir.at(format!("t/{name}"))).unwrap();
    }
    dir.file("t/becomes-link", "content");
    dir.file("t/file", "content");
    dir.settle();
    dir.hash(&["--links", "--format", format, "-o", "m", "t"]).good();
    let replace = |name: &str, target: &str| {
        fs::remove_file(dir.at(name)).unwrap();
        symlink(target, dir.at(name)).unwrap();
    };
    for name in ["t/becomes-directory", "t/becomes-file", "t/gone"] {
        fs::remove_file(dir.at(name)).unwrap();
    }
    dir.file("t/becomes-directory/inside", "");
    dir.file("t/becomes-file", "../old");
    replace("t/becomes-link", "file");
    fs::rename(dir.at("t/moved"), dir.at("t/renamed")).unwrap();
    replace("t/other", "../new");
    replace("t/swap", "../elsewhere");
    symlink("x", dir.at("t/new")).unwrap();
    dir.settle();
    dir
}

#[test]
fn an_audit_compares_targets_and_says_what_became_of_links() {
    for format in ["json", "csv"] {
        let dir = changed(format);
        let ran = audit(&dir, &["m", "t"]);
        assert_eq!(
            ran.text(),
            "t/becomes-directory/inside: new\n\
             t/becomes-file: edited\n\
             t/becomes-link: edited\n\
             t/file: ok\n\
             t/new: new\n\
             t/ok: ok\n\
             t/other: edited\n\
             t/renamed: new\n\
             t/swap: edited\n\
             t/becomes-directory: missing\n\
             t/gone: missing\n\
             t/moved: missing\n"
        );
        assert_eq!(
            (ran.code(), ran.stderr.as_str()),
            (
                1,
                "batchproc: t/becomes-file: a regular file; in the manifest it is a symbolic link to ../old\n\
                 batchproc: t/becomes-link: a symbolic link to file; in the manifest it is a regular file\n\
                 batchproc: t/other: a symbolic link to ../new; in the manifest it leads to ../old\n\
                 batchproc: t/swap: a symbolic link to ../elsewhere; in the manifest it leads to ../old\n\
                 batchproc: t/becomes-directory: no longer a symbolic link: it is a directory\n\
                 batchproc: 2 ok, 4 edited, 3 new, 3 missing\n"
            )
        );
        let ran =
            audit(&dir, &["--no-read", "m", "t/becomes-file", "t/becomes-link", "t/ok", "t/other"]);
        // A new link may get the inode of an old one.
        assert_eq!(
            ran.text().replace(", inode", ""),
            "t/becomes-file: changed? (kind, mtime, ctime)\n\
             t/becomes-link: changed? (kind, size, mtime, ctime)\n\
             t/ok: ok?\n\
             t/other: changed? (target, mtime, ctime)\n"
        );
    }
}

#[test]
fn a_check_reads_links_and_does_not_follow_them() {
    for format in ["json", "csv"] {
        let dir = changed(format);
        let ran = Ran::of(dir.batchproc(&["check", "m"]).spawn().unwrap());
        assert_eq!(
            ran.text(),
            "t/becomes-directory: FAILED open or read\n\
             t/becomes-file: FAILED open or read\n\
             t/becomes-link: OK\n\
             t/file: OK\n\
             t/gone: FAILED open or read\n\
             t/moved: FAILED open or read\n\
             t/ok: OK\n\
             t/other: FAILED\n\
             t/swap: FAILED\n"
        );
        assert_eq!(
            (ran.code(), ran.stderr.as_str()),
            (
                1,
                "batchproc: t/becomes-directory: not a symbolic link: it is a directory\n\
                 batchproc: t/becomes-file: not a symbolic link: it is a regular file\n\
                 batchproc: t/gone: No such file or directory\n\
                 batchproc: t/moved: No such file or directory\n\
                 batchproc: WARNING: 4 listed files could not be read\n\
                 batchproc: WARNING: 2 symbolic links have other targets\n"
            )
        );
    }
}

#[test]
fn a_difference_of_targets_is_a_difference() {
    let dir = changed("json");
    let diff = |arguments: &[&str]| -> (i32, String, String) {
        let ran = Ran::of(dir.batchproc(&[&["diff"], arguments].concat()).spawn().unwrap());
        (ran.code(), ran.text(), ran.stderr)
    };
    let expected = "becomes-directory: removed\n\
                    becomes-directory/inside: added\n\
                    becomes-file: changed\n\
                    becomes-link: changed\n\
                    gone: removed\n\
                    moved: removed\n\
                    new: added\n\
                    other: changed\n\
                    renamed: added\n\
                    swap: changed\n";
    assert_eq!(diff(&["m", "t"]), (1, expected.into(), String::new()));
    dir.hash(&["--links", "--format", "csv", "-o", "now", "t"]).good();
    assert_eq!(diff(&["--old-root", "t", "--new-root", "t", "m", "now"]).1, expected);
    assert_eq!(diff(&["now", "t"]).0, 0);
    // Two directories.
    Ran::of(dir.command("cp", &["-a", "t", "copy"]).spawn().unwrap()).good();
    fs::remove_file(dir.at("copy/other")).unwrap();
    symlink("away", dir.at("copy/other")).unwrap();
    assert_eq!(diff(&["t", "copy"]), (0, String::new(), String::new()));
    assert_eq!(diff(&["--links", "t", "copy"]), (1, "other: changed\n".into(), String::new()));
    symlink("copy", dir.at("link")).unwrap();
    assert_eq!(diff(&["--links", "t", "link"]).1, "other: changed\n", "a side is a directory");
    let (code, _, stderr) = diff(&["--follow", "m", "t"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("so --follow cannot be used with it"), "{stderr}");
}

#[test]
fn duplicates_are_not_sought_among_links_and_that_is_said() {
    let dir = changed("json");
    let dups = || Ran::of(dir.batchproc(&["dups", "--from", "m"]).spawn().unwrap());
    let ran = dups();
    assert_eq!(
        (ran.code(), ran.text().as_str(), ran.stderr.as_str()),
        (
            0,
            "t/becomes-link\nt/file\n",
            "batchproc: symbolic links in the manifests, which are not compared: 7\n"
        )
    );
    dir.hash(&["--links", "--format", "json", "-o", "m", "t/ok", "t/new", "--overwrite"]).good();
    let ran = dups();
    assert_eq!((ran.code(), ran.text().as_str()), (0, ""), "{}", ran.stderr);
}

#[test]
fn an_entry_has_either_a_digest_or_a_target() {
    let dir = Dir::new();
    let md5 = "d41d8cd98f00b204e9800998ecf8427e";
    for (line, reason) in [
        (
            format!(r#"{{"path":"a","link":"b","algorithm":"md5","digest":"{md5}"}}"#),
            "the object has both a digest and the target of a symbolic link",
        ),
        (
            format!(r#"{{"path":"a","link_hex":"62","digests":{{"md5":"{md5}"}}}}"#),
            "the object has both a digest and the target of a symbolic link",
        ),
        (
            r#"{"path":"a","link":"b","link_hex":"62"}"#.into(),
            "the object has both link and link_hex",
        ),
        (r#"{"path":"a","link_hex":"6"}"#.into(), "link_hex is not hexadecimal"),
        (r#"{"path":"a","link":""}"#.into(), "the target of the symbolic link is empty"),
        (
            r#"{"path":"a","link":"b\u0000"}"#.into(),
            "the target of the symbolic link contains a zero byte",
        ),
        (
            format!("path,algorithm,digest,link\na,md5,{md5},b"),
            "the row has both a digest and the target of a symbolic link",
        ),
        (
            "path,algorithm,digest,link\na,md5,,b".into(),
            "the row has both a digest and the target of a symbolic link",
        ),
    ] {
        dir.file("m", &line);
        let ran = Ran::of(dir.batchproc(&["check", "-w", "m"]).spawn().unwrap());
        let number = if line.contains("path,") { 2 } else { 1 };
        assert_eq!(
            ran.stderr,
            format!(
                "batchproc: m: {number}: improperly formatted checksum line: {reason}\n\
                 batchproc: m: no properly formatted checksum lines found; is it a manifest? batchproc hash makes one\n"
            ),
            "{line}"
        );
    }
}
