//! The passes compiled for processors with AVX2 and what came with it.
//!
//! The same code runs everywhere; the compiler just has better instructions for it (shifts by any
//! register, three operands, four numbers of double precision at a time).
#![allow(unsafe_code)]

use super::cut::Cut;

/// Runs the cut with the best instructions this processor has.
pub(super) fn cut(cut: Cut<'_>) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("avx2") && has!("bmi1") && has!("bmi2") && has!("lzcnt") && has!("popcnt") {
            // SAFETY: the processor has every feature the function is compiled for.
            return unsafe { with_avx2(cut) };
        }
    }
    cut.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn with_avx2(cut: Cut<'_>) {
    cut.run();
}
