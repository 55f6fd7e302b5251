//! `dups`: what is a duplicate, the forms of the output, manifests, and errors.

use std::fs;
use std::os::unix::fs::symlink;

use crate::harness::{Dir, Ran, bytes_name};

pub fn dups(dir: &Dir, arguments: &[&str]) -> Ran {
    Ran::of(dir.batchproc(&[&["dups"], arguments].concat()).spawn().unwrap())
}

/// Two groups, of which the one with the longer names wastes more; a file with three names; and
/// files that look alike at first.
fn tree() -> Dir {
    let dir = Dir::new();
    for name in ["t/b", "t/s/a", "t/z"] {
        dir.file(name, "short");
    }
    dir.file("t/other", "shorT");
    dir.file("t/x", vec![7; 100_000]);
    dir.file("t/y\nz", vec![7; 100_000]);
    dir.file("t/last", [&vec![7; 99_999][..], &[8]].concat());
    dir.file("t/alone", "no other file has this size");
    fs::hard_link(dir.at("t/x"), dir.at("t/s/link")).unwrap();
    fs::hard_link(dir.at("t/alone"), dir.at("t/alone2")).unwrap();
    dir.file("t/empty", "");
    dir.file("t/empty2", "");
    symlink("b", dir.at("t/symlink")).unwrap();
    dir
}

#[test]
fn groups_are_names_with_blank_lines_between_them() {
    let dir = tree();
    let first = "t/s/link\n\\t/y\\nz\n";
    let text = dups(&dir, &["t"]).good();
    assert_eq!(String::from_utf8(text).unwrap(), format!("{first}\nt/b\nt/s/a\nt/z\n"));
    let zero = dups(&dir, &["-z", "t"]).good();
    assert_eq!(zero, b"t/s/link\0t/y\nz\0\0t/b\0t/s/a\0t/z\0");
    assert_eq!(dups(&dir, &["-f", "t"]).good(), b"\\t/y\\nz\nt/s/a\nt/z\n");
    assert_eq!(dups(&dir, &["-fz", "t"]).good(), b"t/y\nz\0t/s/a\0t/z\0");
    let empty = dups(&dir, &["--empty", "-g", "empty*", "t"]).good();
    assert_eq!(empty, b"t/empty\nt/empty2\n");
    assert_eq!(dups(&dir, &["--max-depth", "1", "--max-size", "10", "t"]).good(), b"t/b\nt/z\n");
    assert_eq!(dups(&dir, &["t/alone", "t/s"]).good(), b"", "no duplicates are no error");
}

#[test]
fn json_has_size_digest_waste_and_the_other_names_of_each_file() {
    let dir = tree();
    fs::write(dir.at(bytes_name(b"t/\xff")), "short").unwrap();
    let json = dups(&dir, &["--format", "json", "-a", "sha256", "t"]).good();
    let sha256 = |name| {
        let ran = Ran::of(dir.command("sha256sum", &[name]).spawn().unwrap());
        String::from_utf8(ran.good()).unwrap()[..64].to_string()
    };
    let expected = format!(
        "{{\"algorithm\":\"sha256\",\"digest\":\"{}\",\"size\":100000,\"wasted\":100000,\
         \"files\":[{{\"path\":\"t/s/link\",\"links\":[{{\"path\":\"t/x\"}}]}},{{\"path\":\"t/y\\nz\"}}]}}\n\
         {{\"algorithm\":\"sha256\",\"digest\":\"{}\",\"size\":5,\"wasted\":15,\
         \"files\":[{{\"path\":\"t/b\"}},{{\"path\":\"t/s/a\"}},{{\"path\":\"t/z\"}},{{\"path_hex\":\"742fff\"}}]}}\n",
        sha256("t/x"),
        sha256("t/b")
    );
    assert_eq!(String::from_utf8(json).unwrap(), expected);
}

#[test]
fn the_names_of_one_file_count_only_if_asked_and_only_once() {
    let dir = tree();
    let all = "t/s/link\nt/x\n\\t/y\\nz\n\nt/b\nt/s/a\nt/z\n\nt/alone\nt/alone2\n";
    for paths in [&["t"][..], &["t", "t"], &["t", "./t", "t/s/../s", "t/x"]] {
        let ran = dups(&dir, &[&["--hard-links"], paths].concat());
        assert_eq!(String::from_utf8(ran.good()).unwrap(), all, "{paths:?}");
    }
    // A symbolic link is no duplicate of its target, however it comes into the run.
    symlink("z", dir.at("t/a-link")).unwrap();
    let ran = dups(&dir, &["--hard-links", "--follow", "-g", "*z", "-g", "a-link", "t"]);
    assert_eq!(ran.good(), b"");
    let ran = dups(&dir, &["t/a-link", "t/z"]);
    assert_eq!(ran.good(), b"");
}

#[test]
fn a_file_without_a_partner_is_never_opened() {
    let dir = Dir::new();
    for (name, content) in [("a", "1234"), ("b", "1234"), ("c", "123"), ("d", "12345")] {
        dir.file(name, content);
    }
    let fault = ["-e", "inject=openat:error=EIO", "-P"];
    for (name, code, out) in [("d", 0, "./a\n./b\n"), ("a", 1, "")] {
        let path = format!("./{name}");
        let options = [&fault[..], &[path.as_str()]].concat();
        let names = ["dups", "./a", "./b", "./c", "./d"];
        let Some(ran) = dir.strace(&options, &names) else { return };
        assert_eq!((ran.code(), ran.text().as_str()), (code, out), "{}", ran.stderr);
        let is_ours = |line: &&str| line.starts_with("batchproc: ");
        let messages: Vec<_> = ran.stderr.lines().filter(is_ours).collect();
        let expected = ["batchproc: ./a: Input/output error"];
        assert_eq!(messages, &expected[usize::from(code == 0)..]);
    }
}

