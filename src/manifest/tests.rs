//! The parsers of all forms: they read what the writers of the forms wrote, and no input makes them
//! panic.

mod foreign;

use super::held::{Held, Wrong};
use super::*;
use crate::hash::algorithms::Algorithm;
use crate::hash::digests::Digests;
use proptest::prelude::*;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

fn reading(zero: Option<bool>) -> ReadOptions {
    ReadOptions { zero, ..ReadOptions::default() }
}

fn read(bytes: &[u8], zero: Option<bool>) -> Vec<Result<Entry, Problem>> {
    Entries::new(Records::new(bytes, reading(zero))).collect()
}

/// A reader that returns one byte at a time, like a slow pipe. A signal interrupts every other read.
struct Slow<'a>(&'a [u8], bool);

impl io::Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let count = buffer.len().min(1);
        io::Read::read(&mut self.0, &mut buffer[..count])
    }
}

#[test]
fn an_endless_line_does_not_fill_memory_and_loses_nothing_else() {
    let good = "d41d8cd98f00b204e9800998ecf8427e  a\n";
    let mut text = good.as_bytes().to_vec();
    text.extend(vec![b'x'; 5 << 20]);
    text.extend(b"\n");
    text.extend(good.as_bytes());
    let all = read(&text, None);
    assert!(matches!(
        &all[..],
        [Ok(_), Err(Problem::Malformed { line: 2, .. }), Ok(Entry { line: 3, .. })]
    ));
}

#[test]
fn a_name_that_looks_like_a_header_is_a_name() {
    let text = "d41d8cd98f00b204e9800998ecf8427e  x,path,algorithm,digest\n";
    let all = read(text.as_bytes(), None);
    assert!(matches!(&all[..], [Ok(entry)] if entry.path == Path::new("x,path,algorithm,digest")));
}

#[test]
fn lines_are_counted_as_editors_count_them() {
    let text = "path,algorithm,digest\n\"a\nb\",md5,x\n\nc,md5,d41d8cd98f00b204e9800998ecf8427e\n";
    let all = read(text.as_bytes(), None);
    assert!(matches!(
        &all[..],
        [Err(Problem::Malformed { line: 2, .. }), Ok(Entry { line: 5, .. })]
    ));
}

const EMPTY: &str = "d41d8cd98f00b204e9800998ecf8427e";

/// The names in a manifest, and the numbers of its malformed lines.
fn names_and_malformed(text: &str) -> (Vec<String>, Vec<u64>) {
    let (mut names, mut malformed) = (Vec::new(), Vec::new());
    for read in read(text.as_bytes(), None) {
        match read {
            Ok(entry) => names.push(format!("{}:{}", entry.line, entry.path.display())),
            Err(Problem::Malformed { line, .. }) => malformed.push(line),
            Err(problem) => panic!("{problem:?}"),
        }
    }
    (names, malformed)
}

#[test]
fn a_stray_quote_costs_its_own_line_and_no_other() {
    let (row, e) = (|name: &str| format!("{name},md5,{EMPTY}\r\n"), EMPTY);
    let long = "x".repeat(2 << 20) + "\n";
    for (what, rows, names, malformed) in [
        ("before a row", row("\"a") + &row("b") + &row("c"), &["3:b", "4:c"][..], &[2][..]),
        ("in a row", format!("a,\"md5,{e}\r\n") + &row("b"), &["3:b"], &[2]),
        ("before a quoted name", row("\"a") + &row("\"b,c\""), &["3:b,c"], &[2]),
        ("before a newline", row("\"a") + &row("b") + &row("\"c\nd\""), &["3:b", "4:c\nd"], &[2]),
        ("before a name that begins with one", row("\"a") + &row("\"\nb\""), &["3:\nb"], &[2]),
        ("two rows", row("\"a") + &row("b") + &row("\"c") + &row("d"), &["3:b", "5:d"], &[2, 4]),
        ("an opening one is gone", row("a\nb\"") + &row("c"), &["3:b\"", "4:c"], &[2]),
        (
            "a torn row before a header",
            "\"a\nbpath,algorithm,digest\r\n".to_owned() + &row("c"),
            &["4:c"],
            &[2, 3],
        ),
        ("before another form", row("\"a") + &format!("{e}  b\n"), &["3:b"], &[2]),
        ("before a torn line", row("\"a") + row("b").trim_end(), &["3:b"], &[2]),
        ("in a torn line", row("a") + row("\"b").trim_end(), &["2:a"], &[3]),
        (
            "before a line that is too long",
            row("\"a") + &row("b") + &long + &row("c"),
            &["3:b", "5:c"],
            &[2, 4],
        ),
        ("before many", row("\"a") + &row("b").repeat(1 << 15), &[], &[2]),
        (
            "none: a name with an entry in it",
            row(&format!("\"a\n{e}  b\nc,md5,{e}\nd\"")),
            &[&format!("2:a\n{e}  b\nc,md5,{e}\nd")],
            &[],
        ),
    ] {
        let found = names_and_malformed(&format!("path,algorithm,digest\r\n{rows}"));
        assert_eq!(found.1, malformed, "{what}");
        match what {
            "before many" => assert_eq!(found.0.len(), 1 << 15, "{what}"),
            _ => assert_eq!(found.0, names, "{what}"),
        }
    }
}

