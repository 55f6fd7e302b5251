//! Makes engines and families of algorithms, whose frames differ only in their parameters.

/// Implements `Engine` for a proof of an instruction set, or for `Single`. The list has the widths, from
/// how many streams each is faster than the next, and its compression function, which is compiled for
/// the instructions that the proof stands for. `one` processes a single stream.
///
/// The module that uses this must allow unsafe code, unless it is for `Single`.
macro_rules! engine {
    (Avx512, $($rest:tt)*) => {
        $crate::engine::engine!(
            @lanes $crate::vector::avx512::Avx512, "avx512", "avx512f,avx512bw", $($rest)*
        );
    };
    (Avx512Vl, $($rest:tt)*) => {
        $crate::engine::engine!(
            @lanes $crate::vector::avx512vl::Avx512Vl, "avx512", "avx2,avx512f,avx512vl", $($rest)*
        );
    };
    (Avx2, $($rest:tt)*) => {
        $crate::engine::engine!(@lanes $crate::vector::avx2::Avx2, "avx2", "avx2", $($rest)*);
    };
    (Sha, $($rest:tt)*) => {
        $crate::engine::engine!(@lanes $crate::vector::sha::Sha, "sha", "sha,avx", $($rest)*);
    };
    // The SHA instructions take few streams, as long as many lanes would be idle.
    (
        Avx512Sha, Engine<$word:ty, $words:literal, $block:literal>, one: $one:path,
        $wide:literal from $many:literal, $($width:literal from $fewest:literal),* $(,)?
    ) => {
        impl $crate::schedule::Engine<$word, $words, $block> for $crate::vector::sha::Avx512Sha {
            fn name(&self) -> &'static str {
                "avx512-sha"
            }

            fn tiers(&self) -> &'static [$crate::schedule::Tier] {
                &[
                    $crate::schedule::Tier { width: $wide, fewest: $many },
                    $($crate::schedule::Tier { width: $width, fewest: $fewest }),*
                ]
            }

            fn compress(
                &self,
                width: usize,
                words: &mut $crate::schedule::Words<$word, $words>,
                feed: &$crate::schedule::Feed<'_, $block>,
                span: core::ops::Range<u32>,
            ) {
                if width == $wide {
                    self.avx512.compress(width, words, feed, span);
                } else {
                    self.sha.compress(width, words, feed, span);
                }
            }

            fn compress_one(&self, words: &mut [$word; $words], blocks: &[[u8; $block]]) {
                $one(words, blocks);
            }
        }
    };
    (Single, Engine<$word:ty, $words:literal, $block:literal>, one: $one:path) => {
        impl $crate::schedule::Engine<$word, $words, $block> for $crate::kernel::Single {
            fn name(&self) -> &'static str {
                "single"
            }

            fn compress_one(&self, words: &mut [$word; $words], blocks: &[[u8; $block]]) {
                $one(words, blocks);
            }
        }
    };
    (
        @lanes $proof:ty, $name:literal, $features:literal,
        Engine<$word:ty, $words:literal, $block:literal>, one: $one:path,
        $($width:literal from $fewest:literal: $compress:expr),* $(,)?
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

/// Makes a family of algorithms, with its engines on x86-64, the fastest first. On other machines it has
/// only the engine for one stream, which calls `one`.
macro_rules! family {
    (
        $(#[$about:meta])* $name:ident, Engine<$word:ty, $words:literal, $block:literal>,
        one: $one:path, engines: $($proof:ty),* $(,)?
    ) => {
        $(#[$about])*
        #[derive(Debug)]
        pub struct $name;

        impl $crate::kernel::Family<$word, $words, $block> for $name {
            const SINGLE: &'static dyn $crate::schedule::Engine<$word, $words, $block> =
                &$crate::kernel::Single;

            fn engines() -> impl IntoIterator<
                Item = Option<&'static dyn $crate::schedule::Engine<$word, $words, $block>>,
            > {
                #[cfg(not(target_arch = "x86_64"))]
                return [];
                #[cfg(target_arch = "x86_64")]
                [$(<$proof>::detect().map(|engine| engine as _)),*]
            }
        }

        $crate::engine::engine!(Single, Engine<$word, $words, $block>, one: $one);
    };
}

pub(crate) use {engine, family};
