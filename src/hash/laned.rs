//! The algorithms besides MD5 that process many files side by side, in `batchproc-lanes`.

use super::algorithms::Algorithm;
use crate::pipeline::Step;
use batchproc_lanes::{
    Input, Tier, blake3, sha1, sha3_256, sha224, sha256, sha384, sha512, sha512_256,
};

/// Makes the type [`Laned`] and what goes over all its variants.
macro_rules! laned {
    ($($algorithm:ident $variant:ident $module:ident,)*) => {
        /// One digest that is being computed.
        pub enum Laned {
            $($variant($module::State),)*
        }

        impl Laned {
            /// Begins a digest. `None` if this module does not have the algorithm.
            pub fn begin(algorithm: Algorithm) -> Option<Self> {
                match algorithm {
                    $(Algorithm::$algorithm => Some(Self::$variant($module::State::new())),)*
                    _ => None,
                }
            }

            /// Appends the bytes of the digest. Before this, the last data must have been added.
            pub fn finish(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant(state) => out.extend(state.digest()),)*
                }
            }
        }

        /// How many files the best kernel of this machine processes side by side.
        pub fn tiers(algorithm: Algorithm) -> &'static [Tier] {
            match algorithm {
                $(Algorithm::$algorithm => $module::Kernel::best().tiers(),)*
                _ => &[],
            }
        }

        /// Adds data to the digests of several files. `digests` returns those of one file; it has
        /// at most one of each algorithm.
        pub fn update<S>(steps: &mut [Step<'_, S>], digests: fn(&mut S) -> &mut [Laned]) {
            $({
                let inputs = steps.iter_mut().filter_map(|Step { state: file, data, last }| {
                    let state = digests(file).iter_mut().find_map(|digest| match digest {
                        Laned::$variant(state) => Some(state),
                        _ => None,
                    })?;
                    Some(Input { state, data, last: *last })
                });
                let mut inputs: Vec<_> = inputs.collect();
                // For a single file, nothing has to ask what the CPU can do.
                let kernel = match inputs.len() {
                    1 => $module::Kernel::single,
                    _ => $module::Kernel::best,
                };
                if !inputs.is_empty() {
                    $module::update(kernel(), &mut inputs);
                }
            })*
        }
    };
}

laned! {
    SHA1 Sha1 sha1,
    SHA224 Sha224 sha224,
    SHA256 Sha256 sha256,
    SHA384 Sha384 sha384,
    SHA512 Sha512 sha512,
    SHA512_256 Sha512T256 sha512_256,
    SHA3_256 Sha3 sha3_256,
    BLAKE3 Blake3 blake3,
}
