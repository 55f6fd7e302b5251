//! Random manifests, checked by batchproc and by `md5sum -c` of coreutils 9.1: verdicts, exit codes and
//! warnings must be equal, byte for byte. The seeds are fixed; `BATCHPROC_MANIFESTS` sets the number of
//! runs. If a manifest is judged differently, a small one with the same difference is printed.
//!
//! These differences are meant; docs/verify.md tells users about them.
//!
//! - batchproc reads more forms of lines, other spellings of tags (`MD-5`, blanks after `MD5`), and a byte
//!   order mark. No such lines and tags are given to it here, and md5sum gets the manifest without the mark.
//! - Of a name with a NUL, md5sum checks the part before. That may be another file, so batchproc takes the
//!   line for improperly formatted. md5sum gets the line with an escape in place of the NUL that it refuses.
//! - md5sum carries the rule "one space throughout" over to the next manifest. There it would depend on the
//!   order of manifests which file a line means. Here md5sum gets each manifest in a run of its own.
//! - If `-` is listed twice, batchproc refuses the second one, for which md5sum would read nothing. No
//!   manifests with two are made here.
//! - md5sum quotes odd names in error texts for a shell, batchproc shows them with escapes, as in all its
//!   messages. And batchproc says why a line is improperly formatted, and asks whether a file that lists
//!   nothing is a manifest. So only warnings are compared.

use std::process::Stdio;
use std::{env, thread};

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::harness::{Dir, Ran};

/// The files, and the MD5 of their content, as md5sum 9.1 prints it.
const FILES: [(&str, &str, &str); 10] = [
    ("a", "a\n", "60b725f10c9c85c70d97880dfe8191b3"),
    ("b", "b\n", "3b5d5c3712955042212316173ccf37be"),
    ("  c  d ", "c\n", "2cd6ee2c70b0bde53fbe6cac3c8b8bb1"),
    ("*a", "d\n", "e29311f6f1bf1af907f9ef9f44b8328b"),
    ("(b) = x", "e\n", "9ffbf43126e33be52cd2bf7e01d627f9"),
    ("back\\slash\\n", "f\n", "9a8ad92c50cae39aa2c5604fd0ab6d8c"),
    ("new\nline", "g\n", "f5302386464f953ed581edac03556e55"),
    ("cr\r", "h\n", "01fbdc44ef819db6273bc30965a23814"),
    ("empty", "", "d41d8cd98f00b204e9800998ecf8427e"),
    ("\u{e9}", "i\n", "372e25f23b5a8ae33c7ba203412ace30"),
];
/// Names that cannot be read, and standard input, which is empty.
const OTHERS: [&str; 6] = ["gone", "a/x", "d", "", "gone\\n", "-"];
const EMPTY: &str = "d41d8cd98f00b204e9800998ecf8427e";

/// What a case gives both programs.
#[derive(Clone, Debug)]
struct Case {
    manifests: Vec<Manifest>,
    options: Vec<&'static str>,
    /// How a single manifest is passed: by its name, as `-`, or on standard input without an argument.
    passed: u8,
    /// Whether batchproc is told the algorithm.
    named: bool,
}

/// A manifest in parts.
#[derive(Clone, Debug)]
struct Manifest {
    lines: Vec<Vec<u8>>,
    /// Bytes that are put anywhere.
    damage: Vec<(prop::sample::Index, u8)>,
    /// Where a NUL is put.
    nul: Option<prop::sample::Index>,
    mark: bool,
    torn: bool,
}

impl Manifest {
    /// The manifest as batchproc gets it, and as md5sum gets it.
    fn bytes(&self) -> (Vec<u8>, Vec<u8>) {
        let mut bytes = self.lines.concat();
        for (at, byte) in &self.damage {
            bytes.insert(at.index(bytes.len() + 1), *byte);
        }
        if self.torn && bytes.ends_with(b"\n") {
            bytes.pop();
        }
        if let Some(at) = self.nul {
            bytes.insert(at.index(bytes.len() + 1), 0);
            // With so many entries before it, a NUL is damage and does not end lines.
            let (name, _, digest) = FILES[0];
            bytes.splice(..0, format!("MD5 ({name}) = {digest}\n").repeat(4).into_bytes());
        }
        let lines = bytes.split_inclusive(|&byte| byte == b'\n');
        let theirs = lines.map(without_nul).collect::<Vec<_>>().concat();
        let mark: &[u8] = if self.mark { b"\xef\xbb\xbf" } else { b"" };
        ([mark, &bytes].concat(), theirs)
    }
}

