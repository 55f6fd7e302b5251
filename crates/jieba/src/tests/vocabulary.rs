//! The numbers of words, compared with those of a plain map.

use crate::Vocabulary;
use proptest::prelude::*;
use std::collections::HashMap;

/// Words of every length around the longest word that is its own key. Many have equal beginnings.
fn words() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let byte = prop::sample::select(vec![0u8, b'a', 0xe4, 0xff]);
    let word = prop::collection::vec(byte, 0..14);
    prop::collection::vec(word, 0..1200)
}

/// A text of these words, and the places of the words in it.
fn text(words: &[Vec<u8>]) -> (Vec<u8>, Vec<(u32, u32)>) {
    let (mut text, mut places) = (Vec::new(), Vec::new());
    for word in words {
        let start = text.len() as u32;
        text.extend_from_slice(word);
        places.push((start, text.len() as u32));
    }
    (text, places)
}

fn assert_same_numbers(vocabulary: &mut Vocabulary, words: &[Vec<u8>]) {
    let (text, places) = text(words);
    let mut numbers = Vec::new();
    vocabulary.numbers(&text, places.into_iter(), |number| numbers.push(number));
    let mut expected: HashMap<&[u8], u32> = HashMap::new();
    for (word, number) in words.iter().zip(&numbers) {
        let next = expected.len() as u32 + 1;
        assert_eq!(number, expected.entry(word).or_insert(next), "{word:?}");
        assert_eq!(vocabulary.bytes(&vocabulary.word(*number)), word);
        assert_eq!(vocabulary.number(word), *number);
    }
    assert_eq!(numbers.len(), words.len());
    assert_eq!(vocabulary.len(), expected.len());
}

proptest! {
    #[test]
    fn words_are_numbered_in_the_order_in_which_they_are_first_seen(words in words()) {
        let mut vocabulary = Vocabulary::default();
        for part in [&words[..], &words[..words.len() / 2], &words[words.len() / 3..]] {
            assert_same_numbers(&mut vocabulary, part);
            vocabulary.clear();
        }
    }

    #[test]
    fn prefixes_sort_words_as_their_bytes_do(words in words()) {
        let mut vocabulary = Vocabulary::default();
        for two in words.windows(2) {
            let [a, b] = [0, 1].map(|index: usize| vocabulary.number(&two[index]));
            let [a, b] = [a, b].map(|number| vocabulary.prefix(&vocabulary.word(number)));
            match a == b {
                true => prop_assert!(two[0] == two[1] || two[0][..7] == two[1][..7]),
                false => prop_assert_eq!(a.cmp(&b), two[0].cmp(&two[1])),
            }
        }
    }
}

/// So many words that the vocabulary grows several times and its cache is used.
#[test]
fn many_words_keep_their_numbers() {
    let word = |number: u32| match number % 3 {
        0 => number.to_string().into_bytes(),
        1 => format!("中{number}").into_bytes(),
        _ => format!("中国人民{}", number / 2).into_bytes(),
    };
    let words: Vec<_> = (0..150_000u32).map(|i| word(i.wrapping_mul(i) % 70_001)).collect();
    let mut vocabulary = Vocabulary::default();
    assert_same_numbers(&mut vocabulary, &words);
    vocabulary.clear();
    assert_same_numbers(&mut vocabulary, &words[..300]);
    vocabulary.clear();
    assert_same_numbers(&mut vocabulary, &words[200..]);
}
