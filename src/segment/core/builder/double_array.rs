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
    if places.used_bases.len() > BASE_LIMIT {
        return Err("more words than the tables can hold (about 3,000,000)".to_owned());
    }

    let mut units = vec![0u64; places.free.len().max(1)];
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

/// After this many places without room, later searches of the same magnitude begin further on. More
/// gives a smaller array and takes longer.
const PATIENCE: usize = 1000;

/// Which units and bases are taken.
#[derive(Default)]
struct Places {
    free: Vec<bool>,
    used_bases: Vec<bool>,
    /// For each magnitude of the number of children: where the search for room begins.
    starts: [usize; 17],
}

impl Places {
    /// Finds and takes a base for children with these (ascending) labels.
    fn place(&mut self, labels: &[u16]) -> u32 {
        // More children need more room: each magnitude has its own idea of where the array is full.
        let class = labels.len().ilog2() as usize;
        let lowest = usize::from(labels[0]);
        let mut slot = self.starts[class].max(lowest + 1);
        let mut misses = 0;
        let base = loop {
            let base = slot - lowest;
            if self.is_free(slot)
                && !self.used_bases.get(base).copied().unwrap_or(false)
                && labels[1..].iter().all(|&label| self.is_free(base + usize::from(label)))
            {
                break base;
            }
            slot += 1;
            misses += 1;
        };
        if misses > PATIENCE {
            self.starts[class] += misses / 2;
        }
        let end = base + usize::from(labels[labels.len() - 1]) + 1;
        if self.free.len() < end {
            self.free.resize(end, true);
        }
        if self.used_bases.len() <= base {
            self.used_bases.resize(base + 1, false);
        }
        self.used_bases[base] = true;
        for &label in labels {
            self.free[base + usize::from(label)] = false;
        }
        base as u32
    }

    fn is_free(&self, slot: usize) -> bool {
        self.free.get(slot).copied().unwrap_or(true)
    }
}
