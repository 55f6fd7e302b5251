//! The list of all `unsafe` code in docs/reliability.md: made from the sources, each use with the reason that
//! its SAFETY comment gives. `UPDATE_DOCS=1 cargo test --test unsafe_list` renews it.

use std::fmt::Write;
use std::fs;
use std::path::Path;

const PAGE: &str = "docs/reliability.md";
const BEGIN: &str = "<!-- begin of the list of unsafe code -->\n";
const END: &str = "<!-- end of the list of unsafe code -->\n";

/// How many lines above a use its SAFETY comment may begin.
const NEAR: usize = 14;

/// The sources below a directory, in the order of their names.
fn sources(directory: &Path, found: &mut Vec<String>) {
    let mut paths: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path.to_str().unwrap().to_string());
        }
    }
}

/// A line without its comment and its strings.
fn code(line: &str) -> String {
    let line = line.split("//").next().unwrap_or("");
    line.split('"').step_by(2).collect::<Vec<_>>().join("\"\"")
}

/// Whether a line has unsafe code: a block, a function, an attribute and so on, but not the name of the lint.
fn is_unsafe(line: &str) -> bool {
    let code = code(line);
    code.match_indices("unsafe").any(|(at, word)| {
        let before = code[..at].chars().next_back();
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let after = code[at + word.len()..].trim_start();
        !before.is_some_and(is_word)
            && (after.is_empty()
                || ["{", "fn ", "impl", "extern", "("].iter().any(|w| after.starts_with(w)))
    })
}

/// The reason that is nearest above a line, as one line.
fn reason(lines: &[&str], at: usize) -> Option<String> {
    let mark = |line: &str| line.find("SAFETY: ").or_else(|| line.find("# Safety"));
    let first = (at.saturating_sub(NEAR)..=at).rev().find(|&line| mark(lines[line]).is_some())?;
    let is_comment = |line: &&&str| line.trim_start().starts_with("//");
    let comment = lines[first..at].iter().take_while(is_comment);
    let text = comment.map(|line| line.trim_start().trim_start_matches('/').trim());
    let text = text.collect::<Vec<_>>().join(" ");
    let text = text.replace("SAFETY: ", "").replace("# Safety", "");
    Some(text.trim().to_string()).filter(|text| !text.is_empty())
}

/// The list as a table: each file with the number of uses and their different reasons.
fn list() -> String {
    let mut paths = Vec::new();
    sources(Path::new("crates"), &mut paths);
    sources(Path::new("src"), &mut paths);
    let (mut table, mut total, mut files) = (String::new(), 0, 0);
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().collect();
        let (mut uses, mut reasons) = (0, Vec::new());
        for at in (0..lines.len()).filter(|&at| is_unsafe(lines[at])) {
            uses += 1;
            let reason = reason(&lines, at);
            let reason = reason.unwrap_or_else(|| panic!("{path}:{}: no reason is near", at + 1));
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        if uses > 0 {
            (total, files) = (total + uses, files + 1);
            let reasons = reasons.join("<br>").replace('|', "\\|");
            writeln!(table, "| `{path}` | {uses} | {reasons} |").unwrap();
        }
    }
    format!(
        "{total} uses in {files} files.\n\n| file | uses | why they are sound |\n|---|---|---|\n{table}"
    )
}

#[test]
fn every_use_of_unsafe_has_a_reason_and_is_in_the_list() {
    let page = fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page has a place for the list");
    let (old, after) = rest.split_once(END).expect("the list has an end");
    let list = format!("\n{}\n", list());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(PAGE, [before, BEGIN, &list, END, after].concat()).unwrap();
    } else {
        assert_eq!(old, list, "run UPDATE_DOCS=1 cargo test --test unsafe_list");
    }
}

#[test]
fn comments_strings_and_names_are_no_unsafe_code() {
    for line in [
        "unsafe {",
        "let x = unsafe { f() };",
        "pub unsafe fn f() {",
        "    #[unsafe(naked)]",
        "unsafe",
    ] {
        assert!(is_unsafe(line), "{line}");
    }
    for line in [
        "// unsafe { f() }",
        "#![allow(unsafe_code)]",
        "\"unsafe { x }\"",
        "not_unsafe {",
        "is_unsafe(c)",
    ] {
        assert!(!is_unsafe(line), "{line}");
    }
}
