//! Lines that do not name their algorithm, and manifests of xxhsum, b2sum, cksum and openssl, whose
//! digests have the lengths of others.

use crate::harness::{Dir, Ran};

/// A directory with the file that all samples of this module list: `f` holds `abc`.
fn dir() -> Dir {
    let dir = Dir::new();
    dir.file("f", "abc");
    dir
}

fn run(dir: &Dir, arguments: &[&str]) -> Ran {
    Ran::of(dir.batchproc(arguments).spawn().unwrap())
}

/// Checks that a manifest with this name and text has one line, whose file matches.
fn matches(dir: &Dir, name: &str, text: &str, arguments: &[&str]) {
    dir.file(name, text);
    let ran = run(dir, &[&["check", "--strict"], arguments, &[name]].concat());
    assert_eq!((ran.code(), ran.text(), ran.stderr), (0, "f: OK\n".into(), "".into()), "{text}");
}

/// What xxhsum 0.8.1 printed for `xxhsum -q -H0 f` up to `-H3`, each with and without `--tag` and
/// `--little-endian`, and the name of the manifest that tells the algorithm if the length does not.
/// The line with `XXH3_` has the digest of 0.8.1 in the form of `XSUM_printLine_GNU` in xxhsum.c of
/// 0.8.2.
const XXHSUM: [(&str, &str); 14] = [
    ("x.xxh32", "32d153ff  f\n"),
    ("m", "XXH32 (f) = 32d153ff\n"),
    ("m", "XXH32_LE (f) = ff53d132\n"),
    ("m", "44bc2cf5ad770999  f\n"),
    ("m", "XXH64 (f) = 44bc2cf5ad770999\n"),
    ("m", "XXH64_LE (f) = 990977adf52cbc44\n"),
    ("xxh128sums", "06b05ab6733a618578af5f94892f3950  f\n"),
    ("m", "XXH128 (f) = 06b05ab6733a618578af5f94892f3950\n"),
    ("m", "XXH128_LE (f) = 50392f89945faf7885613a73b65ab006\n"),
    ("m", "XXH3 (f) = 78af5f94892f3950\n"),
    ("m", "XXH3_LE (f) = 50392f89945faf78\n"),
    ("m", "XXH3_78af5f94892f3950  f\n"),
    ("m", "XXH3_78af5f94892f3950 *f\n"),
    ("x.xxh3", "78af5f94892f3950  f\n"),
];

#[test]
fn manifests_of_xxhsum_are_read_in_every_form() {
    let dir = dir();
    for (name, text) in XXHSUM {
        matches(&dir, name, text, &[]);
        // The other form of the end of lines finds the same entries.
        matches(&dir, name, &text.replace('\n', "\0"), &[]);
    }
    for (algorithm, text) in
        [("xxh32", XXHSUM[0].1), ("xxh128", XXHSUM[6].1), ("xxh3", XXHSUM[11].1)]
    {
        matches(&dir, "m", text, &["-a", algorithm]);
    }
    // Without a tag nothing shows that the bytes are reversed. `xxhsum -c` does not see it either.
    dir.file("m", "990977adf52cbc44  f\n");
    let ran = run(&dir, &["check", "m"]);
    assert_eq!((ran.code(), ran.text().as_str()), (1, "f: FAILED\n"));
    // A line that was not requested is malformed.
    dir.file("m", XXHSUM[11].1);
    let ran = run(&dir, &["check", "-a", "xxh64", "m"]);
    assert_eq!((ran.code(), ran.text().as_str()), (1, ""));
}

/// What b2sum 9.1 printed for `b2sum -l N f` and `b2sum -l N --tag f`.
const B2SUM: [(&str, &str); 4] = [
    ("6b  f\n", "BLAKE2b-8 (f) = 6b\n"),
    (
        "384264f676f39536840523f284921cdc68b6846b  f\n",
        "BLAKE2b-160 (f) = 384264f676f39536840523f284921cdc68b6846b\n",
    ),
    (
        "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319  f\n",
        "BLAKE2b-256 (f) = bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319\n",
    ),
    (
        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923  f\n",
        "BLAKE2b (f) = ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923\n",
    ),
];

