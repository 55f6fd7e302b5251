//! `check`, compared with `md5sum -c` of coreutils 9.1, and on manifests of many programs.

use std::fs;

use crate::algorithms::has;
use crate::harness::{Dir, Ran, bytes_name};
use crate::md5sum::odd_tree;

const A: &str = "60b725f10c9c85c70d97880dfe8191b3"; // "a\n"
const B: &str = "3b5d5c3712955042212316173ccf37be"; // "b\n"
const WRONG: &str = "00000000000000000000000000000000";

fn files() -> Dir {
    let dir = Dir::new();
    dir.file("a", "a\n");
    dir.file("b", "b\n");
    dir.file("with space", "a\n");
    dir.file(" lead", "b\n");
    dir.file("new\nline", "a\n");
    dir.file("back\\slash", "b\n");
    dir.file("cr\r", "a\n");
    dir.file("(a) = b", "a\n");
    dir.file(bytes_name(b"\xff\xfe"), "b\n");
    dir.file("d/x", "");
    dir
}

/// Manifests of the files of [`files`]: the purpose of each, and its bytes.
fn manifests() -> Vec<(&'static str, Vec<u8>)> {
    let mut all: Vec<(&str, Vec<u8>)> = [
        ("good", format!("{A}  a\n{B}  b\n")),
        ("one good line", format!("{A}  a\n")),
        ("no newline at the end", format!("{A}  a\n{B}  b")),
        ("binary marker", format!("{A} *a\n{B} *b\n")),
        ("both markers", format!("{A} *a\n{B}  b\n")),
        ("tagged", format!("MD5 (a) = {A}\nMD5 (b) = {B}\n")),
        ("tagged as openssl does", format!("MD5(a)= {A}\n")),
        ("tagged, name with parentheses", format!("MD5 ((a) = b) = {A}\n")),
        ("tagged and bare mixed", format!("MD5 (a) = {A}\n{B}  b\n")),
        ("tagged in lower case", format!("md5 (a) = {A}\n")),
        ("tagged, blanks", format!(" \tMD5 (a)  =\t {A}\n")),
        ("tagged, blank behind", format!("MD5 (a) = {A} \n")),
        ("tagged, no equals", format!("MD5 (a) {A}\n")),
        ("tagged, no name", format!("MD5 () = {A}\nMD5 (a) = {A}\n")),
        ("tagged, no name, OpenSSL", format!("\\MD5()= {A}\n")),
        ("tagged, CR before and behind =", format!("MD5 (a)\r= {A}\nMD5 (a) =\r{A}\n")),
        ("tagged, not closed", format!("MD5 (a = {A}\n")),
        ("tagged, wrong length", "MD5 (a) = 60b7\n".into()),
        ("tagged, duplicates", format!("MD5 (a) = {A}\nMD5 (a) = {A}\nMD5 (a) = {WRONG}\n")),
        ("tagged, escaped", format!("\\MD5 (new\\nline) = {A}\n")),
        ("upper case", format!("{}  a\n{}  b\n", A.to_uppercase(), B.to_uppercase())),
        ("one space", format!("{A} a\n{B} b\n")),
        ("one space, then two", format!("{A} a\n{B}  lead\n")),
        ("two spaces, then one", format!("{A}  a\n{B} b\n")),
        ("a name of one character behind a space", format!("{A} a\n")),
        ("indented", format!("  {A}  a\n\t{B}  b\n")),
        ("a tab", format!("{A}\ta\n")),
        ("CRLF", format!("{A}  a\r\n{B}  b\r\n")),
        ("CRLF, tagged", format!("MD5 (a) = {A}\r\n")),
        ("CR CR LF", format!("{A}  a\r\r\n")),
        ("escapes", format!("\\{A}  new\\nline\n\\{B}  back\\\\slash\n\\{A}  cr\\r\n")),
        ("escapes that are not known", format!("\\{A}  new\\tline\n{A}  a\n")),
        ("an escape that is cut off", format!("\\{A}  a\\\n{A}  a\n")),
        ("a backslash that is not escaped", format!("{B}  back\\slash\n")),
        ("escaped without need", format!("\\{A}  a\n")),
        ("space in the name", format!("{A}  with space\n{B}   lead\n")),
        ("a blank behind the name", format!("{A}  a \n")),
        ("empty", String::new()),
        ("only newlines", "\n\n\r\n".into()),
        ("comments", format!("# x\n{A}  a\n#{B}  b\n")),
        ("only comments", "# x\n".into()),
        ("comment that is indented", format!(" # x\n{A}  a\n")),
        ("text", "hello world\n".into()),
        ("text and a good line", format!("hello\n{A}  a\nworld\n\n")),
        ("wrong digest", format!("{WRONG}  a\n{B}  b\n")),
        ("all wrong", format!("{WRONG}  a\n{WRONG}  b\n")),
        ("31 digits", format!("{}  a\n{B}  b\n", &A[1..])),
        ("33 digits", format!("{A}0  a\n{B}  b\n")),
        ("not digits", format!("{}  a\n{B}  b\n", A.replace('b', "g"))),
        ("digest without a name", format!("{A}\n{A} \n{A}  \n{A} *\n{B}  b\n")),
        ("missing", format!("{A}  gone\n{A}  a\n")),
        ("all missing", format!("{A}  gone\n{A}  away\n")),
        ("missing, with an escape", format!("\\{A}  gone\\nfar\n{A}  a\n")),
        ("missing and wrong and malformed", format!("{A}  gone\n{WRONG}  a\nx\n{B}  b\n")),
        ("directory", format!("{A}  d\n{A}  a\n")),
        ("below a file", format!("{A}  a/x\n{A}  a\n")),
        ("duplicates", format!("{A}  a\n{A}  a\n{WRONG}  a\n")),
        ("long name", format!("{A}  {}\n{A}  a\n", "x".repeat(300))),
        ("path with dots", format!("{A}  ./a\n{B}  d/../b\n")),
        ("standard input", format!("{A}  -\n{A}  a\n")),
    ]
    .into_iter()
    .map(|(what, text)| (what, text.into_bytes()))
    .collect();
    all.push(("not UTF-8", [B.as_bytes(), b"  \xff\xfe\n"].concat()));
    all.push(("broken bytes", b"\x80\x81\xff\n\xc3(\n".to_vec()));
    all
}

