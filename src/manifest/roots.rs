//! The PATHs of a run and the names of a manifest: which names lie below which PATH, and below
//! which PATHs the run found a file. If the manifest has files below a PATH and the run finds none
//! of them, the disk is probably not mounted there, and the files were not deleted.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::names::{above, key};

/// The PATHs of a run, and what was found below them.
#[derive(Debug)]
pub struct Roots {
    paths: Vec<PathBuf>,
    /// The index of each path by its key (its normalized name).
    indices: HashMap<Box<[u8]>, usize>,
    found: Vec<bool>,
    lost: Vec<bool>,
    /// The number of paths below which no file was found yet.
    unfound: usize,
}

impl Roots {
    /// Begins with no file found below any of these paths.
    pub fn new(paths: &[PathBuf]) -> Self {
        let indices: HashMap<_, _> =
            paths.iter().enumerate().map(|(index, path)| (key(path), index)).collect();
        let (found, lost) = (vec![false; paths.len()], vec![false; paths.len()]);
        Self { paths: paths.to_vec(), unfound: indices.len(), indices, found, lost }
    }

    /// The indices of the paths that are this name or are directories above it.
    fn above<'a>(&'a self, name: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
        let absolute = name.starts_with(b"/");
        let outside = absolute || name.starts_with(b"../") || name == b"..";
        let top = if absolute { Some(&b"/"[..]) } else { Some(&b"."[..]).filter(|_| !outside) };
        let names = above(name).filter(|above| *above != b"/" && *above != b".");
        names.chain(top).filter_map(|above| self.indices.get(above).copied())
    }

    /// Whether the name lies below any of the paths.
    pub fn hold(&self, path: &Path) -> bool {
        self.hold_key(&key(path))
    }

    /// Whether the name with this key lies below any of the paths.
    pub fn hold_key(&self, name: &[u8]) -> bool {
        self.above(name).next().is_some()
    }

    /// The index of a path that is this name or is a directory above it.
    pub fn index(&self, path: &Path) -> Option<usize> {
        self.above(&key(path)).next()
    }

    /// The name that decides which shard a file belongs to: its path below the directory among the
    /// paths; its whole path if it is itself one of them, or lies below none.
    pub fn shard_name(&self, path: &Path) -> Box<[u8]> {
        let name = key(path);
        let below = self.above(&name).next().map(|index| self.below(&name, index));
        match below {
            Some(below) if !below.is_empty() => below.into(),
            _ => name,
        }
    }

    /// The part of a name that comes below the path with this index.
    fn below<'a>(&self, name: &'a [u8], index: usize) -> &'a [u8] {
        match &*key(&self.paths[index]) {
            b"." => name,
            b"/" => &name[1..],
            root => name.get(root.len() + 1..).unwrap_or_default(),
        }
    }

    /// Two of the paths of which one is the other or lies in it.
    pub fn nested(&self) -> Option<[&Path; 2]> {
        self.paths.iter().enumerate().find_map(|(index, path)| {
            let name = key(path);
            let all = self.above(&name).chain(self.indices.get(&name).copied());
            let other = all.into_iter().find(|&other| other != index)?;
            Some([&*self.paths[other], &**path])
        })
    }

    /// Whether no walk would find the file whose name has this key, because `rule` excludes the file
    /// from the walk of each path above it. The rule gets a path, the file's name relative to that
    /// path, and the device, which the entry of the file may record.
    pub fn leave_out(
        &self,
        name: &[u8],
        device: Option<u64>,
        rule: impl Fn(&Path, &Path, Option<u64>) -> bool,
    ) -> bool {
        let mut indices = self.above(name).peekable();
        indices.peek().is_some()
            && indices.all(|index| {
                let below = self.below(name, index);
                rule(&self.paths[index], Path::new(OsStr::from_bytes(below)), device)
            })
    }

    /// Whether a symbolic link is on the way to a file from each of the paths above it, so that no walk
    /// goes there unless it follows links.
    pub fn is_behind_link(&self, path: &Path) -> bool {
        let name = key(path);
        let mut indices = self.above(&name).peekable();
        indices.peek().is_some()
            && indices.all(|index| {
                let below = self.below(&name, index);
                above(below)
                    .skip(1)
                    .filter(|part| !part.is_empty())
                    .any(|part| self.paths[index].join(OsStr::from_bytes(part)).is_symlink())
            })
    }

    /// Whether the name is one of the paths.
    pub fn contain(&self, path: &Path) -> bool {
        self.indices.contains_key(&key(path))
    }

    /// Whether a file was found below each of the paths.
    pub fn are_found(&self) -> bool {
        self.unfound == 0
    }

    /// Whether a file was found below each of the paths that are this name or are directories above
    /// it.
    pub fn is_found(&self, path: &Path) -> bool {
        self.unfound == 0 || self.above(&key(path)).all(|index| self.found[index])
    }

    /// Records that a file with this name was found.
    pub fn found(&mut self, path: &Path) {
        if self.unfound == 0 {
            return;
        }
        let indices: Vec<usize> = self.above(&key(path)).collect();
        for index in indices {
            if !std::mem::replace(&mut self.found[index], true) {
                self.unfound -= 1;
            }
        }
    }

    /// Records that the file with this name in the manifest was not found.
    pub fn lost(&mut self, path: &Path) {
        if self.unfound == 0 {
            return;
        }
        let indices: Vec<usize> = self.above(&key(path)).collect();
        indices.into_iter().for_each(|index| self.lost[index] = true);
    }

    /// The first path below which the manifest has names, if none of their files was found.
    pub fn emptied(&self) -> Option<&Path> {
        let mut indices = 0..self.paths.len();
        let index = indices.find(|&index| self.lost[index] && !self.found[index])?;
        Some(&self.paths[index])
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::lies_in;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_paths_contain_a_name_that_lies_below_one_of_them(
            names in prop::collection::vec(prop::collection::vec("[ab.]{1,2}", 1..4), 1..5),
            absolute in prop::collection::vec(any::<bool>(), 5))
        {
            let paths: Vec<PathBuf> = names.iter().zip(absolute).map(|(parts, absolute)| {
                let joined = parts.join("/");
                PathBuf::from(if absolute { format!("/{joined}") } else { joined })
            }).chain(["/".into(), ".".into()]).collect();
            let (name, roots) = paths.split_first().unwrap();
            let (name, mut keys) = (key(name), roots.iter().map(|root| key(root)).collect::<Vec<_>>());
            keys.retain(|root| lies_in(&name, root));
            keys.sort();
            keys.dedup();
            let all = Roots::new(roots);
            let mut above: Vec<_> = all.above(&name).map(|index| key(&roots[index])).collect();
            above.sort();
            prop_assert_eq!(&above, &keys, "{:?} {:?}", name, roots);
            prop_assert_eq!(all.hold_key(&name), !keys.is_empty());
        }
    }

    fn roots(paths: &[&str]) -> Roots {
        Roots::new(&paths.iter().map(PathBuf::from).collect::<Vec<_>>())
    }

    #[test]
    fn a_shard_takes_files_by_their_paths_below_a_root_and_a_root_by_its_whole_path() {
        for (root, path, name) in [
            ("a", "./a//b/c", "b/c"),
            ("a", "a", "a"),
            ("a/b", "a/b/", "a/b"),
            ("a", "ab/c", "ab/c"),
            (".", "a/b", "a/b"),
            ("/", "/a/b", "a/b"),
            ("/", "/", "/"),
        ] {
            assert_eq!(
                &*roots(&[root]).shard_name(Path::new(path)),
                name.as_bytes(),
                "{root} {path}"
            );
        }
    }

    #[test]
    fn paths_are_nested_if_one_is_another_or_lies_in_it() {
        for (paths, nested) in [
            (&["a", "b", "ab", "/a"][..], None),
            (&["a", "b/c", "./b"], Some(["./b", "b/c"])),
            (&["a", "b", "b//"], Some(["b//", "b"])),
            (&[".", "../a", "b"], Some([".", "b"])),
        ] {
            assert_eq!(roots(paths).nested(), nested.map(|two| two.map(Path::new)), "{paths:?}");
        }
        let all = roots(&["a/b", "."]);
        for (path, is_one) in [("./a//b", true), ("./", true), ("a", false), ("a/b/c", false)] {
            assert_eq!(all.contain(Path::new(path)), is_one, "{path}");
        }
    }

    #[test]
    fn a_path_is_found_with_its_first_file_and_all_are_with_the_last_of_them() {
        let mut roots = roots(&["a", "b", "a/c"]);
        let state = |roots: &Roots| {
            (
                ["a/x", "b/x", "a/c/x", "z"].map(|path| roots.is_found(Path::new(path))),
                roots.are_found(),
            )
        };
        assert_eq!(state(&roots), ([false, false, false, true], false));
        for _ in 0..2 {
            roots.found(Path::new("./a/1"));
            assert_eq!(state(&roots), ([true, false, false, true], false));
        }
        roots.found(Path::new("a/c/1"));
        assert_eq!(state(&roots), ([true, false, true, true], false));
        roots.found(Path::new("b"));
        assert_eq!(state(&roots), ([true; 4], true));
    }

    #[test]
    fn a_file_is_behind_a_link_if_each_way_to_it_has_one() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("real")).unwrap();
        std::os::unix::fs::symlink("real", dir.path().join("link")).unwrap();
        let at = |name: &str| dir.path().join(name);
        for (paths, name, expected) in [
            (&[""][..], "link/a", true),
            (&[""], "link/a/b", true),
            (&[""], "real/a", false),
            (&[""], "link", false),
            (&["link"], "link/a", false),
            (&["", "link"], "link/a", false),
            (&["real"], "link/a", false),
        ] {
            let paths: Vec<_> = paths.iter().map(|path| at(path)).collect();
            assert_eq!(Roots::new(&paths).is_behind_link(&at(name)), expected, "{paths:?} {name}");
        }
    }

    #[test]
    fn a_path_is_emptied_if_all_its_names_are_lost() {
        let mut roots = Roots::new(&["a".into(), "b".into(), "./c//".into()]);
        roots.lost(Path::new("a/1"));
        roots.found(Path::new("a/2"));
        roots.found(Path::new("b/1"));
        assert_eq!(roots.emptied(), None);
        roots.lost(Path::new("c/1"));
        assert_eq!(roots.emptied(), Some(Path::new("./c//")));
    }
}
