//! Manifests damaged by bad disks, interrupted writes and editors. The undamaged lines are still checked.

use std::fs;

use crate::harness::{Dir, Ran};

/// Twenty files and their manifest. After it was written, one file was deleted and one was changed.
fn changed(manifest: &[&str]) -> (Dir, Vec<u8>) {
    let dir = Dir::new();
    for number in 10..30 {
        dir.file(format!("t/{number}"), format!("{number}\n"));
    }
    let manifest = dir.hash(&[&["t"], manifest].concat()).good();
    fs::remove_file(dir.at("t/29")).unwrap();
    dir.file("t/19", "rot\n");
    (dir, manifest)
}

fn check(dir: &Dir, arguments: &[&str], manifest: &[u8]) -> Ran {
    dir.file("m", manifest);
    let all = [&["check", "--warn"], arguments, &["m"]].concat();
    Ran::of(dir.batchproc(&all).spawn().unwrap())
}

/// The exit code, and the verdicts other than `OK`.
fn verdicts(ran: &Ran) -> (i32, String) {
    let text = ran.text();
    (ran.code(), text.split_inclusive('\n').filter(|line| !line.ends_with(": OK\n")).collect())
}

/// The lines, each with its line end.
fn lines(manifest: &[u8]) -> Vec<Vec<u8>> {
    manifest.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()
}

#[test]
fn a_stray_quote_in_csv_hides_no_other_row() {
    let (dir, manifest) = changed(&["--format", "csv"]);
    let mut damaged = lines(&manifest);
    damaged[4].insert(0, b'"');
    // An incomplete row, and a complete manifest appended to it.
    let torn = b"path,algorithm,digest\r\n\"a\nb".to_vec();
    for (damaged, malformed, warning) in [
        (damaged.concat(), &[5][..], "1 line is"),
        ([torn, b"\n".to_vec(), manifest.clone()].concat(), &[2, 3], "2 lines are"),
    ] {
        let ran = check(&dir, &[], &damaged);
        let reported: String = malformed
            .iter()
            .map(|line| match line {
                3 => "batchproc: m: 3: improperly formatted checksum line: the row has too few fields\n".into(),
                line => format!("batchproc: m: {line}: improperly formatted checksum line: a quote is never closed\n"),
            })
            .collect();
        let expected = format!(
            "{reported}batchproc: t/29: No such file or directory\nbatchproc: WARNING: {warning} improperly formatted\nbatchproc: WARNING: 1 listed file could not be read\nbatchproc: WARNING: 1 computed checksum did NOT match\n"
        );
        assert_eq!(ran.stderr, expected);
        assert_eq!(verdicts(&ran), (1, "t/19: FAILED\nt/29: FAILED open or read\n".into()));
    }
}

#[test]
fn a_nul_between_lines_hides_no_other_line() {
    for form in [&[][..], &["--format", "bsd"], &["--format", "json"], &["--format", "csv"]] {
        let (dir, manifest) = changed(form);
        for at in [2, 5, 14] {
            let mut damaged = lines(&manifest);
            damaged[at].insert(0, 0);
            let ran = check(&dir, &["--ignore-missing"], &damaged.concat());
            assert_eq!(verdicts(&ran), (1, "t/19: FAILED\n".into()), "{form:?} {at}");
            let reported = format!("m: {}: improperly formatted", at + 1);
            assert!(ran.stderr.contains(&reported), "{form:?} {at}: {}", ran.stderr);
            let warned = ran.stderr.contains("WARNING: 1 line is improperly formatted\n");
            assert!(warned, "{form:?} {at}: {}", ran.stderr);
        }
    }
    // A crash may leave this: a NUL before a last line without a line end.
    let (dir, manifest) = changed(&[]);
    let mut damaged = lines(&manifest);
    damaged.truncate(11);
    damaged[10].insert(0, 0);
    damaged[10].pop();
    let ran = check(&dir, &["--ignore-missing"], &damaged.concat());
    assert_eq!(verdicts(&ran), (1, "t/19: FAILED\n".into()), "{}", ran.stderr);
}

#[test]
fn lines_that_end_with_nul_are_known_although_names_hold_entries() {
    let dir = Dir::new();
    let entry = "d41d8cd98f00b204e9800998ecf8427e  x";
    for name in ["a\n", "b", "c"] {
        dir.file(format!("t/{name}"), name);
    }
    dir.file(format!("t/0\n{entry}\ny"), "0");
    let manifest = dir.hash(&["t", "-z"]).good();
    let expected = format!("\\t/0\\n{entry}\\ny: OK\n\\t/a\\n: OK\nt/b: OK\nt/c: OK\n");
    assert_eq!(check(&dir, &["--strict"], &manifest).good(), expected.into_bytes());
}
