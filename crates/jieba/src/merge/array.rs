//! Puts the nodes of added words into a double array that exists already.

use super::added::Added;
use crate::builder::double_array::TOO_MANY_WORDS;
use crate::builder::layout::{
    BASE_LIMIT, BASE_SHIFT, LABEL_MASK, VALUE_MAX, VALUE_SHIFT, base, child_bit,
};
use crate::builder::slots::Slots;
use crate::tables::{Tables, child};
use std::ops::Range;

/// A double array with the added words in it.
pub(super) struct Array {
    pub units: Vec<u64>,
    /// Indexed by node of the added words: its base in the array; 0 if it has no children.
    pub bases: Vec<u32>,
}

/// A node that gets children.
struct Parent {
    node: usize,
    /// The range of its children's labels in the list of all labels: first those that it had, then
    /// the new ones, each in ascending order.
    labels: Range<usize>,
    /// The number of children that it had.
    had: usize,
}

/// A copy of the double array of `tables` with the added words in it.
///
/// # Errors
/// The array would become too large.
pub(super) fn extend(tables: &Tables, added: &Added<'_>) -> Result<Array, String> {
    let old = &tables.units[..];
    let (old_bases, is_new) = find(tables, added);
    let (order, ranges) = children(added);
    let (mut parents, labels) = parents(old, added, &old_bases, &is_new, &order, &ranges);
    // Nodes with many children are placed first; the others fill the holes between them.
    parents.sort_by_key(|parent| usize::MAX - parent.labels.len());

    let mut slots = Slots::of(old);
    let mut bases = old_bases.clone();
    for parent in &parents {
        let all = &labels[parent.labels.clone()];
        let (had, fresh) = all.split_at(parent.had);
        let base = old_bases[parent.node];
        if base != 0 && slots.take_children(base, fresh) {
            continue;
        }
        if base != 0 {
            slots.free(base, had);
        }
        let mut sorted = all.to_vec();
        sorted.sort_unstable();
        bases[parent.node] = slots.find_base(&sorted);
    }
    if slots.bases_end() > BASE_LIMIT {
        return Err(TOO_MANY_WORDS.to_owned());
    }

    let mut units = old.to_vec();
    units.resize(slots.end().max(old.len()), 0);
    let moved = || parents.iter().filter(|parent| bases[parent.node] != old_bases[parent.node]);
    let had = |parent: &Parent| &labels[parent.labels.clone()][..parent.had];
    for parent in moved() {
        for &label in had(parent) {
            units[old_bases[parent.node] as usize + usize::from(label)] = 0;
        }
    }
    for parent in moved() {
        for &label in had(parent) {
            let [from, to] = [&old_bases, &bases].map(|bases| bases[parent.node] as usize);
            units[to + usize::from(label)] = old[from + usize::from(label)];
        }
    }
    for node in added.inside().filter(|&node| added.depths[node] > 1) {
        let code = added.codes[node];
        let unit = &mut units[bases[added.parent(node)] as usize + usize::from(code)];
        let mut content = *unit & !LABEL_MASK | u64::from(code);
        if bases[node] != old_bases[node] {
            content &= (1 << BASE_SHIFT) - 1;
            content |= u64::from(bases[node]) << BASE_SHIFT;
        }
        let value = added.nodes[node].value;
        if value != 0 {
            content &= !(u64::from(VALUE_MAX) << VALUE_SHIFT);
            content |= u64::from(value) << VALUE_SHIFT;
        }
        for &child in &order[ranges[node].clone()] {
            content |= child_bit(added.codes[child as usize]);
        }
        *unit = content;
    }
    Ok(Array { units, bases })
}

/// Looks up the added nodes in the present tables. Returns for each node its base there, or 0, and
/// whether the double array has no unit for it.
fn find(tables: &Tables, added: &Added<'_>) -> (Vec<u32>, Vec<bool>) {
    let (mut bases, mut is_new) = (vec![0; added.nodes.len()], vec![false; added.nodes.len()]);
    for node in added.inside() {
        let (parent, code) = (added.parent(node), added.codes[node]);
        if parent == 0 {
            bases[node] = tables.first.get(usize::from(code)).copied().unwrap_or(0);
            continue;
        }
        let unit = match bases[parent] {
            0 => 0,
            base => child(&tables.units, base, code),
        };
        if unit & LABEL_MASK == u64::from(code) {
            bases[node] = base(unit);
        } else {
            is_new[node] = true;
        }
    }
    (bases, is_new)
}

/// The children of all nodes but the root, those without a gap: a list of nodes, and for each node
/// the range of its children in that list.
fn children(added: &Added<'_>) -> (Vec<u32>, Vec<Range<usize>>) {
    let mut ranges = vec![0..0; added.nodes.len()];
    let below = || added.inside().filter(|&node| added.depths[node] > 1);
    for node in below() {
        ranges[added.parent(node)].end += 1;
    }
    let mut start = 0;
    for range in &mut ranges {
        let count = range.end;
        *range = start..start;
        start += count;
    }
    let mut order = vec![0; start];
    for node in below() {
        let range = &mut ranges[added.parent(node)];
        order[range.end] = node as u32;
        range.end += 1;
    }
    (order, ranges)
}

/// The nodes that get children, and the labels of their children.
fn parents(
    old: &[u64],
    added: &Added<'_>,
    old_bases: &[u32],
    is_new: &[bool],
    order: &[u32],
    ranges: &[Range<usize>],
) -> (Vec<Parent>, Vec<u16>) {
    let new_children = |node: usize| {
        order[ranges[node].clone()].iter().map(|&child| child as usize).filter(|&c| is_new[c])
    };
    let mut parents: Vec<Parent> = (1..added.nodes.len())
        .filter(|&node| new_children(node).next().is_some())
        .map(|node| Parent { node, labels: 0..0, had: 0 })
        .collect();
    // A label tells the base of its parent: the index of its unit less the label. `of_base` tells
    // which parent has a base.
    const NONE: u32 = u32::MAX;
    let mut of_base = vec![NONE; old.len()];
    for (index, parent) in (0..).zip(&parents) {
        if let Some(entry) = of_base.get_mut(old_bases[parent.node] as usize) {
            *entry = index;
        }
    }
    of_base[0] = NONE;
    let with_parent = || {
        let labels = old.iter().enumerate().filter(|&(_, &unit)| unit != 0).map(|(at, unit)| {
            let label = (unit & LABEL_MASK) as u16;
            (of_base[at - usize::from(label)], label)
        });
        labels.filter(|&(parent, _)| parent != NONE)
    };
    for (parent, _) in with_parent() {
        parents[parent as usize].had += 1;
    }
    let mut start = 0;
    for parent in &mut parents {
        parent.labels = start..start;
        start += parent.had + new_children(parent.node).count();
    }
    let mut labels = vec![0; start];
    let mut enter = |parent: &mut Parent, label| {
        labels[parent.labels.end] = label;
        parent.labels.end += 1;
    };
    for (parent, label) in with_parent() {
        enter(&mut parents[parent as usize], label);
    }
    for parent in &mut parents {
        for child in new_children(parent.node) {
            enter(parent, added.codes[child]);
        }
    }
    (parents, labels)
}
