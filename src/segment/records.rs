//! `--records`: makes every line of a text a record that each program reads as exactly one line. Some
//! programs also end a line at CR, others end a string at NUL, and others fail on bytes that are not
//! UTF-8. So none of these may be in a record.

use std::borrow::Cow;

use memchr::{memchr_iter, memchr2, memchr2_iter};

/// What was replaced in a text, by kind, and the number of its records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replaced {
    /// The number of records that were made of the text.
    pub records: u64,
    /// How many CR became a space.
    pub cr: u64,
    /// How many NUL became a space.
    pub nul: u64,
    /// How many invalid sequences became U+FFFD.
    pub invalid: u64,
}

impl Replaced {
    /// Adds what was replaced in another text.
    pub fn add(&mut self, other: Self) {
        self.records += other.records;
        self.cr += other.cr;
        self.nul += other.nul;
        self.invalid += other.invalid;
    }
}

/// Where a block of a text lies.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Whether the first line of the block begins in an earlier block.
    pub goes_on: bool,
    /// Whether the text ends with the block.
    pub last: bool,
}

/// The block with clean lines. The CR of CR LF is a part of the line end and is dropped. Any other CR and
/// each NUL becomes a space, and each invalid sequence becomes U+FFFD. The last line of the text gets
/// LF if it has no line end.
pub fn clean(block: &[u8], place: Place) -> (Cow<'_, [u8]>, Replaced) {
    let mut replaced = Replaced::default();
    let mut text = valid(block, &mut replaced);
    if memchr2(b'\r', 0, &text).is_some() {
        text = without_controls(&text, place.last, &mut replaced).into();
    }
    // The last line may be a CR alone, of which nothing is left.
    if place.last && block.last().map_or(place.goes_on, |&byte| byte != b'\n') {
        text.to_mut().push(b'\n');
    }
    (text, replaced)
}

/// The text with U+FFFD in place of each invalid sequence.
fn valid<'t>(block: &'t [u8], replaced: &mut Replaced) -> Cow<'t, [u8]> {
    if str::from_utf8(block).is_ok() {
        return Cow::Borrowed(block);
    }
    let mut text = Vec::with_capacity(block.len() + block.len() / 8);
    for chunk in block.utf8_chunks() {
        text.extend_from_slice(chunk.valid().as_bytes());
        if !chunk.invalid().is_empty() {
            text.extend_from_slice("\u{fffd}".as_bytes());
            replaced.invalid += 1;
        }
    }
    Cow::Owned(text)
}

fn without_controls(text: &[u8], last: bool, replaced: &mut Replaced) -> Vec<u8> {
    let mut clean = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in memchr2_iter(b'\r', 0, text) {
        clean.extend_from_slice(&text[from..at]);
        from = at + 1;
        match (text[at], text.get(from)) {
            // A text may also be cut off between CR and LF.
            (b'\r', Some(b'\n')) => {}
            (b'\r', None) if last => {}
            (byte, _) => {
                *(if byte == 0 { &mut replaced.nul } else { &mut replaced.cr }) += 1;
                clean.push(b' ');
            }
        }
    }
    clean.extend_from_slice(&text[from..]);
    clean
}

/// The number of lines of an output.
pub fn count(lines: &[u8]) -> u64 {
    memchr_iter(b'\n', lines).count() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The clean form of a whole text, made in a simple way.
    fn simple(text: &[u8]) -> String {
        let text = String::from_utf8_lossy(text);
        let lines = text.split_inclusive('\n').map(|line| {
            let line = line.strip_suffix('\n').unwrap_or(line);
            let line = line.strip_suffix('\r').unwrap_or(line);
            line.replace(['\r', '\0'], " ") + "\n"
        });
        lines.collect()
    }

    /// Replaces and counts in a text that comes in blocks, which end at these places.
    fn in_blocks(text: &[u8], ends: &[usize]) -> (Vec<u8>, Replaced) {
        let (mut clean_text, mut all) = (Vec::new(), Replaced::default());
        let mut from = 0;
        for end in ends.iter().copied().chain([text.len()]) {
            let goes_on = from > 0 && text[from - 1] != b'\n';
            let place = Place { goes_on, last: end == text.len() };
            let (clean, replaced) = clean(&text[from..end], place);
            clean_text.extend_from_slice(&clean);
            all.add(replaced);
            from = end;
            if place.last {
                break;
            }
        }
        (clean_text, all)
    }

    proptest! {
        #[test]
        fn lines_are_clean_in_whatever_blocks_they_come(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    &b"\r\n"[..], b"\n", b"\r", b"\0", b"\xff", b"\xe4\xb8", "\u{4e2d}".as_bytes(), b"a", b"",
                ]),
                0..30,
            ),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
        ) {
            let text = pieces.concat();
            // A block ends only after LF here. The reader never divides a text after CR, nor within a
            // character.
            let after_lf: Vec<usize> = memchr_iter(b'\n', &text).map(|at| at + 1).collect();
            let mut ends: Vec<usize> = match after_lf.len() {
                0 => Vec::new(),
                _ => cuts.iter().map(|cut| *cut.get(&after_lf)).collect(),
            };
            ends.sort_unstable();
            ends.dedup();
            let (clean, replaced) = in_blocks(&text, &ends);
            prop_assert_eq!(String::from_utf8(clean.clone()).unwrap(), simple(&text));
            let spaces = clean.iter().filter(|&&byte| byte == b' ').count() as u64;
            let marks = String::from_utf8(clean).unwrap().matches('\u{fffd}').count() as u64;
            prop_assert_eq!((replaced.cr + replaced.nul, replaced.invalid), (spaces, marks));
            let nuls = text.iter().filter(|&&byte| byte == 0).count() as u64;
            prop_assert_eq!(replaced.nul, nuls);
        }
    }

    #[test]
    fn the_last_line_ends_with_lf_wherever_its_blocks_end() {
        for (text, ends, expected) in [
            (&b"ab"[..], &[1][..], &b"ab\n"[..]),
            (b"ab", &[2], b"ab\n"),
            (b"ab\n", &[3], b"ab\n"),
            (b"a\nb", &[2], b"a\nb\n"),
            (b"a\r", &[1], b"a\n"),
            (b"a\rb", &[2], b"a b\n"),
            (b"\r", &[], b"\n"),
            (b"a\n\r", &[], b"a\n\n"),
            (b"a\n\r", &[2], b"a\n\n"),
            (b"", &[], b""),
        ] {
            let mut parts = Vec::new();
            let mut from = 0;
            for end in ends.iter().copied().chain([text.len()]) {
                let last = parts.len() == ends.len();
                let goes_on = from > 0 && text[from - 1] != b'\n';
                parts.push(clean(&text[from..end], Place { goes_on, last }).0.into_owned());
                from = end;
            }
            assert_eq!(parts.concat(), expected, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn a_clean_text_is_not_copied() {
        let place = Place { goes_on: false, last: true };
        assert!(matches!(clean("\u{4e2d}\n".as_bytes(), place).0, Cow::Borrowed(_)));
    }
}
