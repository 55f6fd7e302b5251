//! Manifests of all forms, names, and lists of names.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::run;
use crate::escape::{
    push_gnu_escaped, push_hex, push_path, push_shown, push_string, unescape, unhex,
};
use crate::files::list::List;
use crate::files::{Item, Refused};
use crate::hash::digests::Digests;
use crate::hash::{Algorithm, Hasher};
use crate::manifest::{Entries, Entry, Form, Problem, ReadOptions, Record, Records, Writing};
use crate::verify::{self, Verdict};

const TOKENS: [&[u8]; 26] = [
    b"d41d8cd98f00b204e9800998ecf8427e",
    b"00000000",
    b"  ",
    b" *",
    b"\\",
    b"\n",
    b"\r\n",
    b"\0",
    b"MD5 (",
    b") = ",
    b"SHA2-256(",
    b"{\"path\":\"",
    b"\",\"digest\":\"",
    b"\"digests\":{\"md5\":\"",
    b"path,algorithm,digest\r\n",
    b"\"",
    b",",
    b"%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n",
    b"SHA256 hash of ",
    b"CertUtil: ",
    b"; ",
    b"# ",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"18446744073709551616",
    b"{\"seal\":",
];

/// Manifests of files with odd names, of all forms that are written.
fn seeds() -> Vec<Vec<u8>> {
    let names: [&[u8]; 5] = [b"a", b"d/with space", b"new\nline", b"(x) = y", b"\xff\"q\",\\"];
    let md5 = Algorithm::by_name("md5").unwrap();
    let mut all = Vec::new();
    for several in [false, true] {
        let more = Algorithm::by_name("crc32").unwrap();
        let algorithms = if several { vec![md5, more] } else { vec![md5] };
        for form in forms() {
            for zero in [false, true] {
                let names = names.iter().map(|name| name.to_vec()).collect::<Vec<_>>();
                all.push(write(form, zero, &algorithms, &names));
            }
        }
    }
    let e = "d41d8cd98f00b204e9800998ecf8427e";
    all.extend([
        format!("SHA256 hash of a:\r\n{}\r\nCertUtil: ok\r\n", e.repeat(2)).into_bytes(),
        format!("%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n## x\n0,{e},a\n1,{e},b,c\n")
            .into_bytes(),
        b"; sfv\na 00000000\nb c DEADBEEF\n".to_vec(),
        format!("\"Algorithm\",\"Hash\",\"Path\"\r\n\"MD5\",\"{e}\",\"C:\\a\"\r\n").into_bytes(),
        format!("{e} a\n{e} b\n").into_bytes(),
        format!("MD5 (a) = 1B2M2Y8AsgTpgAmY7PhCfg==\n{e}  b\n").into_bytes(),
    ]);
    all
}

fn forms() -> [Form; 4] {
    [Form::GNU, Form::BSD, Form::JSON, Form::CSV]
}

/// Writes a manifest of empty files with these names.
fn write(form: Form, zero: bool, algorithms: &[Algorithm], names: &[Vec<u8>]) -> Vec<u8> {
    let mut digests = Digests::default();
    for &algorithm in algorithms {
        digests.insert(algorithm, &vec![0xa5; algorithm.bytes()]);
    }
    let writing = Writing { zero, hashed: true, changed: true, ..Writing::default() };
    let (format, mut out) = (form.writer(writing), Vec::new());
    format.begin(&mut out);
    for name in names {
        let record = Record {
            path: Path::new(OsStr::from_bytes(name)),
            algorithms,
            digests: &digests,
            link: None,
            size: Some(name.len() as u64),
            mtime: Some(-1),
            ctime: Some(1),
            identity: Some((1, u64::MAX)),
            hashed: Some(i128::from(i64::MAX)),
            changed: false,
        };
        format.record(&record, &mut out);
    }
    out
}

fn read(bytes: &[u8], options: ReadOptions) -> Vec<Result<Entry, Problem>> {
    Entries::new(Records::new(bytes, options).watch_seal(false)).collect()
}

