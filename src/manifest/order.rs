//! The order in which a walk finds files. Within a directory, names are sorted by their bytes. The
//! files inside a subdirectory come at the position of the subdirectory's name.

use std::cmp::Ordering;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Compares two names in the order of a walk: as bytes, with `/` as the smallest.
pub fn compare(a: &Path, b: &Path) -> Ordering {
    compare_bytes(a.as_os_str().as_bytes(), b.as_os_str().as_bytes())
}

/// Compares the bytes of two names in the order of a walk.
pub fn compare_bytes(a: &[u8], b: &[u8]) -> Ordering {
    let rank = |&byte: &u8| if byte == b'/' { 0 } else { byte };
    a.iter().map(rank).cmp(b.iter().map(rank))
}

/// Whether walking these paths one after another finds all files in the order of a single walk.
pub fn are_in_order<P: AsRef<Path>>(paths: &[P]) -> bool {
    paths.windows(2).all(|pair| {
        let (a, b) = (pair[0].as_ref(), pair[1].as_ref());
        // A path inside the path before it would be walked twice.
        compare(a, b) == Ordering::Less && !b.starts_with(a)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::PathBuf;

    #[test]
    fn paths_are_in_order_if_each_comes_after_the_files_of_the_one_before() {
        assert!(are_in_order(&["a", "b/c", "d"]) && are_in_order(&["."]));
        assert!(!are_in_order(&["b", "a"]) && !are_in_order(&["a", "a/b"]));
        assert!(!are_in_order(&["a", "a"]));
    }

    proptest! {
        #[test]
        fn it_is_the_order_of_components_compared_one_by_one(
            names in prop::collection::vec(prop::collection::vec("[a-c.\u{1}é-]{1,3}", 1..4), 2))
        {
            let [a, b] = [0, 1].map(|n| names[n].iter().collect::<PathBuf>());
            let expected = names[0].iter().map(String::as_bytes).cmp(names[1].iter().map(String::as_bytes));
            prop_assert_eq!(compare(&a, &b), expected);
        }
    }
}
