//! `merge` notices parts that are missing, doubled, foreign or torn.

use std::fs;

use crate::harness::{Dir, Ran, assert_same};
use crate::shard::{merge, part, parts};

fn tree() -> Dir {
    let dir = Dir::new();
    for n in 0..50 {
        dir.file(format!("t/{}/{n}", n % 3), format!("{n}"));
    }
    dir
}

/// Merges into a file and checks that nothing is written.
fn refused(dir: &Dir, parts: &[String], message: &str) {
    let ran = merge(dir, parts, &["-o", "out"]);
    assert_eq!(ran.code(), 2, "{}", ran.stderr);
    assert!(ran.stderr.contains(message), "{message}: {}", ran.stderr);
    assert!(!dir.at("out").exists() && !dir.list(".").iter().any(|name| name.starts_with(".out")));
}

#[test]
fn missing_and_doubled_parts_are_noticed() {
    let dir = tree();
    let all = parts(&dir, 4, &["hash", "t"]);
    refused(&dir, &all[1..], "of 4 shards, shard 1 is missing");
    refused(&dir, &[&all[..1], &all[3..]].concat(), "of 4 shards, shards 2, 3 are missing");
    refused(&dir, &[&all[..], &all[..1]].concat(), "are both shard 1/4");
    for suffix in ["", ".shard"] {
        fs::copy(dir.at(all[1].clone() + suffix), dir.at(format!("copy{suffix}"))).unwrap();
    }
    refused(&dir, &[&all[..], &["copy".into()]].concat(), "are both shard 2/4");
    fs::remove_file(dir.at(format!("{}.shard", all[2]))).unwrap();
    refused(&dir, &all, "there is no parts/3-4.shard");
}

#[test]
fn foreign_parts_are_noticed() {
    let dir = tree();
    let all = parts(&dir, 2, &["hash", "t"]);
    for (arguments, message) in [
        (&["hash", "-a", "sha1", "t"][..], "the options differ"),
        (&["hash", "--format", "csv", "t"], "the kind of the result differ"),
        (&["hash", "t/0"], "the PATHs differ"),
        (&["hash", "--no-hidden", "t"], "the options differ"),
        (&["segment", "--format", "json", "t"], "the kind of the result differ"),
    ] {
        part(&dir, 2, 2, arguments);
        refused(&dir, &all, message);
    }
    let (other, _) = part(&dir, 2, 3, &["hash", "t"]);
    refused(&dir, &[all[0].clone(), other], "the number of shards differ");
    // The same command on another tree.
    parts(&dir, 2, &["segment", "t"]);
    dir.file("t/more", "more");
    part(&dir, 2, 2, &["segment", "t"]);
    refused(&dir, &all, "the files or their sizes differ");
}

#[test]
fn torn_and_altered_parts_are_noticed() {
    let dir = tree();
    for arguments in [
        &["hash", "t"][..],
        &["hash", "--format", "csv", "--seal", "t"],
        &["segment", "t"],
        &["segment", "--format", "json", "t"],
        &["segment", "--count", "t"],
        &["segment", "--keywords", "2", "t"],
    ] {
        let all = parts(&dir, 2, arguments);
        let whole = fs::read(dir.at(&all[1])).unwrap();
        let line = whole.iter().position(|&byte| byte == b'\n').unwrap() + 1;
        let mut altered = whole.clone();
        altered[line - 2] ^= 1;
        for torn in [&whole[..whole.len() - 1], &whole[..line], &whole[line..], b"", &altered] {
            fs::write(dir.at(&all[1]), torn).unwrap();
            refused(&dir, &all, "parts/2-2");
        }
        fs::write(dir.at(&all[1]), &whole).unwrap();
        let merged = merge(&dir, &all, &[]);
        assert_eq!(merged.code(), 0, "{}", merged.stderr);
    }
}

#[test]
fn lines_that_were_added_to_a_part_and_its_description_are_noticed() {
    let dir = tree();
    let all = parts(&dir, 2, &["hash", "t"]);
    let digest = |name: &str| dir.hash(&["-a", "sha256", name]).text()[..64].to_string();
    let (was, part) = (digest(&all[0]), fs::read(dir.at(&all[0])).unwrap());
    let other = fs::read(dir.at(&all[1])).unwrap();
    let line = other.split_inclusive(|&byte| byte == b'\n').next().unwrap();
    let side = format!("{}.shard", all[0]);
    let described = fs::read_to_string(dir.at(&side)).unwrap();
    for (more, message) in
        [(line, "which belongs to shard 2/2"), (b"# a comment\n", "are not those of a manifest")]
    {
        fs::write(dir.at(&all[0]), [&part, more].concat()).unwrap();
        fs::write(dir.at(&side), described.replace(&was, &digest(&all[0]))).unwrap();
        refused(&dir, &all, message);
    }
}

