//! The added words that are put into the tables.

use crate::builder::codes::Codes;
use crate::builder::layout;
use crate::overlay::Node;

/// The added words as a trie of codes. All lists are indexed by node; node 0 is the root.
pub(super) struct Added<'a> {
    pub(super) nodes: &'a [Node],
    /// The code of the character that leads to the node.
    pub(super) codes: Vec<u16>,
    /// The number of characters on the way to the node, at most 255.
    pub(super) depths: Vec<u8>,
    /// Whether no character on the way to the node is a gap.
    pub(super) inside: Vec<bool>,
}

impl<'a> Added<'a> {
    pub(super) fn new(nodes: &'a [Node], codes: &Codes) -> Self {
        let mut added = Added { nodes, codes: vec![0], depths: vec![0], inside: vec![true] };
        for node in &nodes[1..] {
            let (parent, code) = (node.parent as usize, codes.get(node.character));
            added.codes.push(code);
            added.depths.push(added.depths[parent].saturating_add(1));
            added.inside.push(added.inside[parent] && code != 0);
        }
        added
    }

    /// The nodes to which no gap leads, without the root.
    pub(super) fn inside(&self) -> impl Iterator<Item = usize> {
        (1..self.nodes.len()).filter(|&node| self.inside[node])
    }

    pub(super) fn parent(&self, node: usize) -> usize {
        self.nodes[node].parent as usize
    }

    /// The hash of the pair of characters that leads to a node at depth two.
    pub(super) fn pair_hash(&self, node: usize) -> u32 {
        layout::pair_hash(layout::pair_key(self.codes[self.parent(node)], self.codes[node]))
    }

    /// The characters that lead to the node.
    pub(super) fn word(&self, mut node: usize) -> String {
        let mut characters = Vec::new();
        while node != 0 {
            characters.push(self.nodes[node].character);
            node = self.parent(node);
        }
        characters.iter().rev().collect()
    }
}
