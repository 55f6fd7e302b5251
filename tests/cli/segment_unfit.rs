//! `segment` with a field: the records that cannot be cut are left out, and said.

use crate::harness::{Dir, assert_same};

#[test]
fn lines_without_the_field_are_left_out_and_said_or_pass() {
    let dir = Dir::new();
    let check = |arguments: &[&str], input: &str, output: &str, reason: &str| {
        let ran = dir.segment(arguments, input);
        let stderr = match reason {
            "" => String::new(),
            _ => format!("batchproc: -: {reason}\n"),
        };
        assert_eq!(
            (ran.code(), ran.text().as_str(), ran.stderr.as_str()),
            (i32::from(!reason.is_empty()), output, stderr.as_str()),
            "{arguments:?}"
        );
    };
    let lines = "a\t我来到\nb\n\nc\t北京大学";
    let several = "2 lines cannot be cut and are left out (--missing pass keeps them); the first is line 2, which has no field 2";
    check(&["--field", "2"], lines, "a\t我 来到\nc\t北京大学", several);
    check(&["--field", "2", "--missing", "fail"], lines, "a\t我 来到\nc\t北京大学", several);
    check(&["--field", "2", "--missing", "pass"], lines, "a\t我 来到\nb\n\nc\t北京大学", "");
    let csv = "a,t\n\n1,我来到\n\"2\n\"\n3,北京\n";
    check(
        &["--csv", "--field", "t"],
        csv,
        "a,t\n\n1,我 来到\n3,北京\n",
        "line 4 has no field 2, the column `t`; it is left out (--missing pass keeps it)",
    );
    check(
        &["--csv", "--field", "t", "--missing", "pass"],
        csv,
        "a,t\n\n1,我 来到\n\"2\n\"\n3,北京\n",
        "",
    );
    check(&["--csv", "--field", "x"], csv, "", "has no column `x`; its first record is `a`, `t`");
    check(&["--csv", "--field", "t"], "t,t\n1,2\n", "", "has two columns `t`");
    let open = "line 2 has a quote that is never closed; everything from this line to the end of the file is left out";
    for missing in ["fail", "pass"] {
        check(
            &["--csv", "--field", "1", "--missing", missing],
            "我来到\n\"我\n",
            "我 来到\n",
            open,
        );
    }
    check(
        &["--csv", "--field", "2"],
        "1\n2,我来到\n3,\"4\n5,6\n",
        "2,我 来到\n",
        &format!(
            "line 1 has no field 2; it is left out (--missing pass keeps it); {}",
            open.replace('2', "3")
        ),
    );
    let json = "{\"t\":\"我来到\"}\n{\"t\":null}\n \n{}\n{\"t\":\"\"}\n";
    let two = "2 lines cannot be cut and are left out (--missing pass keeps them); the first is line 2, which has no value `t`";
    check(&["--json-field", "t"], json, "{\"t\":\"我 来到\"}\n \n{\"t\":\"\"}\n", two);
    check(
        &["--json-field", "t", "--missing", "pass"],
        json,
        &json.replace("我来到", "我 来到"),
        "",
    );
    // These are never passed: they are no records, or no text.
    let unfit = [
        ("{\"t\":5}", "has a number as `t`, which is no text"),
        ("{\"t\":[\"a\",1]}", "has an array of other things than strings as `t`, which is no text"),
        ("{\"t\":{}}", "has an object as `t`, which is no text"),
        ("[\"t\"]", "is no JSON object"),
        ("{\"t\":\"a\"", "is no valid JSON: EOF while parsing an object (column 8)"),
        ("{\"t\":\"\\ud83d\"}", "is no valid JSON: unexpected end of hex escape (column 8)"),
    ];
    for (line, reason) in unfit {
        let reason = format!("line 1 {reason}; it is left out (--missing pass keeps it)");
        check(&["--json-field", "t", "--missing", "pass"], line, "", &reason);
    }
}

