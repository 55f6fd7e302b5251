//! The choice of a kernel: which code of a family computes a digest on this machine.

use core::fmt;
use core::marker::PhantomData;

use crate::schedule::{Engine, Tier};

/// Algorithms that have their compression function in common, such as SHA-256 and SHA-224. Their
/// chaining values have `N` words of the type `W`, and blocks have `B` bytes.
pub trait Family<W: 'static, const N: usize, const B: usize>: 'static {
    /// The engine that processes one stream at a time. Every machine supports it.
    const SINGLE: &'static dyn Engine<W, N, B>;

    /// The engines for several streams, the fastest first; `None` for those that this machine does
    /// not support.
    fn engines() -> impl IntoIterator<Item = Option<&'static dyn Engine<W, N, B>>>;
}

/// The engine that processes one stream at a time, with the best code of a crate for this machine.
#[derive(Clone, Copy, Debug)]
pub struct Single;

/// A way to compute digests of the family `F`. A `Kernel` exists only on a machine that supports
/// its instructions.
pub struct Kernel<F, W: 'static, const N: usize, const B: usize> {
    engine: &'static dyn Engine<W, N, B>,
    family: PhantomData<fn() -> F>,
}

impl<F: Family<W, N, B>, W, const N: usize, const B: usize> Kernel<F, W, N, B> {
    fn of(engine: &'static dyn Engine<W, N, B>) -> Self {
        Self { engine, family: PhantomData }
    }

    /// The fastest kernel on this machine.
    #[must_use]
    pub fn best() -> Self {
        Self::available().next().unwrap_or_else(Self::single)
    }

    /// The kernel that processes one stream at a time. Every machine supports it, and for a single
    /// stream no other kernel is faster.
    #[must_use]
    pub fn single() -> Self {
        Self::of(F::SINGLE)
    }

    /// The kernel with this [name](Self::name). `None` if it does not exist or this machine does
    /// not support it.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::available().find(|kernel| kernel.name() == name)
    }

    /// The name of the kernel, such as `avx2`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.engine.name()
    }

    /// All kernels that this machine supports, the fastest first.
    pub fn available() -> impl Iterator<Item = Self> {
        F::engines().into_iter().flatten().chain([F::SINGLE]).map(Self::of)
    }

    /// The largest number of streams that this kernel advances side by side.
    #[must_use]
    pub fn lanes(self) -> usize {
        self.tiers().first().map_or(1, |tier| tier.width)
    }

    /// The numbers of streams that this kernel can advance side by side, the largest first. None if
    /// it only processes one after the other.
    #[must_use]
    pub fn tiers(self) -> &'static [Tier] {
        self.engine.tiers()
    }

    /// What runs this kernel.
    pub(crate) fn engine(self) -> &'static dyn Engine<W, N, B> {
        self.engine
    }
}

// Derived, these would ask the same of `F` and `W`.
impl<F, W, const N: usize, const B: usize> Clone for Kernel<F, W, N, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F, W, const N: usize, const B: usize> Copy for Kernel<F, W, N, B> {}

impl<F, W, const N: usize, const B: usize> PartialEq for Kernel<F, W, N, B> {
    fn eq(&self, other: &Self) -> bool {
        self.engine.name() == other.engine.name()
    }
}

impl<F, W, const N: usize, const B: usize> Eq for Kernel<F, W, N, B> {}

impl<F, W, const N: usize, const B: usize> fmt::Debug for Kernel<F, W, N, B> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Kernel").field(&self.engine.name()).finish()
    }
}
