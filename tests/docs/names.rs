//! The links and paths in documents lead to something, and the architecture names every room and crate.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::{document, documents, root};

/// A path in backticks is checked if it begins with one of these directories.
const PLACES: [&str; 8] =
    ["src/", "crates/", "tests/", "build/", "benches/", "examples/", "fixtures/", "docs/"];

/// The text of a document outside of code blocks.
fn prose(text: &str) -> String {
    let mut inside = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            prose += line;
            prose.push('\n');
        }
    }
    prose
}

/// The anchors that GitHub makes for headings.
fn anchors(text: &str) -> BTreeSet<String> {
    let anchor = |heading: &str| -> String {
        heading
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect()
    };
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut wrong = Vec::new();
    let others = ["CHANGELOG.md", "benches/results.md"].map(document);
    for document in documents().into_iter().chain(others) {
        let text = prose(&document.text);
        let here = root().join(&document.name);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => here.clone(),
                path => here.parent().unwrap().join(path),
            };
            let found = match anchor {
                "" => target.exists(),
                anchor => fs::read_to_string(&target)
                    .is_ok_and(|text| anchors(&prose(&text)).contains(anchor)),
            };
            if !found {
                wrong.push(format!("{}: {link}", document.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_recipe_that_a_document_names_is_in_the_justfile_and_no_recipe_is_there_twice() {
    let justfile = document("justfile").text;
    let mut recipes: Vec<&str> = justfile
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()) && line.contains(':'))
        .filter_map(|line| line.split([' ', ':']).next())
        .collect();
    recipes.sort_unstable();
    assert!(recipes.is_sorted_by(|one, next| one < next), "twice: {recipes:?}");
    for document in documents() {
        for named in
            document.text.split("`just ").skip(1).chain(document.text.split("\njust ").skip(1))
        {
            let name =
                named.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap();
            assert!(recipes.binary_search(&name).is_ok(), "{}: just {name}", document.name);
        }
    }
}

#[test]
fn the_book_has_every_page_once() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let mut listed: Vec<_> =
        summary.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    listed.sort_unstable();
    let all = documents();
    let pages: Vec<_> = all
        .iter()
        .filter_map(|document| document.name.strip_prefix("docs/"))
        .filter(|name| *name != "SUMMARY.md")
        .collect();
    assert_eq!(listed, pages);
}

#[test]
fn paths_that_are_named_exist() {
    let mut wrong = Vec::new();
    for document in documents() {
        for name in prose(&document.text).split('`').skip(1).step_by(2) {
            let is_path = PLACES.iter().any(|place| name.starts_with(place));
            if is_path && !name.contains([' ', '*']) && !root().join(name).exists() {
                wrong.push(format!("{}: {name}", document.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_architecture_names_every_room_and_crate() {
    let text = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let below = |place: &str| {
        let entries = fs::read_dir(root().join(place)).unwrap();
        let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_string();
        entries.map(|entry| format!("{place}{}", name(&entry.unwrap().path()))).collect::<Vec<_>>()
    };
    let unnamed: Vec<_> = [below("src/"), below("crates/")]
        .concat()
        .into_iter()
        .filter(|room| !["", "/", ".rs"].iter().any(|end| text.contains(&format!("`{room}{end}`"))))
        .collect();
    assert!(unnamed.is_empty(), "{unnamed:#?}");
}
