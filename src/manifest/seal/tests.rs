//! Sealed manifests of random names in all forms, whole and damaged.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;
use crate::hash::algorithms::Algorithm;
use crate::hash::digests::Digests;
use crate::manifest::sealed::{is_at_end, verify};
use crate::manifest::{Form, Problem, ReadOptions, Record, Records, Writing};

/// How a test manifest is written.
#[derive(Clone, Copy, Debug)]
struct Layout {
    form: Form,
    zero: bool,
    hashed: bool,
    several: bool,
}

impl Layout {
    fn all() -> Vec<Self> {
        let flags = [false, true];
        let of = |form: Form| {
            flags.into_iter().flat_map(move |zero| {
                flags.into_iter().flat_map(move |hashed| {
                    flags.map(|several| Self { form, zero, hashed, several })
                })
            })
        };
        let can = |layout: &Self| {
            (!layout.zero || layout.form.may_end_with_nul())
                && (!layout.several || layout.form.names_algorithms())
        };
        Form::written().flat_map(of).filter(can).collect()
    }
}

/// A sealed manifest, and where its seal line begins.
fn sealed(layout: Layout, names: &[Vec<u8>]) -> (Vec<u8>, usize) {
    let Layout { form, zero, hashed, several } = layout;
    let crc32 = Algorithm::by_name("crc32").unwrap();
    let mut algorithms = form.only_algorithms().unwrap_or(vec![Algorithm::MD5, crc32]);
    algorithms.truncate(if several { 2 } else { 1 });
    let mut digests = Digests::default();
    for &algorithm in &algorithms {
        digests.insert(algorithm, &vec![0xd4; algorithm.bytes()]);
    }
    let writer = form.writer(Writing {
        zero,
        hashed,
        changed: hashed,
        links: hashed,
        algorithms: &algorithms,
    });
    let names =
        names.iter().filter(|name| writer.refuses(Path::new(OsStr::from_bytes(name))).is_none());
    let names: Vec<_> = names.collect();
    let mut out = Vec::new();
    writer.begin(&mut out);
    for name in &names {
        let record = Record {
            path: Path::new(OsStr::from_bytes(name)),
            algorithms: &algorithms,
            digests: &digests,
            link: None,
            size: Some(7),
            mtime: Some(3),
            ctime: None,
            identity: Some((1, 2)),
            hashed: Some(4),
            changed: false,
        };
        writer.record(&record, &mut out);
    }
    let begin = out.len();
    let lines = if several && form.line_each() { 2 } else { 1 };
    let seal = Seal { entries: (lines * names.len()) as u64, sha256: Sha256::digest(&out).into() };
    writer.seal(&seal, &mut out);
    (out, begin)
}

fn options(zero: Option<bool>) -> ReadOptions {
    ReadOptions { zero, ..ReadOptions::default() }
}

/// Whether reading the manifest shows that something is wrong with its seal, or that it cannot be
/// read.
fn is_noticed(manifest: &[u8], zero: Option<bool>, required: bool) -> bool {
    let mut records = Records::new(manifest, options(zero)).watch_seal(required);
    records.any(|read| matches!(read, Err(Problem::Seal(_) | Problem::Broken(_))))
}

/// Whether a file with these bytes seems to end with a seal.
fn seems_sealed(manifest: &[u8]) -> bool {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(manifest).unwrap();
    is_at_end(&file).unwrap()
}

/// The same for a regular file, as the commands read it: a first time only if it seems to have a
/// seal.
fn is_noticed_in_file(manifest: &[u8], zero: Option<bool>) -> bool {
    let first = seems_sealed(manifest) && !matches!(verify(manifest, options(zero)), Ok(Ok(())));
    let mut records = Records::new(manifest, options(zero));
    first || records.any(|read| matches!(read, Err(Problem::Seal(_) | Problem::Broken(_))))
}

