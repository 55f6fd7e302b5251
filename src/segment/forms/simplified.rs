//! Simplified characters in place of traditional ones, each on its own, by the table of OpenCC. Where
//! a traditional character has several simplified ones, the first one counts, as in OpenCC without its
//! list of words.

use std::sync::OnceLock;

use hanconv::RawDictionary;
use rustc_hash::FxHashMap;

/// The table of OpenCC. It is a constant so that the other tables do not come into the program.
const CHARACTERS: &str = RawDictionary::TSCharacters.text();

/// The characters between these have most entries of the table.
const FIRST: u32 = 0x3400;
const LAST: u32 = 0x9fff;

/// The table. It is made when it is first used, which takes less than a millisecond.
struct Table {
    /// Indexed by the character minus [`FIRST`].
    usual: Vec<char>,
    others: FxHashMap<char, char>,
}

/// The simplified character, or the same one if there is no other.
#[inline]
pub(super) fn simplified(c: char) -> char {
    static TABLE: OnceLock<Table> = OnceLock::new();
    if (c as u32) < FIRST {
        return c;
    }
    let table = TABLE.get_or_init(Table::new);
    match table.usual.get((c as u32 - FIRST) as usize) {
        Some(&simplified) => simplified,
        None => table.others.get(&c).copied().unwrap_or(c),
    }
}

impl Table {
    fn new() -> Self {
        let same = |point| char::from_u32(point).unwrap_or_default();
        let mut usual: Vec<char> = (FIRST..=LAST).map(same).collect();
        let mut others = FxHashMap::default();
        for line in CHARACTERS.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split_whitespace().map(|column| column.chars().next());
            let (Some(Some(from)), Some(Some(to))) = (columns.next(), columns.next()) else {
                continue;
            };
            match (from as u32).checked_sub(FIRST).and_then(|at| usual.get_mut(at as usize)) {
                Some(entry) => *entry = to,
                None => _ = others.insert(from, to),
            }
        }
        Self { usual, others }
    }
}
