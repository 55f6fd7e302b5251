//! Sealed manifests: how they are written, and what is noticed when one is damaged. The digest in a
//! seal is compared with that of `sha256sum`, the lines are checked by `md5sum` and `sha256sum`.

use std::fs;

use crate::harness::{Dir, Ran, assert_same};
use crate::resume::{interrupted, tree};

/// A directory with a tree of three files.
fn small() -> Dir {
    let dir = Dir::new();
    for (name, content) in [("t/a", "a"), ("t/b c", "b"), ("t/new\nline", "n")] {
        dir.file(name, content);
    }
    dir
}

/// All forms, with the number of lines that each has for a file.
const FORMS: [(&[&str], u64); 6] = [
    (&["--format", "gnu"], 1),
    (&["-a", "sha1,md5"], 2),
    (&["--format", "json"], 1),
    (&["--format", "csv", "-a", "md5,crc32"], 2),
    (&["-z"], 1),
    (&["-z", "--format", "json"], 1),
];

fn run(dir: &Dir, arguments: &[&str]) -> Ran {
    Ran::of(dir.batchproc(arguments).spawn().unwrap())
}

/// Runs `check` on the file `m`, and on the same bytes on standard input. Both must have the same
/// output and exit code.
fn check(dir: &Dir, options: &[&str]) -> Ran {
    let named = run(dir, &[&["check", "m"], options].concat());
    let bytes = fs::read(dir.at("m")).unwrap();
    let piped = Ran::with_stdin(dir.batchproc(&[&["check"], options].concat()), &bytes);
    assert_eq!((named.code(), named.text()), (piped.code(), piped.text()));
    let message = piped.stderr.replace("standard input: ", "m: ");
    assert_eq!(named.stderr.contains("m: "), message.contains("m: "), "{}", piped.stderr);
    named
}

#[test]
fn a_seal_has_the_number_of_entries_and_the_digest_of_sha256sum() {
    let dir = small();
    for (form, lines) in FORMS {
        let unsealed = dir.hash(&[form, &["t"][..]].concat()).good();
        let sum = Ran::with_stdin(dir.command("sha256sum", &[]), &unsealed).text();
        let (hex, entries) = (&sum[..64], 3 * lines);
        let seal = match form {
            ["-z", "--format", "json"] => {
                format!("{{\"seal\":{{\"entries\":{entries},\"sha256\":\"{hex}\"}}}}\0")
            }
            [_, "json", ..] => {
                format!("{{\"seal\":{{\"entries\":{entries},\"sha256\":\"{hex}\"}}}}\n")
            }
            [_, "csv", ..] => format!(",seal,{hex},{entries},,,,\r\n"),
            ["-z"] => format!("# batchproc seal: entries={entries} sha256={hex}\0"),
            _ => format!("# batchproc seal: entries={entries} sha256={hex}\n"),
        };
        let expected = [&unsealed[..], seal.as_bytes()].concat();
        let sealed = [form, &["--seal", "t"][..]].concat();
        assert_same(&dir.hash(&sealed).good(), &expected, "standard output");
        dir.hash(&[&sealed[..], &["-o", "m"]].concat()).good();
        assert_same(&fs::read(dir.at("m")).unwrap(), &expected, "a file");
        assert_eq!(check(&dir, &["--quiet", "--require-seal"]).good(), b"");
        run(&dir, &["audit", "--quiet", "--require-seal", "m", "t"]).good();

        dir.hash(&[&sealed[..], &["-o", "m", "--order", "completion"]].concat()).good();
        assert_eq!(check(&dir, &["--quiet", "--require-seal"]).good(), b"");
    }
    // One small file is hashed without threads.
    dir.hash(&["--seal", "t/a", "-o", "m"]).good();
    assert_eq!(check(&dir, &["--require-seal"]).good(), b"t/a: OK\n");
}

#[test]
fn md5sum_and_sha256sum_accept_a_sealed_manifest_without_a_word() {
    let dir = small();
    for (algorithm, program) in [("md5", "md5sum"), ("sha256", "sha256sum")] {
        for form in ["gnu", "bsd"] {
            dir.hash(&["--seal", "-a", algorithm, "--format", form, "t", "-o", "m"]).good();
            let theirs = Ran::of(dir.command(program, &["-c", "--strict", "m"]).spawn().unwrap());
            assert_eq!(theirs.good(), check(&dir, &["--strict"]).good());
        }
    }
}

