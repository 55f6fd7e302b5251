//! `audit --no-read`: verdicts from names, sizes and times alone.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::audit::{audit, audit_as_nobody, rot, touch};
use crate::harness::{Dir, Ran};

/// A tree whose manifest `m` was made with `hash --update`, and the changes that a look can show.
fn changed(format: &str) -> Dir {
    let dir = Dir::new();
    for name in ["edited", "gone", "grown", "moved", "ok", "restored", "rotten"] {
        dir.file(format!("t/{name}"), format!("content of {name}"));
        touch(&dir, &format!("t/{name}"));
    }
    dir.settle();
    dir.hash(&["--format", format, "-o", "m", "t"]).good();
    rot(&dir, "m", "t/rotten");
    dir.file("t/edited", "CONTENT OF edited");
    fs::remove_file(dir.at("t/gone")).unwrap();
    dir.file("t/grown", "longer than it was before");
    fs::rename(dir.at("t/moved"), dir.at("t/new-name")).unwrap();
    // Another file with the old content and the old modification time.
    let time = fs::metadata(dir.at("t/restored")).unwrap().modified().unwrap();
    dir.file("t/copy", "content of restored");
    File::options().write(true).open(dir.at("t/copy")).unwrap().set_modified(time).unwrap();
    fs::rename(dir.at("t/copy"), dir.at("t/restored")).unwrap();
    dir
}

#[test]
fn what_a_look_shows_is_said_and_what_it_cannot_show_is_not() {
    for format in ["json", "csv"] {
        let dir = changed(format);
        let ran = audit(&dir, &["--no-read", "m", "t"]);
        assert_eq!(
            ran.text(),
            "t/edited: changed? (mtime, ctime)\n\
             t/grown: changed? (size, mtime, ctime)\n\
             t/new-name: new\n\
             t/ok: ok?\n\
             t/restored: changed? (ctime, inode)\n\
             t/rotten: ok?\n\
             t/gone: missing\n\
             t/moved: missing\n",
            "{format}"
        );
        assert_eq!(
            (ran.code(), ran.stderr.as_str()),
            (
                1,
                "batchproc: 2 ok?, 3 changed?, 1 new, 2 missing; no content was read: names, sizes \
                 and times were compared\n"
            )
        );
        let ran =
            audit(&dir, &["--no-read", "--quiet", "--ignore", "ctime,inode", "m", "t/restored"]);
        ran.good();
    }
}

#[test]
fn a_manifest_that_lacks_sizes_or_times_is_compared_as_far_as_it_goes() {
    for (format, lines, said) in [
        (
            "gnu",
            "t/edited: ok?\nt/grown: ok?\n",
            "only names were compared, since the manifest has no sizes and times",
        ),
        (
            "hashdeep",
            "t/edited: ok?\nt/grown: changed? (size)\n",
            "only names and sizes were compared, since the manifest has no times",
        ),
    ] {
        let dir = changed(format);
        let ran = audit(&dir, &["--no-read", "m", "t/edited", "t/grown", "t/ok"]);
        assert_eq!(ran.text(), format!("{lines}t/ok: ok?\n"));
        assert!(
            ran.stderr.ends_with(&format!("; no content was read: {said}\n")),
            "{}",
            ran.stderr
        );
    }
    let dir = changed("json");
    dir.hash(&["-o", "m2", "t/ok"]).good();
    let text = ["m2", "m"].map(|name| fs::read_to_string(dir.at(name)).unwrap()).concat();
    let line = text.lines().filter(|line| line.contains("t/rotten") || !line.starts_with('{'));
    dir.file("mixed", line.map(|line| format!("{line}\n")).collect::<String>());
    let ran = audit(&dir, &["--no-read", "mixed", "t/ok", "t/rotten"]);
    assert_eq!(
        (ran.code(), ran.stderr.as_str()),
        (
            0,
            "batchproc: 2 ok?; no content was read: names, sizes and times were compared, but the \
             manifest has no size of 1 file and no time of 1 file\n"
        )
    );
}

