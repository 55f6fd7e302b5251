//! Tests that a dictionary cuts texts in the same way after it was compiled and read back, and that
//! damaged and wrong files are reported. To find the fields in a file, the tests follow the
//! documentation in `file.rs` instead of calling its code.

use super::{Compiled, Error};
use crate::cut::Cut;
use crate::kernel::cpu::Work;
use crate::kernel::portable::Portable;
use crate::{Compat, Core, Dictionary, Mode, Options, Scratch};
use proptest::prelude::*;
use std::borrow::Cow;
use std::sync::LazyLock;
use twox_hash::XxHash3_64;

const WORDS: &[(&str, u64, &str)] = &[
    ("北京", 34488, "ns"),
    ("清华", 6, "nz"),
    ("清华大学", 2053, "nt"),
    ("大学", 20025, "n"),
    ("大学生", 7, "own"),
    ("中华人民共和国", 400, "ns"),
    ("的", 318_825, "uj"),
    ("卡拉OK", 5, "nz"),
    ("IC卡", 3, "n"),
    ("\u{20000}北\u{9fff}", 9, "two new"),
    ("\u{2f800}", 0, ""),
    ("T恤，γ", 8, "outside"),
    ("深度 学习", 4, ""),
];

const TEXT: &str = "我来到北京清华大学的大学生IC卡卡拉OK\u{20000}北\u{9fff}\u{2f800}，T恤，γ深度 学习\r\n中华人民共和国\
                    的的，，北\n\nICIC ICC IC-3.5 C++ 北京北京北京清华大学中华人民共和国国中华人民共和";

fn compiled(words: &[(&str, u64, &str)]) -> Compiled {
    let dictionary = Dictionary::from_words(words.iter().copied()).expect("few words");
    let protected = vec!["深度 学习".into()];
    Compiled { dictionary, protected, words: words.len() as u64, suggested: None }
}

static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| compiled(WORDS).into_bytes());

fn read(bytes: &[u8]) -> Result<Compiled, Error> {
    Compiled::read(bytes)
}

/// The message about the damage in a file with these bytes.
fn damage(bytes: &[u8]) -> String {
    match read(bytes) {
        Err(Error::Damaged(what)) => what,
        other => panic!("not an error about damage: {:?}", other.map(|_| "good")),
    }
}

fn core_of(compiled: &Compiled) -> Core {
    compiled.dictionary.clone().into()
}

/// The words and tags of a text in all modes, from the code for this machine's CPU and from the
/// portable code.
fn all_cuts(core: &Core, text: &str) -> Vec<(String, String)> {
    let mut cuts = Vec::new();
    for mode in [Mode::Exact, Mode::Search, Mode::Full] {
        for (compat, hmm) in
            [(Compat::JiebaRs, true), (Compat::Python, true), (Compat::JiebaRs, false)]
        {
            let options = Options { mode, hmm, compat, tags: true };
            let (mut tokens, mut portable) = (Vec::new(), Vec::new());
            core.cut(text, &options, &mut Scratch::default(), &mut tokens);
            let mut scratch = Scratch::default();
            let (options, tokens_of_both) = (&options, &mut portable);
            Cut {
                dictionary: &core.dictionary,
                text,
                options,
                posseg: false,
                scratch: &mut scratch,
                tokens: tokens_of_both,
            }
            .run(Portable);
            for token in tokens.iter().chain(&portable) {
                let word = text[token.start as usize..token.end as usize].to_owned();
                cuts.push((word, core.tag_name(token.tag).to_owned()));
            }
        }
    }
    cuts
}

/// The eight-byte number at byte `at`.
fn number(file: &[u8], at: usize) -> usize {
    u64::from_ne_bytes(file[at..at + 8].try_into().expect("eight bytes")) as usize
}

/// The names of the sections and their byte ranges.
fn sections(file: &[u8]) -> Vec<(String, std::ops::Range<usize>)> {
    let entries = file[56..].chunks(40).take(number(file, 40));
    let sections = entries.map(|entry| {
        let name = String::from_utf8_lossy(&entry[..16]).trim_end_matches('\0').to_owned();
        let start = number(entry, 16);
        (name, start..start.saturating_add(number(entry, 24)))
    });
    sections.collect()
}

/// Corrects the checksums of a changed file, if it still has a table of sections.
fn seal(file: &mut [u8]) {
    if number(file, 40) > 100 {
        return;
    }
    let sections = sections(file);
    for (index, (_, range)) in sections.iter().enumerate() {
        let Some(bytes) = file.get(range.clone()) else { continue };
        let checksum = XxHash3_64::oneshot(bytes);
        file[56 + 40 * index + 32..][..8].copy_from_slice(&checksum.to_ne_bytes());
    }
    let table = &file[56..56 + 40 * sections.len()];
    let checksum = XxHash3_64::oneshot(&[&file[..48], table].concat());
    file[48..56].copy_from_slice(&checksum.to_ne_bytes());
}

