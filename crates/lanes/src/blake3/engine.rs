//! The interface between the trees of messages and the instruction sets.

use super::nodes::Node;

/// An instruction set that computes several nodes side by side, or none.
pub trait Engine: Sync {
    /// The name of the kernel.
    fn name(&self) -> &'static str;

    /// How many nodes are computed side by side; 1 if the crate blake3 has to do it.
    fn lanes(&self) -> usize {
        1
    }

    /// Computes nodes. Each writes its chaining value to its place in `out`.
    fn compute(&self, _: &[Node<'_>], _: &mut [[u8; 32]]) {
        unreachable!("this engine has no lanes")
    }
}

/// What leaves every stream to the crate blake3.
pub struct Single;

impl Engine for Single {
    fn name(&self) -> &'static str {
        "single"
    }
}