#[test]
fn a_file_that_was_written_about_when_it_was_read_is_in_doubt() {
    let dir = Dir::new();
    dir.file("t/a", "a");
    dir.settle();
    dir.hash(&["--format", "json", "--update", "m", "-o", "m", "t"]);
    audit(&dir, &["--no-read", "--quiet", "m", "t"]).good();
    // The line says that the file was read when it was modified.
    let text = fs::read_to_string(dir.at("m")).unwrap();
    let entry: serde_json::Value = serde_json::from_str(&text).unwrap();
    let [hashed, mtime] = ["hashed", "mtime"].map(|name| format!("\"{name}\":{}", entry[name]));
    dir.file("m", text.replace(&hashed, &mtime.replace("mtime", "hashed")));
    let ran = audit(&dir, &["--no-read", "m", "t"]);
    assert_eq!(
        (ran.code(), ran.text().as_str()),
        (1, "t/a: changed? (modified about when it was read)\n")
    );
}

#[test]
fn no_file_is_opened_so_that_files_without_permission_have_verdicts() {
    let dir = Dir::new();
    dir.file("t/a", "a");
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    fs::set_permissions(dir.at("t/a"), Permissions::from_mode(0o000)).unwrap();
    let json = ["--no-read", "--format", "json", "m", "t"];
    let ran = audit(&dir, &json);
    assert_eq!(
        ran.text(),
        "{\"path\":\"t/a\",\"verdict\":\"changed?\",\"differs\":[\"ctime\"]}\n\
         {\"summary\":{\"ok?\":0,\"changed?\":1,\"respelled?\":0,\"new\":0,\"missing\":0,\
         \"unreadable\":0,\"left_out\":0,\"content_read\":false}}\n"
    );
    // Streams cannot be looked at.
    dir.fifo("pipe");
    dir.file("m2", format!("{}  pipe\n{}  t/a\n", "0".repeat(32), "0".repeat(32)));
    let ran = audit(&dir, &["--no-read", "m2", "t", "pipe"]);
    assert_eq!((ran.code(), ran.text().as_str()), (1, "t/a: ok?\npipe: unreadable\n"));
    assert!(
        ran.stderr.contains("pipe: is a stream, which cannot be compared without reading it\n")
    );
    fs::set_permissions(dir.at("."), Permissions::from_mode(0o755)).unwrap();
    let unread = audit_as_nobody(&dir, &["--no-read", "--ignore", "ctime", "m", "t"]);
    assert_eq!((unread.code(), unread.text().as_str()), (0, "t/a: ok?\n"));
    let read = audit_as_nobody(&dir, &["m", "t"]);
    assert_eq!((read.code(), read.text().as_str()), (1, "t/a: unreadable\n"));
}

#[test]
fn the_verdicts_on_many_files_are_those_that_find_would_give() {
    let dir = Dir::new();
    for n in 0..1500 {
        dir.file(format!("t/{}/{n}", n % 7), "x".repeat(n % 13));
    }
    let find = || {
        let printf = "%p\\t%s %T@ %C@ %i %D\\n";
        let find = dir.command("find", &["t", "-type", "f", "-printf", printf]).spawn().unwrap();
        let text = String::from_utf8(Ran::of(find).good()).unwrap();
        let facts = text.lines().map(|line| line.split_once('\t').unwrap());
        facts.map(|(a, b)| (a.to_string(), b.to_string())).collect::<BTreeMap<_, _>>()
    };
    dir.settle();
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    let before = find();
    for n in (0..1500).step_by(11) {
        let name = format!("t/{}/{n}", n % 7);
        match n % 3 {
            0 => fs::remove_file(dir.at(name)).unwrap(),
            1 => drop(dir.file(name, "changed")),
            _ => drop(dir.file(format!("{name}.new"), "new")),
        }
    }
    let after = find();
    let mut expected: Vec<String> = after
        .iter()
        .map(|(name, facts)| match before.get(name) {
            None => format!("{name}: new"),
            Some(old) if old == facts => format!("{name}: ok?"),
            Some(_) => format!("{name}: changed?"),
        })
        .chain(
            before
                .keys()
                .filter(|name| !after.contains_key(*name))
                .map(|name| format!("{name}: missing")),
        )
        .collect();
    for threads in ["1", "8"] {
        let ran = audit(&dir, &["--no-read", "--io-threads", threads, "m", "t"]);
        let text = ran.text();
        let mut lines: Vec<_> =
            text.lines().map(|line| line.split(" (").next().unwrap().to_string()).collect();
        lines.sort();
        expected.sort();
        assert_eq!(lines, expected);
    }
}