#[test]
fn a_file_that_was_read_cuts_like_its_source() {
    let (before, after) = (compiled(WORDS), read(&FILE).expect("a good file"));
    assert_eq!(all_cuts(&core_of(&after), TEXT), all_cuts(&core_of(&before), TEXT));
    assert_eq!((after.protected.clone(), after.words), (before.protected, before.words));
    assert!(after.into_bytes() == *FILE);
    for (name, range) in sections(&FILE) {
        assert_eq!(range.start % 64, 0, "{name}");
    }
}

#[test]
fn the_built_in_dictionary_can_be_compiled() {
    let core = Core::new();
    let dictionary = core.dictionary.clone();
    let bytes =
        Compiled { dictionary, protected: Vec::new(), words: 0, suggested: None }.into_bytes();
    assert_eq!(all_cuts(&core_of(&read(&bytes).expect("good")), TEXT), all_cuts(&core, TEXT));
}

#[test]
fn words_can_be_added_to_a_dictionary_from_a_file() {
    let add = |mut core: Core| {
        let words = [("中华人", Some(3)), ("清华大", None), ("的的", None), ("大学", Some(0))];
        let frequencies =
            words.map(|(word, frequency)| core.add_word(word, frequency, Some("added")));
        (all_cuts(&core, TEXT), frequencies, core.dictionary.totals)
    };
    assert_eq!(add(core_of(&read(&FILE).expect("a good file"))), add(core_of(&compiled(WORDS))));
}

#[test]
fn added_words_can_be_compiled_and_keep_what_python_knows_of_them() {
    let mut core = Core::new();
    for (word, frequency, tag) in [
        ("中华人", Some(3), Some("own")),
        ("清华大", None, None),
        ("北京", Some(0), None),
        ("大学", Some(40), Some("n")),
        ("的", Some(0), Some("zero")),
        ("T恤，γ", Some(2), Some("outside")),
        ("\u{20000}北", Some(7), Some("new")),
    ] {
        core.add_word(word, frequency, tag);
    }
    let expected = all_cuts(&core, TEXT);
    core.merge_added_words().expect("room for a few words");
    let dictionary = core.into_dictionary();
    let totals = dictionary.totals;
    let suggested = Some(Compat::Python);
    let compiled = Compiled { dictionary, protected: Vec::new(), words: 7, suggested };
    let bytes: &'static [u8] = compiled.into_bytes().leak();
    for read in [read(bytes), Compiled::read_static(bytes), Compiled::read_static(copy_of(bytes))] {
        let read = read.expect("a good file");
        assert_eq!((read.suggested, read.dictionary.totals), (suggested, totals));
        let mut core = core_of(&read);
        assert_eq!(all_cuts(&core, TEXT), expected);
        // Words can be added again.
        core.add_word("中华人", Some(3), Some("own"));
        core.add_word("北京", Some(34488), Some("ns"));
        let expected = all_cuts(&core, TEXT);
        core.merge_added_words().expect("room for a few words");
        assert_eq!(all_cuts(&core, TEXT), expected);
        assert!(Compiled { dictionary: core.into_dictionary(), ..read }.into_bytes().len() > 9);
    }
}

/// A copy that begins at an odd address.
fn copy_of(bytes: &[u8]) -> &'static [u8] {
    let mut copy = vec![0; bytes.len() + 2];
    let start = 1 + copy.as_ptr() as usize % 2;
    copy[start..start + bytes.len()].copy_from_slice(bytes);
    &copy.leak()[start..start + bytes.len()]
}

#[test]
fn a_shortened_file_is_reported() {
    let sections = sections(&FILE);
    let ends = sections.iter().flat_map(|(_, range)| [range.start, range.end]);
    for length in (0..900).chain(ends).filter(|&length| length < FILE.len()) {
        let error = damage(&FILE[..length]);
        assert!(
            error.contains("file ends before") || error.contains("cut off"),
            "{length}: {error}"
        );
    }
    let error = damage(&[&FILE[..], b"\n"].concat());
    assert_eq!(error, format!("more bytes follow its end at byte {}", FILE.len()));
}

#[test]
fn any_changed_byte_before_the_sections_is_reported() {
    let first = sections(&FILE)[0].1.start;
    let mut file = FILE.clone();
    for at in 0..first {
        for bit in [0, 7] {
            file[at] ^= 1u8 << bit;
            assert!(read(&file).is_err(), "byte {at}");
            file[at] ^= 1u8 << bit;
        }
    }
}

#[test]
fn other_versions_and_byte_orders_are_reported() {
    let changed = |range: std::ops::Range<usize>, change: fn(&mut [u8])| {
        let mut file = FILE.clone();
        change(&mut file[range]);
        seal(&mut file);
        file
    };
    let reversed = changed(16..24, <[u8]>::reverse);
    assert!(matches!(read(&reversed), Err(Error::OtherByteOrder)));
    let version = changed(24..32, |version| version[0] ^= 2);
    assert!(matches!(read(&version), Err(Error::OtherVersion)));
    let fingerprint = changed(32..40, |fingerprint| fingerprint[3] ^= 1);
    assert!(matches!(read(&fingerprint), Err(Error::OtherVersion)));
    let count = changed(40..48, |count| count.fill(0xff));
    assert!(damage(&count).contains("number of sections"));
    let length = changed(80..88, |length| length.fill(0xff));
    assert!(damage(&length).contains("impossible length"));
}

