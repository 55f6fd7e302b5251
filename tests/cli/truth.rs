//! Manifests stay correct: which changes of a file its times and inode show, and which they do not.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::audit::{audit, rot, touch};
use crate::harness::{Dir, Ran};
use crate::update::{Updated, tree, update};

/// Replaces a file by other content of the same length with the old modification time, like `cp -p`.
fn replace(dir: &Dir, name: &str) {
    let path = dir.at(name);
    let mtime = fs::metadata(&path).unwrap().modified().unwrap();
    let content = fs::read(&path).unwrap();
    fs::write(&path, content.iter().map(|byte| byte ^ 1).collect::<Vec<_>>()).unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(mtime).unwrap();
}

/// Rewrites each line of the manifest.
fn rewrite(dir: &Dir, change: impl Fn(&str) -> String) {
    let text = fs::read_to_string(dir.at("m")).unwrap();
    dir.file("m", text.lines().map(|line| change(line) + "\n").collect::<String>());
}

/// A line without this member.
fn without(line: &str, member: &str) -> String {
    let (head, tail) = line.split_once(&format!(",\"{member}\":")).unwrap();
    let end = tail.find([',', '}']).unwrap();
    format!("{head}{}", &tail[end..])
}

/// A line with another value for this member.
fn with(line: &str, member: &str, value: impl Fn(i128) -> String) -> String {
    let (head, tail) = line.split_once(&format!(",\"{member}\":")).unwrap();
    let end = tail.find([',', '}']).unwrap();
    let old = tail[..end].parse().unwrap();
    format!("{head},\"{member}\":{}{}", value(old), &tail[end..])
}

fn reported(updated: &Updated) -> (i32, &str) {
    (updated.ran.code(), &updated.tally)
}

#[test]
fn a_file_that_was_replaced_with_its_time_kept_is_read_and_reported() {
    let dir = Dir::new();
    let old = UNIX_EPOCH + Duration::from_secs(1);
    let write = |name: &str, content: &str| {
        File::options().write(true).open(dir.file(name, content)).unwrap().set_modified(old)
    };
    write("d/a", "v=1\n").unwrap();
    dir.hash(&["--format", "json", "d", "-o", "m.json"]).good();
    write("a", "v=2\n").unwrap();
    Ran::of(dir.command("cp", &["-p", "a", "d/a"]).spawn().unwrap()).good();
    let ran = audit(&dir, &["m.json", "d"]);
    assert_eq!((ran.code(), ran.text().as_str()), (1, "d/a: replaced\n"));
    let ran = dir.hash(&["--update", "m.json", "d", "-o", "m.json"]);
    assert_eq!(ran.code(), 1, "{}", ran.stderr);
    assert!(ran.stderr.starts_with("batchproc: d/a: replaced: "), "{}", ran.stderr);
    // The new digest was recorded, so the file is not called corrupt afterwards.
    dir.settle();
    assert_eq!(dir.hash(&["--rehash", "--update", "m.json", "d", "-o", "m.json"]).good(), b"");
    audit(&dir, &["--quiet", "m.json", "d"]).good();
}

