//! Tables for each line, each file or all: --per, --documents, --idf and `batchproc idf`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use crate::harness::{Dir, Ran, assert_same};

/// Texts of some lines, some of them empty, and one of several blocks, whose first line has a word that no
/// other has, and whose last line has no end.
fn corpus() -> Dir {
    let dir = Dir::new();
    let words =
        ["我来到北京清华大学", "他来到了网易杭研大厦", "小明硕士毕业于中国科学院计算所", "北京"];
    let line = |n: usize| format!("{}，{}{}", words[n % 4], words[n / 4 % 4], words[n / 16 % 3]);
    dir.file("t/a", format!("{}\n\n{}\r\n", line(1), line(3)));
    let lines = (0..6000).map(|n| line(n * 7) + "\n").collect::<String>();
    dir.file("t/b", "机器\n".to_string() + &lines + "深度学习");
    dir.file("t/c", "");
    dir.file("t/d", "\n  \n");
    dir.file("t/e\tx", format!("{}\n", line(2)));
    dir
}

const FILES: [&str; 5] = ["t/a", "t/b", "t/c", "t/d", "t/e\tx"];

/// The words of each line of a file, as `segment` prints them.
fn tokens(dir: &Dir, file: &str) -> Vec<Vec<String>> {
    let printed = String::from_utf8(dir.segment(&["-d", "\u{1}", file], "").good()).unwrap();
    let words = |line: &str| {
        let words = line.trim_end_matches('\r').split('\u{1}').filter(|word| !word.is_empty());
        words.map(String::from).collect()
    };
    printed.split_terminator('\n').map(words).collect()
}

fn counted(words: impl Iterator<Item = String>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| usize::MAX - count);
    counts
}

/// Standard output of a good run, which is the same with any number of threads.
fn printed(dir: &Dir, arguments: &[&str]) -> String {
    let one = dir.segment(&[arguments, &["-j1"]].concat(), "").good();
    let four = dir.segment(&[arguments, &["-j4", "--io-threads", "4"]].concat(), "").good();
    assert_same(&four, &one, "the number of threads");
    String::from_utf8(one).unwrap()
}

#[test]
fn counts_for_each_file_and_each_line_are_those_of_its_words() {
    let dir = corpus();
    let (mut of_files, mut of_lines, mut json) = (String::new(), String::new(), String::new());
    for file in FILES {
        let name = file.replace('\t', "\\t");
        let lines = tokens(&dir, file);
        for (word, count) in counted(lines.iter().flatten().cloned()) {
            of_files += &format!("{name}\t{word}\t{count}\n");
        }
        for (line, words) in lines.iter().enumerate() {
            for (word, count) in counted(words.iter().cloned()) {
                let line = line + 1;
                of_lines += &format!("{name}\t{line}\t{word}\t{count}\n");
                json += &format!(
                    "{{\"path\":\"{name}\",\"line\":{line},\"word\":\"{word}\",\"count\":{count}}}\n"
                );
            }
        }
    }
    let of = |arguments: &[&str]| printed(&dir, &[&["t", "--count"], arguments].concat());
    assert_same(of(&["--per", "file"]).as_bytes(), of_files.as_bytes(), "files");
    assert_same(of(&["--per", "line"]).as_bytes(), of_lines.as_bytes(), "lines");
    assert_same(of(&["--per", "line", "--format", "json"]).as_bytes(), json.as_bytes(), "JSON");
    assert_eq!(of(&["--per", "all"]), of(&[]));
    let json = of(&["--per", "file", "--format", "json"]);
    assert_eq!(json.lines().count(), of_files.lines().count());
    assert!(json.starts_with("{\"path\":\"t/a\",\"word\":\""), "{json:.80}");
}

