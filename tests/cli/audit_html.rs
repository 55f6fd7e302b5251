//! `audit --format html`: a page that is whole, safe and complete.

use std::fs;

use crate::audit::{audit, rot, touch};
use crate::harness::{Dir, bytes_name};

/// What a page shows: its headline, the rows of each list, and the totals.
#[derive(Debug, Default, PartialEq)]
struct Page {
    headline: String,
    totals: Vec<String>,
    lists: Vec<(String, Vec<String>)>,
    remarks: Vec<String>,
}

/// Reads a page strictly: every tag is closed, in the right order, and no text has a character that
/// would mean something in HTML.
fn read(page: &[u8]) -> Page {
    let page = std::str::from_utf8(page).unwrap();
    let rest = page.strip_prefix("<!DOCTYPE html>\n").unwrap();
    let (mut open, mut shown, mut text): (Vec<String>, Page, _) =
        (vec![], Page::default(), String::new());
    let mut rest = rest;
    while let Some(at) = rest.find('<') {
        let words = &rest[..at];
        if open.last().is_some_and(|tag| tag == "style") {
            assert!(!words.contains("url(") && !words.contains("@import"));
        } else {
            assert!(!words.contains('>') && !words.contains('"'), "{words}");
            text += &words.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
        }
        let end = at + rest[at..].find('>').unwrap();
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        let name = tag.split(' ').next().unwrap().trim_start_matches('/');
        assert!(!["script", "link", "img", "iframe", "object", "form"].contains(&name));
        assert!(!tag.contains("://") && !tag.contains(" on"), "{tag}");
        if tag.starts_with('/') {
            assert_eq!(open.pop().unwrap(), name);
            let whole = std::mem::take(&mut text).replace("&#39;", "'").replace("&amp;", "&");
            let whole = whole.trim().to_string();
            match name {
                "h1" => shown.headline = whole,
                "tr" => shown.totals.push(whole),
                "h2" => shown.lists.push((whole, Vec::new())),
                "li" => shown.lists.last_mut().unwrap().1.push(whole),
                "p" if !open.contains(&"details".to_string()) => shown.remarks.push(whole),
                "span" | "th" | "td" => text = whole + if name == "span" { "" } else { " " },
                _ => {}
            }
        } else if name != "meta" {
            if name == "span" && tag.contains("more") {
                text += "| ";
            }
            open.push(name.to_string());
        }
    }
    assert!(open.is_empty() && rest == "\n", "{open:?} {rest}");
    shown
}

