//! A digest alone in a manifest such as `f.sha256`. It belongs to the file `f` in the directory of the
//! manifest. The ending of the manifest's name says the algorithm.

use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use super::gnu::without_prefix;
use crate::hash::algorithms::Algorithm;
use crate::manifest::entry::{Accept, Entry, Parsed, digest_of};

/// Parses the first entry, a line without its terminator, of the manifest with this path. `None` if it
/// is not a digest alone, or if the manifest's name has no ending that is an algorithm.
pub(super) fn parse(line: &[u8], manifest: Option<&Path>, accept: Accept) -> Option<Parsed<Entry>> {
    let (_, digits) = without_prefix(line.trim_ascii());
    if digits.len() < 8 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let (name, algorithm) = file_of(manifest?, digits.len() / 2)?;
    Some(entry(name, algorithm, digits, accept))
}

/// The name of the file beside a manifest with this path, and the algorithm that the ending means for
/// a digest of so many bytes.
fn file_of(manifest: &Path, bytes: usize) -> Option<(Vec<u8>, Algorithm)> {
    let ending = manifest.extension()?.to_str()?.to_ascii_lowercase();
    let word = ending.strip_suffix("sum").unwrap_or(&ending);
    let of_tool = |algorithm: &Algorithm| {
        let tool = algorithm.tool().and_then(|tool| tool.strip_suffix("sum"));
        tool == Some(word) && algorithm.bytes() == bytes
    };
    let algorithm = Algorithm::by_name(word).or_else(|| Algorithm::all().find(of_tool))?;
    Some((manifest.with_extension("").into_os_string().into_vec(), algorithm))
}

fn entry(name: Vec<u8>, algorithm: Algorithm, digits: &[u8], accept: Accept) -> Parsed<Entry> {
    if accept.named(algorithm.name().as_bytes()).is_none() {
        return Err("the algorithm of the manifest's ending was not requested");
    }
    Entry::new(name, algorithm, &digest_of(algorithm, digits)?)
}