#[test]
fn a_file_that_fails_has_no_table_of_counts_and_lines_before_the_place_have_one() {
    let dir = Dir::new();
    dir.file("bad", b"\xe6\x88\x91\n\xff\n");
    dir.file("good", "北京\n");
    let of = |per| dir.segment(&["bad", "good", "--invalid", "fail", "--count", "--per", per], "");
    let said = "batchproc: bad: a byte sequence in line 2 (byte offset 4) is not valid UTF-8\n";
    for per in ["file", "line"] {
        let ran = of(per);
        let expected = if per == "file" { "good\t北京\t1\n" } else { "good\t1\t北京\t1\n" };
        assert_eq!((ran.code(), ran.text().as_str(), ran.stderr.as_str()), (1, expected, said));
    }
}

#[test]
fn keywords_of_a_line_are_those_of_a_file_that_has_only_this_line() {
    let dir = corpus();
    fs::remove_file(dir.at("t/b")).unwrap();
    for method in ["tfidf", "textrank"] {
        for compat in ["jieba-rs", "python"] {
            let options = ["--keywords", "3", "--keyword-method", method, "--compat", compat];
            let mut expected = String::new();
            for file in ["t/a", "t/c", "t/d", "t/e\tx"] {
                let text = fs::read_to_string(dir.at(file)).unwrap();
                for (number, line) in text.split_inclusive('\n').enumerate() {
                    let best = dir.segment(&options, line).good();
                    for found in String::from_utf8(best).unwrap().lines() {
                        let (name, line) = (file.replace('\t', "\\t"), number + 1);
                        expected += &format!("{name}\t{line}{}\n", &found[1..]);
                    }
                }
            }
            let found = printed(&dir, &[&options[..], &["t", "--per", "line"]].concat());
            assert_eq!(found, expected, "{method} {compat}");
            let json = [&options[..], &["t", "--per", "line", "--format", "json"]].concat();
            let objects = printed(&dir, &json);
            assert_eq!(objects.lines().count(), 3 + 2 + 1, "an object for each line: {objects}");
            assert!(objects.contains("{\"path\":\"t/a\",\"line\":2,\"keywords\":[]}"), "{objects}");
        }
    }
}

#[test]
fn keywords_of_all_files_are_those_of_their_texts_in_one_file() {
    let dir = corpus();
    let all: Vec<u8> = FILES.map(|file| fs::read(dir.at(file)).unwrap()).concat();
    dir.file("one", &all);
    for compat in ["jieba-rs", "python"] {
        let options = ["--keywords", "50", "--compat", compat];
        let one = String::from_utf8(dir.segment(&[&options[..], &["one"]].concat(), "").good());
        let expected = one.unwrap().replace("one\t", "");
        let found = printed(&dir, &[&options[..], &["t", "--per", "all"]].concat());
        let sorted = |text: &str| text.lines().map(String::from).collect::<BTreeSet<_>>();
        assert_eq!(sorted(&found), sorted(&expected), "{compat}");
        let weights = |text: &str| -> Vec<String> {
            text.lines().map(|line| line.split('\t').nth(1).unwrap().into()).collect()
        };
        assert_eq!(weights(&found), weights(&expected), "{compat}");
        let json = printed(&dir, &["t", "--keywords", "1", "--per", "all", "--format", "json"]);
        assert!(json.starts_with("{\"keywords\":[{\"word\":\""), "{json}");
        assert_eq!(json.lines().count(), 1);
    }
}

