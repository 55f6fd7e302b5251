//! The order in which a walk finds files: names by their bytes within a directory, a directory's
//! content where its name stands.

use std::cmp::Ordering;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Compares two names as a walk would find them: as bytes, but with `/` before all others.
pub fn compare(a: &Path, b: &Path) -> Ordering {
    let rank = |&byte: &u8| if byte == b'/' { 0 } else { byte };
    let (a, b) = (a.as_os_str().as_bytes(), b.as_os_str().as_bytes());
    a.iter().map(rank).cmp(b.iter().map(rank))
}

/// Whether walks of these paths, one after another, find files in this order.
pub fn are_in_order<P: AsRef<Path>>(paths: &[P]) -> bool {
    paths.windows(2).all(|pair| {
        let (a, b) = (pair[0].as_ref(), pair[1].as_ref());
        // `.` and the like would be prefixes of names without being compared as such.
        compare(a, b) == Ordering::Less && !b.starts_with(a)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::PathBuf;

    #[test]
    fn arguments_are_in_order_if_one_comes_after_all_of_the_other() {
        assert!(are_in_order(&["a", "b/c", "d"]) && are_in_order(&["."]));
        assert!(!are_in_order(&["b", "a"]) && !are_in_order(&["a", "a/b"]));
        assert!(!are_in_order(&["a", "a"]));
    }

    proptest! {
        #[test]
        fn it_is_the_order_of_names_compared_one_by_one(
            names in prop::collection::vec(prop::collection::vec("[a-c.\u{1}é-]{1,3}", 1..4), 2))
        {
            let [a, b] = [0, 1].map(|n| names[n].iter().collect::<PathBuf>());
            let expected = names[0].iter().map(String::as_bytes).cmp(names[1].iter().map(String::as_bytes));
            prop_assert_eq!(compare(&a, &b), expected);
        }
    }
}
