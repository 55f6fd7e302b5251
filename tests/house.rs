//! The plan of the sources: which room may import which other room. Imports form no cycle, neither among
//! rooms nor among files. A room is a module of `src/` or a crate; see docs/architecture.md.

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
            "diff",
            "dups",
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
            "compression",
            "batchproc_os",
        ],
    ),
    ("cli", &["files", "hash", "segment", "manifest", "error", "pipeline"]),
    ("verify", &["verdict", "manifest", "hash", "files", "pipeline", "stamp", "escape", "error"]),
    ("verdict", &["manifest", "hash", "files", "stamp", "escape", "error"]),
    ("update", &["manifest", "hash", "files", "stamp", "escape", "error", "batchproc_os"]),
    ("diff", &["dups", "manifest", "hash", "files", "stamp"]),
    ("dups", &["manifest", "hash", "files", "pipeline", "stamp", "escape", "error"]),
    ("manifest", &["hash", "escape", "stamp", "marks"]),
    (
        "segment",
        &[
            "files",
            "pipeline",
            "compression",
            "escape",
            "error",
            "marks",
            "stamp",
            "batchproc_jieba",
        ],
    ),
    ("hash", &["files", "pipeline", "stamp", "error", "batchproc_lanes"]),
    ("run", &["pipeline", "files", "output", "stamp", "escape", "error", "retry", "batchproc_os"]),
    ("files", &["pipeline", "stamp", "escape", "error", "marks", "retry", "batchproc_os"]),
    ("output", &["stamp", "compression", "escape", "error", "retry", "batchproc_os"]),
    ("compression", &[]),
    ("error", &["escape"]),
    ("escape", &[]),
    ("stamp", &[]),
    ("marks", &[]),
    ("retry", &[]),
];

/// The crates. None imports another one.
const CRATES: [&str; 4] = ["crates/jieba", "crates/lanes", "crates/os", "crates/pipeline"];

/// A file and what it imports.
struct File {
    path: PathBuf,
    imports: Vec<Vec<String>>,
}

/// The modules of a crate, by module path.
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

/// All sources, without tests and the model.
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

/// The words and punctuation of a source, without comments, string literals and the tests at its end.
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

/// The paths of other modules and crates in these tokens, relative to the root of the crate.
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

/// Adds the paths of a `use` tree that begins at token `at`. Returns the index of the token after it.
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
    // Skips `as name`.
    if tokens.get(at + 1).is_some_and(|next| next == "as") { at + 3 } else { at + 1 }
}

/// The module of this crate that an import names, if any.
fn target<'a>(modules: &'a Modules, import: &[String]) -> Option<&'a Vec<String>> {
    (0..=import.len())
        .rev()
        .find_map(|length| modules.get_key_value(&import[..length]))
        .map(|(name, _)| name)
}

/// A cycle in a graph of imports, if there is one.
fn cycle<T: Ord + Clone>(graph: &BTreeMap<T, BTreeSet<T>>) -> Option<Vec<T>> {
    fn visit<T: Ord + Clone>(
        node: &T,
        graph: &BTreeMap<T, BTreeSet<T>>,
        path: &mut Vec<T>,
        done: &mut BTreeSet<T>,
    ) -> Option<Vec<T>> {
        if let Some(start) = path.iter().position(|other| other == node) {
            return Some(path[start..].to_vec());
        }
        if done.contains(node) {
            return None;
        }
        path.push(node.clone());
        let found =
            graph.get(node).into_iter().flatten().find_map(|next| visit(next, graph, path, done));
        path.pop();
        done.insert(node.clone());
        found
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|node| visit(node, graph, &mut Vec::new(), &mut done))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn rooms_import_only_what_the_plan_allows() {
    let modules = modules(&root().join("src"));
    let mut wrong = BTreeSet::new();
    for (module, file) in &modules {
        let Some(room) = module.first() else { continue };
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| name == room) else {
            wrong.insert(format!("{}: {room} is not a room of the plan", file.path.display()));
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
fn the_plan_itself_has_no_cycle() {
    let graph = ROOMS
        .iter()
        .map(|(room, others)| (*room, others.iter().copied().collect::<BTreeSet<_>>()))
        .collect();
    assert_eq!(cycle(&graph), None);
}

#[test]
fn imports_among_files_have_no_cycle() {
    for directory in ["."].iter().chain(&CRATES) {
        let modules = modules(&root().join(directory).join("src"));
        let mut graph: BTreeMap<&Path, BTreeSet<&Path>> = BTreeMap::new();
        for (module, file) in &modules {
            let to = file.imports.iter().filter_map(|import| target(&modules, import));
            // The root of a crate only declares and re-exports modules.
            let to = to.filter(|to| *to != module && !to.is_empty());
            graph.insert(&file.path, to.map(|to| &*modules[to].path).collect());
        }
        assert_eq!(cycle(&graph), None, "{directory}");
    }
}

#[test]
fn no_crate_imports_another() {
    for directory in CRATES {
        for file in modules(&root().join(directory).join("src")).values() {
            let other = file.imports.iter().find(|import| import[0].starts_with("batchproc_"));
            assert_eq!(other, None, "{}", file.path.display());
        }
    }
}