#[test]
fn with_a_field_each_record_has_a_table() {
    let dir = Dir::new();
    let csv = "id,text\n1,\"我来到\n北京\"\n\n2,\n3,\"清华大学 \"\"北京\"\"\"\n";
    let of = |arguments: &[&str], text: &str| {
        let options = ["--count", "--per", "line", "--drop", "space,punct", "--invalid", "replace"];
        String::from_utf8(dir.segment(&[&options, arguments].concat(), text).good()).unwrap()
    };
    // The number of a record is that of the line in which its field begins.
    assert_eq!(
        of(&["--csv", "--field", "text"], csv),
        "-\t2\t北京\t1\n-\t2\t我\t1\n-\t2\t来到\t1\n-\t6\t北京\t1\n-\t6\t清华大学\t1\n"
    );
    assert_eq!(of(&["--field", "2"], "a\t北京\tx\nb\t我\n"), "-\t1\t北京\t1\n-\t2\t我\t1\n");
    let json = "{\"t\":[\"北京\",\"我\\n北京\"]}\n{\"t\":\"我\"}\n";
    assert_eq!(of(&["--json-field", "t"], json), "-\t1\t北京\t2\n-\t1\t我\t1\n-\t2\t我\t1\n");
    // Replaced bytes change the places in the text.
    let invalid = [b"a\t\xff\xff\n".as_slice(), "b\t我\n".as_bytes()].concat();
    let arguments = ["--count", "--per", "line", "--field", "2", "--invalid", "replace"];
    let ran = dir.segment(&arguments, invalid);
    assert_eq!(ran.text(), "-\t1\t\u{fffd}\t2\n-\t2\t我\t1\n");
    let documents = ["--count", "--documents", "--per", "line", "--json-field", "t"];
    assert_eq!(dir.segment(&documents, json).text(), "我\t2\n北京\t1\n");
}

/// In how many documents each word comes, and the number of documents.
fn documents(dir: &Dir, of_lines: bool) -> (Vec<(String, usize)>, usize) {
    let mut all: Vec<BTreeSet<String>> = Vec::new();
    for file in FILES {
        let lines = tokens(dir, file);
        match of_lines {
            true => all.extend(lines.into_iter().map(BTreeSet::from_iter)),
            false => all.push(lines.into_iter().flatten().collect()),
        }
    }
    all.retain(|words| !words.is_empty());
    let number = all.len();
    (counted(all.into_iter().flatten()), number)
}

#[test]
fn documents_are_counted_for_each_word_and_make_a_table_of_their_logarithms() {
    let dir = corpus();
    for per in ["file", "line"] {
        let (counts, number) = documents(&dir, per == "line");
        let expected: String =
            counts.iter().map(|(word, count)| format!("{word}\t{count}\n")).collect();
        let found = printed(&dir, &["t", "--count", "--documents", "--per", per]);
        assert_same(found.as_bytes(), expected.as_bytes(), per);
        let table: String = counts
            .iter()
            .filter(|(word, _)| word.trim().chars().count() > 1)
            .map(|(word, count)| format!("{word} {}\n", (number as f64 / *count as f64).ln()))
            .collect();
        assert!(table.lines().count() > 5);
        let ran = Ran::of(dir.batchproc(&["idf", "t", "--per", per, "-j3"]).spawn().unwrap());
        assert_same(&ran.good(), table.as_bytes(), per);
    }
    assert_eq!(
        printed(&dir, &["t", "--count", "--documents"]),
        printed(&dir, &["t", "--count", "--documents", "--per", "file"])
    );
    let json = printed(&dir, &["t", "--count", "--documents", "--format", "json"]);
    assert!(json.lines().all(|line| line.contains(",\"documents\":")), "{json}");
}

#[test]
fn words_with_spaces_are_left_out_of_the_table_and_said() {
    let dir = Dir::new();
    dir.file("words", "深度 学习\t5\tn\n机器 学习\t5\tn\n");
    dir.file("t", "深度 学习和机器 学习在北京\n");
    let arguments = ["idf", "t", "--user-dict", "words", "-o", "out"];
    let ran = Ran::of(dir.batchproc(&arguments).spawn().unwrap());
    assert_eq!(ran.code(), 1);
    let said = "batchproc: 2 words have spaces, which the form of jieba cannot have, and are left out: 机器 学习 and others\n";
    assert!(ran.stderr.ends_with(said), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(dir.at("out")).unwrap(), "北京 0\n");
    dir.file("empty", "\n");
    let ran = Ran::of(dir.batchproc(&["idf", "empty"]).spawn().unwrap());
    let said = "batchproc: no text has a word, so there is no table to write\n";
    assert_eq!((ran.code(), ran.stderr.as_str()), (2, said));
}

