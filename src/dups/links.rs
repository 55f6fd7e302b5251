//! Judges the names of one file: which of them are directory entries of their own, and whether they
//! still mean the same file.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use super::table::Table;
use crate::error::FileError;
use crate::files::Refused;
use crate::files::link::is_link;
use crate::files::open::Opener;
use crate::stamp::{Identity, identity};

/// Returns those of the names of one file that still mean this file, each directory entry once: if
/// an argument is given twice, or is reached by two ways, its files have two names that are one
/// entry, and whoever removes one of them removes both. `report` is called with each name that has
/// changed. The first name is the one that was read, so it is not looked at again.
///
/// With `entries`, symbolic links are left out too if the file has another name: to keep the
/// symbolic link and to remove the other name would lose the content.
pub fn distinct(
    names: &[usize],
    table: &Table,
    opener: &Opener,
    entries: bool,
    mut report: impl FnMut(Refused),
) -> Vec<usize> {
    if let [_] = names {
        return names.to_vec();
    }
    let mut seen: HashSet<(Identity, OsString)> = HashSet::new();
    let mut kept = Vec::new();
    for (at, &name) in names.iter().enumerate() {
        let path = table.path(name);
        if at > 0 {
            match opener.look(path.to_path_buf(), table.origin(name)) {
                Ok((_, stamp)) if table.is_unchanged(name, &stamp) => {}
                Ok((path, _)) => {
                    report(Refused::Failed(changed(&path)));
                    continue;
                }
                Err(refused) => {
                    report(refused);
                    continue;
                }
            }
        }
        if entry(path).is_none_or(|entry| seen.insert(entry)) {
            kept.push(name);
        }
    }
    if entries {
        let real: Vec<usize> =
            kept.iter().copied().filter(|&name| !is_link(table.path(name))).collect();
        kept = if real.is_empty() { vec![kept[0]] } else { real };
    }
    kept
}

/// The failure of a file that is not what it was when it was looked at.
pub fn changed(path: &Path) -> FileError {
    let reason = "changed since it was found: another size, modification time or inode";
    FileError::new(path.to_path_buf(), reason.into())
}

/// What identifies a directory entry, however its directory was reached: the directory and the last
/// component of the name.
fn entry(path: &Path) -> Option<(Identity, OsString)> {
    let name = path.file_name()?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let directory = fs::metadata(parent.unwrap_or(Path::new("."))).ok()?;
    Some((identity(&directory), name.to_os_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::stdin::Interrupt;
    use crate::files::{Origin, Root};

    #[test]
    fn a_name_that_became_another_file_is_no_name_of_this_one_any_more() {
        let root = tempfile::TempDir::new().unwrap();
        let path = |name: &str| root.path().join(name);
        fs::write(path("a"), "content").unwrap();
        ["b", "c", "d"].iter().for_each(|name| fs::hard_link(path("a"), path(name)).unwrap());
        let opener = Opener::new(Interrupt::new().unwrap());
        let mut table = Table::default();
        for name in ["a", "b", "./b", "c", "d"] {
            let (path, stamp) =
                opener.look(path(name), Origin::Walked((0, 0), Root::NONE)).unwrap();
            table.push(&path, &stamp, Some(Root::NONE));
        }
        fs::remove_file(path("c")).unwrap();
        fs::write(path("c"), "CONTENT").unwrap();
        fs::remove_file(path("d")).unwrap();
        let mut reports = Vec::new();
        let kept = distinct(&[0, 1, 2, 3, 4], &table, &opener, false, |refused| {
            let Refused::Failed(failure) = refused else { panic!("{refused:?}") };
            reports.push((failure.path, failure.reason));
        });
        assert_eq!(kept, [0, 1]);
        let why = "changed since it was found: another size, modification time or inode";
        let gone = "No such file or directory";
        assert_eq!(reports, [(path("c"), why.into()), (path("d"), gone.into())]);
    }
}
