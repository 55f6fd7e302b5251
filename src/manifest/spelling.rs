//! Names that look the same but differ in their bytes. Unicode has two forms of `ü`: one character (NFC, on
//! most systems), or `u` and a combining diaeresis (NFD, as older macOS stored names). Some programs that
//! copy files convert names from one form to the other.

use std::path::{Path, PathBuf};

use unicode_normalization::UnicodeNormalization;

use crate::escape::printable;

/// The name in its composed form (NFC), if the decomposed form (NFD) is different.
pub fn composed(path: &Path) -> Option<String> {
    let name = spelled(path)?;
    let (composed, decomposed) = (name.nfc().collect::<String>(), name.nfd().collect::<String>());
    (composed != decomposed).then_some(composed)
}

/// The other Unicode forms of this name.
pub fn others(path: &Path) -> Vec<PathBuf> {
    let Some(name) = spelled(path) else { return Vec::new() };
    let forms = [name.nfc().collect::<String>(), name.nfd().collect()];
    forms.into_iter().filter(|form| form != name).map(PathBuf::from).collect()
}

/// Advice for a user if the manifest has a name in another Unicode form than the name on the disk.
pub fn hint(path: &Path) -> String {
    format!(
        "it has {}, the same name in another form of Unicode: rename the file on the disk \
         (convmv --nfc or --nfd), or make a new manifest",
        printable(path)
    )
}

/// The name, if it can have more than one Unicode form: if it is UTF-8 and not only ASCII.
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
