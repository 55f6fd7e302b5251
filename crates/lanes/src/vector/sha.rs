//! The SHA instructions of x86: proof that they exist. They process one stream each, but several
//! streams in turns are faster than one after the other.

/// Proof that the CPU has the SHA instructions and AVX, whose instructions with three operands save
/// copies of registers. Only [`Sha::detect`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sha(());

impl Sha {
    /// `None` if this CPU lacks one of the extensions.
    pub fn detect() -> Option<&'static Self> {
        use std::arch::is_x86_feature_detected as has;
        static FOUND: Sha = Sha(());
        (has!("sha") && has!("avx")).then_some(&FOUND)
    }
}
