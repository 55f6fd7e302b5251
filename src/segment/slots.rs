//! Bounds the number of compressed files that are open at once. The decoder of each one may need much
//! memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The slots for compressed files.
#[derive(Clone, Debug)]
pub struct Slots {
    taken: Arc<AtomicUsize>,
    most: usize,
}

/// A slot that is taken until this is dropped.
#[derive(Debug)]
pub struct Slot(Arc<AtomicUsize>);

impl Slots {
    /// This many slots.
    pub fn new(most: usize) -> Self {
        Self { taken: Arc::default(), most }
    }

    /// Takes a slot.
    pub fn take(&self) -> Slot {
        self.taken.fetch_add(1, Relaxed);
        Slot(self.taken.clone())
    }

    /// Whether as many slots are taken as there are. Then no further compressed file should be opened.
    pub fn are_taken(&self) -> bool {
        self.taken.load(Relaxed) >= self.most
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_free_again_when_its_file_is_closed() {
        let slots = Slots::new(2);
        let one = slots.take();
        assert!(!slots.are_taken());
        // A file that is open already gets one in any case.
        let [two, three] = [slots.take(), slots.take()];
        assert!(slots.are_taken());
        drop(one);
        assert!(slots.are_taken());
        drop(two);
        assert!(!slots.are_taken());
        drop(three);
    }
}
