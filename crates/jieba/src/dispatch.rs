//! Chooses between the code for any CPU and that for AVX2 or AVX-512. Each `Core` makes this choice
//! once, so that a cut need not detect the CPU.

#[cfg(target_arch = "x86_64")]
use super::kernel::avx2::Avx2;
#[cfg(target_arch = "x86_64")]
use super::kernel::avx512::Avx512;
use super::kernel::cpu::Work;
#[cfg(not(target_arch = "x86_64"))]
use super::kernel::portable::Portable as Baseline;
#[cfg(target_arch = "x86_64")]
use super::kernel::sse2::Sse2 as Baseline;

/// A kind of CPU for which there is special code. A value of this type exists only on a machine
/// that can run this code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CpuKind(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    Portable(Baseline),
}

impl CpuKind {
    /// The fastest kind that this machine can run.
    #[must_use]
    pub fn best() -> Self {
        Self::available().next().unwrap_or(Self(Kind::Portable(Baseline)))
    }

    /// The kind of CPU with this [name](Self::name). `None` if there is no such kind, or if this
    /// machine cannot run the code for it.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::available().find(|kind| kind.name() == name)
    }

    /// `avx512`, `avx2` or `portable`. Every CPU of this architecture can run `portable`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(_) => "avx512",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(_) => "avx2",
            Kind::Portable(_) => "portable",
        }
    }

    /// All kinds that this machine can run, the fastest first.
    pub fn available() -> impl Iterator<Item = Self> {
        let kinds = [
            #[cfg(target_arch = "x86_64")]
            Avx512::detect().map(Kind::Avx512),
            #[cfg(target_arch = "x86_64")]
            Avx2::detect().map(Kind::Avx2),
            Some(Kind::Portable(Baseline)),
        ];
        kinds.into_iter().flatten().map(Self)
    }

    /// Does the work with the code for this kind of CPU.
    pub(crate) fn run(self, work: impl Work) {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(avx512) => avx512.run(work),
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(avx2) => avx2.run(work),
            Kind::Portable(portable) => work.run(portable),
        }
    }
}
