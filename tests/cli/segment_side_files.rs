//! What `segment` makes of its side files (dictionaries, user dictionaries, stop words), and of what is
//! no word in a text.

use crate::harness::{Dir, Ran};

/// A run that ends well. Returns standard output and standard error.
fn ran(dir: &Dir, arguments: &[&str], stdin: impl AsRef<[u8]>) -> (String, String) {
    let ran = dir.segment(arguments, stdin);
    assert_eq!(ran.code(), 0, "{}", ran.stderr);
    (ran.text(), ran.stderr)
}

#[test]
fn side_files_may_have_marks_any_line_ends_and_white_space() {
    let dir = Dir::new();
    dir.file("t", "石墨烯云计算李小福\n");
    let plain = ["石墨烯 300 n", "云计算 300 n", "李小福 300 nr"];
    for (join, edge) in [
        ("\n\u{feff}", "\u{feff}"),
        ("\r\n", "\u{3000}"),
        ("\r", "\u{a0}"),
        ("\r\r\n", "\t \u{2003}"),
    ] {
        let words = format!("{edge}{}{edge}", plain.join(&format!("{edge}{join}{edge}")));
        dir.file("words", words.trim_end_matches('\u{feff}').replace("\u{feff}\n", "\n"));
        let added = dir.segment(&["--user-dict", "words", "t"], "").good();
        assert_eq!(added, "石墨烯 云计算 李小福\n".as_bytes(), "{join:?} {edge:?}");
        let replaced = dir.segment(&["--dict", "words", "t"], "").good();
        assert_eq!(replaced, added, "{join:?} {edge:?}");
        let stop = words.replace(" 300 nr", "").replace(" 300 n", "");
        dir.file("stop", stop.trim_end_matches('\u{feff}').replace("\u{feff}\n", "\n"));
        let arguments = ["--user-dict", "words", "--stop-words", "stop", "t"];
        assert_eq!(dir.segment(&arguments, "").good(), b"\n", "{join:?} {edge:?}");
    }
}

#[test]
fn a_side_file_that_is_not_utf_8_has_the_encoding_of_the_text() {
    let dir = Dir::new();
    let gbk = |text: &str| encoding_rs::GBK.encode(text).0.into_owned();
    dir.file("t", gbk("云计算和石墨烯\n"));
    for (name, words, stop) in [
        ("gbk", gbk("云计算 300 n\r\n石墨烯\n"), gbk("和\n")),
        ("cp936", "云计算 300 n\r\n石墨烯\n".into(), "和\n".into()),
        ("auto", "云计算 300 n\r\n石墨烯\n".into(), "和\n".into()),
    ] {
        dir.file("words", words);
        dir.file("stop", stop);
        let all = ["--user-dict", "words", "--stop-words", "stop", "--encoding", name, "t"];
        assert_eq!(ran(&dir, &all, "").0, "云计算 石墨烯\n", "{name}");
    }
    dir.file("words", gbk("好词\n云计算\n"));
    let refused = dir.segment(&["--user-dict", "words"], "");
    let reported = "batchproc: dictionary words: line 1: is not UTF-8\n";
    assert_eq!((refused.code(), &*refused.stderr), (2, reported));
    dir.file("words", b"a\n\xff\xff\n");
    let refused = dir.segment(&["--user-dict", "words", "--encoding", "gbk"], "");
    let reported = "batchproc: dictionary words: line 2: is neither UTF-8 nor GBK\n";
    assert_eq!((refused.code(), &*refused.stderr), (2, reported));
    let compile = ["dict", "compile", "words", "--encoding", "gbk", "-o", "out"];
    let refused = Ran::of(dir.batchproc(&compile).spawn().unwrap());
    assert_eq!((refused.code(), &*refused.stderr), (2, reported));
}

#[test]
fn names_of_encodings_that_python_has_are_known() {
    let dir = Dir::new();
    let (big5, _, _) = encoding_rs::BIG5.encode("滾滾長江\n");
    let (gbk, _, _) = encoding_rs::GBK.encode("云计算\n");
    let expected = dir.segment(&[], "滾滾長江\n").good();
    for name in ["cp950", "CP950", "big5"] {
        assert_eq!(dir.segment(&["--encoding", name], &big5).good(), expected, "{name}");
    }
    let expected = dir.segment(&[], "云计算\n").good();
    assert_eq!(dir.segment(&["--encoding", "cp936"], &gbk).good(), expected);
    for name in ["utf-8-sig", "utf_8_sig", "utf_8", "cp65001"] {
        let text = "\u{feff}云计算\n";
        assert_eq!(dir.segment(&["--encoding", name], text).good(), expected, "{name}");
    }
}

