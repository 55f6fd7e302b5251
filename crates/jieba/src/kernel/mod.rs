//! What is done in its own way on a kind of CPU: `cpu.rs` says what, and each kind has a file
//! or a folder.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
mod bits;
pub(crate) mod cpu;
pub(crate) mod portable;
#[cfg(target_arch = "x86_64")]
pub(crate) mod sse2;
mod units;
