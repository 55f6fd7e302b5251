//! With `--compat python`, parts of speech are those of `jieba.posseg`, and the keywords of TextRank, which
//! needs them, are those of `jieba.analyse`. The results are compared with recorded output of Python jieba,
//! and with Python jieba itself if it is installed.

use std::fs;
use std::process::Command;

use crate::harness::{Dir, assert_same};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/segmentation");

/// The words of a text with their tags, with and without the model.
fn tags(dir: &Dir, text: &str) -> Vec<u8> {
    let mut all = dir.segment(&["--pos", "--compat", "python"], text).good();
    all.extend(dir.segment(&["--pos", "--compat", "python", "--no-hmm"], text).good());
    all
}

/// The keywords of each line of a text, and of the whole text, with twelve digits after the point.
fn keywords(dir: &Dir, text: &str) -> String {
    let mut all = String::new();
    for per in ["line", "file"] {
        let options = ["--keywords", "20", "--keyword-method", "textrank", "--compat", "python"];
        let ran = dir.segment(&[&options[..], &["--per", per]].concat(), text).good();
        for line in String::from_utf8(ran).unwrap().lines() {
            let mut columns = line.rsplit('\t');
            let weight: f64 = columns.next().unwrap().parse().unwrap();
            all += &format!("{}\t{weight:.12}\n", columns.next().unwrap());
        }
    }
    all
}

#[test]
fn words_tags_and_ranks_are_those_of_python_jieba() {
    let dir = Dir::new();
    let text = fs::read_to_string(format!("{FIXTURES}/input.txt")).unwrap();
    let (tags, keywords) = (tags(&dir, &text), keywords(&dir, &text));
    let golden = |name: &str| fs::read(format!("{FIXTURES}/tags/{name}")).unwrap();
    assert_same(&tags, &golden("tags.txt"), "tags");
    assert_same(keywords.as_bytes(), &golden("keywords.txt"), "keywords");

    // BATCHPROC_PYTHON names a Python with jieba 0.42.1.
    let Ok(python) = std::env::var("BATCHPROC_PYTHON") else {
        eprintln!("BATCHPROC_PYTHON is not set: only the goldens were compared");
        return;
    };
    let script = format!("{FIXTURES}/tags/make_goldens.py");
    let ran = Command::new(python).arg(script).arg(dir.path()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_same(&tags, &fs::read(dir.at("tags.txt")).unwrap(), "tags of Python itself");
    assert_same(keywords.as_bytes(), &fs::read(dir.at("keywords.txt")).unwrap(), "ranks of Python");
}

#[test]
fn kept_parts_and_invalid_bytes_are_tokens_with_the_tags_of_python_too() {
    let dir = Dir::new();
    let options = ["--pos", "--compat", "python", "--keep", "url"];
    let text = ["曇曇 https://a.b/c ".as_bytes(), b"\xff\r\n", "后在深".as_bytes()].concat();
    dir.file("text", text);
    let ran = dir.segment(&[&options[..], &["text"]].concat(), "");
    let expected = "曇曇/n  /x https://a.b/c/x  /x \u{fffd}/x\r\n后在/t 深/a";
    let printed = String::from_utf8_lossy(&ran.stdout);
    assert_eq!((printed.as_ref(), ran.code()), (expected, 0), "{}", ran.stderr);
}
