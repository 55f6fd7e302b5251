//! Files that the user named are never destroyed, and never skipped silently.

use std::fs::{self, File};
use std::os::unix::fs::symlink;

use crate::harness::{Dir, Ran};

const EMPTY: &str = "d41d8cd98f00b204e9800998ecf8427e";
/// MD5 of `x`.
const X: &str = "9dd4e461268c8034f5c8564e155c67a6";

fn text(dir: &Dir, name: &str) -> String {
    fs::read_to_string(dir.at(name)).unwrap()
}

#[test]
fn hash_replaces_no_file_that_is_not_a_manifest_unless_that_is_said() {
    for how in [
        &["-o", "p.txt", "q.txt"][..],
        &["-o", "p.txt", "q.txt", "r.txt"],
        &["-o", "p.txt", "q.txt", "p.txt"],
        &["-o", "p.txt", "."],
        &["-o", "link", "q.txt"],
        &["-o", "p.txt", "q.txt", "--resume"],
        &["-o", "p.txt", "q.txt", "r.txt", "--resume"],
        &["-o", "p.txt", "q.txt", "--order", "completion"],
        &["-o", "p.txt", "--files-from", "list"],
        &["-o", "p.txt", "--format", "json", "q.txt"],
    ] {
        let dir = Dir::new();
        dir.file("p.txt", "data");
        dir.file("q.txt", "x");
        dir.file("r.txt", "x");
        dir.file("list", "q.txt\n");
        symlink("p.txt", dir.at("link")).unwrap();
        let before = dir.list(".");
        let ran = dir.hash(how);
        let name = how[1];
        assert_eq!(
            (ran.code(), ran.stderr.as_str()),
            (
                2,
                format!(
                    "batchproc: {name} is not a manifest (line 1: it is neither a digest with a name nor \
                     a line of another known form), and -o would replace it; use \
                     --overwrite to replace it anyway\n"
                )
                .as_str()
            ),
            "{how:?}"
        );
        assert_eq!((text(&dir, "p.txt").as_str(), dir.list(".")), ("data", before), "{how:?}");
    }
    let dir = Dir::new();
    dir.file("p.txt", "data");
    dir.file("q.txt", "x");
    dir.hash(&["-o", "p.txt", "--overwrite", "q.txt"]).good();
    assert_eq!(text(&dir, "p.txt"), format!("{X}  q.txt\n"));
}

#[test]
fn what_is_no_manifest_is_not_both_hashed_and_replaced_even_with_overwrite() {
    let dir = Dir::new();
    dir.file("p.txt", "data");
    dir.file("q.txt", "x");
    dir.file("list", "q.txt\np.txt\nq.txt\n");
    symlink("p.txt", dir.at("link")).unwrap();
    for how in [&["q.txt", "p.txt"][..], &["p.txt"], &["q.txt", "link"], &["./p.txt", "q.txt"]] {
        let ran = dir.hash(&[&["-o", "p.txt", "--overwrite"], how].concat());
        assert_eq!(ran.code(), 2, "{how:?}");
        assert!(
            ran.stderr
                .ends_with("and is both an input and the output (-o): its content would be lost\n")
        );
        assert_eq!(text(&dir, "p.txt"), "data", "{how:?}");
    }
    for arguments in
        [&["hash", "--overwrite", "-o", "p.txt"][..], &["hash", "-o", "p.txt", "--overwrite", "-"]]
    {
        let stdin = File::open(dir.at("p.txt")).unwrap();
        let ran = Ran::of(dir.batchproc(arguments).stdin(stdin).spawn().unwrap());
        assert_eq!((ran.code(), text(&dir, "p.txt").as_str()), (2, "data"), "{}", ran.stderr);
    }
    let ran = dir.hash(&["--files-from", "list", "-o", "p.txt", "--overwrite"]);
    assert_eq!((ran.code(), text(&dir, "p.txt").as_str()), (2, "data"));
    assert!(ran.stderr.starts_with(
        "batchproc: p.txt: is also the output (-o): its content would be lost; the rest of the list was not read"
    ), "{}", ran.stderr);
}