#[test]
fn no_manifest_makes_a_reader_panic_and_what_was_read_can_be_written() {
    run("manifests", &seeds(), &TOKENS, |bytes, random| {
        let zero = *random.pick(&[None, None, Some(false), Some(true)]);
        let path = *random.pick(&[None, Some("m"), Some("m.sfv"), Some("f.md5")]);
        let options = ReadOptions { zero, path: path.map(PathBuf::from), ..ReadOptions::default() };
        let entries = read(bytes, options);
        let weight: usize = entries.iter().flatten().map(Entry::weight).sum();
        let lines = bytes.iter().filter(|&&byte| byte == b'\n' || byte == 0).count() + 1;
        assert!(entries.len() <= 2 * lines + 2, "{} entries of {lines} lines", entries.len());
        assert!(weight <= 64 * bytes.len() + 4096 * lines, "{weight}");
        for entry in entries.into_iter().flatten().filter(|entry| entry.link.is_none()) {
            let algorithms = entry.algorithms();
            let form = *random.pick(&[Form::JSON, Form::CSV, Form::BSD]);
            let writing = Writing { hashed: true, changed: true, ..Writing::default() };
            let (format, mut out) = (form.writer(writing), Vec::new());
            format.begin(&mut out);
            let Entry { size, mtime, ctime, identity, hashed, changed, .. } = entry;
            let (path, digests) = (&entry.path, &entry.digests);
            let (algorithms, link) = (&algorithms[..], None);
            let record = Record {
                path,
                algorithms,
                digests,
                link,
                size,
                mtime,
                ctime,
                identity,
                hashed,
                changed,
            };
            format.record(&record, &mut out);
            let again: Vec<_> =
                read(&out, ReadOptions { zero: Some(false), ..ReadOptions::default() });
            let [Ok(again)] = &again[..] else { panic!("{again:?} of {entry:?}") };
            assert_eq!((&again.path, &again.digests), (&entry.path, &entry.digests));
            if form != Form::BSD {
                assert_eq!((again.size, again.mtime), (entry.size, entry.mtime));
                assert_eq!((again.ctime, again.hashed), (entry.ctime, entry.hashed));
            }
        }
    });
}

#[test]
fn names_of_any_bytes_come_back_from_every_form() {
    run("names", &[], &[], |_, random| {
        let mut names: Vec<_> = (0..1 + random.below(5)).map(|_| random.name()).collect();
        names.dedup();
        let algorithms = [*random.pick(&Algorithm::all().collect::<Vec<_>>())];
        let form = *random.pick(&forms());
        let zero = random.one_in(3) && form != Form::CSV;
        // A line of this form does not name its algorithm.
        let algorithms =
            if form == Form::GNU { [Algorithm::by_name("md5").unwrap()] } else { algorithms };
        let written = write(form, zero, &algorithms, &names);
        let options = ReadOptions { zero: Some(zero), ..ReadOptions::default() };
        let back: Vec<_> = read(&written, options).into_iter().map(Result::unwrap).collect();
        let back: Vec<_> = back.iter().map(|entry| entry.path.as_os_str().as_bytes()).collect();
        assert_eq!(back, names, "{form:?} {zero}");
    });
}

#[test]
fn escapes_can_be_undone_and_what_is_shown_is_harmless() {
    run("escapes", &seeds(), &TOKENS, |bytes, _| {
        let mut escaped = Vec::new();
        push_gnu_escaped(bytes, &mut escaped);
        assert!(!escaped.contains(&b'\n') && !escaped.contains(&b'\r'));
        assert_eq!(unescape(&escaped).unwrap(), bytes);
        drop(unescape(bytes));
        let mut hex = Vec::new();
        push_hex(bytes, &mut hex);
        assert_eq!(unhex(&hex).unwrap(), bytes);
        drop(unhex(bytes));
        let mut shown = Vec::new();
        push_shown(bytes, &mut shown);
        let shown = String::from_utf8(shown).unwrap();
        assert!(shown.replace("\r\n", "\n").chars().all(|c| !c.is_control() || "\n\t".contains(c)));
        let mut json = b"{".to_vec();
        push_path("path", Path::new(OsStr::from_bytes(bytes)), &mut json);
        json.push(b'}');
        let object: serde_json::Value = serde_json::from_slice(&json).unwrap();
        match str::from_utf8(bytes) {
            Ok(text) => assert_eq!(object["path"], text),
            Err(_) => {
                assert_eq!(unhex(object["path_hex"].as_str().unwrap().as_bytes()).unwrap(), bytes);
            }
        }
        let mut string = Vec::new();
        push_string(&String::from_utf8_lossy(bytes), &mut string);
        assert_eq!(
            serde_json::from_slice::<String>(&string).unwrap(),
            String::from_utf8_lossy(bytes)
        );
    });
}