#[test]
fn standard_input_is_one_side_file_and_nothing_else() {
    let dir = Dir::new();
    dir.file("t", "石墨烯\n");
    for (arguments, stdin, result) in [
        (&["--user-dict", "-", "t"][..], "石墨烯 300\n", "石墨烯\n"),
        (&["--stop-words", "-", "--no-hmm", "t"], "烯\n", "石墨\n"),
        (&["--dict", "-", "--no-hmm", "t"], "墨烯 3\n石 3\n", "石 墨烯\n"),
    ] {
        assert_eq!(dir.segment(arguments, stdin).good(), result.as_bytes(), "{arguments:?}");
    }
    for (arguments, first, second) in [
        (&["--user-dict", "-"][..], "a dictionary (--user-dict)", "the text"),
        (&["--stop-words", "-", "t", "-"], "the stop words (--stop-words)", "the text"),
        (
            &["--dict", "-", "--user-dict", "-", "t"],
            "the dictionary (--dict)",
            "a dictionary (--user-dict)",
        ),
        (
            &["--user-dict", "-", "--user-dict", "-", "t"],
            "a dictionary (--user-dict)",
            "a dictionary (--user-dict)",
        ),
        (
            &["--stop-words", "-", "--files-from", "-"],
            "the stop words (--stop-words)",
            "the list (--files-from)",
        ),
    ] {
        let ran = dir.segment(arguments, "t\n");
        let reported = format!(
            "batchproc: standard input cannot be both {first} and {second}; name a file for one of them\n"
        );
        assert_eq!((ran.code(), ran.stdout.len(), ran.stderr), (2, 0, reported), "{arguments:?}");
    }
    let bad = dir.segment(&["--user-dict", "-", "t"], "好\n深度 学习\n");
    let reported = "batchproc: dictionary standard input: line 2: `学习` is neither";
    assert!(bad.code() == 2 && bad.stderr.starts_with(reported), "{}", bad.stderr);
}

#[test]
fn odd_words_tags_and_columns_are_noted_once_for_each_file() {
    let dir = Dir::new();
    dir.file("t", "石墨烯\n");
    let words = "云计算 3 n\n石墨烯,300,n\n石墨烯 3.0 n\n石墨烯 1e5 n\n\n石墨烯 3 n # new\n我的测试 test 1000\n";
    dir.file("words", words);
    let note = |text: &str| format!("batchproc: dictionary words: {text}\n");
    let (text, notes) = ran(&dir, &["--user-dict", "words", "t"], "");
    let of_jieba_rs = [
        note("4 words have spaces or symbols, the first in line 2: `石墨烯,300,n`"),
        note("1 line has columns after the tag, which have no effect: `石墨烯` in line 6"),
    ];
    assert_eq!((&*text, notes), ("石墨烯\n", of_jieba_rs.concat()));
    let (_, notes) = ran(&dir, &["--user-dict", "words", "--compat", "python", "t"], "");
    let of_python = [
        note("5 words have spaces or symbols, the first in line 2: `石墨烯,300,n`"),
        note("1 tag is in no other dictionary: `new` in line 6"),
    ];
    assert_eq!(notes, of_python.concat());

    // The tags of the built-in dictionary and of --dict are known.
    dir.file("words", "石墨烯 3 nz\n好词 3 own\n坏词 3 own\n又词 3 N2\n\tC++\t1\tx\n");
    dir.file("dict", "石墨烯 3 own\n");
    let (_, notes) = ran(&dir, &["--dict", "dict", "--user-dict", "words", "t"], "");
    let own = "batchproc: dictionary dict: 1 tag is in no other dictionary: `own` in line 1\n";
    let expected = [
        own.into(),
        note("1 word has spaces or symbols: `C++` in line 5"),
        note("1 tag is in no other dictionary: `N2` in line 4"),
    ];
    assert_eq!(notes, expected.concat());
    dir.file("words", "石墨烯 3 nz\n云\u{3000}计算\t\t\n");
    let mut compile = dir.batchproc(&["dict", "compile", "dict", "-o", "out"]);
    let compiled = Ran::of(compile.spawn().unwrap());
    assert_eq!((compiled.code(), &*compiled.stderr), (0, own));
    assert_eq!(dir.segment(&["--dict", "out", "t"], "").good(), "石墨烯\n".as_bytes());
}

#[test]
fn a_dictionary_is_compiled_by_the_rules_of_python_where_wanted() {
    let dir = Dir::new();
    dir.file("t", "石墨烯石墨\n");
    // Python takes the mark for a part of the first word.
    dir.file("words", "\u{feff}石墨烯 300 n\n石墨 1_0 n\n");
    let compile = |more: &[&str]| {
        let all = [&["dict", "compile", "words", "-o", "out"], more].concat();
        Ran::of(dir.batchproc(&all).spawn().unwrap())
    };
    assert_eq!(compile(&[]).code(), 2);
    assert_eq!(compile(&["--compat", "python"]).code(), 0);
    let cut = |dict| ran(&dir, &["--compat", "python", "--no-hmm", "--dict", dict, "t"], "").0;
    assert_eq!((cut("out"), cut("words")), ("石墨 烯 石墨\n".into(), "石墨 烯 石墨\n".into()));
}

