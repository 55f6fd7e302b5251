//! temp
use batchproc::segment::core::{Compat, Core, Mode, Options, Scratch};
use jieba_rs::Jieba;
use std::time::Instant;
fn main() {
    let a: Vec<String> = std::env::args().skip(1).collect();
    let rounds: usize = a[0].parse().unwrap();
    let which = a[1].as_str();
    let text: String = a[2..]
        .iter()
        .map(|f| String::from_utf8_lossy(&std::fs::read(f).unwrap()).into_owned())
        .collect();
    let core = Core::new();
    let ways = [
        ("exact", Mode::Exact, true, false),
        ("nohmm", Mode::Exact, false, false),
        ("search", Mode::Search, true, false),
        ("full", Mode::Full, false, false),
        ("tags", Mode::Exact, true, true),
    ];
    let jieba = (!which.starts_with("core")).then(Jieba::new);
    let mut scratch = Scratch::default();
    let mut tokens = Vec::new();
    for (name, mode, hmm, tags) in ways {
        if a.len() > 1 && which.contains(":") && &which[5..] != name {
            continue;
        }
        let options = Options { mode, hmm, compat: Compat::JiebaRs, tags };
        let (mut ts, mut js) = (vec![], vec![]);
        for _ in 0..rounds {
            let t = Instant::now();
            let mut sum = 0u64;
            // blocks of 64 KB at line ends
            let mut rest = &text[..];
            while !rest.is_empty() {
                let mut end = rest.len().min(65536);
                if end < rest.len() {
                    while rest.as_bytes()[end - 1] != b'\n' && end < rest.len() {
                        end += 1;
                    }
                }
                tokens.clear();
                core.cut(&rest[..end], &options, &mut scratch, &mut tokens);
                sum += tokens.len() as u64;
                rest = &rest[end..];
            }
            ts.push(t.elapsed().as_secs_f64());
            if let Some(jieba) = &jieba {
                let t = Instant::now();
                let mut s2 = 0;
                for line in text.lines() {
                    s2 += match (mode, tags) {
                        (Mode::Exact, false) => jieba.cut(line, hmm).len(),
                        (Mode::Search, _) => jieba.cut_for_search(line, hmm).len(),
                        (Mode::Full, _) => jieba.cut_all(line).len(),
                        (Mode::Exact, true) => jieba.tag(line, hmm).len(),
                    };
                }
                std::hint::black_box((sum, s2));
                js.push(t.elapsed().as_secs_f64());
            }
        }
        let med = |v: &mut Vec<f64>| {
            v.sort_by(f64::total_cmp);
            v.first().copied().unwrap_or(0.0)
        };
        let (t, j) = (med(&mut ts), med(&mut js));
        println!(
            "{name}: core {:.1} MB/s jieba {:.1} MB/s ratio {:.2}",
            text.len() as f64 / t / 1e6,
            text.len() as f64 / j / 1e6,
            j / t
        );
    }
}
