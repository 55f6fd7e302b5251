//! Pairs the files of both sides by their names.

use super::side::Side;
use crate::manifest::order::compare_bytes;

/// The index of a file that a side does not have.
const NONE: u32 = u32::MAX;

/// The indices of the files with the same name on both sides, and of those that only one side has, in the
/// order of the names.
#[derive(Debug)]
pub struct Pairs(Vec<[u32; 2]>);

/// The indices of a pair.
pub type Pair = (Option<usize>, Option<usize>);

impl Pairs {
    /// Pairs all files.
    pub fn new(old: &Side, new: &Side) -> Self {
        let (mut a, mut b) = (0, 0);
        let mut pairs = Vec::with_capacity(old.len().max(new.len()));
        while a < old.len() || b < new.len() {
            let is_old = b == new.len();
            let is_new = a == old.len();
            let order = match (is_old, is_new) {
                (true, _) => std::cmp::Ordering::Less,
                (_, true) => std::cmp::Ordering::Greater,
                _ => compare_bytes(old.name(a), new.name(b)),
            };
            let index = |index: usize, has: bool| if has { index as u32 } else { NONE };
            pairs.push([index(a, order.is_le()), index(b, order.is_ge())]);
            a += usize::from(order.is_le());
            b += usize::from(order.is_ge());
        }
        Self(pairs)
    }

    /// The pairs.
    pub fn iter(&self) -> impl Iterator<Item = Pair> {
        self.0.iter().map(|&[a, b]| pair(a, b))
    }

    /// Keeps only these pairs.
    pub fn retain(&mut self, keep: impl Fn(Pair) -> bool) {
        self.0.retain(|&[a, b]| keep(pair(a, b)));
    }

    /// Whether there are no pairs.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn pair(a: u32, b: u32) -> Pair {
    let index = |index: u32| (index != NONE).then_some(index as usize);
    (index(a), index(b))
}