#[test]
fn only_in_csv_a_quote_goes_on_in_the_next_line() {
    let text = format!("{EMPTY}  a\n\"x\n{EMPTY}  b\"\n{EMPTY}  c\n");
    let all = read(text.as_bytes(), None);
    let names: Vec<_> = all.iter().flatten().map(|entry| entry.path.to_str().unwrap()).collect();
    assert_eq!(names, ["a", "b\"", "c"]);
    let reasons = all.iter().filter_map(|read| match read {
        Err(Problem::Malformed { line, reason }) => Some((*line, *reason)),
        _ => None,
    });
    assert_eq!(
        reasons.collect::<Vec<_>>(),
        [(2, "it is neither a digest with a name nor a line of another known form")]
    );
}

#[test]
fn a_manifest_says_how_its_lines_end_and_whether_the_last_one_does() {
    for (end, zero) in [("\n", false), ("\0", true)] {
        for last in [end, ""] {
            let text = format!("{EMPTY}  a{end}{EMPTY}  b{last}");
            let mut records = Records::new(text.as_bytes(), reading(None));
            let mut wholes = Vec::new();
            while let Some(read) = records.next() {
                assert!(read.is_ok() && records.ends_with_nul() == zero, "{text:?}");
                wholes.push(records.is_whole());
            }
            assert_eq!(wholes, [true, !last.is_empty()], "{text:?}");
        }
    }
}

#[test]
fn lines_of_json_about_one_file_stay_apart() {
    let line = |digest: &str| format!("{{\"path\":\"a\",{digest}}}\n");
    let md5 = line(&format!("\"algorithm\":\"md5\",\"digest\":\"{EMPTY}\""));
    let crc32 = line("\"algorithm\":\"crc32\",\"digest\":\"00000000\"");
    let all = read((md5 + &crc32).as_bytes(), None);
    assert!(matches!(&all[..], [Ok(Entry { line: 1, .. }), Ok(Entry { line: 2, .. })]), "{all:?}");
}

#[test]
fn a_link_that_takes_the_place_of_a_file_has_no_digest_of_it() {
    let file = format!("{{\"path\":\"a\",\"algorithm\":\"md5\",\"digest\":\"{EMPTY}\"}}\n");
    let link = "{\"path\":\"a\",\"link\":\"b\"}\n".to_string();
    for (text, is_link) in [(file.clone() + &link, true), (link + &file, false)] {
        let mut wrong = Vec::new();
        let entries = Entries::new(Records::new(text.as_bytes(), reading(None)));
        let mut held = Held::read(entries, None, |line, what| wrong.push((line, what))).unwrap();
        assert_eq!(wrong, [(2, Wrong::Contradicts(1))]);
        let entry = held.view(0).entry();
        assert_eq!((held.len(), entry.link.is_some()), (1, is_link));
        assert_eq!(entry.digests.set().len(), usize::from(!is_link));
        assert_eq!(held.find(Path::new("./a")), Some(0));
        held.forget_names();
        assert_eq!(held.find(Path::new("a")), None);
    }
}