/// The exit code, the standard output, and the warnings.
fn verdict(ran: Ran, program: &str) -> (i32, String, Vec<String>) {
    let warnings = ran.stderr.lines().filter_map(|line| {
        let line = line.strip_prefix(program)?.strip_prefix(": ")?;
        // batchproc adds a reason to malformed lines, and quotes names in messages differently.
        let line = line.split("checksum line: ").next()?.trim_end_matches("checksum line");
        // And it says more of a file that lists nothing.
        let line = line.split("lines found; ").next()?.trim_end_matches("lines found");
        let ours =
            line.contains("WARNING") || line.contains("formatted") || line.contains("verified");
        ours.then(|| line.replace('\'', ""))
    });
    (ran.code(), ran.stdout.escape_ascii().to_string(), warnings.collect())
}

#[test]
fn every_manifest_is_judged_as_by_md5sum() {
    let dir = files();
    let manifests = manifests();
    assert!(manifests.len() > 50);
    for (what, manifest) in manifests {
        dir.file("m", manifest);
        for options in [
            &[][..],
            &["--quiet"],
            &["--status"],
            &["-w"],
            &["--strict"],
            &["--strict", "--warn", "--quiet"],
            &["--ignore-missing"],
            &["--ignore-missing", "--quiet", "--strict"],
        ] {
            let theirs = dir
                .command("md5sum", &[&["-c"], options, &["m"]].concat())
                .stdin(std::process::Stdio::null())
                .spawn();
            let theirs = verdict(Ran::of(theirs.unwrap()), "md5sum");
            let ours = |arguments: &[&str]| {
                let all = [arguments, options, &["m"]].concat();
                verdict(Ran::of(dir.batchproc(&all).spawn().unwrap()), "batchproc")
            };
            let with_algorithm = ours(&["check", "-a", "md5"]);
            assert_eq!(with_algorithm, theirs, "{what} {options:?}");
            assert_eq!(ours(&["hash", "-c", "-a", "md5"]), theirs, "{what} {options:?}");
            // Without -a the algorithm is detected; only the messages then lack its name.
            let (code, stdout, warnings) = ours(&["check", "-j1"]);
            let unnamed = theirs.2.iter().map(|line| line.replace("MD5 ", "")).collect::<Vec<_>>();
            assert_eq!(
                (code, stdout, warnings),
                (theirs.0, theirs.1, unnamed),
                "{what} {options:?}"
            );
        }
    }
}

