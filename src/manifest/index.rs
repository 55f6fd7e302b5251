//! Finds numbers by the hash of a key. The keys themselves are elsewhere, so that each number takes 6 to 9
//! bytes: 4 for itself, 1 for a part of the hash, and the slots that are free.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

/// The numbers; see the module documentation.
#[derive(Debug, Default)]
pub struct Index {
    state: RandomState,
    /// For each slot: a part of the hash, from 1. 0 if the slot is free.
    tags: Vec<u8>,
    /// For each slot: the number.
    numbers: Vec<u32>,
    used: usize,
}

impl Index {
    /// The number of a key. `has` says whether a number is that of the key.
    pub fn find(&self, key: &[u8], has: impl Fn(usize) -> bool) -> Option<usize> {
        if self.tags.is_empty() {
            return None;
        }
        let hash = self.state.hash_one(key);
        let mut slot = self.slot(hash);
        while self.tags[slot] != 0 {
            let number = self.numbers[slot] as usize;
            if self.tags[slot] == tag(hash) && has(number) {
                return Some(number);
            }
            slot = self.after(slot);
        }
        None
    }

    /// Adds the number `len`, whose key is not there yet, after the numbers from 0 on. `key` gives the key
    /// of each number.
    pub fn push<'a>(&mut self, key: impl Fn(usize) -> &'a [u8]) {
        if self.used * 8 >= self.tags.len() * 7 {
            let slots = (self.tags.len() / 2 * 3).max(16);
            // The old slots are freed before there are new ones.
            (self.tags, self.numbers) = (Vec::new(), Vec::new());
            (self.tags, self.numbers) = (vec![0; slots], vec![0; slots]);
            (0..self.used).for_each(|number| self.put(number, key(number)));
        }
        self.put(self.used, key(self.used));
        self.used += 1;
    }

    fn put(&mut self, number: usize, key: &[u8]) {
        let hash = self.state.hash_one(key);
        let mut slot = self.slot(hash);
        while self.tags[slot] != 0 {
            slot = self.after(slot);
        }
        self.tags[slot] = tag(hash);
        self.numbers[slot] = number as u32;
    }

    /// The first slot for a hash: the slots are divided among all hashes in their order.
    fn slot(&self, hash: u64) -> usize {
        ((u128::from(hash) * self.tags.len() as u128) >> 64) as usize
    }

    fn after(&self, slot: usize) -> usize {
        if slot + 1 == self.tags.len() { 0 } else { slot + 1 }
    }
}

fn tag(hash: u64) -> u8 {
    (hash as u8).max(1)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_finds_what_a_map_finds(keys in prop::collection::vec("[ab]{0,9}", 0..300), other in "[ab]{0,9}") {
            let (mut index, mut map) = (Index::default(), HashMap::new());
            let mut own: Vec<&[u8]> = Vec::new();
            for key in keys.iter().map(String::as_bytes) {
                let found = index.find(key, |number| own[number] == key);
                prop_assert_eq!(found, map.get(key).copied());
                if found.is_none() {
                    map.insert(key, own.len());
                    own.push(key);
                    index.push(|number| own[number]);
                }
            }
            for key in own.iter().copied().chain([other.as_bytes()]) {
                prop_assert_eq!(index.find(key, |number| own[number] == key), map.get(key).copied());
            }
        }
    }
}