#[test]
fn a_damaged_manifest_is_reported_before_its_verdicts() {
    let dir = small();
    for (form, _) in FORMS.iter().filter(|(form, _)| form[0] != "-z") {
        dir.hash(&[form, &["--seal", "t", "-o", "m"][..]].concat()).good();
        let whole = fs::read(dir.at("m")).unwrap();
        let ends: Vec<_> = (1..=whole.len()).filter(|&end| whole[end - 1] == b'\n').collect();
        let seal = ends[ends.len() - 2];
        let middle = [&whole[..ends[0]], &whole[ends[1]..]].concat();
        let mut flipped = whole.clone();
        flipped[seal - 3] ^= 1;
        for (bytes, message) in [
            (&whole[..whole.len() - 1], "m: cut off: its last line is an incomplete seal"),
            (&whole[..seal + 30], "m: cut off: its last line is an incomplete seal"),
            (&middle, "m: cut off: it has only "),
            (&flipped, "m: altered: its seal was made for other content"),
            (&[&whole, &b"\n"[..]].concat(), "lines after the seal"),
        ] {
            dir.file("m", bytes);
            let ran = check(&dir, &[]);
            assert_eq!(ran.code(), 1, "{form:?}: {}", ran.stderr);
            let first = ran.stderr.lines().next().unwrap();
            assert!(first.contains(message), "{form:?}: {first}");
            assert!(ran.text().contains("t/a: OK") || ran.text().contains("t/b c: OK"));
            let audit = run(&dir, &["audit", "m", "t"]);
            assert_eq!(audit.code(), 1, "{form:?}: {}", audit.stderr);
            assert!(audit.stderr.contains(message), "{}", audit.stderr);
        }
        // Without its seal, the manifest is refused only if a seal is required.
        dir.file("m", &whole[..seal]);
        assert_eq!(check(&dir, &[]).code(), 0);
        let ran = run(&dir, &["check", "--require-seal", "m"]);
        let message = "batchproc: m: cut off, or never sealed: it has no seal\n";
        assert_eq!((ran.code(), ran.text(), &*ran.stderr), (1, String::new(), message));
        let piped = dir.shell("\"$@\" < m", &["check", "--require-seal", "--quiet"]);
        assert_eq!((piped.code(), piped.text()), (1, String::new()), "{}", piped.stderr);
        assert_eq!(run(&dir, &["hash", "-c", "--require-seal", "m"]).code(), 1);
        let ran = run(&dir, &["audit", "--require-seal", "m", "t"]);
        assert_eq!((ran.code(), ran.text(), &*ran.stderr), (2, String::new(), message));
    }
}

#[test]
fn no_cut_of_a_manifest_ends_with_0() {
    let dir = small();
    for form in ["gnu", "json", "csv"] {
        dir.hash(&["--seal", "--format", form, "t/a", "-o", "m"]).good();
        let whole = fs::read(dir.at("m")).unwrap();
        for cut in (0..whole.len()).step_by(5).chain(whole.len() - 3..whole.len()) {
            dir.file("m", &whole[..cut]);
            let named = run(&dir, &["check", "--require-seal", "m"]);
            let check = dir.batchproc(&["check", "--require-seal"]);
            let piped = Ran::with_stdin(check, &whole[..cut]);
            assert_eq!((named.code(), piped.code()), (1, 1), "{form} {cut}");
        }
    }
}

