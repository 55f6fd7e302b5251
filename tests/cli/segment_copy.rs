//! Texts that are cut as a copy in other forms: --normalize and --ignore-case. Where the copy itself is
//! given as the text, the tokens must be the same.

use std::process::Command;

use crate::harness::{Dir, Ran, assert_same};

fn run(dir: &Dir, arguments: &[&str]) -> Ran {
    Ran::of(dir.batchproc(arguments).spawn().unwrap())
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// Lines with wide, joined, special, traditional and capital characters.
const LINES: &str = "我來到北京清華大學，ＡＢＣ１２３號。\n體重７０㎏，身高１７５㎝！\nCafe\u{301} ﬁle ①②㍿①\n\
    ｶﾞﾗｽ ﾊﾟﾝ\u{3099}の계산 각\n買了T恤和Ｔ恤，iPhone IPHONE\n\n漢字计算机\u{301}\n㏑ ⅷ ｟a｠\r\nÀΣςЖẞſİıK\n";

#[test]
fn the_copy_is_cut_as_a_text_that_is_the_copy() {
    let dir = Dir::new();
    let python = "
import sys, unicodedata
text = open('lines', encoding='utf-8', newline='').read()
open('nfc', 'w', encoding='utf-8', newline='').write(unicodedata.normalize('NFC', text))
open('nfkc', 'w', encoding='utf-8', newline='').write(unicodedata.normalize('NFKC', text))
";
    dir.file("lines", LINES);
    let Ok(status) = Command::new("python3").args(["-c", python]).current_dir(dir.path()).status()
    else {
        eprintln!("skipped: there is no python3");
        return;
    };
    assert!(status.success());
    for form in ["nfc", "nfkc"] {
        for more in [
            &["--mode", "exact"][..],
            &["--mode", "search"],
            &["--mode", "full"],
            &["--pos"],
            &["--compat", "python"],
        ] {
            let cut = |arguments: &[&str]| {
                let all = [&["segment", "-d", "|"], more, arguments].concat();
                text(run(&dir, &all).good())
            };
            let printed = cut(&["--normalize", form, "--print-normalized", "lines"]);
            assert_eq!(printed, cut(&[form]), "{form} {more:?}");
        }
        // Without tags, the tokens of the text itself are the text again.
        let own = text(run(&dir, &["segment", "-d", "", "--normalize", form, "lines"]).good());
        assert_eq!(own, LINES);
        for product in [&["--count"][..], &["--keywords", "9"]] {
            let count = |arguments: &[&str]| {
                let ran = run(&dir, &[&["segment"], product, arguments].concat()).good();
                text(ran).replace("lines\t", "-\t").replace(&format!("{form}\t"), "-\t")
            };
            assert_eq!(count(&["--normalize", form, "lines"]), count(&[form]));
        }
    }
}

#[test]
fn each_form_decides_and_the_text_is_printed() {
    let dir = Dir::new();
    let cut = |arguments: &[&str], line: &str| {
        text(dir.segment(&[&["-d", "|"], arguments].concat(), line).good())
    };
    let traditional = "我來到北京清華大學";
    assert_eq!(cut(&["--normalize", "simplified"], traditional), "我|來到|北京|清華大學");
    let printed = cut(&["--normalize", "simplified", "--print-normalized"], traditional);
    assert_eq!(printed, "我|来到|北京|清华大学");
    assert_eq!(cut(&[], "体重７０㎏"), "体重|７|０|㎏");
    assert_eq!(cut(&["--normalize", "width"], "体重７０㎏"), "体重|７０|㎏");
    assert_eq!(cut(&["--normalize", "nfkc"], "体重７０㎏"), "体重|７０㎏");
    assert_eq!(cut(&["--normalize", "nfkc", "--print-normalized"], "体重７０㎏"), "体重|70kg");
    // The words 株式 and 会社 are in one character, which is one token then.
    assert_eq!(cut(&["--normalize", "nfkc"], "某㍿の"), "某|㍿|の");
    assert_eq!(cut(&["--normalize", "nfc"], "e\u{301}a"), "e\u{301}|a");
    assert_eq!(
        cut(&["--normalize", "width,simplified", "--keep", "number"], "第１２,３４５個"),
        "第|１２,３４５|個"
    );
}

#[test]
fn ranges_in_json_are_those_of_the_text() {
    let dir = Dir::new();
    let json = |arguments: &[&str]| {
        let all = [&["--format", "json", "--normalize", "nfkc"], arguments].concat();
        text(dir.segment(&all, "㎏的℀\n").good())
    };
    let own = concat!(
        r#"{"path":"-","line":1,"tokens":[{"text":"㎏","bytes":[0,3],"characters":[0,1]},"#,
        r#"{"text":"的","bytes":[3,6],"characters":[1,2]},"#,
        r#"{"text":"℀","bytes":[6,9],"characters":[2,3]}]}"#,
        "\n"
    );
    assert_eq!(json(&[]), own);
    // What one character has become is three tokens, which are one in the text.
    let copy = own.replace("㎏", "kg").replace("℀", "a/c");
    assert_eq!(json(&["--print-normalized"]), copy);
}

#[test]
fn user_words_stop_words_and_counts_ignore_case() {
    let dir = Dir::new();
    dir.file("words", "iPhone手机\nC++ Σ\t5\tn\n");
    dir.file("stop", "The\nЖ\n");
    let segment = |arguments: &[&str], line: &str| {
        let all = [&["--user-dict", "words", "--stop-words", "stop"], arguments].concat();
        let ran = dir.segment(&all, line);
        assert_eq!(ran.code(), 0, "{}", ran.stderr);
        text(ran.stdout)
    };
    let line = "IPHONE手机和iphone手机，c++ ς|THE|ж|买T恤和t恤\n";
    let expected = "IPHONE手机~和~iphone手机~，~c++ ς~|~|~|~买~T恤~和~t恤\n";
    assert_eq!(segment(&["--ignore-case", "-d", "~"], line), expected);
    let with_case = segment(&["-d", "~"], line);
    assert!(with_case.contains("IPHONE~手机") && with_case.contains("THE~|"), "{with_case}");
    let counts =
        segment(&["--ignore-case", "--count", "--drop", "punct,space"], "Word word WORD ΣΑΣ σας\n");
    assert_eq!(counts, "σ\t4\nword\t3\nα\t2\n");
    let printed = segment(&["--ignore-case", "--print-normalized", "-d", "~"], "IPHONE手机\n");
    assert_eq!(printed, "iphone手机\n");
}

#[test]
fn lists_get_the_form_of_the_copy() {
    let dir = Dir::new();
    dir.file("words", "雲計算平臺\n");
    dir.file("stop", "這個\nＡＢＣ\n");
    let arguments = [
        "--user-dict",
        "words",
        "--stop-words",
        "stop",
        "--normalize",
        "width,simplified",
        "-d",
        "|",
    ];
    let ran = dir.segment(&arguments, "这个雲計算平臺这个云计算平台abcＡＢＣ這個\n").good();
    assert_eq!(text(ran), "雲計算平臺|云计算平台|abcＡＢＣ\n");
}

#[test]
fn invalid_bytes_are_reported_at_their_place_in_the_text() {
    let dir = Dir::new();
    dir.file("bad", b"\xe3\x8e\x8f\xef\xbc\xa1\n\xe3\x8e\x8f\xff\n");
    let ran = run(&dir, &["segment", "--normalize", "nfkc", "-d", "|", "bad"]);
    assert_same(&ran.stdout, b"\xe3\x8e\x8f\xef\xbc\xa1\n\xe3\x8e\x8f|\xff\n", "kept");
    assert!(ran.stderr.contains("in line 2 (byte offset 10)"), "{}", ran.stderr);
    let ran =
        run(&dir, &["segment", "--normalize", "nfkc", "--invalid", "replace", "-d", "|", "bad"]);
    assert_same(&ran.stdout, "㎏Ａ\n㎏|\u{fffd}\n".as_bytes(), "replaced");
}

#[test]
fn a_field_is_cut_as_a_copy_and_the_rest_stays() {
    let dir = Dir::new();
    let ran =
        dir.segment(&["--field", "2", "--normalize", "simplified"], "清華\t我來到清華大學\tＡ\n");
    assert_eq!(text(ran.good()), "清華\t我 來到 清華大學\tＡ\n");
}

#[test]
fn an_endless_line_is_divided_where_nothing_joins() {
    let dir = Dir::new();
    let unit = "，\u{301}e\u{301}é\u{323}ｶﾞ３．５ ";
    let cut = |times: usize| {
        let arguments = ["--normalize", "nfkc", "--print-normalized", "-d", "|"];
        text(dir.segment(&arguments, unit.repeat(times)).good())
    };
    assert_eq!(cut(20_000), vec![cut(1); 20_000].join("|"));
}

#[test]
fn a_copy_is_printed_only_if_there_is_one() {
    let dir = Dir::new();
    let ran = dir.segment(&["--print-normalized"], "");
    let expected = "batchproc: --print-normalized needs --normalize or --ignore-case\n";
    assert_eq!((ran.code(), &*ran.stderr), (2, expected));
}
