//! The interface of an algorithm: a state for each stream, and what advances many of them.

/// Makes the public types and functions of an algorithm, in a module that has a type `Kernel`.
macro_rules! digest {
    (
        name: $name:literal, kernel: $kernel:ty, words: [$word:ty; $words:literal],
        block: $block:literal, form: $form:ident, bytes: $bytes:literal,
        initial: $initial:expr $(,)?
    ) => {
        #[doc = concat!("The next part of a stream of ", $name, ".")]
        pub type Input<'a> = $crate::stream::Input<'a, State>;

        #[doc = concat!("One stream of ", $name, ": its chaining value, and what it has processed.")]
        #[derive(Clone, Debug)]
        pub struct State($crate::stream::Stream<$word, $words, $block>);

        impl AsMut<$crate::stream::Stream<$word, $words, $block>> for State {
            fn as_mut(&mut self) -> &mut $crate::stream::Stream<$word, $words, $block> {
                &mut self.0
            }
        }

        impl State {
            /// The state of a stream before its first byte.
            #[must_use]
            pub fn new() -> Self {
                Self($crate::stream::Stream::new($initial))
            }

            /// The digest of the stream. It is valid only after an [`Input`] that is marked as
            /// `last`.
            #[must_use]
            pub fn digest(&self) -> [u8; $bytes] {
                self.0.digest($crate::stream::Form::$form)
            }
        }

        impl Default for State {
            fn default() -> Self {
                Self::new()
            }
        }

        /// Advances the stream of every input by the data of that input. If an input is `last`,
        /// also pads and finishes its stream. The inputs may have any mixture of lengths. The more
        /// inputs there are, up to a few times the lanes of the kernel, the less time each takes.
        ///
        /// Buffers whose addresses differ by multiples of 4 KiB compete for the same few lines of
        /// the cache: MD5 of 24 streams whose buffers were 64 KiB apart ran at 6.4 GB/s, and of
        /// those whose buffers were 64 KiB + 1088 bytes apart at 7.8 GB/s. So do not put the
        /// buffers at multiples of a power of two in one allocation.
        pub fn update(kernel: $kernel, inputs: &mut [Input<'_>]) {
            $crate::stream::update(kernel.engine(), inputs, $crate::stream::Form::$form);
        }
    };
}

pub(crate) use digest;
