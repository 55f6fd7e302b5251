//! Makes engines, whose frames differ only in their parameters.

/// Implements `Engine` for a proof of an instruction set. The compression function of each width is
/// compiled for the instructions that this proof stands for. `one` processes a single stream.
///
/// The module that uses this must allow unsafe code.
macro_rules! engine {
    (Avx512, $($rest:tt)*) => {
        $crate::engine::engine!(
            @lanes $crate::vector::avx512::Avx512, "avx512", "avx512f,avx512bw", $($rest)*
        );
    };
    (Avx2, $($rest:tt)*) => {
        $crate::engine::engine!(@lanes $crate::vector::avx2::Avx2, "avx2", "avx2", $($rest)*);
    };
    (
        @lanes $proof:ty, $name:literal, $features:literal,
        Engine<$word:ty, $words:literal, $block:literal>, one: $one:path,
        $($width:literal from $fewest:literal: $compress:expr,)*
    ) => {
        impl $crate::schedule::Engine<$word, $words, $block> for $proof {
            fn name(&self) -> &'static str {
                $name
            }

            fn tiers(&self) -> &'static [$crate::schedule::Tier] {
                &[$($crate::schedule::Tier { width: $width, fewest: $fewest }),*]
            }

            fn compress(
                &self,
                width: usize,
                words: &mut $crate::schedule::Words<$word, $words>,
                feed: &$crate::schedule::Feed<'_, $block>,
                span: core::ops::Range<u32>,
            ) {
                match width {
                    $($width => {
                        #[target_feature(enable = $features)]
                        fn run(
                            proof: $proof,
                            words: &mut $crate::schedule::Words<$word, $words>,
                            feed: &$crate::schedule::Feed<'_, $block>,
                            span: &core::ops::Range<u32>,
                        ) {
                            $compress(proof, words, feed, span);
                        }
                        // SAFETY: the function needs these features and nothing else; `self`
                        // exists only where `detect` has found them.
                        unsafe { run(*self, words, feed, &span) }
                    })*
                    _ => unreachable!("a width without a tier"),
                }
            }

            fn compress_one(&self, words: &mut [$word; $words], blocks: &[[u8; $block]]) {
                $one(words, blocks);
            }
        }
    };
}

pub(crate) use engine;