#[test]
fn entries_are_found_by_all_of_their_content_and_have_the_names_that_were_asked_for() {
    let line = |name: &str, algorithm: &str, digest: &str, size: &str| {
        format!(
            "{{\"path\":\"{name}\",\"algorithm\":\"{algorithm}\",\"digest\":\"{digest}\"{size}}}\n"
        )
    };
    let text = line("d/a", "md5", EMPTY, ",\"size\":0")
        + &line("d/b", "md5", EMPTY, "")
        + &line("d/c", "md5", &EMPTY.replace("7e", "7f"), "")
        + &line("d/d", "crc32", &EMPTY[..8], "");
    let renames = Renames { base_name: true, ..Renames::default() };
    let entries = Entries::new(Records::new(text.as_bytes(), reading(None))).renamed(renames);
    let held = Held::read(entries, None, |line, what| panic!("{line} {what}")).unwrap();
    let shown = |view: View| format!("{} {}", view.path.display(), view.written().display());
    let names: Vec<_> = held.views().map(shown).collect();
    assert_eq!(names, ["a d/a", "b d/b", "c d/c", "d d/d"]);
    let digests = held.view(0).entry().digests;
    assert_eq!(held.with_content(&digests, 0), [0, 1]);
    assert_eq!(held.with_content(&digests, 1), [1]);
}

#[test]
fn a_failing_read_is_reported_and_ends_the_manifest() {
    struct Failing;
    impl io::Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("bad sector"))
        }
    }
    let text = &b"d41d8cd98f00b204e9800998ecf8427e  a\n"[..];
    let records = Records::new(io::Read::chain(text, Failing), reading(None));
    let all: Vec<_> = records.collect();
    assert!(matches!(&all[..], [Ok(_), Err(Problem::Broken(_))]), "{all:?}");
    let all: Vec<_> = Records::new(Failing, reading(None)).collect();
    assert!(matches!(&all[..], [Err(Problem::Broken(_))]), "{all:?}");
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    let special = prop_oneof![
        Just(b'"'),
        Just(b','),
        Just(b'\\'),
        Just(b'\n'),
        Just(b'\r'),
        Just(b'('),
        Just(b')'),
        Just(b' '),
        Just(b'*'),
        Just(b'#'),
        Just(b'{'),
        1..=255u8,
    ];
    prop::collection::vec(special, 1..30)
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        names in prop::collection::vec(name(), 1..6),
        algorithms in prop::sample::subsequence(Algorithm::all().collect::<Vec<_>>(), 1..9),
        fill in any::<u8>(),
        numbers in any::<Option<(u64, i64, u64, u64)>>(),
        hashed in any::<i64>(), changed in any::<bool>())
    {
        let mut digests = Digests::default();
        for &algorithm in &algorithms {
            digests.insert(algorithm, &vec![fill; algorithm.bytes()]);
        }
        // Neighbouring lines with the same name would become one entry.
        let mut names = names;
        names.dedup();
        for (form, zero) in [(Form::BSD, false), (Form::BSD, true), (Form::JSON, false),
            (Form::JSON, true), (Form::CSV, false)]
        {
            let format = form.writer(Writing { zero, hashed: true, changed: true, ..Writing::default() });
            let mut out = Vec::new();
            format.begin(&mut out);
            for name in &names {
                format.record(&Record {
                    path: Path::new(OsStr::from_bytes(name)),
                    algorithms: &algorithms,
                    digests: &digests,
                    link: None,
                    size: numbers.map(|numbers| numbers.0),
                    mtime: numbers.map(|numbers| numbers.1.into()),
                    ctime: numbers.map(|numbers| i128::from(numbers.1) + 1),
                    identity: numbers.map(|numbers| (numbers.2, numbers.3)),
                    hashed: Some(hashed.into()),
                    changed,
                }, &mut out);
            }
            let slow: Vec<_> =
                Entries::new(Records::new(Slow(&out, false), reading(Some(zero)))).map(Result::unwrap).collect();
            let entries: Vec<_> = read(&out, Some(zero)).into_iter().map(Result::unwrap).collect();
            prop_assert_eq!(&entries, &slow);
            prop_assert_eq!(entries.len(), names.len());
            for (entry, name) in entries.iter().zip(&names) {
                prop_assert_eq!(entry.path.as_os_str().as_bytes(), &name[..], "{:?} {}", form, zero);
                prop_assert_eq!(&entry.digests, &digests);
                prop_assert_eq!(entry.algorithms(), algorithms.clone());
                if form.has_times() {
                    prop_assert_eq!(entry.size, numbers.map(|numbers| numbers.0));
                    prop_assert_eq!(entry.mtime, numbers.map(|numbers| numbers.1.into()));
                    prop_assert_eq!(entry.ctime, numbers.map(|numbers| i128::from(numbers.1) + 1));
                    prop_assert_eq!(entry.identity, numbers.map(|numbers| (numbers.2, numbers.3)));
                    prop_assert_eq!(entry.hashed, Some(hashed.into()));
                    prop_assert_eq!(entry.changed, changed);
                }
            }
        }
    }

    #[test]
    fn no_input_panics(pieces in prop::collection::vec(prop_oneof![
        prop::collection::vec(any::<u8>(), 0..20),
        Just(b"path,algorithm,digest,size\r\n".to_vec()),
        Just(b"d41d8cd98f00b204e9800998ecf8427e  ".to_vec()),
        Just(b"MD5 (a) = d41d8cd98f00b204e9800998ecf8427e".to_vec()),
        Just(b"{\"path\":\"a\",\"digest\":\"".to_vec()),
        Just(b"\",\"algorithm\":\"md5\"}".to_vec()),
        Just(b"a,md5,d41d8cd98f00b204e9800998ecf8427e,".to_vec()),
        Just(b"\n".to_vec()), Just(b"\"".to_vec()), Just(b"\\".to_vec()), Just(b"\0".to_vec()),
    ], 0..12)) {
        let bytes = pieces.concat();
        for zero in [None, Some(true), Some(false)] {
            let lines = bytes.iter().filter(|byte| b"\0\n".contains(byte)).count() + 1;
            prop_assert!(read(&bytes, zero).len() <= lines);
        }
    }
}

