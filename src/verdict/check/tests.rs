//! What is counted and said, worked out by hand. The words are those of md5sum 9.1.

use super::*;
use crate::manifest::{Entries, ReadOptions, Records};

const A: &str = "0cc175b9c0f1b6a831c399e269772661";

fn expected() -> Expected {
    Expected {
        name: "a".into(),
        written: None,
        digests: Digests::default(),
        link: None,
        verdicts: Vec::new(),
        line: 7,
        assumed: None,
    }
}

/// The digests of which each byte is `fill`.
fn digests(names: &[&str], fill: u8) -> Digests {
    let mut digests = Digests::default();
    for algorithm in names.iter().map(|name| Algorithm::by_name(name).unwrap()) {
        digests.insert(algorithm, &vec![fill; algorithm.bytes()]);
    }
    digests
}

fn found(digests: Digests, link: Option<&str>) -> FileDigest {
    let link = link.map(PathBuf::from);
    FileDigest { path: "a".into(), digests, link, size: 1, stamp: None, changed: false }
}

#[test]
fn what_waits_weighs_as_many_bytes_as_it_takes() {
    let plain = expected().digests.weight() + size_of::<Expected>() + 1;
    let md5 = || Algorithm::by_name("md5").unwrap();
    let both = digests(&["md5", "sha1"], 0);
    let more = both.weight() - Digests::default().weight();
    for (more, entry) in [
        (0, expected()),
        (4, Expected { name: "12345".into(), ..expected() }),
        (9, Expected { written: Some(Path::new("123456789").into()), ..expected() }),
        (7, Expected { link: Some(Path::new("1234567").into()), ..expected() }),
        (3, Expected { verdicts: vec![md5(); 3], ..expected() }),
        (more, Expected { digests: both, ..expected() }),
    ] {
        assert_eq!(Box::new(entry).weight(), plain + more);
    }
}

#[test]
fn each_verdict_is_counted_where_it_belongs() {
    let several = vec![Algorithm::by_name("md5").unwrap(), Algorithm::by_name("sha1").unwrap()];
    let both = || digests(&["md5", "sha1"], 1);
    let mixed = || {
        let mut mixed = digests(&["md5"], 1);
        mixed.insert(several[1], &[2; 20]);
        mixed
    };
    let link = Expected { link: Some(Path::new("b").into()), ..expected() };
    let one = Expected { digests: both(), ..expected() };
    let lines = Expected { digests: both(), verdicts: several.clone(), ..expected() };
    let mut counts = Counts::default();
    for (entry, found, verdicts, kinds) in [
        (&one, found(both(), None), &["OK ok"][..], [1, 0, 0, 0]),
        (&one, found(mixed(), None), &["FAILED failed"], [1, 1, 0, 0]),
        (&lines, found(mixed(), None), &["OK ok", "FAILED failed"], [2, 2, 0, 0]),
        (&link, found(Digests::default(), Some("b")), &["OK ok"], [3, 2, 0, 0]),
        (&link, found(Digests::default(), Some("c")), &["FAILED failed"], [3, 3, 0, 0]),
        (&link, found(both(), None), &["FAILED failed"], [3, 4, 0, 0]),
    ] {
        let mut all = Vec::new();
        counts.compare(entry, &found, |verdict| {
            all.push(format!("{} {}", verdict.text(), verdict.word()));
        });
        assert_eq!(all, verdicts);
        assert_eq!(counts.by_kind(), kinds);
    }
    assert_eq!((counts.mismatched, counts.redirected, counts.formatted), (2, 2, 7));
    let failure = FileError::new("a".into(), "gone".into());
    for (entry, may_be_missing, more, unreadable) in
        [(&one, false, 1, 1), (&lines, false, 2, 3), (&lines, true, 2, 3), (&link, true, 1, 3)]
    {
        let before = (counts.formatted, counts.unreadable);
        let mut emitted = 0;
        counts.unreadable(entry, &failure, may_be_missing, |verdict| {
            assert_eq!((verdict.text(), verdict.word()), ("FAILED open or read", "unreadable"));
            emitted += 1;
        });
        assert_eq!((counts.formatted, counts.unreadable), (before.0 + more, unreadable));
        assert_eq!(emitted, unreadable - before.1);
    }
}

