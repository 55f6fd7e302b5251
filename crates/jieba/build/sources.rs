//! Finds the data files of the pinned jieba-rs crate.
//!
//! jieba-rs is a build dependency, so cargo has unpacked its sources before this runs. Cargo does
//! not tell a build script where these sources are. They are in the registry's cache, or where
//! `cargo metadata` says (for instance in a vendored directory). Each file is checked against a
//! hash, so that a wrong file is noticed.

#[path = "../src/keywords/fnv.rs"]
pub mod fnv;

use fnv::fnv1a;
use std::path::{Path, PathBuf};
use std::process::Command;

const VERSION: &str = "0.11.0";

/// The text of a data file of one of jieba-rs's crates. `hash` is the FNV-1a hash of its bytes.
pub fn read(package: &str, file: &str, hash: u64) -> String {
    let mut seen = Vec::new();
    for root in in_registry(package).chain(from_metadata(package)) {
        let path = root.join(file);
        match std::fs::read_to_string(&path) {
            Ok(text) if fnv1a(text.as_bytes()) == hash => {
                println!("cargo::rerun-if-changed={}", path.display());
                return text;
            }
            Ok(text) => seen.push(format!(
                "{}: not the file of {package} {VERSION} (hash {:#x})",
                path.display(),
                fnv1a(text.as_bytes())
            )),
            Err(error) => seen.push(format!("{}: {error}", path.display())),
        }
    }
    panic!("cannot find {file} of the crate {package} {VERSION}; tried: {seen:#?}");
}

fn in_registry(package: &str) -> impl Iterator<Item = PathBuf> + use<> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| {
        std::env::var_os("HOME")
            .or_else(|| std::env::var_os("USERPROFILE"))
            .map(|home| Path::new(&home).join(".cargo"))
    });
    let directory = format!("{package}-{VERSION}");
    home.into_iter()
        .filter_map(|home| std::fs::read_dir(home.join("registry/src")).ok())
        .flatten()
        .flatten()
        .map(move |registry| registry.path().join(&directory))
        .filter(|path| path.is_dir())
}

/// Asks `cargo metadata` where the package is. This takes half a second, so it is done only if the
/// registry's cache has no copy.
fn from_metadata(package: &str) -> impl Iterator<Item = PathBuf> + use<> {
    let package = package.to_owned();
    std::iter::once_with(move || {
        let output = Command::new(std::env::var_os("CARGO")?)
            .args(["metadata", "--format-version", "1", "--offline", "--locked"])
            .args(["--filter-platform", &std::env::var("HOST").ok()?])
            .current_dir(std::env::var_os("CARGO_MANIFEST_DIR")?)
            .output()
            .ok()?;
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
        let found = metadata["packages"]
            .as_array()?
            .iter()
            .find(|p| p["name"] == package.as_str() && p["version"] == VERSION)?;
        Some(Path::new(found["manifest_path"].as_str()?).parent()?.to_owned())
    })
    .flatten()
}
