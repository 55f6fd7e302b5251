//! Nodes of BLAKE3's tree in the lanes of a vector: chunks of up to sixteen blocks, and parents, which
//! are one block each. All lanes end at the same time. A lane with fewer blocks than the others begins
//! later.
//!
//! Source: <https://github.com/BLAKE3-team/BLAKE3-specs/blob/master/blake3.pdf>, sections 2.1 to 2.5.

use crate::vector::Vector;

/// The initial value, which is that of SHA-256.
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// The number of bytes of a chunk.
pub const CHUNK: usize = 1024;

/// The flag of the first block of a chunk.
pub const CHUNK_START: u32 = 1;
/// The flag of the last block of a chunk.
pub const CHUNK_END: u32 = 2;
/// The flag of a parent.
pub const PARENT: u32 = 4;
/// The flag of the last block of the whole message.
pub const ROOT: u32 = 8;

/// The most lanes of a vector.
const MOST: usize = 16;

/// A node of the tree.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
    /// The blocks before the last one.
    pub body: &'a [[u8; 64]],
    /// The last block, filled up with zeros.
    pub last: &'a [u8; 64],
    /// How many bytes of the last block belong to the message.
    pub used: u32,
    /// The number of the chunk in its message; 0 for parents.
    pub counter: u64,
    /// The flag of the first block.
    pub first_flag: u32,
    /// The flags of the last block.
    pub last_flags: u32,
    /// Where the chaining value is written.
    pub out: usize,
}

/// Mixes two words of the message into four words of the state.
macro_rules! mix {
    ($v:ident, $a:literal $b:literal $c:literal $d:literal, $x:expr, $y:expr) => {
        $v[$a] = $v[$a].add($v[$b]).add($x);
        $v[$d] = $v[$d].xor($v[$a]).rotate::<16, 16>();
        $v[$c] = $v[$c].add($v[$d]);
        $v[$b] = $v[$b].xor($v[$c]).rotate::<20, 12>();
        $v[$a] = $v[$a].add($v[$b]).add($y);
        $v[$d] = $v[$d].xor($v[$a]).rotate::<24, 8>();
        $v[$c] = $v[$c].add($v[$d]);
        $v[$b] = $v[$b].xor($v[$c]).rotate::<25, 7>();
    };
}

/// A round, with the words of the message in this order.
macro_rules! round {
    ($v:ident, $m:ident, $($i:literal)*) => {
        round!(@ $v, $($m[$i]),*);
    };
    (@ $v:ident, $m0:expr, $m1:expr, $m2:expr, $m3:expr, $m4:expr, $m5:expr, $m6:expr, $m7:expr,
     $m8:expr, $m9:expr, $m10:expr, $m11:expr, $m12:expr, $m13:expr, $m14:expr, $m15:expr) => {
        mix!($v, 0 4 8 12, $m0, $m1);
        mix!($v, 1 5 9 13, $m2, $m3);
        mix!($v, 2 6 10 14, $m4, $m5);
        mix!($v, 3 7 11 15, $m6, $m7);
        mix!($v, 0 5 10 15, $m8, $m9);
        mix!($v, 1 6 11 12, $m10, $m11);
        mix!($v, 2 7 8 13, $m12, $m13);
        mix!($v, 3 4 9 14, $m14, $m15);
    };
}

