//! Finds the old name of each of many files with the same content. Each of them would go over all old names
//! again; here each goes on where the one before it has ended.

use std::collections::HashMap;

use crate::hash::algorithms::Algorithm;

/// Contents with fewer old names than this are not kept.
const CROWDED: usize = 8;

/// The contents that many old names have; see the module documentation.
#[derive(Debug, Default)]
pub struct Crowds(HashMap<Box<[u8]>, Crowd>);

#[derive(Debug)]
struct Crowd {
    /// The numbers of the old names, in ascending order.
    numbers: Box<[usize]>,
    /// All before this one were found not to be free.
    next: usize,
}

impl Crowds {
    /// The number of the first old name that is free, and `true`; if none is free, that of the first one, and
    /// `false`. `content` is what [`content`] makes of the file, and `find` gives the numbers of all old names
    /// with this content, which is asked for only where it is not known yet. A name that is not free must not
    /// become free later.
    pub fn find(
        &mut self,
        content: Box<[u8]>,
        find: impl FnOnce() -> Vec<usize>,
        is_free: impl Fn(usize) -> bool,
    ) -> Option<(usize, bool)> {
        let Some(crowd) = self.0.get_mut(&content) else {
            let numbers = find();
            let next = numbers.iter().position(|&number| is_free(number));
            let found = next.map(|next| (numbers[next], true));
            let found = found.or_else(|| numbers.first().map(|&number| (number, false)));
            if numbers.len() >= CROWDED {
                let next = next.unwrap_or(numbers.len());
                self.0.insert(content, Crowd { numbers: numbers.into(), next });
            }
            return found;
        };
        let Crowd { numbers, next } = crowd;
        while let Some(&number) = numbers.get(*next) {
            if is_free(number) {
                return Some((number, true));
            }
            *next += 1;
        }
        Some((numbers[0], false))
    }
}

/// A content as bytes: its digests and its size.
pub fn content<'a>(
    digests: impl Iterator<Item = (Algorithm, &'a [u8])>,
    size: Option<u64>,
) -> Box<[u8]> {
    let mut content = size.map_or_else(Vec::new, |size| size.to_le_bytes().to_vec());
    for (algorithm, digest) in digests {
        content.push(algorithm.number());
        content.extend(digest);
    }
    content.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_finds_what_a_search_from_the_beginning_finds(
            names in 0..20_usize,
            free in prop::collection::vec(any::<bool>(), 20),
            files in prop::collection::vec(prop::option::of(0..20_usize), 1..40))
        {
            let (mut crowds, mut free, mut asked) = (Crowds::default(), free, 0);
            // Each file has the same content; between them, another name may be taken.
            for taken in files {
                let wanted = (0..names).find(|&number| free[number]);
                let expected = wanted.map(|number| (number, true));
                let expected = expected.or((names > 0).then_some((0, false)));
                let all = || {
                    asked += 1;
                    (0..names).collect()
                };
                let found = crowds.find(content([].into_iter(), Some(1)), all, |number| free[number]);
                prop_assert_eq!(found, expected);
                for taken in taken.into_iter().chain(wanted) {
                    free[taken] = false;
                }
            }
            prop_assert!(names < CROWDED || asked == 1);
        }
    }
}
