//! The places in a double array that are taken, and the search for free ones.

use super::layout::LABEL_MASK;
/// The units and the bases that are taken, as bits: 64 of them in each `u64`.
#[derive(Default)]
pub struct Slots {
    taken: Vec<u64>,
    used_bases: Vec<u64>,
    /// One past the last unit that is taken.
    end: usize,
    /// Where the search for a base begins, indexed by the number of children that the node has: an
    /// entry for each number below 16, then for each power of two.
    starts: [usize; 32],
    /// If a search for a base passes this many groups of 64 taken bases, later searches for the same
    /// number of children begin further on.
    patience: usize,
}

/// The patience with which an array is built: it becomes small, but building it takes long.
const PATIENCE: usize = 400;
/// The patience with which nodes are added to an array.
const HURRY: usize = 24;

/// The 64 bits from bit `at` on. Bits beyond the end are zero.
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

fn clear_bit(words: &mut [u64], at: usize) {
    words[at / 64] &= !(1 << (at % 64));
}

impl Slots {
    /// Slots that are all free.
    pub fn new() -> Self {
        Self { patience: PATIENCE, ..Self::default() }
    }

    /// The slots that the units of an array take.
    pub fn of(units: &[u64]) -> Self {
        // In an array that was built in one go, most holes lie near the end.
        let start = units.len().saturating_sub(64 * PATIENCE);
        let starts = [start; 32];
        let free = vec![0; units.len() / 64 + 1];
        let mut slots = Self {
            taken: free.clone(),
            used_bases: free,
            end: units.len(),
            starts,
            patience: HURRY,
        };
        for (at, &unit) in units.iter().enumerate().filter(|&(_, &unit)| unit != 0) {
            set_bit(&mut slots.taken, at);
            set_bit(&mut slots.used_bases, at - (unit & LABEL_MASK) as usize);
        }
        slots
    }

    /// One past the last unit that is taken.
    pub fn end(&self) -> usize {
        self.end
    }

    /// A number greater than all bases that are taken.
    pub fn bases_end(&self) -> usize {
        self.used_bases.len() * 64
    }

    /// Takes the units of further children of a node with this base, unless one of the units is
    /// taken. Returns whether they were free.
    pub fn take_children(&mut self, base: u32, labels: &[u16]) -> bool {
        let units = labels.iter().map(|&label| base as usize + usize::from(label));
        let free = units.clone().all(|at| bits_from(&self.taken, at) & 1 == 0);
        if free {
            for at in units {
                set_bit(&mut self.taken, at);
                self.end = self.end.max(at + 1);
            }
        }
        free
    }

    /// Frees a base and the units of the children with these labels.
    pub fn free(&mut self, base: u32, labels: &[u16]) {
        let base = base as usize;
        clear_bit(&mut self.used_bases, base);
        labels.iter().for_each(|&label| clear_bit(&mut self.taken, base + usize::from(label)));
    }

    /// Finds a free base for a node whose children have these ascending labels. Marks the base and
    /// the units of the children as taken. Tries 64 bases at a time.
    pub fn find_base(&mut self, labels: &[u16]) -> u32 {
        let kind = match labels.len() {
            small @ 0..16 => small,
            large => 12 + large.ilog2() as usize,
        };
        let lowest = usize::from(labels[0]);
        let start = self.starts[kind];
        // The index of the unit for the child with the lowest label. The base is this index minus
        // the label, and must be at least 1.
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
        if slot.saturating_sub(start) > 64 * self.patience {
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
