//! The documents are correct: their commands run and print the output that is shown, the reference of
//! options matches the program, and the files that they name exist.

mod blocks;
mod commands;
mod names;
mod options;
mod program;

use std::fs;
use std::path::{Path, PathBuf};

/// A document of the repository.
struct Document {
    /// Its path below the root of the repository.
    name: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All documents with commands.
fn documents() -> Vec<Document> {
    let mut paths: Vec<PathBuf> = fs::read_dir(root().join("docs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    paths.extend(["README.md", "CONTRIBUTING.md"].map(|name| root().join(name)));
    paths.sort();
    let name = |path: &PathBuf| path.strip_prefix(root()).unwrap().to_str().unwrap().to_string();
    paths.iter().map(|path| document(&name(path))).collect()
}

/// The document of this name, a path below the root of the repository.
fn document(name: &str) -> Document {
    let text = fs::read_to_string(root().join(name)).unwrap();
    Document { name: name.into(), text }
}
