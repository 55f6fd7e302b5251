//! Finds the keywords of a file by TF-IDF or TextRank, as jieba's `analyse` does. A keyword has at
//! least two characters and is not a stop word.
//!
//! The words of a file are gathered block by block, in any order, and by several threads if there
//! are several. Each thread gathers in a table of its own, and at the end the tables are merged.
//! Words have numbers ([`Vocabulary`](crate::Vocabulary)), and what is known of them is in arrays.
//! What is tested of a word is tested once for each different word.

mod candidates;
mod fnv;
pub(crate) mod idf;
mod own;
mod pairs;
mod rank;
mod text_rank;
mod tf_idf;

use super::jieba::Core;
use super::options::Compat;
use super::token::Token;
use text_rank::Neighbours;
use tf_idf::{Frequencies, Ranking};

pub use candidates::Keywords;
pub use idf::{idf, median};
pub use own::Idf;

/// TextRank: the tags of the words that are ranked: place names, nouns, verbal nouns and verbs.
const RANKED_TAGS: [&str; 4] = ["ns", "n", "vn", "v"];

/// How keywords are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Ranks a word by how often it occurs in the file, and how rare it is in other texts.
    TfIdf,
    /// Ranks a word by how often it occurs near other words of high rank.
    TextRank,
}

/// Finds keywords.
#[derive(Clone, Debug)]
pub struct Finder {
    method: Method,
    compat: Compat,
    /// Indexed by the number of a tag: whether the words that have it are ranked.
    ranked: Vec<bool>,
    /// How TF-IDF ranks words.
    ranking: Ranking,
}

/// The words of a file, or of some of its blocks.
#[derive(Debug)]
pub struct Gathered(Words);

#[derive(Debug)]
enum Words {
    TfIdf(Frequencies),
    /// With TextRank, the weights of jieba-rs do not depend on where words come together first.
    TextRank(Neighbours<()>),
    TextRankOfPython(Neighbours<u64>),
}

impl Finder {
    /// Finds keywords by this method, as this program does, in texts that this core has cut.
    pub fn new(method: Method, compat: Compat, core: &Core) -> Self {
        let tags = core.dictionary.tables.tags.iter();
        let ranked = tags.map(|name| RANKED_TAGS.contains(&&**name)).collect();
        let ranking = Ranking { compat, idf: Idf::default(), placeless: false };
        Self { method, compat, ranked, ranking }
    }

    /// Weighs words by these inverse document frequencies, with [`Method::TfIdf`].
    #[must_use]
    pub fn with_idf(self, idf: Idf) -> Self {
        Self { ranking: Ranking { idf, ..self.ranking }, ..self }
    }

    /// Finds the keywords of several files together, with [`Method::TfIdf`]. The files may be
    /// gathered in any order. Among words of equal weight, the bytes decide.
    #[must_use]
    pub fn over_files(self) -> Self {
        Self { ranking: Ranking { placeless: true, ..self.ranking }, ..self }
    }

    /// Makes [`Method::TextRank`] rank the words with these tags in place of those that jieba ranks by
    /// default. `ranked` says so for each tag, by its index.
    #[must_use]
    pub fn ranking(self, ranked: Vec<bool>) -> Self {
        Self { ranked, ..self }
    }

    /// No words yet.
    pub fn gather(&self) -> Gathered {
        Gathered(match (self.method, self.compat) {
            (Method::TfIdf, _) => Words::TfIdf(Frequencies::default()),
            (Method::TextRank, Compat::JiebaRs) => Words::TextRank(Neighbours::default()),
            (Method::TextRank, Compat::Python) => Words::TextRankOfPython(Neighbours::default()),
        })
    }

    /// The best keywords, at most `most`, in a file whose words are in these tables. Leaves the
    /// tables in no useful state; clear them before they are used again. Among words of equal
    /// weight, those of Python jieba are in the order of their first places.
    pub fn best(&self, tables: &mut [Gathered], most: usize) -> Keywords {
        match self.method {
            Method::TfIdf => {
                let tables = tables.iter_mut().filter_map(|table| match &mut table.0 {
                    Words::TfIdf(words) => Some(words),
                    _ => None,
                });
                tf_idf::best(&mut Vec::from_iter(tables), &self.ranking, most)
            }
            Method::TextRank if self.compat == Compat::JiebaRs => {
                let tables = tables.iter_mut().filter_map(|table| match &mut table.0 {
                    Words::TextRank(words) => Some(words),
                    _ => None,
                });
                text_rank::best(&mut Vec::from_iter(tables), most)
            }
            Method::TextRank => {
                let tables = tables.iter_mut().filter_map(|table| match &mut table.0 {
                    Words::TextRankOfPython(words) => Some(words),
                    _ => None,
                });
                text_rank::best_of_python(&mut Vec::from_iter(tables), most)
            }
        }
    }
}

impl Gathered {
    /// Adds the words of a block. `block` is the number of blocks before it in the file. `tokens`
    /// need tags for [`Method::TextRank`].
    pub fn add(&mut self, finder: &Finder, block: u64, text: &[u8], tokens: &[Token]) {
        match &mut self.0 {
            Words::TfIdf(words) => words.add(block, text, tokens),
            Words::TextRank(words) => words.add(&finder.ranked, block, text, tokens),
            Words::TextRankOfPython(words) => words.add(&finder.ranked, block, text, tokens),
        }
    }

    /// Removes all words. Keeps memory for the next file.
    pub fn clear(&mut self) {
        match &mut self.0 {
            Words::TfIdf(words) => words.clear(),
            Words::TextRank(words) => words.clear(),
            Words::TextRankOfPython(words) => words.clear(),
        }
    }
}
