//! The plan of the sources: which room may import which, and that no import leads back to where it came
//! from, neither among rooms nor among files. See docs/architecture.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of `src/` and what each may import; crates of this workspace are named as in the code.
const ROOMS: &[(&str, &[&str])] = &[
    ("main", &["batchproc_os", "commands"]),
    (
        "commands",
        &[
            "batchproc_jieba",
            "cli",
            "verdict",
            "update",
            "manifest",
            "segment",
            "hash",
            "run",
            "files",
            "output",
            "error",
            "escape",
            "stamp",
            "retry",
            "pipeline",
            "batchproc_os",
        ],
    ),
    ("cli", &["hash", "segment", "manifest", "error"]),
    ("verify", &["verdict", "manifest", "hash", "files", "pipeline", "stamp", "error"]),
    ("verdict", &["manifest", "hash", "files", "stamp", "escape", "error"]),
    ("update", &["manifest", "hash", "files", "stamp", "escape", "error", "batchproc_os"]),
    ("manifest", &["hash", "escape", "stamp", "marks"]),
    ("segment", &["files", "pipeline", "escape", "error", "batchproc_jieba"]),
    ("hash", &["files", "pipeline", "stamp", "error", "batchproc_lanes"]),
    ("run", &["pipeline", "files", "output", "escape", "error", "retry", "batchproc_os"]),
    ("files", &["pipeline", "stamp", "escape", "error", "marks", "retry", "batchproc_os"]),
    ("output", &["stamp", "escape", "error", "retry", "batchproc_os"]),
    ("error", &["escape"]),
    ("escape", &[]),
    ("stamp", &[]),
    ("marks", &[]),
    ("retry", &[]),
];

/// The crates, none of which imports another one.
const CRATES: [&str; 4] = ["crates/jieba", "crates/lanes", "crates/os", "crates/pipeline"];

/// A file and what it imports.
struct File {
    path: PathBuf,
    imports: Vec<Vec<String>>,
}

/// The modules of a crate by their paths.
type Modules = BTreeMap<Vec<String>, File>;

fn modules(root: &Path) -> Modules {
    let mut paths = Vec::new();
    sources(root, &mut paths);
    let name = |path: &Path| -> Vec<String> {
        let below = path.strip_prefix(root).unwrap().with_extension("");
        let mut parts: Vec<_> =
            below.iter().map(|part| part.to_str().unwrap().to_string()).collect();
        if matches!(parts.last().map(String::as_str), Some("mod" | "lib")) {
            parts.pop();
        }
        parts
    };
    let names: BTreeSet<_> = paths.iter().map(|path| name(path)).collect();
    paths
        .iter()
        .map(|path| {
            let module = name(path);
            let text = fs::read_to_string(path).unwrap();
            let imports = imports(&tokens(&text), &module, &names);
            (module, File { path: path.clone(), imports })
        })
        .collect()
}

/// All sources but tests and the model.
fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if ["tests", "model"].contains(&name) {
            continue;
        }
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The words and signs of a source without comments, texts and the tests at its end.
fn tokens(text: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let mut tokens: Vec<String> = Vec::new();
    for line in text.lines() {
        let code = line.split("//").next().unwrap();
        let mut quoted = false;
        let mut characters = code.chars().peekable();
        while let Some(c) = characters.next() {
            if c == '"' {
                quoted = !quoted;
            } else if quoted || c.is_whitespace() {
                if c == '\\' {
                    characters.next();
                }
            } else if c.is_alphanumeric() || c == '_' {
                let mut word = c.to_string();
                while let Some(&next) =
                    characters.peek().filter(|c| c.is_alphanumeric() || **c == '_')
                {
                    word.push(next);
                    characters.next();
                }
                tokens.push(word);
            } else if c == ':' && characters.peek() == Some(&':') {
                characters.next();
                tokens.push("::".into());
            } else {
                tokens.push(c.into());
            }
        }
    }
    tokens
}

/// The paths of other modules and crates in these tokens, as paths from the root of the crate.
fn imports(
    tokens: &[String],
    module: &[String],
    names: &BTreeSet<Vec<String>>,
) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let begins =
            at + 1 < tokens.len() && tokens[at + 1] == "::" && (at == 0 || tokens[at - 1] != "::");
        if begins {
            let start = match tokens[at].as_str() {
                "crate" => Some(Vec::new()),
                "super" => Some(module[..module.len().saturating_sub(1)].to_vec()),
                word if word.starts_with("batchproc_") => Some(vec![word.to_string()]),
                word => {
                    let child = [module, &[word.to_string()]].concat();
                    names.contains(&child).then_some(child)
                }
            };
            if let Some(start) = start {
                tree(tokens, at + 2, start, &mut found);
            }
        }
        at += 1;
    }
    found
}