#[test]
fn what_shows_nothing_is_no_word() {
    let dir = Dir::new();
    let text = "好\u{200b}人\u{fe0f}\u{200d}，\u{ad}\0\u{34f}\u{e0100} ❤\u{fe0f}\n";
    assert_eq!(dir.segment(&["--drop", "space,punct"], text).good(), "好 人\n".as_bytes());
    assert_eq!(dir.segment(&["--drop", "space"], text).good(), "好 人 ， ❤\n".as_bytes());
    let counts = dir.segment(&["--count"], text).good();
    assert_eq!(String::from_utf8(counts).unwrap(), " \t1\n❤\t1\n人\t1\n好\t1\n，\t1\n");
}

#[test]
fn a_byte_order_mark_at_the_beginning_of_a_text_is_not_text() {
    let dir = Dir::new();
    let cut = |arguments: &[&str], text: &[u8]| {
        let ran = dir.segment(arguments, text);
        (ran.text(), ran.stderr)
    };
    for encoding in ["utf-8", "auto"] {
        let all = ["--encoding", encoding];
        assert_eq!(cut(&all, "\u{feff}我来\n".as_bytes()).0, "我来\n");
        assert_eq!(cut(&all, "\u{feff}".as_bytes()).0, "");
        assert_eq!(
            cut(&all, "\u{feff}\u{feff}我\n\u{feff}来\n".as_bytes()).0,
            "\u{feff} 我\n\u{feff} 来\n"
        );
        // Places in the file are counted with the mark, and places in the line without it.
        let json = ["--encoding", encoding, "--format", "json"];
        let (line, place) = cut(&json, b"\xef\xbb\xbfab \xff\n");
        assert!(line.contains(r#"{"text":"ab","bytes":[0,2],"characters":[0,2]}"#), "{line}");
        assert!(place.contains("line 1 (byte offset 6)"), "{place}");
    }
    for incomplete in [&b"\xef"[..], b"\xef\xbb", b"\xef\xbba", b"\xef\xbb\n"] {
        let ran = dir.segment(&[], incomplete);
        assert_eq!((ran.code(), ran.stdout.len() >= incomplete.len()), (0, true));
        assert!(ran.stderr.contains("(byte offset 0) is not valid UTF-8"), "{}", ran.stderr);
    }
}

/// Python jieba 0.42.1 made these: `jieba.analyse.extract_tags` and `textrank`, with `withWeight=True`.
#[test]
fn keywords_with_compat_python_have_pythons_order_and_weights() {
    let dir = Dir::new();
    let text = "学生在图书馆阅读历史书籍，老师在教室讲解历史。\n\
                工程师设计桥梁，工人建造桥梁，城市需要桥梁。\n\
                学生参观城市，老师讲解城市的历史，工程师讲解设计。\n";
    let best = [
        ("桥梁", "1"),
        ("城市", "0.9282154039867982"),
        ("老师", "0.8241803132820672"),
        ("讲解", "0.7641074425635681"),
        ("历史", "0.6943788029796922"),
        ("学生", "0.5861763681848059"),
        ("工程师", "0.565524494777578"),
        ("设计", "0.5171741539288408"),
        ("历史书籍", "0.4084303863092067"),
        ("建造", "0.4023819509784687"),
        ("工人", "0.3938021830758058"),
        ("需要", "0.34963595239444034"),
        ("参观", "0.3449952123643404"),
        ("阅读", "0.3379091884512522"),
        ("图书馆", "0.33544715549920157"),
        ("教室", "0.3044023017108862"),
    ];
    let keywords = |method: &str, text: &str| {
        let all = ["--compat", "python", "--keywords", "30", "--keyword-method", method];
        String::from_utf8(dir.segment(&all, text).good()).unwrap()
    };
    let lines = |words: &[(&str, &str)]| -> String {
        words.iter().map(|(word, weight)| format!("-\t{word}\t{weight}\n")).collect()
    };
    assert_eq!(keywords("textrank", text), lines(&best));
    // Words of equal weight are in the order of their first places.
    let weights = ["4.78190700116", "2.39095350058", "2.39095350058", "2.39095350058"];
    let ties: Vec<_> = ["beta", "zeta", "alpha", "gamma"].into_iter().zip(weights).collect();
    assert_eq!(keywords("tfidf", "zeta alpha beta, gamma beta\n"), lines(&ties));
    let less = "0.994132857417495";
    let ties = [("老师", "1"), ("桥梁", "1"), ("学生", less), ("城市", less)];
    assert_eq!(keywords("textrank", "老师，学生。。。。。。桥梁，城市\n"), lines(&ties));
    assert_eq!(keywords("textrank", "老师\n"), "");
}
