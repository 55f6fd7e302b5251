//! The trees of several messages. First, all chunks are computed, then all parents of chunks, then the
//! parents of these, and so on: the nodes of a level do not need each other.
//!
//! A level pairs the chaining values of the level below. The last one, if it has no other, is passed on
//! as it is. That makes the tree of the specification, in which the left part of a subtree has the
//! largest power of two of chunks that leaves one for the right part.

use super::engine::Engine;
use super::nodes::{CHUNK, CHUNK_END, CHUNK_START, Node, PARENT, ROOT};

/// Computes the digest of each message.
pub(super) fn digests(engine: &dyn Engine, mut messages: Vec<(&mut [u8; 32], &[u8])>) {
    let mut counts: Vec<usize> =
        messages.iter().map(|(_, data)| data.len().div_ceil(CHUNK).max(1)).collect();
    let mut values = chunks(engine, &messages, &counts);
    while counts.iter().any(|&count| count > 1) {
        values = parents(engine, &values, &mut counts);
    }
    for ((digest, _), value) in messages.iter_mut().zip(values) {
        **digest = value;
    }
}

/// The chaining values of the chunks of all messages, each of which has so many.
fn chunks(
    engine: &dyn Engine,
    messages: &[(&mut [u8; 32], &[u8])],
    counts: &[usize],
) -> Vec<[u8; 32]> {
    // The last block of each message, filled up.
    let padded: Vec<[u8; 64]> = messages
        .iter()
        .map(|(_, data)| {
            let mut block = [0; 64];
            let start = data.len().saturating_sub(1) / 64 * 64;
            block[..data.len() - start].copy_from_slice(&data[start..]);
            block
        })
        .collect();
    let mut out = 0;
    let (mut nodes, mut ends) = (Vec::new(), Vec::new());
    for (((_, data), &count), padded) in messages.iter().zip(counts).zip(&padded) {
        let root = if count == 1 { ROOT } else { 0 };
        let of_chunk = |counter, body, last, used, out| Node {
            body,
            last,
            used,
            counter,
            first_flag: CHUNK_START,
            last_flags: CHUNK_END | root,
            out,
        };
        let (blocks, _) = data.as_chunks::<64>();
        for index in 0..count - 1 {
            let blocks = &blocks[index * (CHUNK / 64)..][..CHUNK / 64];
            let [body @ .., last] = blocks else { unreachable!("a chunk has sixteen blocks") };
            nodes.push(of_chunk(index as u64, body, last, 64, out));
            out += 1;
        }
        let start = (count - 1) * (CHUNK / 64);
        let end = data.len().saturating_sub(1) / 64;
        // At most 64.
        #[expect(clippy::cast_possible_truncation)]
        let used = (data.len() - end * 64) as u32;
        let body = &blocks[start..end];
        ends.push(of_chunk(count as u64 - 1, body, padded, used, out));
        out += 1;
    }
    // Lanes of the same length waste no time.
    ends.sort_unstable_by_key(|node| usize::MAX - node.body.len());
    nodes.append(&mut ends);
    let mut values = vec![[0; 32]; out];
    engine.compute(&nodes, &mut values);
    values
}

/// The chaining values of the next level. `counts` tells how many each message has, before and after.
fn parents(engine: &dyn Engine, below: &[[u8; 32]], counts: &mut [usize]) -> Vec<[u8; 32]> {
    let mut values = Vec::with_capacity(below.len() / 2 + counts.len());
    let mut nodes = Vec::with_capacity(below.len() / 2);
    let mut rest = below;
    for count in counts {
        let (now, later) = rest.split_at(*count);
        rest = later;
        let root = if *count == 2 { ROOT } else { 0 };
        let (pairs, alone) = now.as_flattened().as_chunks::<64>();
        for pair in pairs {
            nodes.push(Node {
                body: &[],
                last: pair,
                used: 64,
                counter: 0,
                first_flag: 0,
                last_flags: PARENT | root,
                out: values.len(),
            });
            values.push([0; 32]);
        }
        values.extend(alone.first_chunk::<32>());
        *count = count.div_ceil(2);
    }
    engine.compute(&nodes, &mut values);
    values
}