#[test]
fn manifests_of_b2sum_are_read_in_every_form() {
    let dir = dir();
    for (plain, tagged) in B2SUM {
        matches(&dir, "m", tagged, &[]);
        matches(&dir, "B2SUMS", plain, &[]);
        let bits = 4 * plain.find(' ').unwrap();
        matches(&dir, "m", plain, &["-a", &format!("blake2b-{bits}")]);
    }
}

#[test]
fn manifests_of_b2sum_of_every_length_are_those_that_we_write() {
    let dir = dir();
    for bits in (8..=512).step_by(8) {
        let name = format!("blake2b-{bits}");
        for (format, tag) in [("gnu", &[][..]), ("bsd", &["--tag"])] {
            let bits = bits.to_string();
            let theirs = [&["-l", &bits], tag, &["f"]].concat();
            let theirs = Ran::of(dir.command("b2sum", &theirs).spawn().unwrap()).text();
            let ours = dir.hash(&["-a", &name, "--format", format, "f"]).good();
            assert_eq!(String::from_utf8(ours).unwrap(), theirs);
            matches(&dir, "B2SUMS", &theirs, &[]);
        }
    }
    let digests = "0".repeat(34) + "  f\n";
    dir.file("m", &digests);
    assert_eq!(run(&dir, &["check", "m"]).text(), "f: FAILED\n");
}

