//! Names that look the same and are not: Unicode writes `ü` as one character (NFC, most systems) or
//! as `u` and a diaeresis (NFD, as macOS once stored names), and some programs that copy files turn
//! one into the other.

use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use crate::escape::printable;

/// The name in its composed form, if that or the decomposed one is another than the name itself.
pub fn composed(path: &Path) -> Option<String> {
    let name = spelled(path)?;
    let (composed, decomposed) = (name.nfc().collect::<String>(), name.nfd().collect::<String>());
    (composed != decomposed).then_some(composed)
}

/// The other forms of the name.
pub fn others(path: &Path) -> Vec<PathBuf> {
    let Some(name) = spelled(path) else { return Vec::new() };
    let forms = [name.nfc().collect::<String>(), name.nfd().collect()];
    forms.into_iter().filter(|form| form != name).map(PathBuf::from).collect()
}

/// What to do where the names of a manifest are those on the disk in another form.
pub fn hint(path: &Path) -> String {
    format!(
        "it has {}, the same name in another form of Unicode: rename what is on the disk \
         (convmv --nfc or --nfd), or make a new manifest",
        printable(path)
    )
}

/// The name, if it can be spelled in more than one way.
fn spelled(path: &Path) -> Option<&str> {
    path.to_str().filter(|name| !name.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_several_forms_have_others() {
        assert_eq!(others(Path::new("d/\u{fc}")), [PathBuf::from("d/u\u{308}")]);
        assert_eq!(others(Path::new("d/u\u{308}")), [PathBuf::from("d/\u{fc}")]);
        assert!(others(Path::new("a")).is_empty() && others(Path::new("中文")).is_empty());
        assert_eq!(composed(Path::new("u\u{308}")).as_deref(), Some("\u{fc}"));
        assert_eq!(composed(Path::new("中文")), None);
    }
}