/// Compresses a block in every lane. `ends` are the last four words of the state before the rounds: the
/// counter, low and high, the number of bytes, and the flags.
#[inline(always)]
fn compress<V: Vector<Word = u32>>(proof: V::Proof, value: &mut [V; 8], m: &[V; 16], ends: [V; 4]) {
    let mut v = [ends[0]; 16];
    v[..8].copy_from_slice(value);
    for (word, initial) in v[8..12].iter_mut().zip(INITIAL) {
        *word = V::splat(proof, initial);
    }
    v[12..].copy_from_slice(&ends);
    round!(v, m, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    round!(v, m, 2 6 3 10 7 0 4 13 1 11 12 5 9 14 15 8);
    round!(v, m, 3 4 10 12 13 2 7 14 6 5 9 0 11 15 8 1);
    round!(v, m, 10 7 12 9 14 3 13 15 4 0 11 2 5 8 1 6);
    round!(v, m, 12 13 9 11 15 10 14 8 7 2 5 3 0 1 6 4);
    round!(v, m, 9 14 11 5 8 12 15 1 13 3 0 10 2 6 4 7);
    round!(v, m, 11 15 5 0 1 9 8 6 14 10 2 12 3 4 7 13);
    for i in 0..8 {
        value[i] = v[i].xor(v[i + 8]);
    }
}

/// Computes nodes, as many at a time as the vector has lanes. Each writes its chaining value to its
/// place in `out`. Nodes of the same length should be neighbours.
#[inline(always)]
pub fn compute<V: Vector<Word = u32, Block = [u8; 64]>>(
    proof: V::Proof,
    nodes: &[Node<'_>],
    out: &mut [[u8; 32]],
) {
    for group in nodes.chunks(V::LANES) {
        let values = compute_group::<V>(proof, group);
        for (lane, node) in group.iter().enumerate() {
            let bytes = out[node.out].as_chunks_mut().0;
            for (bytes, row) in bytes.iter_mut().zip(&values) {
                *bytes = row[lane].to_le_bytes();
            }
        }
    }
}

/// Computes one node in each lane. Lanes without a node compute one a second time.
#[inline(always)]
fn compute_group<V: Vector<Word = u32, Block = [u8; 64]>>(
    proof: V::Proof,
    group: &[Node<'_>],
) -> [[u32; MOST]; 8] {
    let node = |lane: usize| group.get(lane).unwrap_or(&group[0]);
    let longest = group.iter().map(|node| node.body.len()).max().unwrap_or(0);
    // The lower half and the upper half.
    #[expect(clippy::cast_possible_truncation)]
    let counters = [0, 32].map(|shift| {
        let half: [u32; MOST] = core::array::from_fn(|lane| (node(lane).counter >> shift) as u32);
        V::load(proof, &half)
    });
    let full = V::splat(proof, 64);
    let none = V::splat(proof, 0);
    let mut value = INITIAL.map(|word| V::splat(proof, word));
    let mut blocks = [&[0; 64]; MOST];
    for time in 0..longest {
        let mut begins = false;
        let mut flags = [0; MOST];
        for lane in 0..V::LANES {
            let Node { body, last, first_flag, .. } = node(lane);
            let start = longest - body.len();
            blocks[lane] = time.checked_sub(start).map_or(last, |index| &body[index]);
            if time == start {
                begins = true;
                flags[lane] = *first_flag;
            }
        }
        let mut flag = none;
        if begins {
            flag = V::load(proof, &flags);
            begin_lanes(proof, &mut value, |lane| longest - node(lane).body.len() == time);
        }
        let m = V::message(proof, &blocks);
        compress(proof, &mut value, &m, [counters[0], counters[1], full, flag]);
    }
    let (mut used, mut flags) = ([0; MOST], [0; MOST]);
    for lane in 0..V::LANES {
        let node = node(lane);
        blocks[lane] = node.last;
        used[lane] = node.used;
        flags[lane] = node.last_flags | if node.body.is_empty() { node.first_flag } else { 0 };
    }
    begin_lanes(proof, &mut value, |lane| node(lane).body.is_empty());
    let (used, flags) = (V::load(proof, &used), V::load(proof, &flags));
    let m = V::message(proof, &blocks);
    compress(proof, &mut value, &m, [counters[0], counters[1], used, flags]);
    value.map(|words| {
        let mut row = [0; MOST];
        words.store(&mut row);
        row
    })
}

/// Gives the lanes that begin now the initial value.
#[inline(always)]
fn begin_lanes<V: Vector<Word = u32>>(
    proof: V::Proof,
    value: &mut [V; 8],
    begins: impl Fn(usize) -> bool,
) {
    let mut masks = [0; MOST];
    for (lane, mask) in masks[..V::LANES].iter_mut().enumerate() {
        *mask = if begins(lane) { u32::MAX } else { 0 };
    }
    let mask = V::load(proof, &masks);
    for (word, initial) in value.iter_mut().zip(INITIAL) {
        *word = word.without(mask).xor(V::splat(proof, initial).and(mask));
    }
}