/// Lines of openssl 3.0.19 (`openssl dgst`), of `cksum -a` of coreutils 9.1, and the tag of FreeBSD's
/// sha512t256 with the digest of openssl.
#[test]
fn tags_with_slashes_and_small_letters_are_read() {
    let dir = dir();
    for text in [
        "SHA2-512/256(f)= 53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23\n",
        "SHA512/256(f)= 53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23\n",
        "SHA512-256 (f) = 53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23\n",
        "SHA512t256 (f) = 53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23\n",
        "BLAKE2B-512(f)= ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923\n",
        "SM3 (f) = 66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0\n",
        "SM3(f)= 66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0\n",
        "SHA224 (f) = 23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7\n",
        "SHA2-384(f)= cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7\n",
    ] {
        matches(&dir, "m", text, &[]);
        matches(&dir, "m", &text.replace('\n', "\0"), &[]);
    }
    dir.file("m", "blake2b-8 (f) = 6b\nUNKNOWN (f) = 6b\nBLAKE2b-8 (f) = 6b\n");
    let ran = run(&dir, &["check", "-w", "m"]);
    assert_eq!((ran.code(), ran.text().as_str()), (0, "f: OK\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("WARNING: 2 lines are improperly formatted"), "{}", ran.stderr);
    assert!(ran.stderr.contains("m: 2: improperly formatted"), "{}", ran.stderr);
}

#[test]
fn a_digest_whose_algorithm_nothing_tells_is_malformed_for_a_reason() {
    let dir = dir();
    let xxh3 = XXHSUM[11].1;
    for (text, arguments, reason) in [
        (
            B2SUM[0].0,
            &[][..],
            "no accepted or usual algorithm has digests of this length; name the algorithm with -a",
        ),
        (
            B2SUM[1].0,
            &["-a", "md5"],
            "no accepted or usual algorithm has digests of this length; name the algorithm with -a",
        ),
        ("abc  f\n", &[], "no algorithm has digests of this length"),
        ("word f\n", &[], "it does not begin with a digest"),
        (xxh3, &["-a", "xxh64"], "the algorithm was not requested"),
    ] {
        dir.file("m", text);
        let ran = run(&dir, &[&["check", "-w"], arguments, &["m"]].concat());
        assert_eq!((ran.code(), ran.text().as_str()), (1, ""), "{text}");
        assert!(
            ran.stderr.contains(&format!("checksum line: {reason}\n")),
            "{text}: {}",
            ran.stderr
        );
    }
}

#[test]
fn tagged_lines_and_the_name_of_a_manifest_say_what_a_length_does_not() {
    let dir = dir();
    let sums = |algorithm: &str, format: &str| {
        let ran = dir.hash(&["-a", algorithm, "--format", format, "f"]);
        String::from_utf8(ran.good()).unwrap()
    };
    for algorithm in
        ["blake3", "sm3", "sha3-256", "sha512-256", "xxh128", "xxh32", "blake2b", "blake2b-160"]
    {
        let plain = sums(algorithm, "gnu");
        dir.file("m", sums(algorithm, "bsd") + &plain);
        assert_eq!(run(&dir, &["check", "m"]).good(), b"f: OK\nf: OK\n", "{algorithm}");
        let name = format!("x.{algorithm}");
        matches(&dir, &name, &plain, &[]);
        assert_eq!(run(&dir, &["audit", &name, "f"]).text(), "f: ok\n", "{algorithm}");
        // Nothing tells it here.
        dir.file("m", &plain);
        assert_eq!(run(&dir, &["check", "m"]).code(), 1, "{algorithm}");
    }
    // What -a accepts counts more than the name.
    matches(&dir, "x.sm3", &sums("blake3", "gnu"), &["-a", "blake3"]);
}

#[test]
fn a_file_that_does_not_match_an_assumed_algorithm_gets_a_hint() {
    let dir = dir();
    dir.file("g", "other");
    let plain = |algorithm, file| {
        let ran = dir.hash(&["-a", algorithm, "--format", "gnu", file]);
        String::from_utf8(ran.good()).unwrap()
    };
    // Each hint is printed once, also if other lines match.
    dir.file(
        "m",
        plain("md5", "f") + &plain("blake3", "f") + &plain("blake3", "g") + &plain("blake2b", "g"),
    );
    let others = "if they are of another algorithm, name it with -a sha512-256, -a sha3-256, -a sm3, -a blake3 or -a blake2b-256";
    let hints = format!(
        "batchproc: m: 2 lines that did not match do not name an algorithm, and sha256 was assumed; {others}\n\
         batchproc: m: 1 line that did not match does not name an algorithm, and sha512 was assumed; if it is of another algorithm, name it with -a blake2b\n"
    );
    let ran = run(&dir, &["check", "m"]);
    let warning = "batchproc: WARNING: 3 computed checksums did NOT match\n";
    assert_eq!((ran.code(), ran.stderr), (1, format!("{warning}{hints}")));
    assert_eq!(run(&dir, &["check", "--status", "m"]).stderr, "");

    dir.file("m", plain("blake3", "f") + &plain("blake3", "g"));
    let hint = format!(
        "batchproc: 2 changed\nbatchproc: m: 2 lines that did not match do not name an algorithm, and sha256 was assumed; {others}\n"
    );
    let ran = run(&dir, &["audit", "m", "f", "g"]);
    assert_eq!((ran.code(), ran.stderr), (1, hint));
    assert_eq!(run(&dir, &["audit", "--status", "m", "f", "g"]).stderr, "");

    // Where the algorithm is known, a file differs for no other reason.
    dir.file("f", "changed");
    let tagged = "MD5 (f) = 900150983cd24fb0d6963f7d28e17f72\n";
    let md5 = "900150983cd24fb0d6963f7d28e17f72  f\n";
    for (name, text, arguments) in
        [("m", tagged, &[][..]), ("MD5SUMS", md5, &[]), ("m", md5, &["-a", "md5"])]
    {
        dir.file(name, text);
        let ran = run(&dir, &[&["check"], arguments, &[name]].concat());
        assert_eq!(ran.stderr, "batchproc: WARNING: 1 computed checksum did NOT match\n");
        let ran = run(&dir, &[&["audit"], arguments, &[name, "f"]].concat());
        assert_eq!(ran.stderr, "batchproc: 1 changed\n");
    }
    // Of several accepted algorithms of a length, one is assumed.
    dir.file("m", md5);
    let ran = run(&dir, &["check", "-a", "md5,xxh128", "m"]);
    assert!(ran.stderr.contains("md5 was assumed"), "{}", ran.stderr);
}