#[test]
fn several_manifests_and_standard_input_are_judged_as_by_md5sum() {
    let dir = files();
    dir.file("good", format!("{A}  a\n"));
    dir.file("bad", format!("{WRONG}  a\n{B}  b\n"));
    dir.file("empty", "");
    for arguments in [
        &["good", "bad"][..],
        &["good", "empty"],
        &["good", "not-there", "good"],
        &["good", "good"],
        &["empty", "good", "bad", "d"],
    ] {
        let theirs = dir.command("md5sum", &[&["-c"], arguments].concat()).spawn().unwrap();
        let ours = dir.batchproc(&[&["check", "-a", "md5"], arguments].concat()).spawn().unwrap();
        let theirs = verdict(Ran::of(theirs), "md5sum");
        assert_eq!(verdict(Ran::of(ours), "batchproc"), theirs, "{arguments:?}");
    }
    for stdin in
        [format!("{A}  a\n"), format!("{A}  -\n"), format!("{A}  -\n{B}  b\n"), String::new()]
    {
        for arguments in [&[][..], &["-"]] {
            let theirs = Ran::with_stdin(
                dir.command("md5sum", &[&["-c", "-w"], arguments].concat()),
                stdin.as_bytes(),
            );
            let theirs = verdict(theirs, "md5sum");
            for ours in [&["check", "-a", "md5", "-w"][..], &["hash", "-c", "-a", "md5", "-w"]] {
                let ours =
                    Ran::with_stdin(dir.batchproc(&[ours, arguments].concat()), stdin.as_bytes());
                assert_eq!(verdict(ours, "batchproc"), theirs, "{stdin:?}");
            }
        }
    }
}

/// Runs `check` and expects success without messages.
fn check(dir: &Dir, arguments: &[&str]) -> String {
    let ran = Ran::of(dir.batchproc(&[&["check"], arguments].concat()).spawn().unwrap());
    String::from_utf8_lossy(&ran.good()).into_owned()
}

#[test]
fn our_own_manifests_are_read_in_every_form_with_every_odd_name() {
    let dir = odd_tree();
    let all = "md5,sha1,sha256,sha512,sha3-256,blake3,xxh3,xxh128,crc32";
    for algorithms in
        ["md5", "sha1", "sha256", "sha512", "sha3-256", "xxh3", "xxh128", "crc32", all]
    {
        for format in ["gnu", "bsd", "json", "csv"] {
            for zero in [&[][..], &["-z"]] {
                if format == "csv" && !zero.is_empty()
                    || format == "gnu" && ["sha3-256", "xxh128"].contains(&algorithms)
                {
                    continue;
                }
                dir.hash(
                    &[&["-a", algorithms, "--format", format, "-o", "m", "tree"], zero].concat(),
                )
                .good();
                let quiet = check(&dir, &["--strict", "--quiet", "m"]);
                assert_eq!(quiet, "", "{algorithms} {format} {zero:?}");
                let files =
                    dir.hash(&["-z", "tree"]).good().iter().filter(|&&byte| byte == 0).count();
                let tagged = ["gnu", "bsd"].contains(&format) && algorithms == all;
                let lines = files * if tagged { 9 } else { 1 };
                assert_eq!(
                    check(&dir, &["m"]).matches(": OK\n").count(),
                    lines,
                    "{algorithms} {format} {zero:?}"
                );
            }
        }
    }
}