#[test]
fn a_manifest_is_good_if_something_matched_and_nothing_else_happened() {
    let good = || Counts { formatted: 1, matched: 1, ..Counts::default() };
    // Whether it is good so far, good, and good with `--strict`.
    for (case, counts, is_good) in [
        ("a match", good(), [true, true, true]),
        ("nothing", Counts::default(), [true, false, false]),
        ("no match", Counts { matched: 0, ..good() }, [true, false, false]),
        ("another digest", Counts { mismatched: 1, ..good() }, [false, false, false]),
        ("another target", Counts { redirected: 1, ..good() }, [false, false, false]),
        ("unreadable", Counts { unreadable: 1, ..good() }, [false, false, false]),
        ("both", Counts { mismatched: 1, redirected: 1, ..good() }, [false, false, false]),
        ("all", Counts { redirected: 2, unreadable: 2, ..good() }, [false, false, false]),
        ("malformed", Counts { malformed: 1, ..good() }, [true, true, false]),
        ("no digest", Counts { unread: 1, ..good() }, [true, true, false]),
        ("one of each", Counts { malformed: 1, unread: 1, ..good() }, [true, true, false]),
        ("broken", Counts { broken: true, ..good() }, [true, false, false]),
    ] {
        let found = [counts.is_good_so_far(), counts.is_good(false), counts.is_good(true)];
        assert_eq!(found, is_good, "{case}");
    }
    for (formatted, unread, broken, is_none) in [
        (0, 0, false, true),
        (0, 0, true, false),
        (1, 0, false, false),
        (0, 1, false, false),
        (1, 1, false, false),
    ] {
        let counts = Counts { formatted, unread, broken, malformed: 3, ..Counts::default() };
        assert_eq!(counts.is_no_manifest(), is_none, "{formatted} {unread} {broken}");
    }
    let counts = Counts { matched: 1, mismatched: 20, redirected: 300, ..Counts::default() };
    let counts = Counts { unreadable: 4000, malformed: 50_000, ..counts };
    assert_eq!(counts.by_kind(), [1, 320, 4000, 50_000]);
}

#[test]
fn warnings_tell_one_from_many() {
    let one = Counts { malformed: 1, unread: 1, unreadable: 1, mismatched: 1, ..Counts::default() };
    let one = Counts { redirected: 1, ..one };
    let two = Counts { malformed: 2, unread: 2, unreadable: 2, mismatched: 2, ..Counts::default() };
    let two = Counts { redirected: 2, matched: 1, ..two };
    assert_eq!(
        one.warnings("m", true),
        [
            "WARNING: 1 line is improperly formatted",
            "WARNING: 1 line has no digest, since its file could not be read",
            "WARNING: 1 listed file could not be read",
            "WARNING: 1 computed checksum did NOT match",
            "WARNING: 1 symbolic link has another target",
            "m: no file was verified",
        ]
    );
    assert_eq!(
        two.warnings("m", true),
        [
            "WARNING: 2 lines are improperly formatted",
            "WARNING: 2 lines have no digest, since their files could not be read",
            "WARNING: 2 listed files could not be read",
            "WARNING: 2 computed checksums did NOT match",
            "WARNING: 2 symbolic links have other targets",
        ]
    );
    assert!(Counts::default().warnings("m", false).is_empty());
}

#[test]
fn standard_input_is_read_once_and_never_if_it_is_the_manifest() {
    let run = |manifest: &str, line: &str, root: Option<&Path>, beneath| {
        let entries = Entries::new(Records::new(line.as_bytes(), ReadOptions::default()));
        let mut stdin = false;
        let each = entries.map(|read| task(read, Path::new(manifest), root, beneath, "MD5 "));
        let each = each.map(|task| once(task?, &mut stdin));
        let words = each.map(|task| match task {
            Ok(Task { item: Item::Stdin, .. }) => "stdin".to_string(),
            Ok(Task { item: Item::File(path, _), .. }) => path.display().to_string(),
            Err(Outcome::Refused(Refused::Failed(error), known)) => {
                format!("{error}{}", if known.is_some() { " (known)" } else { "" })
            }
            Err(_) => panic!("another outcome"),
        });
        words.collect::<Vec<_>>().join("; ")
    };
    let root = Some(Path::new("r"));
    let line = format!("{A}  -\n");
    assert_eq!(run("m", &line, root, false), "stdin");
    assert_eq!(
        run("m", &format!("{line}{A}  a\n{line}"), root, false),
        "stdin; r/a; -: is listed more than once, and can be read only once (known)"
    );
    assert_eq!(
        run("-", &line, root, false),
        "standard input: 1: improperly formatted MD5 checksum line: standard input is the manifest, so it cannot also be a listed file"
    );
    assert_eq!(run("-", &format!("{A}  a\n"), None, false), "a");
    // Below a directory, `-` is the name of a file.
    assert_eq!(run("m", &line, None, true), "-");
    assert_eq!(run("-", &line, None, true), "-");
}
