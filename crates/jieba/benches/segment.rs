//! Speed of the segmentation core and of a loop around jieba-rs, on one core, in all modes.
//!
//! `SEGMENT_BENCH_TEXT` names a text file to measure with. Without this variable, the benchmark
//! uses the text of the test fixtures, repeated, which is harder to cut than real text. Before the
//! core and jieba-rs are timed, the benchmark checks that both find the same number of tokens.

use batchproc_jieba::{Compat, Core, Mode, Options, Scratch, Token};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jieba_rs::Jieba;
use std::hint::black_box;

/// Each call of the core gets this many bytes, and the rest of the line in which these end.
const BLOCK: usize = 1 << 16;

fn text() -> String {
    match std::env::var_os("SEGMENT_BENCH_TEXT") {
        Some(path) => std::fs::read_to_string(path).expect("a text in UTF-8"),
        None => include_str!("../../../fixtures/segmentation/input.txt").repeat(100),
    }
}

fn blocks(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let after = rest.as_bytes().get(BLOCK..).unwrap_or_default();
        let end = after.iter().position(|&b| b == b'\n').map_or(rest.len(), |at| BLOCK + at + 1);
        let (block, left) = rest.split_at(end);
        rest = left;
        (!block.is_empty()).then_some(block)
    })
}

/// Cuts the text with the core. Returns the number of tokens, not counting line ends.
fn with_core(
    core: &Core,
    text: &str,
    options: &Options,
    scratch: &mut Scratch,
    tokens: &mut Vec<Token>,
) -> usize {
    let mut count = 0;
    for block in blocks(text) {
        tokens.clear();
        core.cut(block, options, scratch, tokens);
        count += tokens.len();
    }
    count - text.matches('\n').count()
}

fn with_jieba_rs(jieba: &Jieba, text: &str, options: &Options) -> usize {
    let count = |line| match (options.mode, options.tags) {
        (Mode::Exact, false) => jieba.cut(line, options.hmm).len(),
        (Mode::Exact, true) => jieba.tag(line, options.hmm).len(),
        (Mode::Search, _) => jieba.cut_for_search(line, options.hmm).len(),
        (Mode::Full, _) => jieba.cut_all(line).len(),
    };
    text.lines().map(count).sum()
}

fn segment(criterion: &mut Criterion) {
    let text = text();
    let (core, jieba) = (Core::new(), Jieba::new());
    let (mut scratch, mut tokens) = (Scratch::default(), Vec::new());
    for (name, mode, hmm, tags) in [
        ("exact", Mode::Exact, true, false),
        ("exact without model", Mode::Exact, false, false),
        ("search", Mode::Search, true, false),
        ("full", Mode::Full, false, false),
        ("tags", Mode::Exact, true, true),
    ] {
        let options = Options { mode, hmm, compat: Compat::JiebaRs, tags };
        assert_eq!(
            with_core(&core, &text, &options, &mut scratch, &mut tokens),
            with_jieba_rs(&jieba, &text, &options),
            "{name}"
        );
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(10);
        group.bench_function("core", |bencher| {
            bencher
                .iter(|| with_core(&core, black_box(&text), &options, &mut scratch, &mut tokens));
        });
        group.bench_function("jieba-rs", |bencher| {
            bencher.iter(|| with_jieba_rs(&jieba, black_box(&text), &options));
        });
        group.finish();
    }
}

criterion_group!(benches, segment);
criterion_main!(benches);