/// The table that is reported as wrong, and the change that makes it wrong.
type Wrong = (&'static str, fn(&mut super::Tables));

#[test]
fn wrong_tables_are_reported() {
    let wrong: &[Wrong] = &[
        ("first", |t| t.first.to_mut().truncate(5)),
        ("single_log", |t| t.single_log.to_mut().push(0.0)),
        ("single_value", |t| t.single_value.to_mut().truncate(5)),
        ("single_value", |t| t.single_value.to_mut()[80] = t.logs.len() as u32),
        ("logs", |t| t.logs.to_mut().clear()),
        ("logs", |t| t.logs.to_mut()[0] = 0.0),
        ("logs", |t| t.logs.to_mut()[1] = f64::NAN),
        ("frequencies", |t| t.frequencies.to_mut().push(1)),
        ("value_tags", |t| t.value_tags.to_mut().truncate(5)),
        ("value_tags", |t| t.value_tags.to_mut()[1] = t.tags.len() as u16),
        ("tags", |t| t.tags.to_mut().resize(65_537, Cow::Borrowed("many"))),
        ("filter", |t| t.filter.to_mut().push(0)),
        ("filter", |t| t.filter.to_mut().truncate(1)),
        ("triples", |t| t.triples.to_mut().clear()),
        ("triples", |t| t.triples.to_mut().push(0)),
        ("frequent", |t| t.frequent.to_mut().truncate(1 << 16)),
        // Pairs with code 0, and a pair with a value that does not exist.
        ("frequent", |t| with_pair(t, 71 << 16, 0)),
        ("frequent", |t| with_pair(t, 71, 0)),
        ("frequent", |t| with_pair(t, 71 << 16 | 72, t.logs.len() as u32)),
        ("first", |t| t.first.to_mut()[0] = 5),
        ("first", |t| t.single_value.to_mut()[0] = 1),
        ("first", |t| t.first.to_mut()[71] = 1 << 22),
        ("units", |t| t.units.to_mut()[9] = 1 << 16),
        ("units", |t| t.units.to_mut()[9] = 9 | 1 << 16),
        ("units", |t| t.units.to_mut()[9] = 8 | (t.logs.len() as u64) << 16),
        ("outside", |t| t.outside.to_mut()[0].1 = t.logs.len() as u32),
        ("outside", |t| t.outside.to_mut().swap(0, 1)),
        ("outside", |t| t.outside.to_mut()[0].0 = Cow::Borrowed("")),
    ];
    for (index, (name, change)) in wrong.iter().enumerate() {
        let mut compiled = compiled(WORDS);
        change(&mut compiled.dictionary.tables);
        let bytes = compiled.into_bytes();
        let error = damage(&bytes);
        assert!(error.starts_with(&format!("`{name}`")), "{index}, {name}: {error}");
    }
}

/// Adds a pair to the table of frequent pairs.
fn with_pair(tables: &mut super::Tables, key: u32, value: u32) {
    use crate::builder::layout::{frequent_slot, pair_hash};
    let (slot, mark) = frequent_slot(pair_hash(key));
    tables.frequent.to_mut()[slot] = mark | value << 16;
}

/// Bytes that overwrite a place in a file: small numbers, which are often just beyond a limit, and
/// random bytes.
fn change() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<u8>().prop_map(|byte| vec![byte]),
        (0u32..100).prop_map(|number| number.to_ne_bytes().to_vec()),
        any::<u32>().prop_map(|number| number.to_ne_bytes().to_vec()),
        any::<u64>().prop_map(|number| number.to_ne_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 64),
    ]
}

proptest! {
    #[test]
    fn any_changed_byte_is_reported(position in 0.0..1.0f64, bit in 0..8) {
        let mut file = FILE.clone();
        let at = (position * file.len() as f64) as usize;
        file[at] ^= 1u8 << bit;
        prop_assert!(read(&file).is_err(), "byte {}", at);
    }

    /// Makes random changes, then corrects the checksums, so that only the check of the tables can
    /// reject the file. If the check accepts it, cutting a text must not panic.
    #[test]
    fn a_wrong_file_is_rejected_or_cuts_somehow(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0.0..1.0f64, change()), 1..4)
    ) {
        let mut file = FILE.clone();
        for (section, position, bytes) in changes {
            // Everything before the sections counts as one more section.
            let mut sections = sections(&FILE);
            sections.insert(0, ("table".into(), 0..sections[0].1.start));
            let range = section.get(&sections).1.clone();
            // The numbers in a file are at multiples of four bytes.
            let at = range.start + (position * range.len() as f64) as usize / 4 * 4;
            let length = bytes.len().min(range.end - at);
            file[at..at + length].copy_from_slice(&bytes[..length]);
        }
        seal(&mut file);
        if let Ok(compiled) = read(&file) {
            all_cuts(&core_of(&compiled), TEXT);
        }
    }
}