#[test]
fn update_refuses_a_bad_seal_and_makes_a_new_one() {
    for form in ["json", "csv"] {
        let dir = small();
        let update = |more: &[&str]| dir.hash(&[&["--update", "m", "t", "-o", "m"], more].concat());
        // Without a manifest there is nothing to refuse. What requires a seal also writes one.
        let made = update(&["--require-seal", "--format", form]);
        assert_eq!(made.code(), 0, "{}", made.stderr);
        check(&dir, &["--require-seal", "--quiet"]).good();
        dir.file("t/d", "d");
        update(&[]).good();
        assert_eq!(check(&dir, &["--require-seal"]).good().split(|b| *b == b'\n').count(), 5);
        // A manifest that is held in memory, and one that is read from a pipe.
        update(&["--order", "completion"]).good();
        check(&dir, &["--require-seal", "--quiet"]).good();
        update(&[]).good();
        let whole = fs::read(dir.at("m")).unwrap();
        let pipe = ["--update", "/dev/stdin", "t", "-o", "n", "--require-seal"];
        dir.hash_with_stdin(&pipe, &whole).good();
        assert_same(&fs::read(dir.at("n")).unwrap(), &whole, "the update of a pipe");

        let first = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        let second = first + whole[first..].iter().position(|&byte| byte == b'\n').unwrap() + 1;
        let cut = [&whole[..first], &whole[second..]].concat();
        for bad in [&cut, &whole[..whole.len() - 1], &[&whole[..], b"\n"].concat()] {
            for order in ["input", "completion"] {
                dir.file("m", bad);
                let ran = update(&["--order", order]);
                assert_eq!(ran.code(), 2, "{}", ran.stderr);
                assert!(ran.stderr.contains("it is left as it is"), "{}", ran.stderr);
                assert_same(&fs::read(dir.at("m")).unwrap(), bad, "the manifest");
            }
            let ran = dir.hash_with_stdin(&pipe, bad);
            assert_eq!(ran.code(), 2, "{}", ran.stderr);
        }
        dir.file("m", &whole);
        dir.hash(&["--update", "m", "t", "-o", "m", "--max-gone", "0"]).good();

        let end = whole[..whole.len() - 1].iter().rposition(|&byte| byte == b'\n').unwrap() + 1;
        dir.file("m", &whole[..end]);
        let ran = update(&["--require-seal"]);
        assert_eq!(ran.code(), 2);
        assert!(ran.stderr.contains("it has no seal"), "{}", ran.stderr);
        update(&[]).good();
        assert_same(&fs::read(dir.at("m")).unwrap(), &whole[..end], "without a seal");

        // Far behind the seal, other lines are found only while all of them are read.
        let far = [&whole[..], &b"\n".repeat(20_000)].concat();
        for order in ["input", "completion"] {
            dir.file("m", &far);
            let ran = update(&["--order", order]);
            assert_eq!(ran.code(), 2, "{}", ran.stderr);
            assert!(ran.stderr.contains("lines after the seal"), "{}", ran.stderr);
            assert_same(&fs::read(dir.at("m")).unwrap(), &far, "the manifest");
        }
    }
}

#[test]
fn a_sealed_manifest_that_is_replaced_gets_a_new_seal() {
    let dir = small();
    // A manifest without an entry is one, too.
    for form in ["gnu", "json", "csv"] {
        dir.file("list", "");
        dir.hash(&["--seal", "--format", form, "--files-from", "list", "-o", "m"]).good();
        assert_eq!(run(&dir, &["check", "--require-seal", "m"]).code(), 1, "it lists nothing");
        dir.hash(&["--format", form, "t", "-o", "m", "--max-gone", "0"]).good();
        assert_eq!(check(&dir, &["--require-seal"]).good().split(|b| *b == b'\n').count(), 4);
        fs::remove_file(dir.at("m")).unwrap();
    }
}

#[test]
fn a_resumed_run_seals_the_whole_file() {
    let list = b"t/00/0\nt/01/1\nt/02/2\n";
    let resume = ["--files-from", "-", "-o", "out", "--resume"];
    for (form, _) in [&FORMS[0], &FORMS[1], &FORMS[3]] {
        let dir = tree(20);
        let expected = dir.hash(&[form, &["--seal", "t/00/0", "t/01/1", "t/02/2"][..]].concat());
        let expected = expected.good();
        // The old file has a seal, and the new one gets one without being asked.
        dir.hash(&["--seal", "t", "-o", "out"]).good();
        let whole = fs::read(dir.at("out")).unwrap();
        interrupted(&dir, form);
        let arguments = [form, &resume[..]].concat();
        for bad in [&whole[..whole.len() - 1], &whole[1..]] {
            dir.file("out", bad);
            let ran = dir.hash_with_stdin(&arguments, list);
            assert_eq!(ran.code(), 2, "{}", ran.stderr);
            assert_same(&fs::read(dir.at("out")).unwrap(), bad, "the old file");
        }
        dir.file("out", &whole);
        dir.hash_with_stdin(&arguments, list).good();
        assert_same(&fs::read(dir.at("out")).unwrap(), &expected, &format!("{form:?}"));
    }
}

#[test]
fn a_seal_covers_a_whole_file_or_is_refused() {
    let dir = small();
    dir.file("log", "before\n");
    let ran = dir.shell("\"$@\" >> log", &["hash", "--seal", "t"]);
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr.contains("a seal covers a whole file"), "{}", ran.stderr);
    assert_eq!(fs::read(dir.at("log")).unwrap(), b"before\n");
    assert_eq!(dir.hash(&["--require-seal", "t"]).code(), 2);
    assert_eq!(dir.hash(&["--seal", "-c", "m"]).code(), 2);
}
