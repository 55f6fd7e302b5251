//! Comparison with the md5sum of this machine, over odd names and file sizes around block boundaries.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::harness::{Dir, Ran, assert_same, bytes_name};

/// Names that some programs handle wrongly.
pub fn odd_tree() -> Dir {
    let dir = Dir::new();
    let mut names: Vec<Vec<u8>> = [
        "plain",
        " leading",
        "trailing ",
        "two  spaces",
        ".hidden",
        ".hidden dir/.x",
        "-dash",
        "--help",
        "-",
        "new\nline",
        "\n",
        "carriage\rreturn",
        "\r\n",
        "back\\slash",
        "\\",
        "\\n",
        "tab\t",
        "quote\"'`",
        "$(rm -rf x)",
        "*",
        "?",
        "[a]",
        "~",
        "#",
        "%s%n",
        "a:b",
        "a=b",
        "MD5 (x) = y",
        "中文/文件.txt",
        "😀",
        "e\u{301}",
        "é",
        "\u{202e}gnp",
        "\u{1b}[31mred",
        "\u{7f}",
        "\u{feff}bom",
        "a",
        "a.b",
        "a b",
        "a-b/c",
        "A",
        "dir/a",
        "dir.a",
        "dir-a",
        "dir/sub/deep/er/file",
        "CON",
        "nul\u{1}",
    ]
    .iter()
    .map(|name| name.as_bytes().to_vec())
    .collect();
    names.extend([
        b"\xff\xfe".to_vec(),
        b"latin\xe9".to_vec(),
        b"\x80/\x81".to_vec(),
        b"cut\xe4\xb8".to_vec(),
    ]);
    names.push(vec![b'x'; 255]);
    names.push([vec![b'\n'; 255], b"/".to_vec(), vec![b'\\'; 255]].concat());
    for (index, name) in names.iter().enumerate() {
        let content = vec![b'c'; index * 7];
        dir.file(Path::new("tree").join(bytes_name(name)), content);
    }
    let padding = [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129];
    let buffers = [16 << 10, 64 << 10, 128 << 10, 256 << 10, 512 << 10, 768 << 10];
    let around = |size: &usize| [size - 65, size - 64, size - 1, *size, size + 1, size + 64];
    for size in padding.into_iter().chain(buffers.iter().flat_map(around)).chain([3_000_000]) {
        let content: Vec<u8> = (0..size).map(|at| (at * 31 + at / 251) as u8).collect();
        dir.file(format!("tree/sizes/{size}"), content);
    }
    fs::create_dir_all(dir.at("tree/empty dir")).unwrap();
    dir
}

/// All files below a directory in the documented order: names by bytes, the files of a directory at the
/// position of its name.
pub fn listed(directory: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap()).collect();
    entries.sort_by_key(|entry| entry.file_name().as_bytes().to_vec());
    for entry in entries {
        let kind = entry.file_type().unwrap();
        let path = directory.join(entry.file_name());
        if kind.is_dir() {
            listed(&path, found);
        } else if kind.is_file() {
            found.push(path);
        }
    }
}

fn list(dir: &Dir, root: &str) -> Vec<u8> {
    let mut found = Vec::new();
    listed(&dir.at(root), &mut found);
    let relative = |path: &PathBuf| {
        [
            Path::new(root).join(path.strip_prefix(dir.at(root)).unwrap()).as_os_str().as_bytes(),
            b"\0",
        ]
        .concat()
    };
    found.iter().map(relative).collect::<Vec<_>>().concat()
}

fn md5sum(dir: &Dir, list: &[u8], options: &[&str]) -> Vec<u8> {
    let mut arguments = vec!["-0", "md5sum"];
    arguments.extend(options);
    arguments.push("--");
    Ran::with_stdin(dir.command("xargs", &arguments), list).good()
}

#[test]
fn input_order_equals_md5sum_for_any_number_of_threads() {
    let dir = odd_tree();
    let expected = md5sum(&dir, &list(&dir, "tree"), &[]);
    assert!(expected.len() > 4000, "the oracle has lines to compare");
    for threads in ["1", "2", "7", "64"] {
        for readers in ["1", "2", "7", "64"] {
            let ours = dir.hash(&["-j", threads, "--io-threads", readers, "tree"]).good();
            assert_same(&ours, &expected, &format!("{threads} workers, {readers} readers"));
        }
    }
    let ours = dir.hash(&["--memory", "8M", "tree"]).good();
    assert_same(&ours, &expected, "little memory");
}

