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

    /// Takes a slot. `None` if all are taken and the caller may wait for one.
    pub fn take(&self, may_wait: bool) -> Option<Slot> {
        let before = self.taken.fetch_add(1, Relaxed);
        let slot = Slot(self.taken.clone());
        (before < self.most || !may_wait).then_some(slot)
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
        let [one, two] = [slots.take(true), slots.take(true)];
        assert!(one.is_some() && two.is_some() && slots.take(true).is_none());
        // Who may not wait gets one in any case.
        let third = slots.take(false);
        assert!(third.is_some());
        drop(one);
        assert!(slots.take(true).is_none());
        drop(third);
        assert!(slots.take(true).is_some());
    }
}
