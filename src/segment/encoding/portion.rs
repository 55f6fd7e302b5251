//! Reads what a shard has of a file: the lines whose first bytes lie in its range. So it passes over
//! the end of a line that began before the range, and reads on to the end of the last line.

use memchr::memchr;

use crate::files::open::OpenFile;
use crate::files::pieces::Portion;
use crate::pipeline::Filled;

/// Reads the lines of a portion.
#[derive(Debug)]
pub(super) struct PortionReader {
    portion: Portion,
    /// Whether a line that began before the portion has not ended yet.
    passes_over: bool,
    over: bool,
}

impl PortionReader {
    pub(super) fn new(file: &mut OpenFile, portion: Portion) -> Self {
        // If the byte before the range ends a line, the first line of the range is the shard's own.
        file.go_to(portion.begin.saturating_sub(1));
        Self { portion, passes_over: portion.begin > 0, over: false }
    }

    /// Reads some bytes into `out`, at least one unless the portion ends.
    pub(super) fn read(&mut self, file: &mut OpenFile, out: &mut [u8]) -> Filled {
        let Portion { end, size, .. } = self.portion;
        while !self.over {
            let filled = file.read_available(out);
            let (mut from, mut to) = (0, filled.bytes);
            let offset = file.size - filled.bytes as u64;
            let mut stops = false;
            if self.passes_over {
                let line_end = memchr(b'\n', &out[..to]);
                from = line_end.map_or(to, |at| at + 1);
                self.passes_over = line_end.is_none();
                // A line that begins at the end of the portion is that of the next shard.
                stops = offset + from as u64 >= end;
                to = if stops { from } else { to };
            }
            if !stops && end < size && file.size >= end {
                let last = (end - 1).saturating_sub(offset) as usize;
                if let Some(at) = memchr(b'\n', &out[last..to]) {
                    to = last + at + 1;
                    stops = true;
                }
            }
            self.over = filled.last || stops;
            if stops && !filled.last {
                file.stop();
            }
            if to > from {
                out.copy_within(from..to, 0);
                return Filled { bytes: to - from, last: self.over };
            }
        }
        Filled { bytes: 0, last: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::open::Opener;
    use crate::files::stdin::Interrupt;
    use crate::files::{Item, Origin};
    use proptest::prelude::*;
    use std::fs;

    fn read(path: &std::path::Path, portion: Portion, room: usize) -> Vec<u8> {
        let opener = Opener::new(Interrupt::new().unwrap());
        let item = Item::File(path.into(), Origin::Listed);
        let mut file = opener.open(item, false).map_err(|_| ()).unwrap();
        let mut reader = PortionReader::new(&mut file, portion);
        let (mut all, mut out) = (Vec::new(), vec![0; room]);
        loop {
            let filled = reader.read(&mut file, &mut out);
            all.extend(&out[..filled.bytes]);
            assert!(filled.last || filled.bytes > 0);
            if filled.last {
                assert!(file.failure.is_none());
                return all;
            }
        }
    }

    proptest! {
        #[test]
        fn a_portion_is_the_lines_whose_first_bytes_lie_in_it(
            text in "([ab]{0,5}\r?\n){0,8}[ab]{0,4}", cuts in prop::collection::vec(0..60_u64, 0..5), room in 1..9_usize)
        {
            let file = tempfile::NamedTempFile::new().unwrap();
            fs::write(file.path(), &text).unwrap();
            let size = text.len() as u64;
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(size)).chain([0, size]).collect();
            cuts.sort_unstable();
            for pair in cuts.windows(2).filter(|pair| pair[0] < pair[1]) {
                let portion = Portion { begin: pair[0], end: pair[1], size, is_divided: true };
                let mut at = 0;
                let lines = text.split_inclusive('\n').filter(|line| {
                    let begin = at;
                    at += line.len() as u64;
                    (pair[0]..pair[1]).contains(&begin)
                });
                let expected: String = lines.collect();
                prop_assert_eq!(read(file.path(), portion, room), expected.into_bytes(), "{:?}", pair);
            }
        }
    }
}
