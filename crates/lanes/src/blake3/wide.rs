//! BLAKE3 in the lanes of AVX-512 and AVX2.
#![allow(unsafe_code)]

use super::engine::Engine;
use super::nodes::{self, Node};
use crate::vector::avx2::{Avx2, Eight};
use crate::vector::avx512::{Avx512, Sixteen};

macro_rules! engine {
    ($proof:ty, $vector:ty, $lanes:literal, $name:literal, $features:literal) => {
        impl Engine for $proof {
            fn name(&self) -> &'static str {
                $name
            }

            fn lanes(&self) -> usize {
                $lanes
            }

            fn compute(&self, nodes: &[Node<'_>], out: &mut [[u8; 32]]) {
                #[target_feature(enable = $features)]
                fn run(proof: $proof, nodes: &[Node<'_>], out: &mut [[u8; 32]]) {
                    nodes::compute::<$vector>(proof, nodes, out);
                }
                // SAFETY: the function needs these features and nothing else; `self` exists only
                // where `detect` has found them.
                unsafe { run(*self, nodes, out) }
            }
        }
    };
}

engine!(Avx512, Sixteen, 16, "avx512", "avx512f,avx512bw");
engine!(Avx2, Eight, 8, "avx2", "avx2");
