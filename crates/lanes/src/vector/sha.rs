//! The SHA instructions of x86: proof that they exist. They process one stream each, but several
//! streams in turns are faster than one after the other.

use std::sync::OnceLock;

use super::avx512::Avx512;

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

/// Proof that the CPU has AVX-512, for many streams, and the SHA instructions, for few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avx512Sha {
    /// The proof of AVX-512.
    pub avx512: Avx512,
    /// The proof of the SHA instructions.
    pub sha: Sha,
}

impl Avx512Sha {
    /// `None` if this CPU lacks one of the two.
    pub fn detect() -> Option<&'static Self> {
        static FOUND: OnceLock<Option<Avx512Sha>> = OnceLock::new();
        let detect = || Some(Self { avx512: *Avx512::detect()?, sha: *Sha::detect()? });
        FOUND.get_or_init(detect).as_ref()
    }
}