#[test]
fn manifests_of_other_programs_are_read_with_every_odd_name() {
    let dir = odd_tree();
    for program in [
        "md5sum",
        "md5sum --tag",
        "md5sum -b",
        "md5sum -z",
        "sha1sum",
        "sha256sum",
        "sha256sum --tag",
        "sha512sum -b",
        "cksum -a md5",
        "cksum -a sha1",
        "cksum -a sha256 --untagged",
        "cksum -a sha512",
    ] {
        let script = format!("find tree -type f -print0 | xargs -0 {program} > m");
        Ran::of(dir.command("sh", &["-c", &script]).spawn().unwrap()).good();
        assert_eq!(check(&dir, &["--strict", "--quiet", "m"]), "", "{program}");
    }
    // These programs do not escape some names, or alter them.
    for (program, algorithm) in
        [("b3sum", "blake3"), ("xxhsum -q -H3", "xxh3"), ("xxhsum -q -H2", "xxh128")]
    {
        if has(program.split(' ').next().unwrap()) {
            let script = format!(
                "find tree -type f ! -name '*[^ -~]*' ! -path '*\\\\*' -print0 | LC_ALL=C xargs -0 {program} > m"
            );
            Ran::of(dir.command("sh", &["-c", &script]).spawn().unwrap()).good();
            assert_eq!(
                check(&dir, &["-a", algorithm, "--strict", "--quiet", "m"]),
                "",
                "{program}"
            );
        }
    }
}

#[test]
fn their_check_accepts_our_lines_for_every_odd_name() {
    let dir = odd_tree();
    for (algorithm, format, program) in [
        ("md5", "gnu", "md5sum -c --strict --quiet m"),
        ("sha1", "gnu", "sha1sum -c --strict --quiet m"),
        ("sha256", "gnu", "sha256sum -c --strict --quiet m"),
        ("sha512", "bsd", "sha512sum -c --strict --quiet m"),
        ("md5,sha1,sha256,sha512", "bsd", "cksum -c --strict --quiet m"),
    ] {
        dir.hash(&["-a", algorithm, "--format", format, "-o", "m", "tree"]).good();
        let theirs = Ran::of(dir.command("sh", &["-c", program]).spawn().unwrap());
        assert_eq!(String::from_utf8_lossy(&theirs.good()), "", "{program}");
    }
    let plain = "find tree/sizes -type f -print0 | xargs -0";
    for (algorithm, hash, program) in [
        ("blake3", "b3sum", "b3sum --quiet -c m"),
        ("xxh3", "xxhsum", "xxhsum -q -c m"),
        ("xxh128", "xxhsum", "xxhsum -q -c m"),
    ] {
        if has(hash) {
            let script = format!(
                "{plain} {} hash -a {algorithm} > m && {program}",
                env!("CARGO_BIN_EXE_batchproc")
            );
            let theirs = Ran::of(dir.command("sh", &["-c", &script]).spawn().unwrap());
            assert_eq!(theirs.code(), 0, "{program}: {}{}", theirs.text(), theirs.stderr);
        }
    }
}

#[test]
fn forms_that_md5sum_does_not_read_are_read() {
    let dir = files();
    let json = format!("{{\"path\":\"a\",\"algorithm\":\"md5\",\"digest\":\"{A}\"}}\n");
    for (what, manifest) in [
        ("byte order mark", format!("\u{feff}{A}  a\n{B}  b\n")),
        ("NUL", format!("{A}  a\0{B}  b\0")),
        ("NUL and a newline in the name", format!("{A}  new\nline\0{B}  back\\slash\0")),
        ("JSON", format!("{json}{json}")),
        ("JSON and lines", format!("{json}MD5 (b) = {B}\n")),
        ("JSON with more members", format!("{{\"path\":\"a\",\"x\":[1,{{}}],\"digests\":{{\"md5\":\"{A}\",\"whirlpool\":\"00\"}}}}\n{B}  b\n")),
        ("JSON in hexadecimal", format!("{{\"path_hex\":\"61\",\"algorithm\":\"MD5\",\"digest\":\"{A}\"}}\n{json}")),
        ("CSV", format!("path,algorithm,digest,size,mtime\r\na,md5,{A},2,\r\nb,md5,{B},,\r\n")),
        ("CSV, other columns", format!("digest,x,path,algorithm\n{A},,\"new\nline\",MD5\n{B},,b,md5\n")),
        ("other algorithms", "3f786850e387550fdab836ed7e6dc881de23001b  a\n0263829989b6fd954f72baaf2fc64bc2e2f01d692d4de72986ea808f6e99813f  b\n".into()),
    ] {
        dir.file("m", manifest);
        assert_eq!(check(&dir, &["--strict", "m"]).matches(": OK\n").count(), 2, "{what}");
    }
    for (bytes, name) in [
        (&b"\xff\xfea\0b\0"[..], "UTF-16"),
        (b"\xff\xfe\0\0a\0\0\0", "UTF-32"),
        (b"\0\0\xfe\xff\0\0\0a", "UTF-32"),
    ] {
        dir.file("m", bytes);
        let ran = Ran::of(dir.batchproc(&["check", "m"]).spawn().unwrap());
        assert_eq!(ran.code(), 1);
        assert!(ran.stderr.contains(&format!("m: it is {name}")), "{}", ran.stderr);
    }
}