#[test]
fn every_name_of_a_list_comes_once_or_is_an_error() {
    let seeds = [&b"a\nb c\n\xff\n"[..], b"\xef\xbb\xbfa\r\nb\r\n", b"a\0b\nc\0", b"a\r\nb\n\n"];
    let seeds: Vec<_> = seeds.iter().map(|seed| seed.to_vec()).collect();
    run("lists", &seeds, &TOKENS, |bytes, random| {
        let null = random.one_in(2);
        let notes = Arc::new(Mutex::new(0));
        let counted = notes.clone();
        let notify = Box::new(move |_: &str| *counted.lock().unwrap() += 1);
        let all: Vec<_> = List::new(bytes, "list".into(), null, notify).collect();
        let end = if null { 0 } else { b'\n' };
        let lines: Vec<_> = bytes.split_inclusive(|&byte| byte == end).collect();
        let broken = matches!(all.last(), Some(Err(Refused::Broken(_))));
        assert!(broken || all.len() == lines.len(), "{} of {}", all.len(), lines.len());
        for (line, found) in lines.iter().zip(&all) {
            if let Ok(Item::File(path, _)) = found {
                let line = line.strip_suffix(&[end]).unwrap_or(line);
                let name = path.as_os_str().as_bytes();
                let cut = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
                let trimmed = [line, cut, line.strip_suffix(b"\r").unwrap_or(line)];
                let both = cut.strip_suffix(b"\r").unwrap_or(cut);
                assert!(trimmed.contains(&name) || both == name, "{name:?} of {line:?}");
            }
        }
    });
}

#[test]
fn a_check_of_what_was_written_is_ok_and_of_another_file_is_not() {
    let directory = tempfile::TempDir::new().unwrap();
    let at = |name: &[u8]| directory.path().join(OsStr::from_bytes(name));
    run("checks", &[], &[], |_, random| {
        if random.below(8) > 0 {
            return;
        }
        let mut name = random.name();
        name.retain(|&byte| byte != b'/');
        if name.is_empty() || [&b"."[..], b"..", b"-"].contains(&&name[..]) {
            return;
        }
        let content = random.name();
        fs::write(at(&name), &content).unwrap();
        // BLAKE2b may have 8 bits: one content in 256 has the same.
        let algorithms: Vec<_> =
            Algorithm::all().filter(|algorithm| algorithm.bytes() >= 8).collect();
        let digests = Hasher::new(algorithms.iter().copied()).digest(&content);
        let form = *random.pick(&[Form::BSD, Form::JSON, Form::CSV]);
        let (format, mut out) = (form.writer(Writing::default()), Vec::new());
        format.begin(&mut out);
        let record = Record {
            path: Path::new(OsStr::from_bytes(&name)),
            algorithms: &algorithms,
            digests: &digests,
            link: None,
            size: None,
            mtime: None,
            ctime: None,
            identity: None,
            hashed: None,
            changed: false,
        };
        format.record(&record, &mut out);
        let beneath = Some(directory.path().to_path_buf());
        let options = verify::Options { beneath, threads: Some(1), ..verify::Options::default() };
        for good in [true, false] {
            if !good {
                fs::write(at(&name), [&content[..], b"x"].concat()).unwrap();
            }
            let found = verify::check(std::io::Cursor::new(out.clone()), &options).unwrap();
            let found: Vec<_> = found.map(Result::unwrap).collect();
            assert!(!found.is_empty());
            for checked in &found {
                assert_eq!(matches!(checked.verdict, Verdict::Ok), good, "{checked:?}");
            }
        }
        fs::remove_file(at(&name)).unwrap();
    });
}
