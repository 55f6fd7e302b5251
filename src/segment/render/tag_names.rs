//! The names of the tags (parts of speech) in the form in which they follow a word in the output.

use super::out::Out;
use batchproc_jieba::{Core, Tag};

/// Arrays of this size hold most names with what surrounds them.
const SHORT: usize = 16;

/// In place of a length: the array is too small.
const LONG: u8 = u8::MAX;

/// What the output has after each word, for each tag.
#[derive(Debug)]
pub(super) struct TagNames {
    /// Indexed by the tag: the first bytes, and in the last entry their number, or [`LONG`].
    short: Vec<[u8; SHORT]>,
    /// Indexed by the tag: all the bytes.
    whole: Vec<Box<[u8]>>,
    /// The room that [`TagNames::put`] needs.
    room: usize,
}

impl TagNames {
    /// Prepares the tags of a dictionary. `write` appends what follows a word with a tag of this
    /// name.
    pub fn new(core: &Core, write: impl Fn(&str, &mut Vec<u8>)) -> Self {
        let bytes = |name| {
            let mut bytes = Vec::new();
            write(name, &mut bytes);
            bytes.into_boxed_slice()
        };
        let whole: Vec<_> = core.tag_names().map(bytes).collect();
        let room = whole.iter().map(|bytes| bytes.len()).max().unwrap_or(0).max(SHORT);
        Self { short: whole.iter().map(|bytes| short(bytes)).collect(), whole, room }
    }

    /// The room that [`TagNames::put`] needs.
    pub fn room(&self) -> usize {
        self.room
    }

    /// Appends what follows a word with this tag.
    #[inline(always)]
    pub fn put(&self, tag: Tag, out: &mut Out) {
        let short = &self.short[tag.index()];
        match short[SHORT - 1] {
            LONG => out.put_slice(&self.whole[tag.index()]),
            length => out.put(short, usize::from(length)),
        }
    }
}

fn short(bytes: &[u8]) -> [u8; SHORT] {
    let mut short = [0; SHORT];
    match short[..SHORT - 1].get_mut(..bytes.len()) {
        Some(start) => {
            start.copy_from_slice(bytes);
            short[SHORT - 1] = bytes.len() as u8;
        }
        None => short[SHORT - 1] = LONG,
    }
    short
}