#[test]
fn what_cannot_be_looked_at_is_reported_and_the_rest_is_grouped() {
    let dir = tree();
    dir.fifo("fifo");
    let ran = dups(&dir, &["gone", "-", "fifo", "t/b", "t/z"]);
    assert_eq!((ran.code(), ran.text().as_str()), (1, "t/b\nt/z\n"));
    assert_eq!(
        ran.stderr,
        "batchproc: gone: No such file or directory\n\
         batchproc: -: standard input is no file that could have duplicates\n\
         batchproc: fifo: is a stream, which cannot be compared without reading it\n"
    );
    let ran = dups(&dir, &["-g", "nothing*", "t"]);
    assert_eq!(ran.code(), 1, "a glob that matches nothing");
    for arguments in [
        &[][..],
        &["--order", "completion", "t"],
        &["-a", "crc32", "t"],
        &["--format", "json", "-f", "t"],
        &["--from", "m", "t"],
        &["--from", "m", "--exclude", "x"],
        &["--from", "m", "--min-size", "1"],
        &["--from", "m"],
    ] {
        let ran = dups(&dir, arguments);
        assert_eq!((ran.code(), ran.text().as_str()), (2, ""), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn names_may_come_from_a_list_and_the_reader_may_close_the_output() {
    let dir = tree();
    let mut command = dir.batchproc(&["dups", "--files-from", "-", "-0"]);
    command.stdin(std::process::Stdio::piped());
    let ran = Ran::with_stdin(command, b"t/z\0t/y\nz\0t/b\0t/x\0t/symlink");
    assert_eq!(ran.good(), b"\\t/y\\nz\nt/x\n\nt/z\nt/b\n");
    let ran = dir.shell("\"$@\" | head -c 3", &["dups", "t"]);
    assert_eq!((ran.code(), ran.text().as_str(), ran.stderr.as_str()), (0, "t/s", ""));
    // The output itself is no duplicate, though it lies in the tree.
    let ran = dir.shell("\"$@\" > t/out && cat t/out", &["dups", "-g", "[bz]", "-g", "out", "t"]);
    assert_eq!(ran.good(), b"t/b\nt/z\n");
}

#[test]
fn a_manifest_gives_the_groups_of_its_tree() {
    let dir = tree();
    for option in ["", "--empty", "--hard-links", "-f"] {
        let options: Vec<_> = [option].into_iter().filter(|it| !it.is_empty()).collect();
        let from = |format: &str, algorithms: &str| {
            let manifest = format!("{format}-{algorithms}");
            dir.hash(&["--format", format, "-a", algorithms, "-o", &manifest, "t"]).good();
            dups(&dir, &[&["--from", &manifest], &options[..]].concat()).good()
        };
        let expected = dups(&dir, &[&["t"], &options[..]].concat()).good();
        assert_eq!(from("json", "md5,sha256"), expected, "{option}");
        assert_eq!(from("csv", "blake3"), expected, "{option}");
    }
    // Without device and inode, each name is a file. Without sizes, nothing is known of the waste.
    dir.hash(&["-o", "m", "t"]).good();
    let ran = dups(&dir, &["--from", "m"]);
    let expected = "t/alone\nt/alone2\n\nt/b\nt/s/a\nt/z\n\nt/s/link\nt/x\n\\t/y\\nz\n";
    assert_eq!(String::from_utf8(ran.good()).unwrap(), expected);
    let stdin = fs::read(dir.at("m")).unwrap();
    let json = Ran::with_stdin(dir.batchproc(&["dups", "--from", "-", "--format", "json"]), &stdin);
    let first = "{\"algorithm\":\"md5\",\"digest\":\"ae545ed660eabba6d64c88ec74bbf5be\",\
                 \"files\":[{\"path\":\"t/alone\"},{\"path\":\"t/alone2\"}]}";
    let text = String::from_utf8(json.good()).unwrap();
    assert_eq!(text.lines().next().unwrap(), first);
}

#[test]
fn what_a_manifest_does_not_say_is_reported() {
    let dir = Dir::new();
    let [a, b] = ["60b725f10c9c85c70d97880dfe8191b3", "3b5d5c3712955042212316173ccf37be"];
    dir.file("one", format!("{a}  x\nnot a line\n{a}  y\n{a}  same\n"));
    dir.file("two", format!("{b}  x\n{b}  z\n{a}  ./same\nCRC32 (w) = 352441c2\n"));
    let ran = dups(&dir, &["--from", "one", "--from", "two", "-a", "md5"]);
    assert_eq!((ran.code(), ran.text().as_str()), (1, "x\nz\n\ny\nsame\n"));
    assert_eq!(
        ran.stderr,
        "batchproc: one: 2: improperly formatted checksum line: it does not begin with a digest\n\
         batchproc: x: two lists other content than one and counts\n\
         batchproc: w: two has no md5 digest of it\n"
    );
    let ran = dups(&dir, &["--from", "one"]);
    assert_eq!((ran.code(), ran.text().as_str()), (1, "x\ny\nsame\n"));
    let ran = dups(&dir, &["--from", "one", "--from", "two"]);
    assert_eq!((ran.code(), ran.text().as_str()), (2, ""));
    assert!(ran.stderr.contains("one, two: no algorithm with digests of at least 128 bits"));
}
