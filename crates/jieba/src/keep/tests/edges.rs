//! Where matches begin and end, worked out by hand from the documentation of `borders.rs`, and at which
//! characters a search looks.

use super::*;
use Kind::{Date, Email, Hashtag, Mention, Number, Time, Unit, Url};

const NUMERIC: [Kind; 4] = [Date, Time, Unit, Number];

fn set(kinds: &[Kind]) -> u16 {
    kinds.iter().fold(0, |all, kind| all | kind.bit())
}

#[test]
fn a_match_begins_only_where_a_reader_sees_a_beginning() {
    let all = set(&Kind::ALL);
    // What is before and after the place, and the kinds that must not begin there: all that are made of
    // digits, and others.
    let name = &[Email, Mention][..];
    let topic = &[Mention, Hashtag][..];
    for (before, after, numeric, others) in [
        ("", "5", false, &[][..]),
        ("中", "5", false, &[]),
        (".", "5", false, name),
        ("中.", "5", false, name),
        ("a.", "5", true, name),
        ("1.", "5", true, name),
        ("a#", "5", true, &[]),
        ("a&", "5", true, &[Hashtag]),
        ("a%", "5", true, &[Email]),
        ("a_", "5", true, &[Email, Mention, Hashtag]),
        ("C++", "17", true, name),
        ("++", "17", false, name),
        ("--", "5", false, name),
        ("中-", "5", false, name),
        ("1,", "5", true, &[]),
        ("a,", "5", false, &[]),
        ("1:", "5", true, &[]),
        ("1：", "5", true, &[]),
        ("a：", "5", false, &[]),
        ("1~", "5", true, &[]),
        ("1/", "5", true, &[Hashtag]),
        ("a/", "5", false, &[Hashtag]),
        ("１,", "5", true, &[]),
        ("a", "-5", true, topic),
        ("1", "−5", true, topic),
        ("中", "-5", false, &[]),
        ("中", "5-", false, &[]),
        ("+", "-5", true, name),
        ("±", "-5", true, &[]),
        (")", "-5", true, &[]),
        ("℃", "+5", true, &[]),
        ("(", "-5", false, &[]),
        ("&", "#a", false, &[Hashtag]),
        ("_", "#a", false, &[Email, Mention, Hashtag]),
        ("@", "a", false, name),
        ("a", "#b", false, topic),
        ("a", "@b", false, topic),
    ] {
        let refused = set(others) | if numeric { set(&NUMERIC) } else { 0 };
        let line = format!("{before}{after}");
        let case = format!("{before}|{after}");
        assert_eq!(kinds_at(&line, before.len(), false, all), all & !refused, "{case}");
        let some = set(&[Number, Email, Url]);
        assert_eq!(kinds_at(&line, before.len(), false, some), some & !refused, "{case}");
        // Behind another match, a sign is none. The first character of a line is behind nothing.
        let sign = after.starts_with(['-', '+', '−']);
        let refused = refused | if sign { set(&NUMERIC) } else { 0 };
        assert_eq!(kinds_at(&line, before.len(), true, all), all & !refused, "{case}");
    }
    // A hyphen behind letters is no sign, but a time may follow it. Nothing begins within a word.
    let hyphen = all & !set(&[Date, Unit, Number, Email, Mention]);
    assert_eq!(kinds_at("iPhone-15", 7, false, all), hyphen);
    assert_eq!(kinds_at("ab", 1, false, all), 0);
    assert_eq!(kinds_at("a", 1, false, all), all);
}

#[test]
fn a_match_ends_only_where_a_reader_sees_an_end() {
    for (kinds, before, good, bad) in [
        (
            &[Date, Unit, Number][..],
            "5",
            &["", " ", "中", "- ", "-中", ". ", ".中", ",a", ":a", "~a", "/a", "@a", "+", ";5"][..],
            &[
                "a", "5", "-a", "-5", "+a", "#a", "&a", ".a", "_a", "%a", ".5", ",5", ":5", "：5",
                "/5",
            ][..],
        ),
        (&[Date, Unit, Number], "5", &[",", ":中"], &["~5", "~５", "é"]),
        (&[Time], "5", &["-a", "-5", "- ", ". "], &["a", ".a", ":5"]),
        (&[Date, Time, Unit, Number], "年", &[".a", "-a", ",5", "a"], &[]),
        (&[Email], "b", &["", " ", ".a", "-", "- ", "-中", "_中"], &["@", "-a", "_a", "c"]),
        (&[Mention], "b", &["", " ", "-a", ".", ". ", ".中"], &["@", "中", "_", ".a", "c"]),
        (&[Hashtag], "b", &["", " ", ".a", "#"], &["中", "_", "c"]),
        (&[Hashtag], "#", &["", "中", "a", "_"], &[]),
        (&[Url], "b", &["", "a", "中", ".a"], &[]),
        (&[Kind::Regex], "b", &["", "中", "-a"], &["a"]),
    ] {
        for &kind in kinds {
            for (afters, expected) in [(good, true), (bad, false)] {
                for after in afters {
                    let line = format!("{before}{after}");
                    assert_eq!(ends(kind, &line, before.len()), expected, "{kind:?} {line}");
                }
            }
        }
    }
}

#[test]
fn a_match_begins_with_whatever_characters_the_expression_has() {
    let expressions = ["[a-y]", "[é-ӿ]", "[中-国]+", "[\u{fff0}-\u{fffd}]", "^[Z\u{80}]"];
    let beyond = ["[\u{10000}-\u{1000f}]", "😀"];
    for expressions in [&expressions[..], &[&expressions[..], &beyond].concat()] {
        let own: Vec<_> = expressions.iter().map(ToString::to_string).collect();
        let patterns = Patterns::new(&[], &own).unwrap();
        let any = Regex::new(&expressions.join("|")).unwrap();
        let mut buffers = patterns.buffers();
        let mut buffer = [0; 4];
        for c in '\0'..=char::MAX {
            let line = c.encode_utf8(&mut buffer);
            buffers.begin();
            let range = patterns.find(line, 0, &mut buffers).map(|(range, _)| range);
            assert_eq!(range, any.find(line).map(|found| found.range()), "{c:?}");
        }
        let found = protected(&[], &[], &own);
        let all = found.each_range("😀中国 𐀀 Z");
        let long = all == [(0, 4), (4, 10), (11, 15)];
        let short = all == [(4, 10)];
        assert!(if expressions.len() > 5 { long } else { short }, "{all:?}");
    }
}

#[test]
fn nothing_that_is_empty_is_found() {
    let protected = protected(&[], &[], &["a*".into(), "|b".into()]);
    assert_eq!(protected.each_range("caa b"), [(4, 5)]);
    assert_eq!(protected.each_range("中aa b"), [(3, 5), (6, 7)]);
}

#[test]
fn what_was_passed_in_vain_is_forgotten_at_other_places() {
    // The second run is in the same state as the first one, 32 bytes later.
    let text = format!("x{0}b{1}x{0}c", "a".repeat(20), " ".repeat(10));
    let protected = protected(&[], &[], &["xa{20}c".into()]);
    assert_eq!(protected.each_range(&text), [(32, 54)]);
}

impl Protected {
    fn each_range(&self, text: &str) -> Vec<(usize, usize)> {
        found(self, text).into_iter().map(|(range, _)| (range.start, range.end)).collect()
    }
}
