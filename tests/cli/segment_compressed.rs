//! `segment` reads and writes compressed text, and tells files that are no text. The programs gzip,
//! zstd, xz and bzip2 are the oracles.

use std::process::Stdio;

use crate::harness::{Dir, Ran, assert_same};

/// A program that compresses, and the end of the names of its files.
const PROGRAMS: [(&str, &str); 4] =
    [("gzip", "gz"), ("zstd", "zst"), ("xz", "xz"), ("bzip2", "bz2")];

const LINES: &str = include_str!("../../fixtures/segmentation/input.txt");

/// Runs a program of [`PROGRAMS`] as a filter. `None` if the machine does not have it.
fn filter(dir: &Dir, program: &str, arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let mut command = dir.command(program, arguments);
    if command.arg("-c").stdin(Stdio::null()).arg("--version").output().is_err() {
        eprintln!("skipped: there is no {program}");
        return None;
    }
    let mut all = vec!["-c"];
    all.extend(arguments);
    let ran = Ran::with_stdin(dir.command(program, &all), input);
    assert_eq!(ran.code(), 0, "{program} {arguments:?}: {}", ran.stderr);
    Some(ran.stdout)
}

/// All programs that the machine has, each with a text that it compressed with these arguments.
fn compressed(dir: &Dir, arguments: &[&str], text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let of = |(program, ending)| Some((ending, filter(dir, program, arguments, text)?));
    PROGRAMS.into_iter().filter_map(of).collect()
}

fn text() -> Vec<u8> {
    LINES.repeat(1 + 300_000 / LINES.len()).into_bytes()
}

/// What `segment` prints for a text that is not compressed.
fn plain(dir: &Dir, text: &[u8]) -> Vec<u8> {
    dir.segment(&[], text).good()
}

#[test]
fn compressed_text_is_known_by_its_content_in_files_and_on_standard_input() {
    let dir = Dir::new();
    for text in [text(), b"".to_vec(), "北京欢迎你".into()] {
        let expected = plain(&dir, &text);
        for level in ["-1", "-6", "-9"] {
            for (ending, bytes) in compressed(&dir, &[level], &text) {
                dir.file("text", &bytes);
                for threads in ["1", "2"] {
                    let got = dir.segment(&["text", "-j", threads], "").good();
                    assert_same(&got, &expected, &format!("{ending} {level}"));
                }
                assert_same(&dir.segment(&[], &bytes).good(), &expected, ending);
            }
        }
    }
}

#[test]
fn all_members_of_a_compressed_file_are_read() {
    let dir = Dir::new();
    let text = text();
    let expected = plain(&dir, &text.repeat(2));
    for (ending, one) in compressed(&dir, &[], &text) {
        let empty = compressed(&dir, &[], b"").into_iter().find(|(of, _)| *of == ending).unwrap().1;
        for members in [[&one[..], &one, &empty], [&empty, &one, &one], [&one, &empty, &one]] {
            assert_same(&dir.segment(&[], members.concat()).good(), &expected, ending);
        }
        match ending {
            "gz" => {
                let padded = [&one[..], &one, &[0; 1000]].concat();
                assert_same(&dir.segment(&[], padded).good(), &expected, "padding");
            }
            "xz" => {
                let padded = [&one[..], &[0; 8], &one, &[0; 4]].concat();
                assert_same(&dir.segment(&[], padded).good(), &expected, "padding");
            }
            "zst" => {
                // Frames of these kinds are skipped, by zstd too.
                let skipped = b"\x5a\x2a\x4d\x18\x04\0\0\0abcd";
                let all = [skipped, &one[..], skipped, &one, skipped].concat();
                assert_same(&dir.segment(&[], all).good(), &expected, "skipped frames");
            }
            _ => {}
        }
    }
}