/// Keywords by a table of one's own, with weights that were computed by hand: the share of a word among
/// the words that can be keywords, times its number in the table. Others get the median.
#[test]
fn keywords_are_weighed_by_a_table_of_ones_own() {
    let dir = Dir::new();
    dir.file("table", "北京 1.5\r\n\u{feff}清华大学\t0.25\n\n来到 9\n来到 4\n");
    let text = "我来到北京，北京清华大学，杭研大厦";
    let found = dir.segment(&["--keywords", "9", "--idf", "table"], text).good();
    // Six words; the median of 0.25, 1.5 and 4 is 1.5.
    let (twice, once) = (2.0 * 1.5 / 6.0, 1.5 / 6.0);
    let expected = format!(
        "-\t来到\t{}\n-\t北京\t{twice}\n-\t大厦\t{once}\n-\t杭研\t{once}\n-\t清华大学\t{}\n",
        4.0 / 6.0,
        0.25 / 6.0
    );
    assert_eq!(String::from_utf8(found).unwrap(), expected);
    for (content, said) in [
        ("", "table bad (--idf): it has no words"),
        ("北京 1\n来到\n", "table bad (--idf): line 2: expected a word, a space and a number"),
        ("北京 x\n", "line 1: expected a word, a space and a number"),
        ("北京 inf\n", "line 1: expected a word, a space and a number"),
    ] {
        dir.file("bad", content);
        let ran = dir.segment(&["--keywords", "9", "--idf", "bad"], text);
        assert_eq!(ran.code(), 2);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    let ran = dir.segment(&["--keywords", "9", "--idf", "gone"], text);
    assert!(
        ran.stderr.contains("cannot read the table gone (--idf): No such file"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.code(), 2);
    // The table is protected like a dictionary, and from standard input if the text is not there.
    dir.file("t", text);
    let ran = dir.segment(&["t", "--keywords", "9", "--idf", "table", "-o", "table"], "");
    assert_eq!(ran.code(), 2);
    assert!(ran.stderr.contains("the table (--idf)"), "{}", ran.stderr);
    let piped = dir.segment(&["t", "--keywords", "1", "--idf", "-"], "北京 9\n").good();
    assert_eq!(String::from_utf8(piped).unwrap(), "t\t北京\t3\n");
    assert_eq!(dir.segment(&["-", "--keywords", "1", "--idf", "-"], "").code(), 2);
}

#[test]
fn options_that_say_nothing_together_are_refused() {
    let dir = corpus();
    for (arguments, said) in [
        (&["segment", "t", "--per", "line"][..], "--per says what --count or --keywords is about"),
        (
            &["segment", "t", "--count", "--documents", "--per", "all"],
            "the whole input is one document",
        ),
        (&["idf", "t", "--per", "all"], "the whole input is one document"),
        (
            &["segment", "t", "--keywords", "2", "--per", "all", "--keyword-method", "textrank"],
            "--per all cannot be used with --keyword-method textrank",
        ),
        (
            &["segment", "t", "--keywords", "2", "--idf", "t/a", "--keyword-method", "textrank"],
            "--idf cannot be used with --keyword-method textrank",
        ),
        (&["segment", "t", "--documents"], "--count"),
        (&["segment", "t", "--keywords", "2", "--documents"], "cannot be used with --keywords"),
        (&["segment", "t", "--keywords", "2", "--new"], "cannot be used with --keywords"),
        (&["segment", "t", "--pretokenized", "--keep", "url"], "--keep"),
        (&["idf", "t", "--shard", "1/2"], "--shard is an option of segment, not of idf"),
        (&["segment", "t", "--idf", "t/a"], "--keywords"),
        (&["idf", "t", "--pos"], "--pos is an option of segment, not of idf"),
        (&["idf", "t", "-o", "x", "--resume"], "--resume is an option of segment, not of idf"),
    ] {
        let ran = Ran::of(dir.batchproc(arguments).spawn().unwrap());
        assert_eq!(ran.code(), 2, "{arguments:?}");
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
    }
    let help = Ran::of(dir.batchproc(&["idf", "--help"]).spawn().unwrap()).good();
    let help = String::from_utf8(help).unwrap();
    assert!(help.contains("--user-dict") && !help.contains("--keyword-method <"), "{help}");
}

#[test]
fn a_line_of_which_no_token_is_left_has_its_object() {
    let dir = Dir::new();
    let of = |text| {
        let options = ["--keywords", "3", "--per", "line", "--format", "json", "--drop", "punct"];
        dir.segment(&options, text).text()
    };
    let empty = |line| format!("{{\"path\":\"-\",\"line\":{line},\"keywords\":[]}}\n");
    for (text, lines) in
        [("", 0), ("，", 1), ("，\n", 1), ("，\n，", 2), ("，\n\n，", 3), ("，\n，\n", 2)]
    {
        assert_eq!(of(text), (1..=lines).map(empty).collect::<String>(), "{text:?}");
    }
}

/// A line that is longer than a block cannot be held as one.
#[test]
fn a_line_that_is_longer_than_a_block_fails_its_file() {
    let dir = Dir::new();
    dir.file("long", "北京，".repeat(200_000));
    let arguments = ["long", "--memory", "8M", "--count", "--per", "line"];
    let ran = dir.segment(&arguments, "");
    assert_eq!((ran.code(), ran.text().as_str()), (1, ""));
    assert!(
        ran.stderr.contains("line 1 begins a record of more than 524288 bytes"),
        "{}",
        ran.stderr
    );
    // Where no table is of a line, it need not be held.
    for (options, expected) in [
        (&["--count", "--per", "file"][..], "long\t北京\t200000\nlong\t，\t200000\n"),
        (&["--count", "--documents"], "北京\t1\n，\t1\n"),
        (&["--keywords", "1", "--per", "all"], "北京"),
    ] {
        let found = dir.segment(&[&["long", "--memory", "8M"], options].concat(), "").text();
        assert!(found.starts_with(expected), "{options:?}: {found}");
    }
}

/// Python with jieba, if it is installed.
fn python(dir: &Dir, script: &str) -> Option<String> {
    let has = Command::new("python3").args(["-c", "import jieba.analyse"]).output();
    if !has.is_ok_and(|ran| ran.status.success()) {
        eprintln!("skipped: there is no Python with jieba");
        return None;
    }
    let mut command = Command::new("python3");
    let ran = command.args(["-c", script]).current_dir(dir.path()).env("PYTHONUTF8", "1").output();
    let ran = ran.unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    Some(String::from_utf8(ran.stdout).unwrap())
}

#[test]
fn python_jieba_finds_the_same_keywords_with_the_same_table() {
    let dir = corpus();
    let made = ["idf", "t", "--per", "line", "--compat", "python", "-o", "table"];
    Ran::of(dir.batchproc(&made).spawn().unwrap()).good();
    // Words that the table does not have get its median.
    let table = fs::read_to_string(dir.at("table")).unwrap();
    dir.file("half", table.split_inclusive('\n').step_by(2).collect::<String>());
    for table in ["table", "half"] {
        let script = format!(
            "import jieba.analyse as a\na.set_idf_path('{table}')\nfor f in ['t/a', 't/b']:\n  \
             t = open(f, newline='').read()\n  \
             for w, x in a.extract_tags(t, topK=9, withWeight=True): print(f, w, repr(x), sep='\\t')"
        );
        let Some(expected) = python(&dir, &script) else { return };
        let arguments = ["t/a", "t/b", "--keywords", "9", "--compat", "python", "--idf", table];
        let found = String::from_utf8(dir.segment(&arguments, "").good()).unwrap();
        let parsed = |text: &str| -> Vec<(String, f64)> {
            let parts = text.lines().map(|line| line.rsplit_once('\t').unwrap());
            parts.map(|(word, weight)| (word.into(), weight.parse().unwrap())).collect()
        };
        assert!(expected.lines().count() > 12);
        assert_eq!(parsed(&found), parsed(&expected), "{table}");
    }
}
