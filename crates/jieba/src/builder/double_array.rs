//! Builds the trie of a dictionary's words as a double array.
//!
//! A node of the trie stands for a beginning of words. The child of a node by the character with
//! code `c` is the unit at index `base + c` of the array, where `base` is a number of the parent.
//! The unit has `c` as its label. No two nodes share a base, so the label alone proves whose child
//! a unit is. Nodes with many children are placed first. The other nodes fill the holes between
//! them.

use super::layout::{BASE_LIMIT, BASE_SHIFT, VALUE_SHIFT, child_bit};
use super::slots::Slots;

/// The error if the words need more units than a base can address.
pub const TOO_MANY_WORDS: &str = "more words than the tables can hold (about 3,000,000)";

/// A node of the trie before it is placed in the array.
struct Node {
    /// The range of the sorted words that begin with this node's characters and are longer.
    words: std::ops::Range<usize>,
    depth: usize,
    children: usize,
    base: u32,
    parent: usize,
    label: u16,
    value: u32,
}

/// Builds the array of units for `words`, each given by the codes of its characters and its value.
/// The words must be sorted and distinct. The children of the root, which stand for the first
/// characters of words, are not in the array. Instead, `first(code, value, base)` is called for
/// each of these children.
///
/// # Errors
/// If the words need more units than a base can address.
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
    // The labels of a node's children.
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
    // Of nodes with equally many children, those of frequent words come first, so that their units
    // lie close together. The more frequent a word is, the smaller is its value.
    order.sort_by_cached_key(|&node| {
        let values = words[nodes[node].words.clone()].iter().map(|&(_, value)| value);
        (usize::MAX - nodes[node].children, values.min())
    });

    let mut slots = Slots::new();
    for node in order {
        nodes[node].base = slots.find_base(&labels(&nodes[node]));
    }
    if slots.bases_end() > BASE_LIMIT {
        return Err(TOO_MANY_WORDS.to_owned());
    }

    let mut units = vec![0u64; slots.end().max(1)];
    for node in &nodes {
        let content = u64::from(node.value) << VALUE_SHIFT | u64::from(node.base) << BASE_SHIFT;
        if node.parent == ROOT {
            first(node.label, node.value, node.base);
        } else {
            let base = nodes[node.parent].base;
            units[base as usize + usize::from(node.label)] |= content | u64::from(node.label);
        }
    }
    // The unit of each node has a filter of its children. Set the bit of every child in it.
    for node in nodes.iter().filter(|node| node.parent != ROOT) {
        let parent = &nodes[node.parent];
        if parent.parent != ROOT {
            let base = nodes[parent.parent].base;
            units[base as usize + usize::from(parent.label)] |= child_bit(node.label);
        }
    }
    Ok(units)
}