/// The line, but with escapes that md5sum refuses in place of each NUL: two, because the first may follow
/// a backslash.
fn without_nul(line: &[u8]) -> Vec<u8> {
    if line.starts_with(b"#") || !line.contains(&0) {
        return line.to_vec();
    }
    let indent = line.iter().take_while(|byte| b" \t".contains(byte)).count();
    let (indent, rest) = line.split_at(indent);
    let mark: &[u8] = if rest.starts_with(b"\\") { b"" } else { b"\\" };
    let rest =
        rest.iter().flat_map(|byte| if *byte == 0 { br"\x\x" } else { std::slice::from_ref(byte) });
    [indent, mark].concat().into_iter().chain(rest.copied()).collect()
}

/// One of these, mostly the first.
fn mostly(all: &'static [&'static str]) -> impl Strategy<Value = &'static str> + Clone {
    prop_oneof![6 => Just(all[0]), 1 => select(all)]
}

/// A name with the digest of its file.
fn file() -> impl Strategy<Value = (&'static str, &'static str)> + Clone {
    let files = FILES.map(|(name, _, digest)| (name, digest));
    let others = OTHERS.map(|name| (name, EMPTY));
    prop_oneof![4 => select(files.to_vec()), 1 => select(others.to_vec())]
}

fn digest(right: &str, how: u8) -> String {
    match how {
        0 => FILES[1].2.into(),
        1 => right.to_uppercase(),
        2 => right[1..].into(),
        3 => format!("{right}0"),
        4 => right.replacen(|_| true, "g", 1),
        5 => format!("{right}01234567"),
        6 => String::new(),
        _ => right.into(),
    }
}

fn name(name: &str, how: u8) -> (bool, String) {
    let escaped = name.replace('\\', r"\\").replace('\n', r"\n").replace('\r', r"\r");
    match how {
        0 => (true, format!("{escaped}\\")),
        1 => (true, format!("{escaped}\\t")),
        2 => (true, name.into()),
        3 => (false, name.into()),
        4 => (false, escaped),
        5 => (true, escaped),
        _ => (escaped != name, escaped),
    }
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    const INDENTS: &[&str] = &["", " ", "\t", " \t "];
    const ENDS: &[&str] = &["\n", "\r\n", "\r\r\n", " \n", "\t\n", "\r", ""];
    const GAPS: &[&str] = &["  ", " *", " ", "\t", "", "   ", " \t", "\t*", "\r "];
    const TAGS: &[&str] = &["MD5 ", "MD5", "MD5  ", "md5 ", "SHA1 ", "MD5\t", "MD5-128 ", ""];
    const EQUALS: &[&str] = &[" = ", "= ", "=", " =\t", "\t= ", " ", "\r= ", " =\r", "==", ""];
    let parts = (mostly(INDENTS), file(), 0..40_u8, 0..40_u8, mostly(ENDS));
    let gnu = (parts.clone(), prop_oneof![select(GAPS), select(&GAPS[..3])]).prop_map(
        |((indent, file, digits, how, end), gap)| {
            let (escaped, name) = name(file.0, how);
            let digest = digest(file.1, digits);
            format!("{indent}{}{digest}{gap}{name}{end}", if escaped { "\\" } else { "" })
        },
    );
    let tagged =
        (parts, mostly(TAGS), mostly(&["(", "", "(("]), mostly(&[")", "", "))"]), mostly(EQUALS))
            .prop_map(|((indent, file, digits, how, end), tag, open, close, equals)| {
                let (escaped, name) = name(file.0, how);
                let digest = digest(file.1, digits);
                let escape = if escaped { "\\" } else { "" };
                format!("{indent}{escape}{tag}{open}{name}{close}{equals}{digest}{end}")
            });
    let rest =
        select(vec!["\n", "\r\n", "# x\n", " # x\n", "x\n", "\\\n", " \n", "MD5 (a\n", "#\n"]);
    let all = prop_oneof![5 => gnu, 4 => tagged, 1 => rest.prop_map(str::to_string)];
    all.prop_map(String::into_bytes)
}

