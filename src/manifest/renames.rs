//! Names that were made elsewhere: in another directory, or on a system whose separator is `\`.
//! Changes them to the names that the files have here.

use std::borrow::Cow;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// How the names of a manifest are changed when they are read. The changes are made in the order of
/// the fields. By default nothing is changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renames {
    /// Whether each `\` becomes `/`.
    pub backslashes: bool,
    /// The bytes that are removed from the front of each name that begins with them.
    pub strip_prefix: Option<PathBuf>,
    /// Whether only the last component of each name stays.
    pub base_name: bool,
}

impl Renames {
    /// The new name, if it differs. A name of which nothing would be left keeps what the step
    /// before left of it.
    pub fn apply(&self, path: &Path) -> Option<PathBuf> {
        let old = path.as_os_str().as_bytes();
        if *self == Self::default() {
            return None;
        }
        let mut name = Cow::Borrowed(old);
        if self.backslashes && name.contains(&b'\\') {
            name = name.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect();
        }
        let mut rest = &name[..];
        if let Some(prefix) = &self.strip_prefix {
            let stripped = rest.strip_prefix(prefix.as_os_str().as_bytes());
            rest = stripped.filter(|stripped| !stripped.is_empty()).unwrap_or(rest);
        }
        if self.base_name {
            rest = base_name(rest);
        }
        let new = match rest {
            _ if rest == old => return None,
            // A file of this name. A bare `-` would be standard input.
            b"-" => b"./-".to_vec(),
            rest => rest.to_vec(),
        };
        Some(OsString::from_vec(new).into())
    }
}

/// The last component of a name, without slashes behind it. `/` stays as it is.
fn base_name(name: &[u8]) -> &[u8] {
    let Some(last) = name.iter().rposition(|&byte| byte != b'/') else { return name };
    let name = &name[..=last];
    let start = name.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
    &name[start..]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_changed_in_a_fixed_order() {
        let all = Renames { backslashes: true, ..Renames::default() };
        let strip = |prefix: &str| Renames { strip_prefix: Some(prefix.into()), ..all.clone() };
        let base = Renames { base_name: true, ..all.clone() };
        let plain = Renames { backslashes: false, ..base.clone() };
        for (renames, name, expected) in [
            (&all, r"C:\a\b c", "C:/a/b c"),
            (&all, "a/b", "a/b"),
            (&all, r"\\server\x", "//server/x"),
            (&strip("C:/a/"), r"C:\a\b", "b"),
            (&strip(r"C:\a\"), r"C:\a\b", "C:/a/b"),
            (&strip("a"), "ab", "b"),
            (&strip("/a"), "/a/b", "/b"),
            (&strip("a/"), "b/a/c", "b/a/c"),
            (&strip("a/"), "a/a/c", "a/c"),
            (&strip("a/"), "a/", "a/"),
            (&strip("a/"), "a/-", "./-"),
            (&base, r"a/b\c", "c"),
            (&plain, r"a/b\c", r"b\c"),
            (&base, "a/b//", "b"),
            (&base, "//", "//"),
            (&base, "-", "-"),
            (&strip("-"), "-", "-"),
            (&base, "a/-", "./-"),
            (&Renames { base_name: true, ..strip("a/b/") }, "a/b/c/d", "d"),
        ] {
            let new = renames.apply(Path::new(name));
            let new = new.as_deref().unwrap_or(Path::new(name));
            assert_eq!(new, Path::new(expected), "{name} {renames:?}");
        }
    }

    proptest! {
        #[test]
        fn a_base_name_is_that_of_the_standard_library(name in "[-a/\\\\.é]{1,12}") {
            let renames = Renames { base_name: true, ..Renames::default() };
            let new = renames.apply(Path::new(&name));
            let new = new.as_deref().unwrap_or(Path::new(&name));
            // The library skips a `.` at the end, and knows no file name for `..` and `/`.
            let dots = name.trim_end_matches('/').ends_with('.');
            if let Some(expected) = Path::new(&name).file_name().filter(|_| !dots) {
                let dash = expected == "-" && name != "-";
                let expected = if dash { "./-".as_ref() } else { expected };
                prop_assert_eq!(new.as_os_str(), expected);
            }
        }

        #[test]
        fn no_name_becomes_empty_or_standard_input(name in "[-a/\\\\]{1,6}", prefix in "[-a/\\\\]{1,4}",
            backslashes: bool, strip: bool, base_name: bool) {
            let strip_prefix = strip.then(|| prefix.into());
            let renames = Renames { backslashes, strip_prefix, base_name };
            if let Some(new) = renames.apply(Path::new(&name)) {
                prop_assert!(new.as_os_str() != "" && new.as_os_str() != "-" && new.as_os_str() != name.as_str());
            }
        }
    }
}