#[test]
fn a_manifest_of_any_form_is_replaced_and_left_out() {
    for form in [
        &[][..],
        &["--tag"],
        &["--format", "json"],
        &["--format", "csv"],
        &["-z"],
        &["-a", "blake3"],
    ] {
        let dir = Dir::new();
        dir.file("a", "");
        dir.file("sums", "");
        let run = || {
            dir.hash(&[form, &["a", "sums", "-o", "sums"]].concat()).good();
            fs::read(dir.at("sums")).unwrap()
        };
        let first = run();
        assert_eq!(run(), first, "{form:?}");
        assert_eq!(dir.hash(&[form, &["a"]].concat()).good(), first, "{form:?}");
        assert_eq!(dir.list("."), ["a", "sums"]);
    }
    let dir = Dir::new();
    dir.file("a", "");
    let theirs = Ran::of(dir.command("md5sum", &["--tag", "a"]).spawn().unwrap()).good();
    dir.file("sums", [b"# by somebody\n", &theirs[..]].concat());
    dir.hash(&["a", "sums", "-o", "sums"]).good();
    assert_eq!(text(&dir, "sums"), format!("{EMPTY}  a\n"));
}

#[test]
fn dict_compile_replaces_nothing_but_a_compiled_dictionary() {
    let dir = Dir::new();
    dir.file("words", "好词 3\n");
    dir.file("other", "data");
    let compile = |arguments: &[&str]| {
        let all = [&["dict", "compile"], arguments].concat();
        Ran::of(dir.batchproc(&all).spawn().unwrap())
    };
    for (arguments, reported) in [
        (
            &["words", "-o", "other"][..],
            "other is not a compiled dictionary, and -o would replace it; use --overwrite to replace it anyway",
        ),
        (
            &["words", "-o", "words"],
            "words is not a compiled dictionary, and -o would replace it; use --overwrite to replace it anyway",
        ),
        (
            &["words", "-o", "words", "--overwrite"],
            "words is both the input and the output (-o): its content would be lost",
        ),
    ] {
        let ran = compile(arguments);
        assert_eq!((ran.code(), ran.stderr), (2, format!("batchproc: {reported}\n")));
        assert_eq!(
            (text(&dir, "words").as_str(), text(&dir, "other").as_str()),
            ("好词 3\n", "data")
        );
    }
    compile(&["words", "-o", "other", "--overwrite"]).good();
    let made = fs::read(dir.at("other")).unwrap();
    compile(&["words", "-o", "other"]).good();
    assert!(fs::read(dir.at("other")).unwrap() == made && made != b"data");
}

#[test]
fn what_was_named_may_not_lie_in_the_output_directory() {
    for (inputs, output) in [
        (&["c"][..], "c"),
        (&["c/d"], "c"),
        (&["c/d/t"], "c/d"),
        (&["b", "c"], "c"),
        (&["link"], "c"),
        (&["c"], "link"),
        (&["link/d"], "c"),
        (&["to-t", "b"], "c"),
        (&["c"], "."),
    ] {
        let dir = Dir::new();
        dir.file("c/d/t", "我来到北京");
        dir.file("b", "我来到北京");
        symlink("c", dir.at("link")).unwrap();
        symlink("c/d/t", dir.at("to-t")).unwrap();
        let before = dir.list(".");
        let ran = dir.segment(&[inputs, &["--output-dir", output]].concat(), "");
        assert_eq!(ran.code(), 2, "{inputs:?} {output}: {}", ran.stderr);
        assert!(ran.stderr.contains("--output-dir"), "{}", ran.stderr);
        assert_eq!((dir.list("."), dir.list("c")), (before, vec!["d".to_string()]), "{inputs:?}");
        assert_eq!(text(&dir, "c/d/t"), "我来到北京");
    }
}

#[test]
fn a_listed_file_in_the_output_directory_is_an_error_and_the_others_are_written() {
    let dir = Dir::new();
    dir.file("out/a", "我来到");
    dir.file("b", "北京大学");
    dir.file("l", "我来到");
    // A link to itself replaces it.
    symlink("../l", dir.at("out/l")).unwrap();
    let ran = dir.segment(&["--files-from", "-", "--output-dir", "out"], "out/a\nb\nl\n");
    assert_eq!(
        (ran.code(), ran.stderr.as_str()),
        (
            1,
            "batchproc: out/a: is not segmented: it lies in out (--output-dir), where the results are written
\
             batchproc: l: would be replaced by its own result; choose another --output-dir
"
        )
    );
    assert_eq!((text(&dir, "out/a").as_str(), text(&dir, "l").as_str()), ("我来到", "我来到"));
    assert_eq!(text(&dir, "out/b"), "北京大学");
}

