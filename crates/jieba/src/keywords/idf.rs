//! Inverse document frequencies: how rare a word is in a large collection of documents, as jieba
//! counted it. The build script makes three tables from jieba-rs's data: the hashes of the words in
//! ascending order, for each hash the index of the word's inverse document frequency, and these
//! frequencies in ascending order. A word that is not in the table is mistaken for a word of the
//! table if their hashes are equal; the probability of this is 1 in 10^13.

use super::fnv::fnv1a;
use crate::tables::table;

/// The inverse document frequency of a word that is in the table.
pub fn idf(word: &str) -> Option<f64> {
    let index = find(table!("idf_words", u64), fnv1a(word.as_bytes()))?;
    let number = table!("idf_numbers", u16)[index];
    Some(table!("idf_values", f64)[usize::from(number)])
}

/// The index of a hash in an ascending list. Hashes are spread evenly, so the search begins near
/// the place where an even spread would have the hash.
fn find(hashes: &[u64], hash: u64) -> Option<usize> {
    let likely = ((u128::from(hash) * hashes.len() as u128) >> 64) as usize;
    let mut width = 256;
    loop {
        let (from, to) = (likely.saturating_sub(width), hashes.len().min(likely + width));
        let after = |index: usize| hashes.get(index).is_none_or(|&other| hash < other);
        if (from == 0 || hashes[from] <= hash) && after(to) {
            return hashes[from..to].binary_search(&hash).ok().map(|index| from + index);
        }
        width *= 4;
    }
}

/// The highest inverse document frequency of any word.
pub fn highest() -> f64 {
    let highest = table!("idf_values", f64).last();
    highest.map_or(median(), |highest| highest.max(median()))
}

/// The median of all inverse document frequencies. It is used for words that are not in the table.
pub fn median() -> f64 {
    table!("idf_median", f64)[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_jieba() {
        // The first two numbers are from jieba's file, and the median is from jieba's
        // documentation.
        assert_eq!(idf("劳动防护"), Some(13.900677652));
        assert_eq!(idf("岗上"), Some(11.5027823792));
        assert_eq!(idf("没有这个词"), None);
        assert_eq!(median(), 11.9547675029);
    }

    #[test]
    fn every_hash_of_the_table_is_found_and_no_other() {
        let hashes = table!("idf_words", u64);
        for (index, &hash) in hashes.iter().enumerate() {
            assert_eq!(find(hashes, hash), Some(index));
            for other in [hash.wrapping_sub(1), hash.wrapping_add(1)] {
                assert_eq!(find(hashes, other), hashes.binary_search(&other).ok());
            }
        }
        assert_eq!(find(hashes, 0), hashes.binary_search(&0).ok());
        assert_eq!(find(hashes, u64::MAX), hashes.binary_search(&u64::MAX).ok());
        assert_eq!(find(&[], 7), None);
        // A list that is not spread evenly at all.
        assert_eq!(find(&Vec::from_iter(0..9000), 8000), Some(8000));
    }
}
