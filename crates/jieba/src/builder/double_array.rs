//! The trie of a dictionary's words as a double array.
//!
//! A node's children sit at `base + code`, each carrying its code as a label. No two nodes share a
//! base, so the label alone proves whose child a unit is. Nodes with many children are placed
//! first, the rest fills the holes.

use super::layout::{BASE_LIMIT, BASE_SHIFT, VALUE_SHIFT, child_bit};

/// An inner node on its way into the array.
struct Node {
    /// The range of words below it.
    words: std::ops::Range<usize>,
    depth: usize,
    children: usize,
    base: u32,
    parent: usize,
    label: u16,
    value: u32,
}

/// Builds the units for `words`, which must be sorted and distinct. The root's children are not in
/// the array: `first(code, value, base)` is called for each.
///
/// # Errors
/// When the words need more units than a base can count.
pub fn build(
    words: &[(&[u16], u32)],
    mut first: impl FnMut(u16, u32, u32),
) -> Result<Vec<u64>, String> {
    const ROOT: usize = usize::MAX;
    // All nodes below the root, parents before children.
    let mut nodes: Vec<Node> = Vec::new();
    let mut open = vec![(0..words.len(), 0usize, ROOT)];
    while let Some((range, depth, parent)) = open.pop() {
        let mut start = range.start;
        while start < range.end {
            let label = words[start].0[depth];
            let mut end = start + 1;
            while end < range.end && words[end].0[depth] == label {
                end += 1;
            }
            let ends_here = words[start].0.len() == depth + 1;
            let value = if ends_here { words[start].1 } else { 0 };
            let below = start + usize::from(ends_here)..end;
            let node = nodes.len();
            if !below.is_empty() {
                open.push((below.clone(), depth + 1, node));
            }
            nodes.push(Node { words: below, depth, children: 0, base: 0, parent, label, value });
            start = end;
        }
    }
    // Children of each node, as the labels of the range below it.
    let labels = |node: &Node| {
        let depth = node.depth + 1;
        let mut labels: Vec<u16> =
            words[node.words.clone()].iter().map(|(letters, _)| letters[depth]).collect();
        labels.dedup();
        labels
    };
    for node in 0..nodes.len() {
        let parent = nodes[node].parent;
        if parent != ROOT {
            nodes[parent].children += 1;
        }
    }
    let mut order: Vec<usize> = (0..nodes.len()).filter(|&n| nodes[n].children > 0).collect();
    // Of nodes with as many children those of frequent words first, so that they lie together;
    // small values belong to frequent words.
    order.sort_by_cached_key(|&node| {
        let values = words[nodes[node].words.clone()].iter().map(|&(_, value)| value);
        (usize::MAX - nodes[node].children, values.min())
    });

    let mut places = Places::default();
    for node in order {
        nodes[node].base = places.place(&labels(&nodes[node]));
    }
    if places.used_bases.len() * 64 > BASE_LIMIT {
        return Err("more words than the tables can hold (about 3,000,000)".to_owned());
    }

    let mut units = vec![0u64; places.end.max(1)];
    for node in &nodes {
        let content = u64::from(node.value) << VALUE_SHIFT | u64::from(node.base) << BASE_SHIFT;
        if node.parent == ROOT {
            first(node.label, node.value, node.base);
        } else {
            let base = nodes[node.parent].base;
            units[base as usize + usize::from(node.label)] |= content | u64::from(node.label);
        }
    }
    // The children's filter bits go into the parent's own unit.
    for node in nodes.iter().filter(|node| node.parent != ROOT) {
        let parent = &nodes[node.parent];
        if parent.parent != ROOT {
            let base = nodes[parent.parent].base;
            units[base as usize + usize::from(parent.label)] |= child_bit(node.label);
        }
    }
    Ok(units)
}

/// Which units and bases are taken, 64 to a word.
#[derive(Default)]
struct Places {
    taken: Vec<u64>,
    used_bases: Vec<u64>,
    /// One past the last unit that is taken.
    end: usize,
    /// For each number of children up to 16, then for each magnitude: where the search begins.
    starts: [usize; 32],
}

/// After this many words of bases without room, later searches of the same kind begin further on.
/// More gives a smaller array and takes longer.
const PATIENCE: usize = 400;

/// 64 bits from bit `at` on; beyond the end there are zeros.
fn bits_from(words: &[u64], at: usize) -> u64 {
    let word = |index: usize| words.get(index).copied().unwrap_or(0);
    match at % 64 {
        0 => word(at / 64),
        shift => word(at / 64) >> shift | word(at / 64 + 1) << (64 - shift),
    }
}

fn set_bit(words: &mut Vec<u64>, at: usize) {
    if words.len() <= at / 64 {
        words.resize(at / 64 + 1, 0);
    }
    words[at / 64] |= 1 << (at % 64);
}

impl Places {
    /// Finds and takes a base for children with these (ascending) labels. 64 bases are tried at a
    /// time.
    fn place(&mut self, labels: &[u16]) -> u32 {
        let kind = match labels.len() {
            small @ 0..16 => small,
            large => 12 + large.ilog2() as usize,
        };
        let lowest = usize::from(labels[0]);
        let start = self.starts[kind];
        // Slots of the lowest label; bases are these less the label, from 1 on.
        let mut slot = start.max(lowest + 1);
        let base = loop {
            let mut taken = bits_from(&self.used_bases, slot - lowest);
            for &label in labels {
                if taken == u64::MAX {
                    break;
                }
                taken |= bits_from(&self.taken, slot - lowest + usize::from(label));
            }
            if taken != u64::MAX {
                break slot - lowest + taken.trailing_ones() as usize;
            }
            slot += 64;
        };
        if slot.saturating_sub(start) > 64 * PATIENCE {
            self.starts[kind] = start + (slot - start) / 2;
        }
        set_bit(&mut self.used_bases, base);
        for &label in labels {
            set_bit(&mut self.taken, base + usize::from(label));
        }
        self.end = self.end.max(base + usize::from(labels[labels.len() - 1]) + 1);
        base as u32
    }
}