#[test]
fn a_member_that_is_cut_off_fails_after_its_whole_lines() {
    let dir = Dir::new();
    let text = text();
    let expected = plain(&dir, &text);
    for (ending, bytes) in compressed(&dir, &[], &text) {
        let second = bytes.repeat(2);
        let places = [bytes.len() - 1, bytes.len() / 2, 12];
        let cuts = places.map(|at| &bytes[..at]).into_iter().chain([&second[..bytes.len() + 12]]);
        for (number, cut) in cuts.enumerate() {
            dir.file("text", cut);
            let ran = dir.segment(&["text"], "");
            assert_eq!(ran.code(), 1, "{ending} {number}");
            let reason = ran.stderr.strip_prefix("batchproc: text: is cut off: its ");
            assert!(reason.is_some_and(|r| r.ends_with(" data has no end\n")), "{}", ran.stderr);
            assert!(expected.starts_with(&ran.stdout));
            assert!(ran.stdout.is_empty() || ran.stdout.ends_with(b"\n"));
            if number == 3 {
                assert_same(&ran.stdout, &expected, ending);
            }
        }
    }
}

#[test]
fn damaged_data_never_looks_like_a_success() {
    let dir = Dir::new();
    let text = text();
    let expected = plain(&dir, &text);
    let check = |bytes: &[u8], what: &str| {
        dir.file("text", bytes);
        let ran = dir.segment(&["text"], "");
        match ran.code() {
            // Such as another time in the header of gzip.
            0 => assert_same(&ran.stdout, &expected, what),
            code => {
                assert_eq!(code, 1, "{what}: {}", ran.stderr);
                assert!(ran.stderr.lines().last().unwrap().starts_with("batchproc: text: "));
            }
        }
        ran
    };
    for (ending, bytes) in compressed(&dir, &[], &text) {
        for at in (10..bytes.len()).step_by(bytes.len() / 40) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            check(&damaged, &format!("{ending} {at}"));
        }
        for garbage in [&b"other bytes that follow"[..], b"\n", &[0, 0, 0, 0, b'x', b'y', b'z', 0]]
        {
            let ran = check(&[&bytes, garbage].concat(), ending);
            assert_eq!(ran.code(), 1, "{ending} {garbage:?}");
            assert_same(&ran.stdout, &expected, ending);
        }
        // A second member that is damaged near its beginning.
        let mut second = bytes.clone();
        second[2] ^= 0x55;
        let ran = check(&[&bytes[..], &second].concat(), ending);
        let name = PROGRAMS.iter().find(|(_, of)| *of == ending).unwrap().0;
        let reason = format!("what follows its first {name} data is damaged or no {name} data");
        assert_eq!((ran.code(), ran.stderr), (1, format!("batchproc: text: {reason}\n")));
        assert_same(&ran.stdout, &expected, ending);
    }
}

#[test]
fn data_that_needs_a_large_window_is_refused_with_the_reason() {
    let dir = Dir::new();
    let refused = |bytes: Option<Vec<u8>>, reason: &str| {
        let Some(bytes) = bytes else { return };
        let ran = dir.segment(&[], bytes);
        assert_eq!((ran.code(), ran.stderr.as_str()), (1, reason));
        assert!(ran.stdout.is_empty());
    };
    let most = "of more than 128 MiB, which is the most that is allowed";
    let long = filter(&dir, "zstd", &["--long=28"], b"a\n");
    refused(long, &format!("batchproc: -: its zstd data needs a window {most}\n"));
    let long = filter(&dir, "xz", &["--lzma2=dict=192MiB"], b"a\n");
    refused(long, &format!("batchproc: -: its xz data needs a dictionary {most}\n"));
    for (program, arguments) in [("zstd", "--long=27"), ("xz", "--lzma2=dict=128MiB")] {
        if let Some(bytes) = filter(&dir, program, &[arguments], b"a\n") {
            assert_eq!(dir.segment(&[], bytes).good(), b"a\n");
        }
    }
}

#[test]
fn an_output_is_compressed_as_its_name_says() {
    let dir = Dir::new();
    let text = text();
    dir.file("text", &text);
    for (program, ending) in PROGRAMS {
        for (arguments, text) in [(&[][..], &text[..]), (&["--count"], &text), (&[], b"")] {
            let expected = dir.segment(arguments, text).good();
            let name = format!("out.{ending}");
            let mut all = vec!["-o", &name];
            all.extend(arguments);
            assert_eq!(dir.segment(&all, text).good(), b"");
            let packed = std::fs::read(dir.at(&name)).unwrap();
            assert!(packed != expected);
            if let Some(unpacked) = filter(&dir, program, &["-d"], &packed) {
                assert_same(&unpacked, &expected, &name);
            }
        }
    }
}