/// Adds the paths of a tree of names that goes on here, and gives where it ends.
fn tree(
    tokens: &[String],
    mut at: usize,
    mut path: Vec<String>,
    found: &mut Vec<Vec<String>>,
) -> usize {
    if tokens[at] == "{" {
        at += 1;
        while tokens[at] != "}" {
            if tokens[at] == "," {
                at += 1;
            } else {
                at = tree(tokens, at, path.clone(), found);
            }
        }
        return at + 1;
    }
    match tokens[at].as_str() {
        "super" => drop(path.pop()),
        "self" => {}
        word => path.push(word.to_string()),
    }
    if tokens.get(at + 1).is_some_and(|next| next == "::") {
        return tree(tokens, at + 2, path, found);
    }
    found.push(path);
    // A name that an import gets here.
    if tokens.get(at + 1).is_some_and(|next| next == "as") { at + 3 } else { at + 1 }
}

/// The module that an import leads to, if it is one of this crate.
fn target<'a>(modules: &'a Modules, import: &[String]) -> Option<&'a Vec<String>> {
    (0..=import.len())
        .rev()
        .find_map(|length| modules.get_key_value(&import[..length]))
        .map(|(name, _)| name)
}

/// A circle of imports among these, if there is one.
fn circle<T: Ord + Clone>(arrows: &BTreeMap<T, BTreeSet<T>>) -> Option<Vec<T>> {
    fn visit<T: Ord + Clone>(
        node: &T,
        arrows: &BTreeMap<T, BTreeSet<T>>,
        way: &mut Vec<T>,
        done: &mut BTreeSet<T>,
    ) -> Option<Vec<T>> {
        if let Some(place) = way.iter().position(|other| other == node) {
            return Some(way[place..].to_vec());
        }
        if done.contains(node) {
            return None;
        }
        way.push(node.clone());
        let found =
            arrows.get(node).into_iter().flatten().find_map(|next| visit(next, arrows, way, done));
        way.pop();
        done.insert(node.clone());
        found
    }
    let mut done = BTreeSet::new();
    arrows.keys().find_map(|node| visit(node, arrows, &mut Vec::new(), &mut done))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn no_room_imports_what_the_plan_does_not_allow_it() {
    let modules = modules(&root().join("src"));
    let mut wrong = BTreeSet::new();
    for (module, file) in &modules {
        let Some(room) = module.first() else { continue };
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| name == room) else {
            wrong.insert(format!("{}: {room} is no room of the plan", file.path.display()));
            continue;
        };
        for import in &file.imports {
            let other = &import[0];
            let is_room = ROOMS.iter().any(|(name, _)| name == other)
                || other == "pipeline"
                || other.starts_with("batchproc_");
            if is_room && other != room && !allowed.contains(&other.as_str()) {
                wrong.insert(format!(
                    "{} imports {other}",
                    file.path.strip_prefix(root()).unwrap().display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_plan_itself_has_no_circle() {
    let arrows = ROOMS
        .iter()
        .map(|(room, others)| (*room, others.iter().copied().collect::<BTreeSet<_>>()))
        .collect();
    assert_eq!(circle(&arrows), None);
}

#[test]
fn no_file_imports_one_that_imports_it() {
    for directory in ["."].iter().chain(&CRATES) {
        let modules = modules(&root().join(directory).join("src"));
        let mut arrows: BTreeMap<&Path, BTreeSet<&Path>> = BTreeMap::new();
        for (module, file) in &modules {
            let to = file.imports.iter().filter_map(|import| target(&modules, import));
            // The root of a crate holds nothing but the names of its parts.
            let to = to.filter(|to| *to != module && !to.is_empty());
            arrows.insert(&file.path, to.map(|to| &*modules[to].path).collect());
        }
        assert_eq!(circle(&arrows), None, "{directory}");
    }
}

#[test]
fn the_crates_know_nothing_of_each_other() {
    for directory in CRATES {
        for file in modules(&root().join(directory).join("src")).values() {
            let other = file.imports.iter().find(|import| import[0].starts_with("batchproc_"));
            assert_eq!(other, None, "{}", file.path.display());
        }
    }
}