#[test]
fn files_that_failed_in_a_part_make_the_exit_code_1() {
    let dir = tree();
    let sizes = ["--files-from", "list"];
    dir.file("list", "t/0/0\nt/none\nt/1/1\n");
    let all = parts(&dir, 2, &[&["hash"], &sizes[..]].concat());
    let merged = merge(&dir, &all, &[&sizes[..], &["-o", "out"]].concat());
    assert_eq!(merged.code(), 1);
    assert!(merged.stderr.contains("1 file failed when it was made"), "{}", merged.stderr);
    assert_eq!(fs::read_to_string(dir.at("out")).unwrap().lines().count(), 2);
}

#[test]
fn manifests_from_pipes_are_merged_by_what_their_lines_show() {
    let dir = tree();
    dir.file("u/1", "1");
    let one = dir.hash(&["u", "t"]).good();
    let names: Vec<_> = (1..=3).map(|index| format!("p{index}")).collect();
    for (index, name) in names.iter().enumerate() {
        let shard = format!("{}/3", index + 1);
        fs::write(dir.at(name), dir.hash(&["--shard", &shard, "u", "t"]).good()).unwrap();
    }
    let merged = merge(&dir, &names, &["--paths", "u", "t"]);
    assert_same(&merged.stdout, &one, &merged.stderr);
    assert_eq!(merged.code(), 0);
    assert!(merged.stderr.contains("it is not noticed if one of them is missing"));
    refused(&dir, &names, "is not in the order of a walk; name the PATHs with --paths");
    let pipes = dir.command(
        "bash",
        &[
            "-c",
            "b=$0; $b merge <($b hash --shard 1/2 t) <($b hash --shard 2/2 t)",
            env!("CARGO_BIN_EXE_batchproc"),
        ],
    );
    let mut pipes = pipes;
    let merged = Ran::of(pipes.spawn().unwrap());
    assert_same(&merged.stdout, &dir.hash(&["t"]).good(), &merged.stderr);

    dir.file("q1", dir.hash(&["--shard", "1/2", "t"]).good());
    for (content, message) in [
        (&b"no manifest\n"[..], "line 1"),
        (b"d41d8cd98f00b204e9800998ecf8427e  zz", "its line 1 has no end"),
        (b"d41d8cd98f00b204e9800998ecf8427e  zz\n\n", "are not those of a manifest"),
    ] {
        dir.file("q2", content);
        refused(&dir, &["q1".into(), "q2".into()], message);
    }
    refused(&dir, &["q1".into(), "q1".into()], "both list t/");
}

#[test]
fn sealed_parts_make_a_sealed_result_and_others_do_not() {
    let dir = tree();
    let all = parts(&dir, 2, &["hash", "--seal", "t"]);
    merge(&dir, &all, &["-o", "out"]);
    assert_same(&fs::read(dir.at("out")).unwrap(), &dir.hash(&["--seal", "t"]).good(), "sealed");
    fs::remove_file(dir.at(&all[1])).unwrap();
    part(&dir, 2, 2, &["hash", "t"]);
    let merged = merge(&dir, &all, &[]);
    assert_same(&merged.stdout, &dir.hash(&["t"]).good(), "unsealed");
    assert!(
        merged.stderr.contains("the result gets no seal: parts/2-2 has none"),
        "{}",
        merged.stderr
    );
}

/// Runs 64 jobs, two at a time, of which one is killed; what has no result is done again.
const DRIVER: &str = r#"
mkdir jobs
run() {
    for shard in $(seq 1 64); do
        [ -e jobs/$shard ] && continue
        "$@" hash --shard $shard/64 t -o jobs/$shard &
        [ $shard = 17 ] && [ ! -e killed ] && { kill -9 $!; touch killed; }
        [ $((shard % 2)) = 0 ] && wait
    done
    wait
}
run "$@" 2>/dev/null
if [ ! -e jobs/17 ]; then "$@" merge $(ls jobs/* | grep -v '\.shard$' | grep -v partial) >/dev/null 2>missing; fi
run "$@"
"$@" merge $(ls jobs/* | grep -v '\.shard$')
"#;

#[test]
fn a_job_that_was_killed_is_repeated_and_the_result_is_that_of_one_run() {
    let dir = tree();
    let ran = dir.shell(DRIVER, &[]);
    assert_same(&ran.stdout, &dir.hash(&["t"]).good(), &ran.stderr);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    if let Ok(missing) = fs::read_to_string(dir.at("missing")) {
        assert!(missing.contains("of 64 shards, shard 17 is missing"), "{missing}");
    }
}

#[test]
fn a_merge_never_replaces_one_of_its_parts() {
    let dir = tree();
    let all = parts(&dir, 2, &["hash", "t"]);
    let ran = merge(&dir, &all, &["-o", &all[0]]);
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr.contains("is both the output (-o) and a part"), "{}", ran.stderr);
}