#[test]
fn a_text_is_not_replaced_by_the_result_of_another_through_a_link_in_the_output_directory() {
    let dir = Dir::new();
    dir.file("in/a", "我来到");
    dir.file("in/b", "北京");
    fs::create_dir_all(dir.at("out/in")).unwrap();
    symlink("../../in/b", dir.at("out/in/a")).unwrap();
    let ran = dir.segment(&["in", "--output-dir", "out"], "");
    assert_eq!(
        (ran.code(), ran.stderr.as_str()),
        (
            2,
            "batchproc: in/b would be replaced by the result of in/a; choose another --output-dir\n"
        )
    );
    assert_eq!(text(&dir, "in/b"), "北京");
}

#[test]
fn a_run_that_left_everything_out_is_no_success() {
    let dir = Dir::new();
    dir.file("out/a", "我来到");
    let ran = dir.segment(&[".", "--output-dir", "out"], "");
    assert_eq!(
        (ran.code(), ran.stderr.as_str()),
        (
            1,
            "batchproc: nothing was segmented: every file that was found lies in out (--output-dir), where the results are written\n"
        )
    );
    // An output directory inside the walked tree works a second time too.
    dir.file("b", "我来到");
    for _ in 0..2 {
        dir.segment(&[".", "--output-dir", "./out"], "").good();
        assert_eq!(
            (text(&dir, "out/b").as_str(), dir.list("out")),
            ("我 来到", vec!["a".into(), "b".into()])
        );
    }
}

#[test]
fn a_text_that_is_its_own_output_is_not_replaced_if_anything_failed() {
    for inputs in
        [&["a", "missing"][..], &["a", "b"], &["b", "./a"], &["link", "b"], &["--files-from", "l"]]
    {
        let dir = Dir::new();
        dir.file("a", "我来到\n");
        dir.file("b", b"\xff");
        dir.file("l", "b\na\n");
        symlink("a", dir.at("link")).unwrap();
        let ran = dir.segment(&[inputs, &["--invalid", "fail", "-o", "a"]].concat(), "");
        assert_eq!(ran.code(), 1, "{inputs:?}");
        let reported = "batchproc: a is unchanged: it is also an input, and some files could not be segmented\n";
        assert!(ran.stderr.ends_with(reported), "{inputs:?}: {}", ran.stderr);
        assert_eq!(
            (text(&dir, "a").as_str(), dir.list(".")),
            ("我来到\n", ["a", "b", "l", "link"].map(String::from).to_vec())
        );
    }
}

#[test]
fn an_argument_by_which_nothing_can_be_opened_fails_alone_wherever_results_go() {
    let long = "x".repeat(300);
    let wanted = [
        "batchproc: good/below: Not a directory".to_string(),
        "batchproc: loop: Too many levels of symbolic links".to_string(),
        format!("batchproc: {long}: File name too long"),
    ];
    for how in [
        &["hash"][..],
        &["hash", "-o", "m.json"],
        &["hash", "-o", "m.md5"],
        &["hash", "--update", "m.json", "-o", "m.json"],
        &["segment"],
        &["segment", "-o", "words"],
        &["segment", "-o", "words", "--resume"],
        &["segment", "--count", "-o", "words"],
        &["segment", "--output-dir", "o"],
        &["dups"],
    ] {
        let dir = Dir::new();
        dir.file("good", "我来到北京\n");
        symlink("loop", dir.at("loop")).unwrap();
        // The second run finds the results of the first.
        for round in 0..2 {
            let arguments = ["good", "good/below", "loop", &long];
            let ran = Ran::of(dir.batchproc(how).args(arguments).spawn().unwrap());
            assert_eq!(ran.code(), 1, "{how:?}, {round}: {}", ran.stderr);
            let lines: Vec<&str> =
                ran.stderr.lines().filter(|line| wanted.contains(&line.to_string())).collect();
            assert_eq!(lines, wanted, "{how:?}, {round}: {}", ran.stderr);
        }
    }
}

#[test]
fn a_manifest_is_not_replaced_by_the_digest_of_standard_input_unless_that_is_said() {
    let dir = Dir::new();
    dir.file("t/a", "x");
    for form in ["gnu", "json"] {
        dir.hash(&["--format", form, "t", "-o", "m"]).good();
        let old = text(&dir, "m");
        let ran = dir.hash(&["-o", "m"]);
        assert_eq!(ran.code(), 2);
        assert_eq!(
            ran.stderr,
            "batchproc: no PATH is given, so m would be replaced by the digest of standard input; \
             if that is meant, give -\n"
        );
        assert_eq!(text(&dir, "m"), old);
        dir.hash(&["-o", "m", "-"]).good();
        assert_eq!(text(&dir, "m"), format!("{EMPTY}  -\n"));
        dir.hash(&["-o", "m", "--overwrite"]).good();
    }
}
