//! Tests of what stays whole. The fixture has sentences with marks that were set by hand. The random
//! tests compare with a search that tries every beginning and every end.

mod edges;

use std::ops::Range;

use proptest::prelude::*;
use regex::Regex;

use super::borders::{ends, kinds_at};
use super::{Kind, Patterns, Protected};
use crate::{Compat, Core, Cutter, Mode, Options, Scratch};

const SENTENCES: &str = include_str!("../../../../fixtures/segmentation/kept.txt");

fn protected(words: &[String], kinds: &[Kind], expressions: &[String]) -> Protected {
    let patterns = Patterns::new(kinds, expressions).unwrap();
    Protected::new(words, Some(patterns)).unwrap().unwrap()
}

fn found(protected: &Protected, text: &str) -> Vec<(Range<usize>, Option<Kind>)> {
    let mut all = Vec::new();
    protected.each(text, |range, kind| all.push((range, kind)));
    all
}

#[test]
fn sentences_keep_what_is_marked_in_them() {
    let protected = protected(&[], &Kind::NAMED, &[]);
    let mut wrong = Vec::new();
    let sentences: Vec<_> = SENTENCES.lines().filter(|line| !line.starts_with("# ")).collect();
    assert!(sentences.len() > 60);
    for sentence in &sentences {
        let text = sentence.replace(['⟦', '⟧'], "");
        let (mut marked, mut at) = (String::new(), 0);
        for (range, _) in found(&protected, &text) {
            marked += &text[at..range.start];
            marked += &format!("⟦{}⟧", &text[range.clone()]);
            at = range.end;
        }
        marked += &text[at..];
        if marked != **sentence {
            wrong.push(format!("{sentence}\n{marked}"));
        }
    }
    assert!(wrong.is_empty(), "expected, found:\n{}", wrong.join("\n"));
}

#[test]
fn a_token_of_a_kind_has_the_tag_of_the_kind_and_a_word_its_own() {
    let mut core = Core::new();
    core.add_word("第 1", Some(5), Some("nz"));
    // Of a word and a match that are the same text, the word counts.
    let protected = protected(&["第 1".into()], &Kind::NAMED, &["第.1?".into()]);
    let options = Options { tags: true, ..Options::default() };
    let cutter = Cutter { core: &core, options, protected: Some(&protected) };
    let text = "第 1 7月5日 12:30 5人 3.5 http://a.b a@b.co @a #a# 第九";
    let mut tokens = Vec::new();
    cutter.cut(text.as_bytes(), &mut Scratch::default(), &mut tokens);
    let word = |token: &crate::Token| &text[token.start as usize..token.end as usize];
    let tagged = tokens.iter().filter(|token| word(token) != " ");
    let tagged: Vec<_> =
        tagged.map(|token| format!("{}/{}", word(token), core.tag_name(token.tag))).collect();
    let expected = "第 1/nz|7月5日/t|12:30/t|5人/m|3.5/m|http://a.b/x|a@b.co/x|@a/x|#a#/x|第九/x";
    assert_eq!(tagged.join("|"), expected);
}

#[test]
fn matches_do_not_go_over_the_end_of_a_line() {
    let protected = protected(&[], &[Kind::Hashtag], &["a[^b]*c".into(), "^x|y$".into()]);
    let text = "#a\n#\r\na1\nc a2c\r\nx y\nyx";
    let kept: Vec<_> = found(&protected, text).into_iter().map(|(range, _)| &text[range]).collect();
    assert_eq!(kept, ["#a", "a2c", "x", "y"]);
}

#[test]
fn a_bad_expression_is_named_with_its_reason() {
    let bad = |expressions: &[&str]| {
        let expressions: Vec<_> = expressions.iter().map(ToString::to_string).collect();
        Patterns::new(&[], &expressions).unwrap_err()
    };
    assert_eq!(bad(&["a", "(b"]).index, 1);
    assert!(bad(&["(b"]).reason.contains("unclosed group"), "{}", bad(&["(b"]));
    assert_eq!(
        bad(&[r"\bb"]).to_string(),
        "has a word boundary for all of Unicode; write (?-u:\\b)"
    );
    assert!(bad(&[r"\w{9999}"]).reason.contains("limit"), "{}", bad(&[r"\w{9999}"]));
}

/// What is found if every place and every end is tried, the longest first.
fn simple(
    words: &[String],
    kinds: &[Kind],
    expressions: &[String],
    line: &str,
) -> Vec<(Range<usize>, Option<Kind>)> {
    let whole = |pattern: &String| Regex::new(&format!("^(?:{pattern})$")).unwrap();
    let mut patterns: Vec<(Regex, Kind)> = Vec::new();
    for kind in Kind::NAMED.into_iter().filter(|kind| kinds.contains(kind)) {
        patterns.extend(kind.patterns().iter().map(|pattern| (whole(pattern), kind)));
    }
    patterns.extend(expressions.iter().map(|own| (whole(own), Kind::Regex)));
    let all = patterns.iter().fold(0, |all, (_, kind)| all | kind.bit());
    let joined = |at| crate::protect::runs_on(line, at);
    let (mut found, mut at, mut follows) = (Vec::new(), 0, false);
    'places: while at < line.len() {
        if line.is_char_boundary(at) {
            let kinds = kinds_at(line, at, follows, all);
            for end in (at + 1..=line.len()).rev().filter(|&end| line.is_char_boundary(end)) {
                let part = &line[at..end];
                let is_word = words.iter().any(|word| word == part) && !joined(at) && !joined(end);
                let kind = patterns.iter().find(|(regex, kind)| {
                    kinds & kind.bit() != 0 && ends(*kind, line, end) && regex.is_match(part)
                });
                if is_word || kind.is_some() {
                    found.push((at..end, kind.filter(|_| !is_word).map(|(_, kind)| *kind)));
                    (at, follows) = (end, true);
                    continue 'places;
                }
            }
        }
        (at, follows) = (at + 1, false);
    }
    found
}

