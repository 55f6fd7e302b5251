//! Tests of the built-in tables.

use super::{CORE, JIEBA, SENTENCES};
use crate::Compat;
use crate::tables::Tables;

#[test]
fn logarithms_taken_at_build_time_are_those_of_run_time() {
    let tables = Tables::built_in();
    for (frequency, log) in tables.frequencies.iter().zip(tables.logs.iter()).skip(1) {
        let expected = std::hint::black_box(*frequency as f64).ln();
        assert_eq!(log.to_bits(), expected.to_bits(), "ln({frequency})");
    }
}

#[test]
fn words_frequencies_and_tags_are_those_of_jieba_rs() {
    let characters: Vec<char> = SENTENCES.chars().chain("T恤γ射线卡拉OK".chars()).collect();
    for length in 1..=6 {
        for word in characters.windows(length) {
            let word: String = word.iter().collect();
            assert_eq!(CORE.dictionary.value_of(&word) != 0, JIEBA.has_word(&word), "{word}");
            assert_eq!(
                CORE.suggest_frequency(&word, Compat::JiebaRs),
                JIEBA.suggest_freq(&word) as u64,
                "{word}"
            );
            let tagged = JIEBA.tag(&word, true);
            if let [token] = &tagged[..] {
                assert_eq!(CORE.tag_name(CORE.tag_of(&word)), token.tag, "{word}");
            }
        }
    }
}