fn manifest() -> impl Strategy<Value = Manifest> {
    let byte = select(b" \t\r\n\\()=*#-0aAg\xff".to_vec());
    let damage = prop_oneof![
        3 => Just(Vec::new()),
        1 => prop::collection::vec((any::<prop::sample::Index>(), byte), 1..3),
    ];
    let nul = prop_oneof![7 => Just(None), 1 => any::<prop::sample::Index>().prop_map(Some)];
    (
        prop::collection::vec(line(), 0..7),
        damage,
        nul,
        prop::bool::weighted(0.05),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(lines, damage, nul, mark, torn)| Manifest {
            lines,
            damage,
            nul,
            mark,
            torn,
        })
}

fn case() -> impl Strategy<Value = Case> {
    let few = prop_oneof![4 => Just(1..2), 1 => Just(2..4)];
    let manifests = few.prop_flat_map(|few| prop::collection::vec(manifest(), few));
    let all = ["--quiet", "--status", "--warn", "--strict", "--ignore-missing"];
    let options = prop::collection::vec(select(all.to_vec()), 0..4);
    (manifests, options, 0..6_u8, any::<bool>())
        .prop_map(|(manifests, options, passed, named)| Case { manifests, options, passed, named })
}

/// Whether batchproc understands a tag that md5sum does not: `MD-5`, or two blanks after `MD5`, as rhash
/// aligns tags.
fn is_spelled_otherwise(manifest: &[u8]) -> bool {
    let text = String::from_utf8_lossy(manifest);
    let tags = |text: &str| text.matches("MD5(").count() + text.matches("MD5 (").count();
    tags(&text) != tags(&text.replace(['-', ' ', '\t'], ""))
}

/// What is compared: the exit code, standard output, and the warnings.
type Judged = (i32, Vec<u8>, Vec<String>);

fn judged(ran: Ran, program: &str) -> Judged {
    let warnings = ran.stderr.lines().filter_map(|line| {
        let line = line.strip_prefix(program)?.strip_prefix(": ")?;
        let line = line.split("checksum line: ").next()?.trim_end_matches("checksum line");
        let line = line.split("lines found; ").next()?.trim_end_matches("lines found");
        let warns = ["WARNING", "properly formatted", "no file was verified"];
        let warns = warns.iter().any(|words| line.contains(words));
        warns.then(|| line.replace('\'', "").replace(" MD5 ", " "))
    });
    (ran.code(), ran.stdout, warnings.collect())
}

fn compare(dir: &Dir, case: &Case) -> Result<(), TestCaseError> {
    let manifests: Vec<_> = case.manifests.iter().map(Manifest::bytes).collect();
    // A digest without `-a` may be of any algorithm with its length.
    let is_other = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        text.contains("SHA1")
            || text
                .split(|c: char| !c.is_ascii_hexdigit())
                .any(|word| [8, 16, 40, 64, 128].contains(&word.len()))
    };
    let named = case.named || manifests.iter().any(|(ours, _)| is_other(ours));
    let dashes: usize =
        manifests.iter().map(|(ours, _)| ours.windows(1).filter(|byte| byte == b"-").count()).sum();
    prop_assume!(dashes <= 1 && !manifests.iter().any(|(ours, _)| is_spelled_otherwise(ours)));
    let arguments: Vec<_> = (0..manifests.len()).map(|index| format!("m{index}")).collect();
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let by_stdin = manifests.len() == 1 && case.passed < 2;
    if by_stdin {
        arguments = vec!["-"];
        arguments.truncate(usize::from(case.passed));
    }
    let run = |program: &str, mut command: std::process::Command, stdin: &[u8]| {
        let ran = if by_stdin {
            Ran::with_stdin(command, stdin)
        } else {
            Ran::of(command.stdin(Stdio::null()).spawn().unwrap())
        };
        judged(ran, program)
    };
    let mut theirs: Judged = (0, Vec::new(), Vec::new());
    let singly = arguments.chunks(1).chain(arguments.is_empty().then_some(&[][..]));
    for (argument, (_, bytes)) in singly.zip(&manifests) {
        argument.iter().for_each(|name| drop(dir.file(name, bytes)));
        let command = dir.command("md5sum", &[&["-c"], &case.options[..], argument].concat());
        let (code, stdout, warnings) = run("md5sum", command, bytes);
        theirs.0 = theirs.0.max(code);
        theirs.1.extend(stdout);
        theirs.2.extend(warnings);
    }
    for (argument, (bytes, _)) in arguments.iter().zip(&manifests) {
        dir.file(argument, bytes);
    }
    let algorithm: &[&str] = if named { &["-a", "md5"] } else { &[] };
    let command = dir.batchproc(&[&["check"], algorithm, &case.options[..], &arguments].concat());
    let ours = run("batchproc", command, &manifests[0].0);
    if ours == theirs {
        return Ok(());
    }
    let show = |(code, stdout, warnings): &Judged| {
        format!("exit code {code}\n    {}\n    {warnings:?}", stdout.escape_ascii())
    };
    let shown: Vec<_> = manifests.iter().map(|(ours, _)| ours.escape_ascii().to_string()).collect();
    Err(TestCaseError::fail(format!(
        "{:?} {arguments:?}, -a md5: {named}\n  manifests: {shown:#?}\n  md5sum: {}\n  batchproc: {}",
        case.options,
        show(&theirs),
        show(&ours)
    )))
}