#[test]
fn results_below_a_directory_are_compressed_as_their_names_say() {
    let dir = Dir::new();
    let text = text();
    let expected = plain(&dir, &text);
    for (ending, bytes) in compressed(&dir, &[], &text) {
        dir.file(format!("texts/text.{ending}"), &bytes);
        dir.file(format!("texts/{ending}"), &bytes);
    }
    dir.segment(&["texts", "--output-dir", "out"], "").good();
    for (program, ending) in PROGRAMS {
        let Ok(packed) = std::fs::read(dir.at(format!("out/texts/text.{ending}"))) else {
            continue;
        };
        assert_same(&filter(&dir, program, &["-d"], &packed).unwrap(), &expected, ending);
        let plain = std::fs::read(dir.at(format!("out/texts/{ending}"))).unwrap();
        assert_same(&plain, &expected, ending);
    }
}

#[test]
fn hash_reads_compressed_files_as_they_are() {
    let dir = Dir::new();
    for (ending, bytes) in compressed(&dir, &[], b"text\n") {
        dir.file(ending, bytes);
        let theirs = Ran::of(dir.command("md5sum", &[ending]).spawn().unwrap());
        assert_eq!(dir.hash(&[ending]).text(), theirs.text());
    }
}

#[test]
fn a_file_that_is_no_text_fails_and_is_not_printed() {
    let dir = Dir::new();
    dir.file("program", std::fs::read("/bin/ls").unwrap());
    // A generator of Park and Miller stands for compressed data of unknown formats.
    let next = |state: &mut u64| {
        *state = *state * 48271 % 0x7fff_ffff;
        Some((*state >> 8) as u8)
    };
    let noise: Vec<u8> = std::iter::successors(Some(7u64), |&s| Some(s * 48271 % 0x7fff_ffff))
        .filter_map(|mut state| next(&mut state))
        .take(50_000)
        .collect();
    dir.file("noise", &noise);
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    dir.file("utf-16", utf_16(&LINES[..LINES.floor_char_boundary(9000)]));
    dir.file("ascii-16", utf_16("some words\n"));
    for name in ["program", "noise", "utf-16", "ascii-16"] {
        for encoding in ["utf-8", "auto", "gb18030"] {
            let ran = dir.segment(&["--encoding", encoding, name], "");
            let reason = format!(
                "batchproc: {name}: is no text: it has many control characters (--binary text cuts it nevertheless; --encoding utf-16 reads UTF-16)\n"
            );
            assert_eq!((ran.code(), ran.stderr), (1, reason), "{encoding}");
            assert_eq!(ran.stdout, b"");
        }
    }
    let marked = [b"\xff\xfe".to_vec(), utf_16("北京\n")].concat();
    let ran = dir.segment(&[], &marked);
    assert_eq!(ran.code(), 1);
    assert_eq!(
        ran.stderr,
        "batchproc: -: is UTF-16, as its byte order mark says; --encoding utf-16 reads it (--encoding auto too)\n"
    );
    for encoding in ["utf-16", "auto", "utf-16le"] {
        let ran = dir.segment(&["--encoding", encoding], &marked);
        assert_eq!((ran.code(), ran.text().as_str()), (0, "北京\n"), "{encoding}");
    }
    let spaced = dir.segment(&["--encoding", "utf-16le", "utf-16"], "").text().replace(' ', "");
    assert!(spaced.starts_with(&LINES[..58].replace(' ', "")));
}

#[test]
fn a_few_control_characters_do_not_lose_a_text() {
    let dir = Dir::new();
    let mut text = text();
    for at in [500, 200_000] {
        text[at] = 0;
    }
    let ran = dir.segment(&["-d", ""], &text);
    assert_eq!(ran.code(), 0);
    assert_same(&ran.stdout, &text, "zero bytes");
    let separated = "北京\u{1}清华\u{2}大学\u{1c}\n".repeat(9);
    assert_eq!(dir.segment(&["-d", ""], &separated).good(), separated.as_bytes());
    let ran = dir.segment(&["-d", "", "--binary", "text"], b"\xff\xfe\0\0\0a\n\0");
    assert_eq!((ran.code(), &ran.stdout[..]), (0, &b"\xff\xfe\0\0\0a\n\0"[..]));
}