#[test]
fn a_page_lists_what_differs_the_damaged_first_with_safe_names() {
    let dir = Dir::new();
    let odd =
        ["t/a<b>&\"'.txt", "t/tab\tnew\nline\u{1b}[1m", "t/gpj.\u{202e}exe", "t/arabic\u{61c}mark"];
    for name in
        odd.iter().chain(&["t/edited", "t/gone", "t/moved", "t/ok", "t/rotten", "t/touched"])
    {
        dir.file(name, *name);
        touch(&dir, name);
    }
    dir.file(bytes_name(b"t/\xffbytes"), "x");
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    rot(&dir, "m", "t/rotten");
    for name in odd.iter().chain(&["t/gone"]) {
        fs::remove_file(dir.at(name)).unwrap();
    }
    fs::remove_file(dir.at(bytes_name(b"t/\xffbytes"))).unwrap();
    dir.file("t/edited", "other");
    dir.file("t/touched", "t/touched");
    fs::create_dir(dir.at("t/<i>")).unwrap();
    fs::rename(dir.at("t/moved"), dir.at("t/<i>/moved")).unwrap();
    dir.file("t/new", "never seen");
    let ran = audit(&dir, &["--format", "html", "m", "t"]);
    let page = read(&ran.stdout);
    assert_eq!((ran.code(), page.headline.as_str()), (3, "1 file is corrupt"));
    let list = |word: &str, rows: &[&str]| {
        (word.to_string(), rows.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(
        page.lists,
        [
            list("corrupt", &["t/rotten"]),
            list(
                "missing",
                &[
                    "t/a<b>&\"'.txt",
                    "t/arabic\\u{61c}mark",
                    "t/gone",
                    "t/gpj.\\u{202e}exe",
                    "t/tab\\tnew\\nline\\u{1b}[1m",
                    "t/\\xffbytes",
                ]
            ),
            list("edited", &["t/edited"]),
            list("moved", &["t/<i>/moved | from t/moved"]),
            list("touched", &["t/touched"]),
            list("new", &["t/new"]),
        ]
    );
    let totals: Vec<_> =
        page.totals.iter().map(|row| row.split(' ').take(3).collect::<Vec<_>>()).collect();
    let totals: Vec<_> = totals.iter().map(|row| (row[0], row[1])).collect();
    assert_eq!(
        totals,
        [
            ("corrupt", "1"),
            ("missing", "6"),
            ("edited", "1"),
            ("moved", "1"),
            ("touched", "1"),
            ("new", "1"),
            ("ok", "1")
        ]
    );
}

#[test]
fn long_lists_are_folded_and_keep_every_row() {
    let dir = Dir::new();
    dir.file("t/a", "a");
    dir.hash(&["-o", "m", "t"]).good();
    for n in 0..2345 {
        dir.file(format!("t/n/{n:04}"), format!("{n}"));
    }
    let ran = audit(&dir, &["--format", "html", "-o", "page", "m", "t"]);
    assert_eq!((ran.code(), ran.text()), (1, String::new()));
    let page = fs::read(dir.at("page")).unwrap();
    let shown = read(&page);
    let rows: Vec<_> = (0..2345).map(|n| format!("t/n/{n:04}")).collect();
    assert_eq!(shown.lists, [("new".to_string(), rows)]);
    assert_eq!(shown.headline, "2,345 files differ");
    let page = String::from_utf8(page).unwrap();
    assert!(!page.contains("<details open>"));
    for range in ["1 to 1,000", "1,001 to 2,000", "2,001 to 2,345"] {
        assert!(page.contains(&format!("<summary>{range}</summary>")));
    }
}

#[test]
fn a_page_says_what_was_not_read_and_what_was_not_understood() {
    let dir = Dir::new();
    dir.file("t/a", "a");
    dir.file("t/b", "b");
    dir.hash(&["--format", "json", "-o", "m", "t"]).good();
    let page = read(&audit(&dir, &["--format", "html", "m", "t"]).stdout);
    assert_eq!((page.headline.as_str(), page.lists.len()), ("Nothing differs", 0));
    touch(&dir, "t/b");
    let page = read(&audit(&dir, &["--no-read", "--format", "html", "m", "t"]).stdout);
    assert_eq!(page.lists, [("changed?".to_string(), vec!["t/b | mtime, ctime".to_string()])]);
    assert_eq!(page.remarks, ["No content was read: names, sizes and times were compared."]);
    let mut manifest = fs::read(dir.at("m")).unwrap();
    manifest.extend(b"{broken\n");
    dir.file("m", manifest);
    let page = read(&audit(&dir, &["--format", "html", "m", "t/a"]).stdout);
    assert_eq!(page.headline, "The manifest is damaged");
    assert_eq!(page.remarks.len(), 2, "{:?}", page.remarks);
}

#[test]
fn a_report_replaces_no_input_and_is_written_even_if_no_file_can_be_read() {
    let dir = Dir::new();
    dir.file("t/a", "a");
    dir.hash(&["-o", "m", "t"]).good();
    let before = fs::read(dir.at("m")).unwrap();
    for (output, what) in [("m", "the manifest"), ("t/a", "an input")] {
        let ran = audit(&dir, &["-o", output, "m", "t", "t/a"]);
        let said = format!(
            "batchproc: {output} is both the output (-o) and {what}: its content would be lost\n"
        );
        assert_eq!((ran.code(), ran.stderr), (2, said));
    }
    assert_eq!(
        (fs::read(dir.at("m")).unwrap(), fs::read(dir.at("t/a")).unwrap()),
        (before, b"a".into())
    );
    // The old report is an output too, so it is not a new file.
    for _ in 0..2 {
        assert_eq!(audit(&dir, &["-o", "t/report", "m", "t"]).code(), 0);
        assert_eq!(fs::read_to_string(dir.at("t/report")).unwrap(), "t/a: ok\n");
    }
    fs::remove_file(dir.at("t/a")).unwrap();
    std::os::unix::fs::symlink("a", dir.at("t/a")).unwrap();
    let ran = audit(&dir, &["-L", "-o", "t/report", "m", "t"]);
    assert_eq!(
        (ran.code(), fs::read_to_string(dir.at("t/report")).unwrap()),
        (1, "t/a: unreadable\n".into())
    );
}
