//! Compares the tokens of the segmentation core with those of jieba-rs: every token of every line,
//! in every mode, with and without the hidden Markov model, and with tags.
//!
//! ```text
//! compare_segmentation FILE...           the lines of these files
//! compare_segmentation --fuzz SEED LINES lines made of dictionary words, odd characters and noise
//! ```
//!
//! The environment variable `BATCHPROC_SEGMENT_PROCESSOR` names the kind of CPU whose code the core
//! uses, as in `batchproc`.
//!
//! Prints the first lines that the two cut differently. The exit code is 1 if there are any.

use batchproc_jieba::{Compat, Core, CpuKind, Mode, Options, Scratch, Token};
use jieba_rs::Jieba;
use std::process::ExitCode;

use batchproc_tools::segmentation_fuzz::Fuzz;

/// The number of lines in each call of the core.
const LINES: usize = 500;

struct Comparison {
    core: Core,
    jieba: Jieba,
    scratch: Scratch,
    tokens: Vec<Token>,
    lines: u64,
    differences: [u64; 7],
}

/// What is compared: a name, the mode, whether to use the model, and whether to compare tags.
const WAYS: [(&str, Mode, bool, bool); 7] = [
    ("exact", Mode::Exact, true, false),
    ("exact without model", Mode::Exact, false, false),
    ("search", Mode::Search, true, false),
    ("search without model", Mode::Search, false, false),
    ("full", Mode::Full, false, false),
    ("tags", Mode::Exact, true, true),
    ("tags without model", Mode::Exact, false, true),
];

/// The start, end and tag of jieba-rs's tokens for one line.
fn expected<'a>(jieba: &'a Jieba, line: &'a str, way: usize) -> Vec<(usize, usize, &'a str)> {
    let (_, mode, hmm, tags) = WAYS[way];
    let plain = |tokens: Vec<jieba_rs::Token<'_>>| {
        tokens.iter().map(|token| (token.byte_start, token.byte_end, "")).collect()
    };
    match (mode, tags) {
        (Mode::Exact, false) => plain(jieba.cut(line, hmm)),
        (Mode::Search, _) => plain(jieba.cut_for_search(line, hmm)),
        (Mode::Full, _) => plain(jieba.cut_all(line)),
        (Mode::Exact, true) => {
            let tagged = jieba.tag(line, hmm);
            tagged.iter().map(|token| (token.byte_start, token.byte_end, token.tag)).collect()
        }
    }
}

impl Comparison {
    fn new() -> Self {
        let mut core = Core::new();
        if let Ok(name) = std::env::var("BATCHPROC_SEGMENT_PROCESSOR") {
            core.set_cpu(CpuKind::by_name(&name).expect(
                "BATCHPROC_SEGMENT_PROCESSOR must name a kind of CPU that this machine can run",
            ));
        }
        Comparison {
            core,
            jieba: Jieba::new(),
            scratch: Scratch::default(),
            tokens: Vec::new(),
            lines: 0,
            differences: [0; 7],
        }
    }

    /// Cuts these lines with the core and with jieba-rs, and compares the tokens. The lines include
    /// their line ends.
    fn lines(&mut self, text: &str) {
        for (way, &(name, mode, hmm, tags)) in WAYS.iter().enumerate() {
            let options = Options { mode, hmm, compat: Compat::JiebaRs, tags };
            self.tokens.clear();
            self.core.cut(text, &options, &mut self.scratch, &mut self.tokens);
            let mut tokens = self.tokens.iter();
            let mut start = 0;
            for line in text.split_inclusive('\n') {
                let content = line.strip_suffix('\n').unwrap_or(line);
                let content = match content.strip_suffix('\r') {
                    Some(shorter) if line.ends_with('\n') => shorter,
                    _ => content,
                };
                let mut wanted = expected(&self.jieba, content, way);
                if content.len() < line.len() {
                    wanted.push((content.len(), line.len(), if tags { "x" } else { "" }));
                }
                let got: Vec<_> = tokens
                    .as_slice()
                    .iter()
                    .take_while(|token| (token.start as usize) < start + line.len())
                    .map(|token| {
                        let tag = if tags { self.core.tag_name(token.tag) } else { "" };
                        (token.start as usize - start, token.end as usize - start, tag)
                    })
                    .collect();
                tokens = self.tokens[self.tokens.len() - tokens.len() + got.len()..].iter();
                if got != wanted {
                    self.differences[way] += 1;
                    if self.differences[way] <= 3 {
                        let show = |tokens: &[(usize, usize, &str)]| {
                            let words = tokens.iter().map(|&(start, end, tag)| {
                                format!("{}|{tag}", &line[start..end].escape_debug())
                            });
                            words.collect::<Vec<_>>().join(" ")
                        };
                        println!(
                            "{name}: {line:?}\n  core     {}\n  jieba-rs {}",
                            show(&got),
                            show(&wanted)
                        );
                    }
                }
                start += line.len();
            }
            assert_eq!(tokens.len(), 0, "{name}: the core gave tokens after the last line");
        }
        self.lines += text.split_inclusive('\n').count() as u64;
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.match_indices('\n').nth(LINES - 1).map_or(rest.len(), |(at, _)| at + 1);
            self.lines(&rest[..end]);
            rest = &rest[end..];
        }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut comparison = Comparison::new();
    match &arguments[..] {
        [option, seed, lines] if option == "--fuzz" => {
            let number =
                |text: &String| text.parse::<u64>().expect("SEED and LINES must be numbers");
            let mut fuzz = Fuzz::new(number(seed));
            let mut left = number(lines);
            while left > 0 {
                let mut text = String::new();
                for _ in 0..left.min(LINES as u64) {
                    fuzz.line(&mut text);
                }
                left -= left.min(LINES as u64);
                comparison.text(&text);
            }
        }
        files => {
            for file in files {
                let bytes = std::fs::read(file)
                    .unwrap_or_else(|error| panic!("cannot read {file}: {error}"));
                comparison.text(&String::from_utf8_lossy(&bytes));
            }
        }
    }
    println!("{} lines", comparison.lines);
    for ((name, ..), differences) in WAYS.iter().zip(comparison.differences) {
        println!("{differences:>8} lines differ: {name}");
    }
    ExitCode::from(u8::from(comparison.differences.iter().sum::<u64>() > 0))
}