#[test]
fn bytes_behind_the_end_are_not_called_a_cut_off_member_however_few_they_are() {
    let dir = Dir::new();
    let text = "我来到北京\n".as_bytes();
    let expected = plain(&dir, text);
    for (ending, bytes) in compressed(&dir, &[], text) {
        let name = PROGRAMS.iter().find(|(_, of)| *of == ending).unwrap().0;
        for length in 1..20 {
            for garbage in [&b"\nother bytes that follow"[..length], &[b'x'; 20][..length]] {
                let ran = dir.segment(&[], [&bytes, garbage].concat());
                assert_eq!(
                    (ran.code(), ran.stderr),
                    (
                        1,
                        format!(
                            "batchproc: -: what follows its first {name} data is damaged or no {name} data\n"
                        )
                    ),
                    "{ending} {garbage:?}"
                );
                assert_same(&ran.stdout, &expected, ending);
            }
        }
        for length in 1..6 {
            let ran = dir.segment(&[], [&bytes, &bytes[..length]].concat());
            let reason = format!("batchproc: -: is cut off: its {name} data has no end\n");
            assert_eq!((ran.code(), ran.stderr), (1, reason), "{ending} {length}");
        }
    }
}

#[test]
fn utf_32_is_called_so_and_refused() {
    let dir = Dir::new();
    let text = "我来到北京abc\n";
    let of = |bytes: fn(u32) -> [u8; 4]| -> Vec<u8> {
        "\u{feff}".chars().chain(text.chars()).flat_map(|c| bytes(c.into())).collect()
    };
    let why = "is UTF-32, as its byte order mark says, which is not supported; convert it with iconv -f utf-32 -t utf-8";
    for bytes in [of(u32::to_le_bytes), of(u32::to_be_bytes)] {
        for encoding in ["utf-8", "auto", "utf-16", "utf-16le", "gb18030"] {
            for input in [&bytes[..], &bytes[..4]] {
                let ran = dir.segment(&["--encoding", encoding], input);
                let stderr = format!("batchproc: -: {why}\n");
                assert_eq!(
                    (ran.code(), ran.text(), ran.stderr),
                    (1, "".into(), stderr),
                    "{encoding}"
                );
            }
            dir.file("words", &bytes);
            let ran = dir.segment(&["--encoding", encoding, "--stop-words", "words"], "");
            let reason = "line 1: is UTF-32; convert it with iconv -f utf-32 -t utf-8";
            assert!(ran.code() == 2 && ran.stderr.contains(reason), "{}", ran.stderr);
        }
    }
    // UTF-16 is still what it is, even if nothing follows its mark.
    for (input, expected) in
        [(&b"\xff\xfea\0"[..], "a\n"), (b"\xff\xfe", ""), (b"\xfe\xff\0a", "a\n")]
    {
        let ran = dir.segment(&["--encoding", "utf-16"], input);
        assert_eq!((ran.text().trim_end(), ran.code()), (expected.trim_end(), 0));
    }
}

#[test]
fn an_output_is_not_replaced_if_no_file_gave_a_whole_result_and_the_reason_is_true() {
    let dir = Dir::new();
    dir.file("out", "old");
    dir.file("invalid", b"\xe6\x88\x91\n\xff\n");
    dir.file("fields", "a\t我来到\nb\n");
    for (arguments, reason) in [
        (&["--invalid", "fail", "invalid"][..], "no file gave a complete result"),
        (&["--field", "2", "fields"], "no file gave a complete result"),
        (&["gone"], "no file could be read"),
    ] {
        let ran = dir.segment(&[arguments, &["-o", "out"]].concat(), "");
        let last = format!("batchproc: {reason}; out is unchanged");
        assert_eq!((ran.code(), ran.stderr.lines().last()), (1, Some(&*last)), "{arguments:?}");
        assert_eq!(std::fs::read(dir.at("out")).unwrap(), b"old");
    }
    for (_, bytes) in compressed(&dir, &[], &text()) {
        dir.file("torn", &bytes[..bytes.len() - 5]);
        let ran = dir.segment(&["-o", "out", "torn"], "");
        let last = "batchproc: no file gave a complete result; out is unchanged";
        assert_eq!((ran.code(), ran.stderr.lines().last()), (1, Some(last)));
    }
}