#[test]
fn malformed_json_and_csv_are_reported_with_their_lines_and_lose_nothing_else() {
    let dir = files();
    dir.file("j", format!("{{\"path\":\n{{\"path\":\"a\"}}\n{{\"path\":\"a\",\"algorithm\":\"md5\",\"digest\":\"{A}\"}}\n{{\"path\":\"a\",\"algorithm\":\"md5\",\"digest\":\"00\"}}"));
    dir.file(
        "c",
        format!("path,algorithm,digest,size,mtime\nb\nb,md5,{B},x,\nb,md5,{B},,\n\"b,md5,{B},,\n"),
    );
    let ran = Ran::of(dir.batchproc(&["check", "-w", "j", "c"]).spawn().unwrap());
    assert_eq!((ran.code(), ran.text().as_str()), (0, "a: OK\nb: OK\n"));
    for reported in [
        "j: 1: improperly formatted checksum line: it is not a JSON object",
        "j: 2: improperly formatted checksum line: there is no digest",
        "j: 4: improperly formatted checksum line: the digest has the wrong length",
        "WARNING: 3 lines are improperly formatted",
        "c: 2: improperly formatted checksum line: the row has too few fields",
        "c: 3: improperly formatted checksum line: size, ino or dev is not a whole number or is too large",
        "c: 5: improperly formatted checksum line: a quote is never closed",
    ] {
        assert!(ran.stderr.contains(reported), "{reported}: {}", ran.stderr);
    }
}

#[test]
fn several_digests_of_one_file_are_read_once_and_judged_by_line() {
    let dir = files();
    let sums = dir.hash(&["-a", "md5,sha1,crc32", "a", "b"]).good();
    let broken = String::from_utf8(sums).unwrap().replace("SHA1 (b) = 8", "SHA1 (b) = 7");
    dir.file("m", broken.replace("89e6c98d", "79e6c98d"));
    let ran = Ran::of(dir.batchproc(&["check", "-v", "m"]).spawn().unwrap());
    assert_eq!(ran.text(), "a: OK\na: OK\na: OK\nb: OK\nb: FAILED\nb: OK\n");
    assert!(ran.stderr.contains("2 files, 4 B in"), "{}", ran.stderr);
}

#[test]
fn relative_names_may_be_relative_to_another_directory() {
    let dir = files();
    dir.file("m", "d41d8cd98f00b204e9800998ecf8427e  x\n");
    assert_eq!(check(&dir, &["--root", "d", "m"]), "x: OK\n");
    let ran = Ran::of(dir.batchproc(&["hash", "--root", "d", "a"]).spawn().unwrap());
    assert_eq!(ran.code(), 2);
}

#[test]
fn verdicts_as_json_are_read_by_others() {
    let dir = files();
    dir.file("m", format!("{A}  a\n{WRONG}  b\n{A}  gone\n\\{A}  new\\nline\n"));
    let ran = Ran::of(dir.batchproc(&["check", "--format", "json", "m"]).spawn().unwrap());
    let verdicts: Vec<serde_json::Value> =
        ran.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let words: Vec<_> =
        verdicts.iter().map(|verdict| verdict["verdict"].as_str().unwrap()).collect();
    assert_eq!(words, ["ok", "failed", "unreadable", "ok"]);
    assert_eq!(verdicts[2]["reason"], "No such file or directory");
    assert_eq!((&verdicts[3]["path"], &verdicts[3]["line"]), (&"new\nline".into(), &4.into()));
}

