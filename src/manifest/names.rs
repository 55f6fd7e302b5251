//! Compares names in manifests and arguments without `.` components and double slashes, since these
//! do not change which file a name means. `..` stays in a name: if `link` is a symbolic link,
//! `link/..` may be another directory than the one that contains `link`.

use std::collections::HashSet;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The name without `.` components and double slashes. Names that differ only in these have the
/// same key.
pub fn key(path: &Path) -> Box<[u8]> {
    let bytes = path.as_os_str().as_bytes();
    if is_plain(bytes) {
        return bytes.into();
    }
    let parts = bytes.split(|&byte| byte == b'/').filter(|part| !part.is_empty() && *part != b".");
    let joined = parts.collect::<Vec<_>>().join(&b'/');
    match (bytes.starts_with(b"/"), joined.is_empty()) {
        (true, _) => [b"/", &joined[..]].concat().into(),
        (false, true) => (*b".").into(),
        (false, false) => joined.into(),
    }
}

/// Whether no component of the name is empty or `.`. This is so for almost every name.
fn is_plain(bytes: &[u8]) -> bool {
    let mut before = b'/';
    let mut parts = bytes.iter().enumerate().all(|(at, &byte)| {
        let begins = before == b'/';
        before = byte;
        match byte {
            b'/' => at == 0 || !begins,
            b'.' if begins => !matches!(bytes.get(at + 1), None | Some(b'/')),
            _ => true,
        }
    });
    parts &= !bytes.ends_with(b"/");
    parts
}

/// The name, and the names of all directories above it.
pub fn above(name: &[u8]) -> impl Iterator<Item = &[u8]> {
    let slashes = (0..name.len()).rev().filter(|&at| name[at] == b'/');
    std::iter::once(name).chain(slashes.map(|at| &name[..at]))
}

/// Whether a name is `root` or is inside that directory. Both are keys from [`key`].
pub fn lies_in(name: &[u8], root: &[u8]) -> bool {
    match root {
        b"." => !name.starts_with(b"/") && !name.starts_with(b"../") && name != b"..",
        b"/" => name.starts_with(b"/"),
        root => above(name).any(|above| above == root),
    }
}

/// Whether a name is one of `roots` or is inside one of these directories. All are keys from
/// [`key`].
pub fn lies_in_one(name: &[u8], roots: &HashSet<Box<[u8]>>) -> bool {
    let everywhere = |root: &[u8]| roots.contains(root) && lies_in(name, root);
    above(name).any(|above| roots.contains(above)) || everywhere(b".") || everywhere(b"/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_no_dots_and_no_double_slashes() {
        for (name, expected) in [
            ("a/b", "a/b"),
            ("./a", "a"),
            (".//a", "a"),
            ("a//b", "a/b"),
            ("//a", "/a"),
            ("././a", "a"),
            (".", "."),
            ("./", "."),
            ("./.", "."),
            ("/", "/"),
            ("/.", "/"),
            ("a/", "a"),
            ("a//", "a"),
            ("a/.", "a"),
            (".a", ".a"),
            ("..", ".."),
            ("a/..b/.c", "a/..b/.c"),
            ("a/./b", "a/b"),
            ("/./a/././b", "/a/b"),
        ] {
            assert_eq!(&*key(Path::new(name)), expected.as_bytes(), "{name}");
        }
    }

    #[test]
    fn a_name_lies_in_itself_and_in_the_directories_above_it() {
        for (name, root, expected) in [
            ("a/b", "a", true),
            ("a/b", "a/b", true),
            ("ab", "a", false),
            ("a", "a/b", false),
            ("a/b", ".", true),
            ("../a", ".", false),
            ("../a", "..", true),
            ("/a", ".", false),
            ("/a", "/", true),
            ("a", "/", false),
        ] {
            assert_eq!(lies_in(name.as_bytes(), root.as_bytes()), expected, "{name} {root}");
            let roots = HashSet::from([(*b"elsewhere").into(), root.as_bytes().into()]);
            assert_eq!(lies_in_one(name.as_bytes(), &roots), expected, "{name} {root}");
        }
    }
}
