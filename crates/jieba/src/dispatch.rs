//! The choice between code for every processor and code for AVX2 or AVX-512, made once for each
//! dictionary.

#[cfg(target_arch = "x86_64")]
use super::kernel::avx2::Avx2;
#[cfg(target_arch = "x86_64")]
use super::kernel::avx512::Avx512;
#[cfg(not(target_arch = "x86_64"))]
use super::kernel::portable::Portable as Baseline;
use super::kernel::processor::Work;
#[cfg(target_arch = "x86_64")]
use super::kernel::sse2::Sse2 as Baseline;

/// A kind of processor that code is written for. A value exists only on a machine that can run the
/// code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessorKind(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    Portable(Baseline),
}

impl ProcessorKind {
    /// What this machine runs fastest.
    #[must_use]
    pub fn best() -> Self {
        Self::available().next().unwrap_or(Self(Kind::Portable(Baseline)))
    }

    /// The kind of that [name](Self::name). `None` if there is none or this machine cannot run its
    /// code.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::available().find(|kind| kind.name() == name)
    }

    /// `avx512`, `avx2` or `portable`, which is what every processor of this architecture can run.
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

    /// All kinds whose code this machine can run, the fastest first.
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

    /// Lets the code for this kind do the work.
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
