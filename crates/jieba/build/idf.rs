//! Makes the tables of inverse document frequencies that `src/keywords/idf.rs` reads.

use super::sources::fnv::fnv1a;

/// The tables; `src/keywords/idf.rs` describes them.
pub struct Idf {
    pub words: Vec<u64>,
    pub numbers: Vec<u16>,
    pub values: Vec<f64>,
    pub median: f64,
}

/// Parses jieba-rs's file. Each line has a word and its inverse document frequency.
pub fn parse(text: &str) -> Idf {
    let mut entries: Vec<(u64, f64)> = text
        .lines()
        .map(|line| {
            let (word, value) = line.split_once(' ').expect("a word and a value");
            (fnv1a(word.as_bytes()), value.trim().parse().expect("a number"))
        })
        .collect();
    let mut values: Vec<f64> = entries.iter().map(|&(_, value)| value).collect();
    values.sort_unstable_by(f64::total_cmp);
    // The lower median, as in jieba-rs.
    let median = values[(values.len() - 1) / 2];
    values.dedup();
    entries.sort_unstable_by_key(|&(word, _)| word);
    assert!(entries.windows(2).all(|pair| pair[0].0 < pair[1].0), "all hashes are different");
    let number = |value: f64| {
        let index = values.partition_point(|&other| other < value);
        u16::try_from(index).expect("few different values")
    };
    let numbers = entries.iter().map(|&(_, value)| number(value)).collect();
    Idf { words: entries.iter().map(|&(word, _)| word).collect(), numbers, values, median }
}