fn names() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let byte = prop_oneof![
        3 => prop::sample::select(&b"\"\\,\n\r #{} \t="[..]),
        5 => 1..=255u8,
    ];
    let name = prop_oneof![
        8 => prop::collection::vec(byte, 1..12),
        1 => Just(b"x,path,algorithm,digest".to_vec()),
        1 => Just(b"# batchproc seal: ".to_vec()),
    ];
    prop::collection::vec(name, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_cut_and_no_changed_byte_goes_unnoticed(
        layout in prop::sample::select(Layout::all()),
        names in names(),
        change in 1..=255u8,
    ) {
        let (whole, begin) = sealed(layout, &names);
        let zero = Some(layout.zero);
        prop_assert_eq!(verify(&whole[..], options(zero)).unwrap(), Ok(()));
        for zero in [zero, None] {
            for cut in 0..whole.len() {
                let rest = &whole[..cut];
                prop_assert!(is_noticed(rest, zero, true), "cut at {}", cut);
                prop_assert!(cut <= begin || is_noticed(rest, zero, false), "cut at {}", cut);
            }
            for at in 0..whole.len() {
                let mut other = whole.clone();
                other[at] ^= change;
                // A seal alone that ends with NUL is the manifest of no files that `-z` writes.
                let is_valid = zero.is_none() && begin == 0 && change == b'\n' && at == whole.len() - 1;
                prop_assert!(is_valid || is_noticed(&other, zero, true), "byte {}", at);
                prop_assert!(at >= begin || is_noticed(&other, zero, false), "byte {}", at);
            }
        }
        // The same for files, at some places, since each takes a file.
        let last = whole.len() - 1;
        for cut in [begin + 1, begin + 2, begin + 9, begin + 30, last - 1, last] {
            prop_assert!(seems_sealed(&whole[..cut]), "cut at {}", cut);
            prop_assert!(is_noticed_in_file(&whole[..cut], zero), "cut at {}", cut);
        }
        for at in [0, begin / 3, begin / 2, begin.saturating_sub(2), begin.saturating_sub(1)] {
            let mut other = whole.clone();
            other[at] ^= change;
            prop_assert!(at >= begin || is_noticed_in_file(&other, zero), "byte {}", at);
        }
    }
}

/// The verdict on a manifest.
fn verdict(manifest: &[u8]) -> Result<(), BadSeal> {
    verify(manifest, ReadOptions::default()).unwrap()
}

#[test]
fn what_is_wrong_with_a_seal_has_its_own_words() {
    for layout in Layout::all().into_iter().filter(|layout| !layout.zero) {
        let names = [b"a".to_vec(), b"b".to_vec(), b"c".to_vec()];
        let (whole, begin) = sealed(layout, &names);
        let line = |part: &[u8]| part.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        let (_, header) = sealed(layout, &[]);
        let second = header + line(&whole[header..]);
        let third = second + line(&whole[second..]);
        let lines = whole.iter().filter(|&&byte| byte == b'\n').count() as u64;
        assert_eq!(verdict(&whole[..begin]), Err(BadSeal::Missing));
        assert_eq!(verdict(&whole[..whole.len() - 1]), Err(BadSeal::Torn));
        let without = [&whole[..second], &whole[third..]].concat();
        assert!(matches!(verdict(&without), Err(BadSeal::Fewer { .. })), "{layout:?}");
        let twice = [&whole[..third], &whole[second..]].concat();
        assert_eq!(verdict(&twice), Err(BadSeal::Altered), "{layout:?}");
        for after in [&b"\n"[..], b"# more\n", b"x", &whole] {
            let longer = [&whole, after].concat();
            assert_eq!(verdict(&longer), Err(BadSeal::LinesAfter(lines + 1)), "{layout:?}");
        }
        let mut damaged = whole.clone();
        let last = damaged.iter().rposition(u8::is_ascii_hexdigit).unwrap();
        damaged[last] = b'x';
        assert_eq!(verdict(&damaged), Err(BadSeal::Damaged), "{layout:?}");
        let marked = [b"\xef\xbb\xbf", &whole[..]].concat();
        assert_eq!(verdict(&marked), Err(BadSeal::Altered), "{layout:?}");
        // A mark that was sealed too.
        let digit = |byte: &u8| format!("{byte:02x}");
        let hex = |bytes: &[u8]| Sha256::digest(bytes).iter().map(digit).collect::<String>();
        let (old, new) = (hex(&whole[..begin]), hex(&marked[..3 + begin]));
        let sealed = String::from_utf8(marked).unwrap().replace(&old, &new);
        assert_eq!(verdict(sealed.as_bytes()), Ok(()), "{layout:?}");
    }
}

#[test]
fn a_file_that_becomes_shorter_has_no_seal_and_one_that_cannot_be_read_is_an_error() {
    assert!(is_at_end(&File::open("/").unwrap()).is_err());
    // The system says that such a file has the size of a page, but it has fewer bytes.
    match File::open("/sys/devices/system/cpu/online") {
        Ok(file) => assert!(!is_at_end(&file).unwrap()),
        Err(error) => eprintln!("skipped: {error}"),
    }
}

#[test]
fn a_seal_is_of_no_account_to_whoever_does_not_look_at_it() {
    for layout in Layout::all() {
        let (whole, begin) = sealed(layout, &[b"a".to_vec(), b"b".to_vec()]);
        let read = |bytes: &[u8]| -> Vec<_> {
            let records = Records::new(bytes, options(Some(layout.zero)));
            records.map(|read| read.unwrap()).collect()
        };
        assert_eq!(read(&whole), read(&whole[..begin]), "{layout:?}");
    }
}
