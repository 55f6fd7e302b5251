//! Keywords, compared with those of a plain program that goes over all tokens in their order.

use super::{CORE, dictionary_words, text};
use crate::keywords::{Finder, Gathered, Keywords, Method, idf};
use crate::{Compat, Core, Mode, Options, Scratch, Token};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// A block of a file and its tokens.
type Block = (String, Vec<Token>);

/// The words that can be keywords, in the order of all tokens; `None` for the other tokens.
fn candidates<'a>(blocks: &'a [Block], core: &Core, method: Method) -> Vec<Option<&'a str>> {
    let stop = ["the", "of", "is", "and", "to", "in", "that", "we", "for", "an", "are", "by", "be"];
    let more =
        ["as", "on", "with", "can", "if", "from", "which", "you", "it", "this", "then", "at"];
    let rest = ["have", "all", "not", "one", "has", "or"];
    let tokens = blocks.iter().flat_map(|(text, tokens)| tokens.iter().map(move |t| (text, t)));
    tokens
        .map(|(text, token)| {
            let word = &text[token.start as usize..token.end as usize];
            let lower = word.to_ascii_lowercase();
            let stops = [&stop[..], &more, &rest].concat().contains(&lower.as_str());
            let ranked = ["ns", "n", "vn", "v"].contains(&core.tag_name(token.tag));
            let fits = word.chars().count() > 1 && !word.ends_with('\n') && !stops;
            (fits && (ranked || method == Method::TfIdf)).then_some(word)
        })
        .collect()
}

/// The best of these words, which are in the order of their first places.
fn best(words: Vec<(&str, f64)>, compat: Compat, most: usize) -> Keywords {
    let mut words = words;
    if compat == Compat::JiebaRs {
        words.sort_by_key(|(word, _)| *word);
    }
    words.sort_by(|a, b| b.1.total_cmp(&a.1));
    words.into_iter().take(most).map(|(word, weight)| (word.into(), weight)).collect()
}

fn distinct<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut distinct = Vec::new();
    words.for_each(|word| {
        if !distinct.contains(&word) {
            distinct.push(word);
        }
    });
    distinct
}

fn by_frequency(words: &[Option<&str>], compat: Compat, most: usize) -> Keywords {
    let mut counts: HashMap<&str, f64> = HashMap::new();
    words.iter().flatten().for_each(|word| *counts.entry(word).or_default() += 1.0);
    let total = counts.values().sum::<f64>();
    let weight = |word| {
        let (count, idf) = (counts[word], idf::idf(word).unwrap_or_else(idf::median));
        match compat {
            Compat::JiebaRs => (word, count * idf / total),
            Compat::Python => (word, count * (idf / total)),
        }
    };
    let words = distinct(words.iter().copied().flatten());
    best(words.into_iter().map(weight).collect(), compat, most)
}

fn by_rank(words: &[Option<&str>], compat: Compat, most: usize) -> Keywords {
    let names = distinct(words.iter().copied().flatten());
    let number: HashMap<&str, usize> =
        names.iter().enumerate().map(|(n, &word)| (word, n)).collect();
    // For each pair of neighbours: how often they come together, and where first.
    let mut together: BTreeMap<(usize, usize), (u64, (usize, usize))> = BTreeMap::new();
    for (at, word) in words.iter().enumerate() {
        for (distance, other) in words[at..].iter().enumerate().take(5).skip(1) {
            if let (Some(word), Some(other)) = (word, other) {
                let pair = (number[word], number[other]);
                together.entry(pair).or_insert((0, (at, at + distance))).0 += 1;
            }
        }
    }
    let mut pairs: Vec<_> = together.into_iter().collect();
    let (mut order, mut size, rounds) = ((0..names.len()).collect::<Vec<_>>(), names.len(), 20);
    let mut met = order.clone();
    if compat == Compat::Python {
        pairs.sort_by_key(|(_, (_, first))| *first);
        let names_of_pairs = pairs.iter().flat_map(|&((a, b), _)| [names[a], names[b]]);
        met = distinct(names_of_pairs).into_iter().map(|word| number[word]).collect();
        size = met.len();
        order = met.clone();
        order.sort_by_key(|&word| names[word]);
    }
    let mut edges: Vec<Vec<(usize, f64)>> = vec![Vec::new(); names.len()];
    for ((a, b), (times, _)) in pairs {
        edges[a].push((b, times as f64));
        edges[b].push((a, times as f64));
    }
    let outflow: Vec<f64> = edges.iter().map(|row| row.iter().map(|edge| edge.1).sum()).collect();
    let mut ranks = vec![1.0 / size as f64; names.len()];
    for _ in 0..if compat == Compat::Python { 10 } else { rounds } {
        for &word in &order {
            let shares = edges[word].iter().map(|&(other, w)| w / outflow[other] * ranks[other]);
            ranks[word] = (1.0 - 0.85) + 0.85 * shares.sum::<f64>();
        }
    }
    let found = met.iter().map(|&word| ranks[word]);
    let least = found.clone().fold(f64::MAX, f64::min) / 10.0;
    let highest = found.fold(f64::MIN_POSITIVE, f64::max);
    let weight = |&word: &usize| match compat {
        Compat::JiebaRs => (names[word], ranks[word]),
        Compat::Python => (names[word], (ranks[word] - least) / (highest - least)),
    };
    best(met.iter().map(weight).collect(), compat, most)
}