#[test]
fn a_new_status_under_the_same_content_is_ok_and_its_line_is_renewed() {
    for format in ["json", "csv"] {
        let dir = tree();
        dir.hash(&["--format", format, "-o", "m", "t"]).good();
        fs::set_permissions(dir.at("t/b"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::hard_link(dir.at("t/z"), dir.at("backup")).unwrap();
        audit(&dir, &["--quiet", "m", "t"]).good();
        let updated = update(&dir, &["t"]);
        assert_eq!(updated.opened, ["t/b", "t/z"]);
        assert_eq!(reported(&updated), (0, "5 unchanged, 2 read again"), "{format}");
        assert_eq!(reported(&update(&dir, &["t"])), (0, "7 unchanged"));
    }
}

#[test]
fn a_line_without_ctime_holds_while_nothing_happened_since_it_was_read() {
    let dir = tree();
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    update(&dir, &["t"]);
    rewrite(&dir, |line| without(line, "ctime"));
    assert_eq!(reported(&update(&dir, &["t"])), (0, "7 unchanged"));
    let text = fs::read_to_string(dir.at("m")).unwrap();
    assert_eq!(text.matches("\"ctime\":1").count(), 7, "it is recorded now: {text}");
    // Without `hashed` too, the time of the manifest is used.
    rewrite(&dir, |line| without(&without(line, "ctime"), "hashed"));
    assert_eq!(reported(&update(&dir, &["t"])), (0, "7 unchanged"));
    rewrite(&dir, |line| without(line, "ctime"));
    replace(&dir, "t/b");
    let before = fs::read_to_string(dir.at("m")).unwrap();
    let updated = update(&dir, &["t"]);
    assert_eq!(reported(&updated), (3, "6 unchanged, 1 corrupt"), "never taken over in silence");
    let digest = |text: &str| {
        let line = text.lines().find(|line| line.contains("t/b")).unwrap().to_string();
        line.split(",\"size\"").next().unwrap().to_string()
    };
    assert_eq!(digest(&fs::read_to_string(dir.at("m")).unwrap()), digest(&before));
    assert_eq!(audit(&dir, &["--quiet", "m", "t"]).code(), 3);
}

#[test]
fn a_restored_tree_is_the_same_with_what_is_ignored() {
    let dir = tree();
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    Ran::of(dir.command("cp", &["-a", "t", "restored"]).spawn().unwrap()).good();
    fs::remove_dir_all(dir.at("t")).unwrap();
    fs::rename(dir.at("restored"), dir.at("t")).unwrap();
    let before = fs::read(dir.at("m")).unwrap();
    for ignored in [&[][..], &["--ignore", "ctime"], &["--ignore", "inode"]] {
        dir.file("m", &before);
        assert_eq!(update(&dir, &[ignored, &["t"]].concat()).opened.len(), 7, "{ignored:?}");
    }
    dir.file("m", &before);
    let updated = update(&dir, &["--ignore", "ctime,inode", "t"]);
    assert_eq!(reported(&updated), (0, "7 unchanged"));
    // The documented price: a file that was replaced under the same time is not noticed, or called corrupt.
    replace(&dir, "t/b");
    assert_eq!(reported(&update(&dir, &["--ignore", "ctime,inode", "t"])), (0, "7 unchanged"));
    assert_eq!(audit(&dir, &["--quiet", "--ignore", "ctime", "m", "t"]).code(), 3);
    assert_eq!(audit(&dir, &["--quiet", "m", "t"]).text(), "t/b: replaced\n");
}

#[test]
fn whole_hours_between_times_count_unless_they_are_ignored() {
    let dir = tree();
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    let shift = |name: &str, seconds: u64| {
        let file = File::options().write(true).open(dir.at(name)).unwrap();
        let mtime = file.metadata().unwrap().modified().unwrap();
        file.set_modified(mtime - Duration::from_secs(seconds)).unwrap();
    };
    shift("t/b", 9 * 3600);
    shift("t/z", 9 * 3600 + 1800);
    let zone = ["--quiet", "--ignore", "mtime-zone", "m", "t"];
    assert_eq!(audit(&dir, &zone).text(), "t/z: touched\n");
    assert_eq!(audit(&dir, &["--quiet", "m", "t"]).text(), "t/b: touched\nt/z: touched\n");
    let updated = update(&dir, &["--ignore", "ctime,mtime-zone", "t"]);
    assert_eq!(updated.opened, ["t/z"]);
}

#[test]
fn a_coarser_form_of_a_time_is_the_same_time_for_words_and_never_spares_a_read() {
    let forms: [(&str, &dyn Fn(i128) -> String); 5] = [
        ("jq", &|time| format!("{:e}", time as f64)),
        ("a spreadsheet", &|time| format!("{:.14e}", time as f64)),
        ("microseconds", &|time| (time / 1000 * 1000).to_string()),
        ("an archive", &|time| (time / 1_000_000_000 * 1_000_000_000).to_string()),
        ("FAT", &|time| ((time / 2_000_000_000 + 1) * 2_000_000_000).to_string()),
    ];
    for (name, form) in forms {
        let dir = tree();
        dir.hash(&["--format", "json", "-o", "m", "t"]).good();
        rewrite(&dir, |line| without(line, "ctime"));
        let precise = fs::read_to_string(dir.at("m")).unwrap();
        rewrite(&dir, |line| with(line, "mtime", form));
        // One in 256 times is not changed by rounding, though it may be written in another way.
        let is_exact = |line: &&str| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let time = i128::from(line["mtime"].as_i64().unwrap());
            let rounded = form(time);
            let rounded =
                rounded.parse().unwrap_or_else(|_| rounded.parse::<f64>().unwrap() as i128);
            rounded == time && line["path"] != "t/b"
        };
        let exact = precise.lines().filter(is_exact).count();
        let ran = audit(&dir, &["--quiet", "m", "t"]);
        assert_eq!((ran.code(), ran.text().as_str()), (0, ""), "{name}");
        replace(&dir, "t/b");
        let ran = audit(&dir, &["--quiet", "m", "t"]);
        assert_eq!((ran.code(), ran.text().as_str()), (3, "t/b: corrupt\n"), "{name}");
        let updated = update(&dir, &["t"]);
        assert_eq!((updated.ran.code(), updated.opened.len()), (3, 7 - exact), "{name}");
    }
}

#[test]
fn a_row_whose_time_cannot_be_read_still_has_a_digest() {
    let dir = tree();
    dir.hash(&["--format", "csv", "-o", "m", "t/b", "t/z"]).good();
    let text = fs::read_to_string(dir.at("m")).unwrap();
    let rows = text.lines().map(|row| {
        let mut fields: Vec<_> = row.split(',').collect();
        if fields[0] != "path" {
            fields[4] = "26.11.2026 09:00";
        }
        fields.join(",") + "\r\n"
    });
    dir.file("m", rows.collect::<String>());
    let ran = Ran::of(dir.batchproc(&["check", "--strict", "m"]).spawn().unwrap());
    assert_eq!(ran.good(), b"t/b: OK\nt/z: OK\n");
    rot(&dir, "m", "t/z");
    let ran = audit(&dir, &["m", "t/b", "t/z"]);
    assert_eq!((ran.code(), ran.text().as_str()), (1, "t/b: ok\nt/z: changed\n"));
}

#[test]
fn times_ahead_of_now_are_no_reason_to_leave_a_file_unread() {
    let dir = tree();
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    update(&dir, &["t"]);
    let day = 86_400_000_000_000;
    rewrite(&dir, |line| with(line, "hashed", |time| (time + day).to_string()));
    assert_eq!(update(&dir, &["t"]).opened.len(), 7);
    assert_eq!(update(&dir, &["t"]).opened.len(), 0);
    // The time of the manifest is used for lines without one.
    rewrite(&dir, |line| without(line, "hashed"));
    let manifest = File::options().write(true).open(dir.at("m")).unwrap();
    manifest.set_modified(SystemTime::now() + Duration::from_secs(3600)).unwrap();
    assert_eq!(update(&dir, &["t"]).opened.len(), 7);
}

#[test]
fn what_options_leave_out_keeps_its_line() {
    for (arguments, left_out) in [
        (&["-g", "z", "t"][..], 6),
        (&["--exclude", "/c", "t"], 2),
        (&["--min-size", "13", "t"], 2),
        (&["--max-size", "13", "t"], 5),
        (&["--max-depth", "1", "t"], 4),
    ] {
        for order in ["input", "completion"] {
            let dir = tree();
            dir.hash(&["--format", "json", "-o", "m", "t"]).good();
            let arguments = [arguments, &["--order", order]].concat();
            let updated = update(&dir, &arguments);
            let tally =
                format!("{} unchanged, {left_out} left out by options, lines kept", 7 - left_out);
            assert_eq!(reported(&updated), (0, tally.as_str()), "{arguments:?}");
            let lines = || fs::read_to_string(dir.at("m")).unwrap().lines().count();
            assert_eq!(lines(), 7, "{arguments:?}");
            let updated = update(&dir, &[&arguments[..], &["--forget-left-out"]].concat());
            assert_eq!((updated.ran.code(), lines()), (0, 7 - left_out), "{arguments:?}");
            assert!(updated.tally.contains("lines dropped"), "{}", updated.tally);
        }
    }
    let dir = tree();
    dir.file("t/.hidden", "content");
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    assert_eq!(reported(&update(&dir, &["--no-hidden", "t"])).0, 0);
    assert!(fs::read_to_string(dir.at("m")).unwrap().contains(".hidden"));
    // An excluded file is not looked up: its disk may be excluded because it is away.
    fs::remove_file(dir.at("t/.hidden")).unwrap();
    let tally = "7 unchanged, 1 left out by options, lines kept";
    assert_eq!(reported(&update(&dir, &["--no-hidden", "t"])), (0, tally));
}

#[test]
fn a_name_in_another_form_of_unicode_is_said_to_be_that() {
    let (composed, decomposed) = ("t/\u{fc}", "t/u\u{308}");
    for (old, new) in [(composed, decomposed), (decomposed, composed)] {
        let dir = tree();
        dir.file(old, "content of an umlaut");
        touch(&dir, old);
        dir.hash(&["--format", "json", "-o", "m", "t"]).good();
        fs::rename(dir.at(old), dir.at(new)).unwrap();
        let ran = audit(&dir, &["--quiet", "m", "t"]);
        let expected = format!("{new}: respelled from {old}\n");
        assert_eq!((ran.code(), ran.text()), (1, expected), "{}", ran.stderr);
        let updated = update(&dir, &["t"]);
        assert_eq!(reported(&updated), (1, "7 unchanged, 1 new, 1 gone"));
        let reason = "new files with a name that the manifest lists in another Unicode normalization form: 1";
        assert!(updated.ran.stderr.contains(reason), "{}", updated.ran.stderr);
    }
    // If all names changed, the error reported says what to do.
    let dir = Dir::new();
    dir.file(format!("{composed}/a"), "a");
    dir.hash(&["--format", "json", "-o", "m", composed]).good();
    fs::rename(dir.at(composed), dir.at(decomposed)).unwrap();
    for ran in [audit(&dir, &["m", decomposed]), update(&dir, &[decomposed]).ran] {
        assert_eq!(ran.code(), 2);
        assert!(ran.stderr.contains("another form of Unicode: rename"), "{}", ran.stderr);
    }
}

#[test]
fn a_file_that_became_something_else_is_said_to_be_none() {
    let dir = tree();
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    for name in ["t/a.b", "t/b", "t/z"] {
        fs::remove_file(dir.at(name)).unwrap();
    }
    symlink("a/y", dir.at("t/a.b")).unwrap();
    dir.fifo("t/b");
    fs::create_dir(dir.at("t/z")).unwrap();
    let reasons = [
        "batchproc: t/a.b: no longer a regular file: it is a symbolic link\n",
        "batchproc: t/b: no longer a regular file: it is a FIFO\n",
        "batchproc: t/z: no longer a regular file: it is a directory\n",
    ];
    let ran = audit(&dir, &["--quiet", "m", "t"]);
    assert_eq!(
        (ran.code(), ran.text().as_str()),
        (1, "t/a.b: missing\nt/b: missing\nt/z: missing\n")
    );
    let updated = update(&dir, &["t"]);
    assert_eq!(reported(&updated), (1, "4 unchanged, 3 gone"));
    for reason in reasons {
        assert!(ran.stderr.contains(reason), "{}", ran.stderr);
        assert!(updated.ran.stderr.contains(reason), "{}", updated.ran.stderr);
    }
}

#[test]
fn what_options_leave_out_is_not_gone_while_nobody_looks() {
    for arguments in [&["--exclude", "/c", "t"][..], &["--max-depth", "1", "t"], &["-g", "z", "t"]]
    {
        let dir = tree();
        dir.hash(&["--format", "json", "-o", "m", "t"]).good();
        fs::rename(dir.at("t/c"), dir.at("away")).unwrap();
        let updated = update(&dir, arguments);
        assert_eq!(updated.ran.code(), 0, "{arguments:?}: {}", updated.ran.stderr);
        assert_eq!(fs::read_to_string(dir.at("m")).unwrap().lines().count(), 7, "{arguments:?}");
        audit(&dir, &[&["--quiet", "m"], arguments].concat()).good();
        // Without the options the files are gone.
        assert_eq!(reported(&update(&dir, &["t"])), (0, "5 unchanged, 2 gone"));
    }
}
