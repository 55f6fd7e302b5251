//! The inverse document frequencies by which words are weighed: those of jieba, or others that a user
//! has made of texts of the same kind.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::idf::{highest, idf, median};

/// Inverse document frequencies. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Idf(Option<Arc<Own>>);

#[derive(Debug)]
struct Own {
    values: FxHashMap<Box<str>, f64>,
    median: f64,
    highest: f64,
}

impl Idf {
    /// The frequencies of these words, instead of those of jieba. Of a word that comes twice, the last
    /// one counts. Words that are not among them get the median, as in jieba. `None` if there are no
    /// words.
    pub fn new(values: impl IntoIterator<Item = (Box<str>, f64)>) -> Option<Self> {
        let values: FxHashMap<_, _> = values.into_iter().collect();
        let mut sorted: Vec<f64> = values.values().copied().collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let (&median, &highest) = (sorted.get(sorted.len() / 2)?, sorted.last()?);
        Some(Self(Some(Arc::new(Own { values, median, highest }))))
    }

    /// The frequency of a word.
    pub(super) fn of(&self, word: &str) -> f64 {
        match &self.0 {
            None => idf(word).unwrap_or_else(median),
            Some(own) => own.values.get(word).copied().unwrap_or(own.median),
        }
    }

    /// The highest frequency of any word.
    pub(super) fn highest(&self) -> f64 {
        self.0.as_ref().map_or_else(highest, |own| own.highest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_words_get_the_upper_median_and_the_last_value_of_a_word_counts() {
        let values = [("a", 9.0), ("b", -2.0), ("a", 1.0), ("c", 5.0), ("d", 3.0)];
        let idf = Idf::new(values.map(|(word, value)| (word.into(), value))).unwrap();
        assert_eq!([idf.of("a"), idf.of("b"), idf.of("x"), idf.highest()], [1.0, -2.0, 3.0, 5.0]);
        assert!(Idf::new([]).is_none());
        assert_eq!(Idf::default().of("劳动防护"), 13.900677652);
    }
}