/// Asserts that both methods give the same keywords and exactly the same weights as the plain
/// program. `tables` has, for each block, the table that gathers its words. The blocks are added in
/// the order of `order`.
fn assert_same(core: &Core, texts: &[String], tables: &[usize], order: &[usize], most: usize) {
    let all_modes = [Mode::Exact, Mode::Search, Mode::Full];
    let methods = [Method::TfIdf, Method::TextRank];
    for (mode, compat) in
        all_modes.into_iter().flat_map(|m| [(m, Compat::JiebaRs), (m, Compat::Python)])
    {
        let options = Options { mode, hmm: true, compat, tags: true };
        let cut = |text: &String| {
            let mut tokens = Vec::new();
            core.cut(text, &options, &mut Scratch::default(), &mut tokens);
            (text.clone(), tokens)
        };
        let blocks: Vec<Block> = texts.iter().map(cut).collect();
        for method in methods {
            let finder = Finder::new(method, compat, core);
            let mut gathered = [(); 3].map(|()| finder.gather());
            for &block in order.iter().filter(|&&block| block < blocks.len()) {
                let (text, tokens) = &blocks[block];
                gathered[tables[block]].add(&finder, block as u64, text.as_bytes(), tokens);
            }
            let candidates = candidates(&blocks, core, method);
            let expected = match method {
                Method::TfIdf => by_frequency(&candidates, compat, most),
                Method::TextRank => by_rank(&candidates, compat, most),
            };
            assert_eq!(finder.best(&mut gathered, most), expected, "{method:?} {options:?}");
            // Tables that were cleared are as good as new.
            gathered.iter_mut().for_each(Gathered::clear);
            for (number, (text, tokens)) in blocks.iter().enumerate() {
                gathered[0].add(&finder, number as u64, text.as_bytes(), tokens);
            }
            assert_eq!(finder.best(&mut gathered[..1], most), expected, "{method:?} {options:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn keywords_do_not_depend_on_the_blocks_or_on_who_gathers_them(
        texts in prop::collection::vec(prop_oneof![
            2 => text(),
            2 => prop::collection::vec(dictionary_words(), 0..60).prop_map(|words| words.join("，")),
            1 => prop::collection::vec(dictionary_words(), 0..3).prop_map(|words| words.concat()),
        ], 1..6),
        tables in prop::collection::vec(0usize..3, 6),
        order in Just((0usize..6).collect::<Vec<_>>()).prop_shuffle(),
        added in prop::collection::vec((dictionary_words(), 0u64..1000), 0..4),
        most in prop_oneof![Just(0usize), Just(1), Just(5), Just(1000)],
    ) {
        let mut core = CORE.clone();
        for (word, frequency) in &added {
            core.add_word(word, Some(*frequency), Some("n"));
        }
        assert_same(&core, &texts, &tables, &order, most);
    }
}

/// So much text that pairs are counted before the end, and that most words are left out early.
#[test]
fn keywords_of_a_long_text_are_exact() {
    let mut state = 1u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    let characters: Vec<char> = super::SENTENCES.chars().collect();
    let mut block = || {
        let mut text = String::new();
        for _ in 0..1500 {
            let start = random() as usize % (characters.len() - 4);
            text.extend(&characters[start..start + 2 + random() as usize % 3]);
            text.push(if random() % 9 == 0 { '\n' } else { '，' });
        }
        text
    };
    let texts: Vec<String> = (0..5).map(|_| block()).collect();
    assert_same(&CORE, &texts, &[0, 1, 2, 1, 0], &[3, 0, 4, 2, 1], 20);
}
