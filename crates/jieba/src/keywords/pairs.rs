//! Counts pairs of numbers. The pairs are noted one by one. When there are many, they are sorted and
//! equal ones are joined. This is faster than a hash table, which would be far larger than the
//! caches of the CPU.

/// The pairs that come together are noted here until there are this many.
const MOST_NOTED: usize = if cfg!(test) { 1 << 8 } else { 1 << 22 };
/// Sorting by digits has a cost for each call. Fewer pairs than this are sorted by comparing.
const FEW: usize = 1 << 10;

/// What is known of the place where a pair comes first: the number of the place, or nothing.
pub trait Place: Copy + Ord + Default + Send + Sync + std::fmt::Debug {
    fn at(place: u64) -> Self;
}

impl Place for () {
    fn at(_: u64) {}
}

impl Place for u64 {
    fn at(place: u64) -> u64 {
        place
    }
}

/// A pair that was noted once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Noted<P> {
    /// The first number of the pair in the high bits, and the second in the low bits.
    pub key: u64,
    pub place: P,
}

/// How often a pair was noted, and the first of its places.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pair<P> {
    pub key: u64,
    pub times: u64,
    pub first: P,
}

/// The key of a pair.
pub fn key(first: u32, second: u32) -> u64 {
    u64::from(first) << 32 | u64::from(second)
}

/// The numbers of the pair that has this key.
pub fn numbers(key: u64) -> (u32, u32) {
    ((key >> 32) as u32, key as u32)
}

/// Counts pairs.
#[derive(Debug, Default)]
pub struct Pairs<P> {
    pub noted: Vec<Noted<P>>,
    /// The pairs that were counted already, sorted by their keys, which are all different.
    counted: Vec<Pair<P>>,
}

impl<P: Place> Pairs<P> {
    /// Counts what was noted if it is much.
    pub fn count_if_many(&mut self) {
        // Counting takes time in proportion to all pairs that were counted before.
        if self.noted.len() >= MOST_NOTED.max(self.counted.len()) {
            self.count();
        }
    }

    fn count(&mut self) {
        sort(&mut self.noted, |noted| noted.key);
        let noted = self.noted.drain(..);
        let noted = noted.map(|Noted { key, place }| Pair { key, times: 1, first: place });
        let more = joined(noted);
        self.counted = merged(&self.counted, &more);
    }

    /// All pairs, with other numbers, sorted by their keys.
    pub fn renumbered(&mut self, number: impl Fn(u32) -> u32) -> Vec<Pair<P>> {
        let renumber = |key: &mut u64| {
            let (first, second) = numbers(*key);
            *key = self::key(number(first), number(second));
        };
        if self.counted.is_empty() {
            self.noted.iter_mut().for_each(|noted| renumber(&mut noted.key));
            self.count();
            return std::mem::take(&mut self.counted);
        }
        self.count();
        let mut pairs = std::mem::take(&mut self.counted);
        pairs.iter_mut().for_each(|pair| renumber(&mut pair.key));
        sort(&mut pairs, |pair| pair.key);
        pairs
    }

    pub fn clear(&mut self) {
        self.noted.clear();
        self.counted.clear();
        if self.noted.capacity() > 1 << 16 {
            *self = Self::default();
        }
    }
}

/// Sorts by a key.
fn sort<T>(items: &mut [T], key: impl Fn(&T) -> u64) {
    if items.is_sorted_by_key(&key) {
        return;
    }
    match items.len() {
        ..FEW => items.sort_unstable_by_key(key),
        _ => radsort::sort_by_key(items, key),
    }
}

/// Joins equal pairs, which follow each other.
fn joined<P: Place>(sorted: impl Iterator<Item = Pair<P>>) -> Vec<Pair<P>> {
    let mut pairs: Vec<Pair<P>> = Vec::new();
    for pair in sorted {
        match pairs.last_mut() {
            Some(last) if last.key == pair.key => {
                last.times += pair.times;
                last.first = last.first.min(pair.first);
            }
            _ => pairs.push(pair),
        }
    }
    pairs
}

/// Merges sorted pairs.
pub fn merged<P: Place>(a: &[Pair<P>], b: &[Pair<P>]) -> Vec<Pair<P>> {
    if a.is_empty() || b.is_empty() {
        return [a, b].concat();
    }
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    joined(std::iter::from_fn(|| {
        let from_a = match (a.peek(), b.peek()) {
            (Some(a), Some(b)) => a.key <= b.key,
            (Some(_), None) => true,
            (None, _) => false,
        };
        if from_a { a.next() } else { b.next() }.copied()
    }))
}