#[test]
fn a_time_that_64_bits_cannot_hold_is_read_exactly() {
    let object = |time: &str| {
        format!(
            "{{\"path\":\"a\",\"algorithm\":\"md5\",\"digest\":\"{EMPTY}\",\"mtime\":{time}}}\n"
        )
    };
    let times = ["99999999999123456789", "-99999999999123456789", "9223372036854775808", "-1", "0"];
    for time in times {
        let csv = format!("path,algorithm,digest,mtime\r\na,md5,{EMPTY},{time}\r\n");
        for text in [object(time), object(&format!(" \"{time}\" ")), csv] {
            let all = read(text.as_bytes(), None);
            let [Ok(entry)] = &all[..] else { panic!("{all:?}") };
            assert_eq!(entry.mtime, Some(time.parse().unwrap()), "{text}");
        }
    }
    for (other, time) in [
        ("1.5e3", Some(1500)),
        ("1e29", Some(1e29 as i128)),
        ("1e30", None),
        ("null", None),
        ("true", None),
        ("\"x\"", None),
    ] {
        let all = read(object(other).as_bytes(), None);
        assert!(matches!(&all[..], [Ok(entry)] if entry.mtime == time), "{all:?}");
    }
}

#[test]
fn a_name_that_begins_with_a_byte_order_mark_keeps_it_in_csv() {
    let name = "\u{feff}a";
    for row in [format!("{name},md5,{EMPTY}\r\n"), format!("\"{name}\",md5,{EMPTY}\r\n")] {
        for header in ["path,algorithm,digest\r\n", "\u{feff}path,algorithm,digest\r\n"] {
            let all = read(format!("{header}{row}b,md5,{EMPTY}\r\n{header}{row}").as_bytes(), None);
            let [Ok(first), Ok(_), Ok(last)] = &all[..] else { panic!("{all:?}") };
            assert_eq!((&first.path, &last.path), (&name.into(), &name.into()));
        }
    }
}
