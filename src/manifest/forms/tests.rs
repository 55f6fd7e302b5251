//! All forms write the same records. The tests compare the exact bytes, and read them with other crates.

use super::*;
use crate::hash::algorithms::Algorithm;
use crate::hash::digests::Digests;
use crate::manifest::Accept;
use proptest::prelude::*;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const DIGEST: [u8; 16] =
    [0xd4, 0x1d, 0x8c, 0xd9, 0x8f, 0, 0xb2, 4, 0xe9, 0x80, 9, 0x98, 0xec, 0xf8, 0x42, 0x7e];
const HEX: &str = "d41d8cd98f00b204e9800998ecf8427e";

fn written(form: Form, zero: bool, path: &[u8], mtime: Option<i128>) -> Vec<u8> {
    let mut digests = Digests::default();
    digests.insert(Algorithm::MD5, &DIGEST);
    let record = Record {
        path: Path::new(OsStr::from_bytes(path)),
        algorithms: &[Algorithm::MD5],
        digests: &digests,
        link: None,
        size: Some(7),
        mtime,
        ctime: mtime.map(|mtime| mtime + 1),
        identity: mtime.map(|_| (1, 2)),
        hashed: None,
        changed: false,
    };
    let mut out = Vec::new();
    form.writer(Writing { zero, hashed: false, ..Writing::default() }).record(&record, &mut out);
    out
}

fn text(form: Form, zero: bool, path: &[u8], mtime: Option<i128>) -> String {
    written(form, zero, path, mtime).escape_ascii().to_string().replace("\\\"", "\"")
}

#[test]
fn gnu_lines_are_those_of_md5sum() {
    const GNU: Form = Form::GNU;
    assert_eq!(text(GNU, false, b"a b", None), format!("{HEX}  a b\\n"));
    assert_eq!(text(GNU, false, b"a\nb", None), format!("\\\\{HEX}  a\\\\nb\\n"));
    assert_eq!(text(GNU, true, b"a\nb", None), format!("{HEX}  a\\nb\\x00"));
}

#[test]
fn bsd_lines_are_those_of_md5sum_tag() {
    const BSD: Form = Form::BSD;
    assert_eq!(text(BSD, false, b"a b", None), format!("MD5 (a b) = {HEX}\\n"));
    assert_eq!(text(BSD, false, b"a\\b", None), format!("\\\\MD5 (a\\\\\\\\b) = {HEX}\\n"));
    assert_eq!(text(BSD, true, b"a\\b", None), format!("MD5 (a\\\\b) = {HEX}\\x00"));
}

#[test]
fn json_lines_have_all_fields() {
    let json =
        |path: &[u8], mtime| String::from_utf8(written(Form::JSON, false, path, mtime)).unwrap();
    assert_eq!(
        json(b"a\"\x01", Some(-5)),
        format!(
            "{{\"path\":\"a\\\"\\u0001\",\"algorithm\":\"md5\",\"digest\":\"{HEX}\",\"size\":7,\"mtime\":-5,\"ino\":2,\"dev\":1,\"ctime\":-4}}\n"
        )
    );
    assert_eq!(
        json(b"\xff", None),
        format!(
            "{{\"path_hex\":\"ff\",\"algorithm\":\"md5\",\"digest\":\"{HEX}\",\"size\":7,\"mtime\":null,\"ino\":null,\"dev\":null,\"ctime\":null}}\n"
        )
    );
}

#[test]
fn csv_rows_end_with_cr_lf_and_quote_only_where_needed() {
    assert_eq!(text(Form::CSV, false, b"a", Some(3)), format!("a,md5,{HEX},7,3,2,1,4\\r\\n"));
    assert_eq!(
        text(Form::CSV, false, b"a,\"b", None),
        format!("\"a,\"\"b\",md5,{HEX},7,,,,\\r\\n")
    );
}

#[test]
fn several_digests_are_one_line_of_json_and_a_line_each_elsewhere() {
    let [md5, crc32] = ["md5", "crc32"].map(|name| Algorithm::by_name(name).unwrap());
    let mut digests = Digests::default();
    digests.insert(md5, &DIGEST);
    digests.insert(crc32, &[1, 2, 3, 0xff]);
    let record = Record {
        path: Path::new("a"),
        algorithms: &[crc32, md5],
        digests: &digests,
        link: None,
        size: Some(7),
        mtime: Some(3),
        ctime: Some(5),
        identity: Some((1, 2)),
        hashed: Some(4),
        changed: true,
    };
    let written = |form: Form| {
        let mut out = Vec::new();
        form.writer(Writing { hashed: true, changed: true, ..Writing::default() })
            .record(&record, &mut out);
        String::from_utf8(out).unwrap()
    };
    assert_eq!(
        written(Form::JSON),
        format!(
            "{{\"path\":\"a\",\"digests\":{{\"crc32\":\"010203ff\",\"md5\":\"{HEX}\"}},\
             \"size\":7,\"mtime\":3,\"ino\":2,\"dev\":1,\"ctime\":5,\"hashed\":4,\"changed\":true}}\n"
        )
    );
    assert_eq!(
        written(Form::CSV),
        format!("a,crc32,010203ff,7,3,2,1,5,4,true\r\na,md5,{HEX},7,3,2,1,5,4,true\r\n")
    );
    assert_eq!(written(Form::BSD), format!("CRC32 (a) = 010203ff\nMD5 (a) = {HEX}\n"));
}

#[test]
fn only_forms_that_name_algorithms_say_so() {
    for (form, names) in
        [(Form::GNU, false), (Form::BSD, true), (Form::JSON, true), (Form::CSV, true)]
    {
        assert_eq!(form.names_algorithms(), names, "{}", form.name());
    }
}

