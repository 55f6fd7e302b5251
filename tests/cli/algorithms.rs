//! All algorithms, compared with other programs that compute them; and several algorithms at once.

use std::process::Command;

use crate::harness::{Dir, Ran, assert_same};
use crate::md5sum::odd_tree;

/// Whether this machine has the program. Those of coreutils are assumed.
pub fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

fn shell(dir: &Dir, script: &str) -> Vec<u8> {
    Ran::of(dir.command("sh", &["-c", script]).spawn().unwrap()).good()
}

#[test]
fn one_algorithm_prints_the_lines_of_its_program() {
    let dir = odd_tree();
    let find = "find tree -type f -print0 | LC_ALL=C sort -z";
    for (name, program) in [
        ("sha1", "sha1sum"),
        ("sha-256", "sha256sum"),
        ("SHA512", "sha512sum"),
        ("sha224", "sha224sum"),
        ("sha384", "sha384sum --tag"),
        ("blake2b", "b2sum"),
        ("blake2b", "b2sum --tag"),
        ("blake2b-256", "b2sum -l 256"),
        ("md5", "md5sum"),
        ("sha256", "sha256sum --tag"),
    ] {
        let theirs = shell(&dir, &format!("{find} | xargs -0 {program} | LC_ALL=C sort"));
        let format = if program.ends_with("--tag") { "bsd" } else { "gnu" };
        let mut ours: Vec<_> = dir
            .hash(&["-a", name, "--format", format, "tree"])
            .good()
            .split_inclusive(|&byte| byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        ours.sort();
        assert_same(&ours.concat(), &theirs, program);
    }
}

#[test]
fn digests_equal_those_of_other_programs_at_every_size() {
    let dir = odd_tree();
    let all = |name, format| dir.hash(&["-a", name, "--format", format, "tree/sizes"]).good();
    for (name, format, program) in [
        ("b3", "gnu", "b3sum"),
        ("xxh3", "bsd", "xxhsum -q -H3"),
        ("xxh128", "gnu", "xxhsum -q -H2"),
        ("xxh32", "gnu", "xxhsum -q -H0"),
        ("xxh64", "gnu", "xxhsum -q -H1"),
        ("xxh64", "bsd", "xxhsum -q -H1 --tag"),
        ("sm3", "bsd", "cksum -a sm3"),
        ("blake2b", "bsd", "cksum -a blake2b"),
        ("sha224", "bsd", "cksum -a sha224"),
        ("sha384", "bsd", "cksum -a sha384"),
        ("sha512", "bsd", "cksum -a sha512"),
    ] {
        if has(program.split(' ').next().unwrap()) {
            let script = format!("LC_ALL=C; {program} tree/sizes/*");
            assert_same(&all(name, format), &shell(&dir, &script), program);
        }
    }
    if has("openssl") {
        for name in ["sha3-256", "sha512-256", "sm3"] {
            let script = format!(
                "openssl dgst -{name} tree/sizes/* | sed 's|(| (|; s|)=|) =|; s|^SHA2-512/|SHA512-|'"
            );
            assert_same(&all(name, "bsd"), &shell(&dir, &script), "openssl");
        }
    }
    if has("gzip") {
        let script = "for f in tree/sizes/*; do echo \"CRC32 ($f) = $(gzip -c $f | tail -c8 | od -An -tx4 -N4 --endian=little | tr -d ' ')\"; done";
        assert_same(&all("crc32", "bsd"), &shell(&dir, script), "gzip");
    }
}

#[test]
fn many_algorithms_at_once_print_what_each_prints_alone() {
    let dir = odd_tree();
    let names = [
        "crc32",
        "blake3",
        "md5",
        "sha1",
        "sha3-256",
        "sha256",
        "sha512",
        "xxh3-128",
        "xxh3-64",
        "blake2b",
        "blake2b-504",
        "sm3",
        "xxh64",
    ];
    let alone: Vec<Vec<String>> = names
        .iter()
        .map(|name| {
            let text = dir.hash(&["-a", name, "--tag", "-z", "tree"]).good();
            String::from_utf8_lossy(&text).split('\0').map(String::from).collect()
        })
        .collect();
    let list = names.join(",");
    for format in [&[][..], &["--format", "gnu"], &["--tag"]] {
        let all = dir.hash(&[&["-z", "-a", &list, "tree"], format].concat()).good();
        let expected: Vec<&str> = (0..alone[0].len() - 1)
            .flat_map(|file| alone.iter().map(move |lines| lines[file].as_str()))
            .collect();
        assert_eq!(
            String::from_utf8_lossy(&all).split_terminator('\0').collect::<Vec<_>>(),
            expected
        );
    }
    // A single small file takes another code path.
    let alone = dir.hash(&["-a", "sha1,md5,sha1", "-a", "crc32", "tree/plain"]).good();
    assert_eq!(String::from_utf8(alone).unwrap().lines().count(), 3);
}

#[test]
fn the_list_of_algorithms_names_each_and_a_wrong_one_is_reported() {
    let dir = Dir::new();
    let list = String::from_utf8(dir.hash(&["--list-algorithms"]).good()).unwrap();
    for name in ["md5", "sha256", "SHA3-256", "b3sum", "xxh128", "blake2b-N"] {
        assert!(list.contains(name), "{name}");
    }
    let ran = dir.hash(&["-a", "md4", "x"]);
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr.contains("expected one of md5, sha1, sha224, sha256"), "{}", ran.stderr);
}

#[test]
fn a_form_without_a_tag_is_the_default_only_where_a_program_prints_it() {
    let dir = Dir::new();
    dir.file("a", "");
    for (name, start) in [
        ("sha1", "da39a3ee"),
        ("blake3", "af1349b9"),
        ("sha3-256", "SHA3-256 (a) = a7ff"),
        ("xxh3", "XXH3 (a) = "),
        ("xxh64", "ef46db3751d8e999"),
        ("xxh32", "XXH32 (a) = 02cc5d05"),
        ("blake2b", "786a02f7"),
        ("blake2b-8", "BLAKE2b-8 (a) = "),
        ("sm3", "SM3 (a) = "),
        ("sha512-256", "SHA512-256 (a) = "),
        ("xxh128", "XXH128 (a) = "),
        ("crc32", "CRC32 (a) = 00000000\n"),
    ] {
        let text = String::from_utf8(dir.hash(&["-a", name, "a"]).good()).unwrap();
        assert!(text.starts_with(start), "{name}: {text}");
    }
}