#[test]
fn completion_order_is_the_same_set() {
    let dir = odd_tree();
    let lines = |bytes: &[u8]| {
        let mut lines: Vec<_> = bytes.split(|&b| b == 0).map(<[u8]>::to_vec).collect();
        lines.sort();
        lines
    };
    let expected = dir.hash(&["-z", "tree"]).good();
    let ours = dir.hash(&["-z", "--order", "completion", "tree"]).good();
    assert_eq!(lines(&ours), lines(&expected));
}

#[test]
fn zero_and_tag_lines_equal_those_of_md5sum() {
    let dir = odd_tree();
    let list = list(&dir, "tree");
    for (ours, theirs) in [
        (&["-z"][..], &["-z"][..]),
        (&["--tag"], &["--tag"]),
        (&["--format", "bsd", "-z"], &["--tag", "-z"]),
    ] {
        let expected = md5sum(&dir, &list, theirs);
        assert_same(&dir.hash(&[ours, &["tree"]].concat()).good(), &expected, &format!("{ours:?}"));
    }
}

#[test]
fn md5sum_accepts_our_output() {
    let dir = odd_tree();
    for format in ["gnu", "bsd"] {
        dir.hash(&["--format", format, "-o", "sums", "tree"]).good();
        let check =
            Ran::of(dir.command("md5sum", &["-c", "--quiet", "--strict", "sums"]).spawn().unwrap());
        assert_eq!((check.code(), check.stderr.as_str()), (0, ""), "{format}");
    }
}

#[test]
fn arguments_keep_their_order_and_their_form() {
    let dir = Dir::new();
    for name in ["b/x", "a/y", "z"] {
        dir.file(name, name);
    }
    let names = |arguments: &[&str]| {
        let text = String::from_utf8(dir.hash(arguments).good()).unwrap();
        text.lines().map(|line| line[34..].to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["z", "b", "a", "z"]), ["z", "b/x", "a/y", "z"]);
    assert_eq!(names(&["./b/", "b//", "./z"]), ["./b/x", "b//x", "./z"]);
    assert_eq!(names(&["."]), ["./a/y", "./b/x", "./z"]);
}

#[test]
fn standard_input_is_hashed_like_md5sum_does() {
    let dir = Dir::new();
    for size in [0, 1, 64, 300_000, 1_000_000] {
        let content = vec![b'x'; size];
        dir.file("file", &content);
        let expected = Ran::of(dir.command("sh", &["-c", "md5sum < file"]).spawn().unwrap()).good();
        assert_same(&dir.hash_with_stdin(&[], &content).good(), &expected, "no argument");
        assert_same(&dir.hash_with_stdin(&["-"], &content).good(), &expected, "a dash");
    }
}

#[test]
fn real_directories_equal_md5sum() {
    let dir = Dir::new();
    for root in ["/usr/include", "/usr/share/doc", "/etc"]
        .into_iter()
        .filter(|root| Path::new(root).is_dir())
    {
        let mut found = Vec::new();
        // Only root can read all directories.
        if rustix::process::getuid().is_root() || root != "/etc" {
            listed(Path::new(root), &mut found);
        }
        let list: Vec<u8> =
            found.iter().flat_map(|path| [path.as_os_str().as_bytes(), b"\0"].concat()).collect();
        if !list.is_empty() {
            assert_same(&dir.hash(&[root]).good(), &md5sum(&dir, &list, &[]), root);
        }
    }
}

#[test]
fn every_kernel_gives_the_digests_of_md5sum() {
    let dir = Dir::new();
    for number in 0..60_usize {
        dir.file(format!("t/{number:02}"), vec![b'a'; number * number * 41]);
    }
    let names: Vec<_> = dir.list("t").iter().map(|name| format!("t/{name}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let theirs = Ran::of(dir.command("md5sum", &names).spawn().unwrap()).good();
    for kernel in ["avx2", "sse2", "scalar"] {
        let mut command = dir.batchproc(&["hash", "t"]);
        let ran = Ran::of(command.env("BATCHPROC_MD5_KERNEL", kernel).spawn().unwrap());
        if ran.code() == 2 {
            assert!(ran.stderr.starts_with("batchproc: BATCHPROC_MD5_KERNEL must be one of "));
            continue;
        }
        assert_same(&ran.good(), &theirs, kernel);
    }
    let mut command = dir.batchproc(&["hash", "t"]);
    assert_eq!(Ran::of(command.env("BATCHPROC_MD5_KERNEL", "best").spawn().unwrap()).code(), 2);
}