#[test]
fn random_manifests_are_judged_as_by_md5sum() {
    let cases: u32 = env::var("BATCHPROC_MANIFESTS").map_or(1000, |number| number.parse().unwrap());
    let threads: u8 = 4;
    let differs = thread::scope(|scope| {
        let runs: Vec<_> = (1..=threads)
            .map(|seed| {
                scope.spawn(move || {
                    let dir = Dir::new();
                    for (name, content, _) in FILES {
                        dir.file(name, content);
                    }
                    dir.file("d/x", "");
                    let config = Config {
                        cases: cases.div_ceil(u32::from(threads)),
                        failure_persistence: None,
                        max_global_rejects: u32::MAX,
                        ..Config::default()
                    };
                    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
                    let ended = TestRunner::new_with_rng(config, random)
                        .run(&case(), |case| compare(&dir, &case));
                    ended.err().map(|error| match error {
                        proptest::test_runner::TestError::Fail(reason, _) => reason.to_string(),
                        other => other.to_string(),
                    })
                })
            })
            .collect();
        runs.into_iter().filter_map(|run| run.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(differs.is_empty(), "{}", differs.join("\n"));
}

#[test]
fn the_digests_of_the_files_are_right() {
    let dir = Dir::new();
    for (name, content, digest) in FILES {
        dir.file("f", content);
        let ran = Ran::of(dir.command("md5sum", &["f"]).spawn().unwrap());
        assert_eq!(ran.text(), format!("{digest}  f\n"), "{name}");
    }
}

#[test]
fn a_tagged_line_without_a_name_is_told_with_its_line() {
    let dir = Dir::new();
    let (name, content, digest) = FILES[0];
    dir.file(name, content);
    dir.file("m", format!("MD5 ({name}) = {digest}\nMD5 () = {digest}\n"));
    let run = |arguments: &[&str]| {
        let ran = Ran::of(dir.batchproc(arguments).spawn().unwrap());
        (ran.code(), ran.text(), ran.stderr)
    };
    let why = "batchproc: m: 2: the name between the parentheses is empty\n";
    let warning = "batchproc: WARNING: 1 listed file could not be read\n";
    let text = "a: OK\n: FAILED open or read\n".to_string();
    assert_eq!(run(&["check", "m"]), (1, text, [why, warning].concat()));
    let (code, text, _) = run(&["check", "--format", "json", "m"]);
    let json = "{\"path\":\"\",\"verdict\":\"unreadable\",\"manifest\":\"m\",\"line\":2,\"reason\":\"2: the name between the parentheses is empty\"}";
    assert_eq!((code, text.lines().last()), (1, Some(json)));
    // For the other commands it is a line that is not understood.
    let (code, _, stderr) = run(&["audit", "m", "a"]);
    assert_eq!(
        (code, stderr.contains("m: 2: improperly formatted checksum line: the name")),
        (1, true)
    );
}