#[test]
fn verdicts_come_in_the_manifests_order() {
    let dir = Dir::new();
    for n in 0..2000 {
        dir.file(format!("t/{n}"), vec![b'x'; n % 7 * 1000]);
    }
    let sums = dir.hash(&["--order", "completion", "t"]).good();
    dir.file("m", &sums);
    let expected: String = String::from_utf8(sums)
        .unwrap()
        .lines()
        .map(|line| format!("{}: OK\n", &line[34..]))
        .collect();
    assert_eq!(check(&dir, &["m"]), expected);
    let mut sorted: Vec<_> =
        check(&dir, &["--order", "completion", "m"]).lines().map(String::from).collect();
    sorted.sort();
    let mut all: Vec<_> = expected.lines().map(String::from).collect();
    all.sort();
    assert_eq!(sorted, all);
}

#[test]
fn what_is_no_regular_file_is_never_opened() {
    let dir = files();
    dir.fifo("fifo");
    dir.file("m", format!("{A}  fifo\n{A}  a\n"));
    let ran = Ran::of(dir.batchproc(&["check", "m"]).spawn().unwrap());
    assert_eq!((ran.code(), ran.text().as_str()), (1, "fifo: FAILED open or read\na: OK\n"));
    assert!(ran.stderr.contains("fifo: not opened: it is a FIFO"), "{}", ran.stderr);
    assert!(fs::metadata(dir.at("fifo")).is_ok());
}

#[test]
fn digests_that_could_be_of_another_algorithm_get_a_hint() {
    let dir = files();
    dir.hash(&["-a", "blake3", "-o", "m", "a", "b"]).good();
    let ran = Ran::of(dir.batchproc(&["check", "m"]).spawn().unwrap());
    assert_eq!(ran.code(), 1);
    assert!(ran.stderr.contains("name it with -a sha512-256, "), "{}", ran.stderr);
    assert_eq!(check(&dir, &["-a", "blake3", "m"]), "a: OK\nb: OK\n");
}

#[test]
fn lines_of_other_forms_behind_rows_of_csv_and_zeros_behind_lines_are_told_apart() {
    let dir = files();
    dir.file("quo\"te", "a\n");
    let upper = A.to_uppercase();
    dir.file("(x", "a\n");
    let csv = format!("path,algorithm,digest\r\na,md5,{A}\r\n\"new\nline\",md5,{A}\r\n");
    let others = format!(
        "{A}  quo\"te\n{{\"path\":\"b\",\"algorithm\":\"md5\",\"digest\":\"{B}\"}}\nMD5 (b) = {WRONG}\n"
    );
    dir.file("m", csv + &others);
    let ran = Ran::of(dir.batchproc(&["check", "m"]).spawn().unwrap());
    let expected = "a: OK\n\\new\\nline: OK\nquo\"te: OK\nb: OK\nb: FAILED\n";
    assert_eq!((ran.code(), ran.text().as_str()), (1, expected), "{}", ran.stderr);
    // A file system may leave this after a power failure during a write.
    dir.file("m", format!("{A}  a\n{B}  b\n{}", "\0".repeat(500)));
    let ran = Ran::of(dir.batchproc(&["check", "m"]).spawn().unwrap());
    assert_eq!(ran.text(), "a: OK\nb: OK\n");
    assert!(ran.stderr.contains("1 line is improperly formatted"), "{}", ran.stderr);
    dir.file("m", format!("{upper} (x\n"));
    let ran = Ran::of(dir.batchproc(&["check", "m"]).spawn().unwrap());
    assert_eq!((ran.code(), ran.text().as_str()), (0, "(x: OK\n"), "{}", ran.stderr);
}

#[test]
fn a_reader_that_goes_away_takes_no_failure_with_it() {
    let dir = Dir::new();
    for name in 0..3000 {
        dir.file(format!("t/{name:04}"), format!("{name}"));
    }
    let manifest = dir.hash(&["t"]).good();
    dir.file("m", manifest);
    dir.file("t/0000", "other");
    let script = "{ \"$0\" check m; echo $? >code; } | head -n 1";
    let ran = Ran::of(
        dir.command("sh", &["-c", script, env!("CARGO_BIN_EXE_batchproc")]).spawn().unwrap(),
    );
    assert_eq!(ran.text(), "t/0000: FAILED\n");
    assert_eq!(std::fs::read_to_string(dir.at("code")).unwrap(), "1\n");
}