/// Texts in which much looks like a match.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        6 => "[0-9a-c@#,.:/% -]{1,6}",
        2 => "[年月日点分人元万亿￥１。中国é+]{1,3}",
        1 => "http://|www\\.a|2024-07-05|12:30|下午3点|a@b\\.co|#a#|3\\.5万|1,234",
    ];
    prop::collection::vec(part, 0..7).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn the_leftmost_longest_matches_are_found_as_a_simple_search_finds_them(
        words in prop::collection::vec("[a1 ,#@.]{1,4}", 0..3),
        kinds in prop::sample::subsequence(Kind::NAMED.to_vec(), 0..=8),
        expressions in prop::sample::subsequence(
            vec!["a+b?", "[0-9]+,?", "a.*b", "(?:中国|中)", "b|ba|bab", "[a-c]{2,3}"], 0..=3),
        lines in prop::collection::vec(text(), 1..4),
    ) {
        let expressions: Vec<_> = expressions.iter().map(ToString::to_string).collect();
        let words: Vec<_> = words.into_iter().filter(|word| !word.trim().is_empty()).collect();
        let protected = protected(&words, &kinds, &expressions);
        let (mut expected, mut start) = (Vec::new(), 0);
        for line in &lines {
            let parts = simple(&words, &kinds, &expressions, line).into_iter();
            expected.extend(parts.map(|(part, kind)| (start + part.start..start + part.end, kind)));
            start += line.len() + 1;
        }
        prop_assert_eq!(found(&protected, &lines.join("\n")), expected);
    }

    #[test]
    fn all_that_is_found_is_a_token_and_exact_mode_loses_nothing(
        lines in prop::collection::vec(text(), 1..4),
        compat in prop::sample::select(vec![Compat::JiebaRs, Compat::Python]),
        mode in prop::sample::select(vec![Mode::Exact, Mode::Search, Mode::Full]),
    ) {
        let text = lines.join("\n");
        let protected = protected(&["a b".into()], &Kind::NAMED, &["b+".into()]);
        let core = Core::new();
        let options = Options { mode, compat, ..Options::default() };
        let cutter = Cutter { core: &core, options, protected: Some(&protected) };
        let mut tokens = Vec::new();
        cutter.cut(text.as_bytes(), &mut Scratch::default(), &mut tokens);
        let ranges: Vec<_> =
            tokens.iter().map(|token| token.start as usize..token.end as usize).collect();
        for (range, _) in found(&protected, &text) {
            prop_assert_eq!(ranges.iter().filter(|token| **token == range).count(), 1);
            let crosses = |token: &&Range<usize>| {
                token.start < range.end && range.start < token.end && **token != range
            };
            prop_assert_eq!(ranges.iter().find(crosses), None, "{:?}", range);
        }
        if mode == Mode::Exact {
            let joined: String = ranges.into_iter().map(|range| &text[range]).collect();
            prop_assert_eq!(joined, text);
        }
    }
}

#[test]
fn the_steps_of_a_search_grow_no_faster_than_the_text() {
    let expressions = ["x|x.*y".to_string(), "(?:ab)*c".to_string()];
    let patterns = Patterns::new(&Kind::NAMED, &expressions).unwrap();
    let units = [
        "a@a", "1,1", "#", "http://", "a.", "a-", "x", "ab", "1.", "1:", "2024-", "@", "#a", "年1",
        "www.", "http://(", "1,111", "3点", "-", "a.a@", "# ",
    ];
    for unit in units {
        let text = unit.repeat(100_000 / unit.len());
        let mut buffers = patterns.buffers();
        buffers.begin();
        buffers.steps = 0;
        let mut at = 0;
        while let Some((range, _)) = patterns.find(&text, at, &mut buffers) {
            at = range.end;
        }
        let steps = buffers.steps;
        assert!(
            (1..40 * text.len()).contains(&steps),
            "{unit}: {steps} steps for {} bytes",
            text.len()
        );
    }
}

#[test]
fn a_line_has_neither_its_newline_nor_a_carriage_return_before_that() {
    for (text, expected) in [
        ("", &["" as &str][..]),
        ("a", &["a"]),
        ("a\n", &["a", ""]),
        ("a\r\nb", &["a", "b"]),
        ("\r\n\n", &["", "", ""]),
        ("a\r", &["a\r"]),
        ("a\rb\r\r\nc", &["a\rb\r", "c"]),
    ] {
        let lines: Vec<_> = super::lines(text).map(|line| &text[line]).collect();
        assert_eq!(lines, expected, "{text:?}");
    }
}