#[test]
fn a_tag_is_a_known_name_or_looks_like_one() {
    for (word, is_tag) in [
        ("MD5", true),
        ("BLAKE2b", true),
        ("ROT-13", true),
        ("Rot13", false),
        ("", false),
        ("A B", false),
    ] {
        assert_eq!(bsd::is_tag(word.as_bytes()), is_tag, "{word}");
    }
}

#[test]
fn an_object_has_one_name_and_a_digest_or_a_target() {
    let md5 = format!("\"algorithm\":\"md5\",\"digest\":\"{HEX}\"");
    let two = format!("\"digests\":{{\"crc32\":\"010203ff\",\"md5\":\"{HEX}\"}}");
    let one = format!("\"digests\":{{\"md5\":\"{HEX}\"}}");
    let unknown = "\"algorithm\":\"rot13\",\"digest\":\"00\"";
    let error = "\"error\":\"no\"";
    // The members, then the name, the algorithms of several digests, and the target.
    for (members, expected) in [
        (format!("\"path\":\"a\",{md5}"), Ok(("a", "", None))),
        (format!("\"path\":\"a\",{one}"), Ok(("a", "", None))),
        (format!("\"path\":\"a\",{two}"), Ok(("a", "crc32 md5", None))),
        (format!("\"path_hex\":\"62\",{md5},{error}"), Ok(("b", "", None))),
        ("\"path\":\"a\",\"link\":\"t\"".into(), Ok(("a", "", Some("t")))),
        (format!("\"path\":\"a\",\"link_hex\":\"74\",{error}"), Ok(("a", "", Some("t")))),
        (format!("\"path\":\"a\",{error}"), Err(json::UNREAD)),
        (format!("\"path\":\"a\",{error},{unknown}"), Err("there is no digest of a known")),
        ("\"path\":\"a\"".into(), Err("there is no digest of a known and requested algorithm")),
        (md5.clone(), Err("the object needs either path or path_hex")),
        (format!("\"path\":\"a\",\"path_hex\":\"62\",{md5}"), Err("the object needs either")),
        (format!("\"path\":\"a\",\"link\":\"t\",{md5}"), Err("the object has both a digest and")),
        (format!("\"path\":\"a\",\"link\":\"t\",{unknown}"), Err("the object has both a digest")),
        (
            "\"path\":\"a\",\"link\":\"t\",\"link_hex\":\"74\"".into(),
            Err("the object has both link"),
        ),
        (format!("\"path_hex\":\"6\",{md5}"), Err("path_hex is not hexadecimal")),
    ] {
        let parsed = json::parse(format!(" {{{members}}}").as_bytes(), Accept(None)).unwrap();
        match (parsed, expected) {
            (Ok(entry), Ok((name, several, target))) => {
                let names: Vec<_> = entry.several.iter().map(|each| each.name()).collect();
                assert_eq!((entry.path.as_path(), &*names.join(" ")), (Path::new(name), several));
                assert_eq!(entry.link.as_deref(), target.map(Path::new), "{members}");
            }
            (Err(reason), Err(beginning)) => assert!(reason.starts_with(beginning), "{reason}"),
            (found, _) => panic!("{members}: {found:?}"),
        }
    }
}

#[test]
fn a_name_is_taken_only_from_a_line_as_this_program_writes_it() {
    for (line, expected) in [
        ("{\"path\":\"a\",\"algorithm\":", Some((&b"a"[..], false))),
        ("{\"path\":\"a\",\"digests\":", Some((b"a", false))),
        ("{\"path\":\"a\",\"link\":", Some((b"a", true))),
        ("{\"path\":\"a\",\"link_hex\":", Some((b"a", true))),
        ("{\"path\":\"a\",\"error\":", None),
        ("{\"path\":\"a\\n\",\"algorithm\":", None),
        ("{\"path\":\"a", None),
        (" {\"path\":\"a\",\"algorithm\":", None),
    ] {
        assert_eq!(json::plain_path(line.as_bytes()), expected, "{line}");
    }
}

proptest! {
    #[test]
    fn every_name_comes_back_from_every_format(name in prop::collection::vec(
        prop_oneof![Just(b'"'), Just(b','), Just(b'\\'), Just(b'\n'), Just(b'\r'), 1..=255u8], 1..30))
    {
        // Read the line as JSON with serde_json.
        let line = written(Form::JSON, false, &name, None);
        prop_assert_eq!(line.iter().filter(|&&byte| byte == b'\n').count(), 1);
        let value: serde_json::Value = serde_json::from_slice(&line).unwrap();
        let back = match value.get("path") {
            Some(path) => path.as_str().unwrap().as_bytes().to_vec(),
            None => {
                let hex = value["path_hex"].as_str().unwrap();
                (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect()
            }
        };
        prop_assert_eq!(&back, &name);

        // Read the line as CSV with the csv crate.
        let row = written(Form::CSV, false, &name, None);
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(&row[..]);
        let record = reader.byte_records().next().unwrap().unwrap();
        prop_assert_eq!(&record[0], &name[..]);

        // Read the line as a line of md5sum, and unescape the name by the rules in the manual of
        // coreutils.
        let line = written(Form::GNU, false, &name, None);
        let escaped = line[0] == b'\\';
        let field = &line[usize::from(escaped) + 34..line.len() - 1];
        let mut back = Vec::new();
        let mut bytes = field.iter();
        while let Some(&byte) = bytes.next() {
            back.push(match byte {
                b'\\' if escaped => match bytes.next() {
                    Some(b'n') => b'\n',
                    Some(b'r') => b'\r',
                    Some(b'\\') => b'\\',
                    other => panic!("unknown escape {other:?}"),
                },
                other => other,
            });
        }
        prop_assert_eq!(&back, &name);
    }
}
