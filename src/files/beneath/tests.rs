//! What is found below a directory, and what leads out of it. The tests of the program look at more.

use std::fs;
use std::os::unix::fs::symlink;

use rustix::fs::FileType;

use super::*;

fn tree() -> tempfile::TempDir {
    let root = tempfile::TempDir::new().unwrap();
    let at = |name: &str| root.path().join(name);
    fs::create_dir_all(at("in/d")).unwrap();
    fs::write(at("in/d/file"), "inside").unwrap();
    fs::write(at("secret"), "outside").unwrap();
    symlink("d/file", at("in/near")).unwrap();
    symlink("../secret", at("in/far")).unwrap();
    symlink("..", at("in/up")).unwrap();
    root
}

#[test]
fn names_that_leave_the_directory_are_known_by_themselves() {
    for name in ["-", "/", "/etc/passwd", "..", "a/../b", "a/..", "../a", "./../a"] {
        assert!(leaves(Path::new(name)).is_some(), "{name}");
    }
    for name in ["a", "...", "a..b", "..a/b", "./a", "./-", "a/./b", ".a"] {
        assert_eq!(leaves(Path::new(name)), None, "{name}");
    }
}

#[test]
fn a_file_is_found_by_its_name_and_by_a_link_that_stays_inside() {
    let root = tree();
    let beneath = Beneath::new(&root.path().join("in")).unwrap();
    let kind = |name: &str, follow| match beneath.find(Path::new(name), follow) {
        Ok(Ok(found)) => Ok(found.stamp.kind),
        Ok(Err(leaves)) => Err(leaves.0.to_string()),
        Err(error) => Err(error.to_string()),
    };
    assert_eq!(kind("d/file", true), Ok(FileType::RegularFile));
    assert_eq!(kind("./d/./file", true), Ok(FileType::RegularFile));
    assert_eq!(kind("near", false), Ok(FileType::Symlink));
    assert_eq!(kind("d", true), Ok(FileType::Directory));
    for name in ["up/secret", "d/file/", "none", "d/file/x"] {
        assert!(kind(name, true).is_err(), "{name}");
    }
    assert!(kind("far", true).is_err());
    assert_eq!(kind("far", false), Ok(FileType::Symlink));
}

#[test]
fn what_was_found_is_what_is_opened() {
    let root = tree();
    let beneath = Beneath::new(&root.path().join("in")).unwrap();
    let name = Path::new("d/file");
    let found = beneath.find(name, true).unwrap().unwrap();
    fs::rename(root.path().join("in/d/file"), root.path().join("in/old")).unwrap();
    symlink("../../secret", root.path().join("in/d/file")).unwrap();
    let file = beneath.open(name, &found, OFlags::empty()).unwrap();
    assert_eq!(io::read_to_string(file).unwrap(), "inside");
}