#[test]
fn a_line_whose_cut_field_would_contain_the_separator_is_left_out_and_said() {
    let dir = Dir::new();
    let lines: [(&[&str], &str, &str); 6] = [
        (&["2", "--field-separator", ": "], "k: 甲:乙: z\n", "k: 北京"),
        (&["2", "--field-separator", "||", "-d", "|"], "k||北|京欢迎|你||z\n", "k||北京"),
        (
            &["2", "--field-separator", "aba", "-d", "", "--drop", "punct"],
            "kabaa,bazaba z\n",
            "kaba北京",
        ),
        // The end of the field makes a separator with the beginning of the one that follows it.
        (&["1", "--field-separator", "aba", "-d", "", "--drop", "punct"], "cab,aba z\r\n", "c"),
        // Letters of a tag, and what invalid bytes become.
        (&["1", "--field-separator", "n", "--pos"], "北京\n", "我"),
        (&["1", "--field-separator", "\u{fffd}", "--invalid", "replace"], "x\n", "y"),
    ];
    let reason = |line: usize, field: &str| {
        format!(
            "batchproc: -: line {line} has a field {field} that would contain the separator when it is cut (-d chooses another delimiter); it is left out (--missing pass keeps it)\n"
        )
    };
    for (arguments, bad, good) in lines {
        let all = [&["--field"], arguments].concat();
        let good = format!("{good}\n");
        let kept = dir.segment(&all, &good).good();
        let mut bad = bad.as_bytes().to_vec();
        if bad == b"x\n" {
            bad.insert(0, 0xff);
        }
        let ran = dir.segment(&all, [good.as_bytes(), &bad, good.as_bytes()].concat());
        let stderr: String =
            ran.stderr.lines().filter(|line| !line.contains("valid UTF-8")).collect();
        let wanted = reason(2, arguments[0]);
        assert_eq!((ran.code(), stderr.as_str()), (1, wanted.trim_end()), "{all:?}");
        assert_same(&ran.stdout, &kept.repeat(2), &format!("{all:?}"));
    }
    // Such lines are counted together with those that have no field, and the first of all is named.
    let text = "k: 甲:乙: z\nk\nk: 甲:乙: z\n";
    let ran = dir.segment(&["--field", "2", "--field-separator", ": "], text);
    let first = reason(1, "2")
        .replace(
            "line 1 has",
            "3 lines cannot be cut and are left out (--missing pass keeps them); the first is line 1, which has",
        )
        .replace("; it is left out (--missing pass keeps it)", "");
    assert_eq!((ran.code(), ran.text().as_str(), ran.stderr.as_str()), (1, "", first.as_str()));
}

#[test]
fn a_file_with_lines_that_cannot_be_cut_has_no_result_below_a_directory() {
    let dir = Dir::new();
    dir.file("good", "1\t我来到\n");
    dir.file("bad", "1\t我来到\n2\n");
    let ran = dir.segment(&["--field", "2", "good", "bad", "--output-dir", "out"], "");
    assert_eq!(ran.code(), 1);
    assert_eq!(
        ran.stderr,
        "batchproc: bad: line 2 has no field 2; it is left out (--missing pass keeps it)\n"
    );
    assert_eq!(dir.list("out"), ["good"]);
}

#[test]
fn a_record_that_does_not_fit_into_the_memory_fails_the_file() {
    let dir = Dir::new();
    let long = format!("1\ta\n2\t{}\n", "我来到".repeat(100_000));
    let quote = format!("a\n\"{}", "我来到\n".repeat(100_000));
    for (arguments, input, good, line) in [
        (&["--field", "2"][..], &long, "1\ta\n", 2),
        (&["--csv", "--field", "1"], &quote, "a\n", 2),
    ] {
        let ran = dir.segment(&[arguments, &["--memory", "8M"]].concat(), input);
        assert_eq!((ran.code(), ran.text().as_str()), (1, good));
        let reason =
            "begins a record of more than 524288 bytes, which is the most that --memory allows";
        assert_eq!(ran.stderr, format!("batchproc: -: line {line} {reason}\n"));
    }
    assert_eq!(dir.segment(&["--field", "2"], &long).code(), 0);
    let ran = dir.segment(&["--field", "2"], long.repeat(6).replace("\n1\ta\n2\t", ""));
    let reason = "line 2 begins a record of more than 4194304 bytes, which is the most that a record may have";
    assert_eq!((ran.code(), ran.stderr), (1, format!("batchproc: -: {reason}\n")));
}

#[test]
fn a_file_is_written_although_its_only_text_lacks_some_records() {
    let dir = Dir::new();
    dir.file("one.tsv", "a\t我来到\nb\n");
    for options in [
        &["--field", "2", "one.tsv"][..],
        &["--field", "2", "--allow-failed", "1", "one.tsv"],
        &["--field", "2", "--records", "--allow-failed", "1", "one.tsv", "one.tsv"],
        &["--field", "2", "--count", "one.tsv"],
        &["--field", "2", "--keywords", "2", "one.tsv"],
    ] {
        let printed = dir.segment(options, "");
        assert!(!printed.stdout.is_empty(), "{options:?}");
        let ran = dir.segment(&[options, &["-o", "out"]].concat(), "");
        assert_eq!(ran.code(), printed.code(), "{options:?} {}", ran.stderr);
        assert_same(&std::fs::read(dir.at("out")).unwrap(), &printed.stdout, "the file");
        std::fs::remove_file(dir.at("out")).unwrap();
    }
}
