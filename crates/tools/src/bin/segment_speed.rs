//! Compares the speed of the segmentation core with that of a loop that calls jieba-rs for each
//! line: `segment_speed ROUNDS FILE...`. The two take turns every eight megabytes, so that a
//! disturbance of the machine affects both. Prints both speeds and their ratio for each mode, and
//! checks that both find the same number of tokens.
//!
//! The environment variable `BATCHPROC_SEGMENT_PROCESSOR` names the kind of CPU whose code the core
//! uses, as in `batchproc`.

use batchproc_jieba::{Compat, Core, CpuKind, Mode, Options, Scratch};
use jieba_rs::Jieba;
use std::time::{Duration, Instant};

fn lines_of(text: &str, size: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let from = rest.as_bytes().get(size..).unwrap_or_default();
        let end = from.iter().position(|&b| b == b'\n').map_or(rest.len(), |at| size + at + 1);
        let (part, after) = rest.split_at(end);
        rest = after;
        (!part.is_empty()).then_some(part)
    })
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rounds: usize = arguments[0].parse().expect("ROUNDS must be a number");
    let mut text = String::new();
    for file in &arguments[1..] {
        text += &String::from_utf8_lossy(&std::fs::read(file).expect("cannot read a FILE"));
    }
    let mut core = Core::new();
    if let Ok(name) = std::env::var("BATCHPROC_SEGMENT_PROCESSOR") {
        core.set_cpu(CpuKind::by_name(&name).expect(
            "BATCHPROC_SEGMENT_PROCESSOR must name a kind of CPU that this machine can run",
        ));
    }
    let jieba = Jieba::new();
    let ways = [
        ("exact", Mode::Exact, true, false),
        ("exact without model", Mode::Exact, false, false),
        ("search", Mode::Search, true, false),
        ("full", Mode::Full, true, false),
        ("tags", Mode::Exact, true, true),
    ];
    let mut scratch = Scratch::default();
    let mut tokens = Vec::new();
    for (name, mode, hmm, tags) in ways {
        let options = Options { mode, hmm, compat: Compat::JiebaRs, tags };
        let (mut ours, mut theirs) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..rounds {
            for part in lines_of(&text, 1 << 23) {
                let start = Instant::now();
                let mut found = 0;
                for block in lines_of(part, 1 << 13) {
                    tokens.clear();
                    core.cut(block, &options, &mut scratch, &mut tokens);
                    found += tokens.len();
                }
                ours += start.elapsed();
                let start = Instant::now();
                let mut expected = 0;
                for line in part.lines() {
                    expected += match (mode, tags) {
                        (Mode::Exact, false) => jieba.cut(line, hmm).len(),
                        (Mode::Exact, true) => jieba.tag(line, hmm).len(),
                        (Mode::Search, _) => jieba.cut_for_search(line, hmm).len(),
                        (Mode::Full, _) => jieba.cut_all(line).len(),
                    };
                }
                theirs += start.elapsed();
                assert_eq!(
                    found,
                    expected + part.matches('\n').count(),
                    "{name}: the numbers of tokens differ"
                );
            }
        }
        let speed = |time: Duration| (rounds * text.len()) as f64 / time.as_secs_f64() / 1e6;
        println!(
            "{name:20} core {:6.1} MB/s, jieba-rs {:6.1} MB/s, ratio {:.2}",
            speed(ours),
            speed(theirs),
            speed(ours) / speed(theirs)
        );
    }
}
