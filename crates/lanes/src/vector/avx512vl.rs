//! AVX-512VL: the better instructions of AVX-512 on the vectors of AVX2.

use std::sync::OnceLock;

use super::avx2::Avx2;

/// Proof that this machine has AVX-512F, AVX-512VL and AVX2. Only [`Avx512Vl::detect`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avx512Vl(Avx2);

impl Avx512Vl {
    /// `None` if the CPU or the operating system lacks one of these extensions.
    pub fn detect() -> Option<&'static Self> {
        static FOUND: OnceLock<Option<Avx512Vl>> = OnceLock::new();
        let detect = || {
            let has = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl");
            Avx2::detect().filter(|_| has).copied().map(Self)
        };
        FOUND.get_or_init(detect).as_ref()
    }

    /// The proof of AVX2 alone.
    #[inline(always)]
    pub fn avx2(self) -> Avx2 {
        self.0
    }
}
