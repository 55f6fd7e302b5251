//! Cuts a file and joins the tokens of each line with spaces, for comparisons with other programs:
//! `segment_dump jieba-rs|python exact|nohmm|search|full|pos FILE`.

use batchproc_jieba::{Compat, Core, Mode, Options, Scratch};
use std::io::Write;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [compat, way, file] = &arguments[..] else {
        panic!("usage: segment_dump jieba-rs|python exact|nohmm|search|full|pos FILE")
    };
    let text =
        String::from_utf8_lossy(&std::fs::read(file).expect("cannot read FILE")).into_owned();
    let options = Options {
        mode: match &way[..] {
            "search" => Mode::Search,
            "full" => Mode::Full,
            _ => Mode::Exact,
        },
        hmm: way != "nohmm",
        compat: if compat == "python" { Compat::Python } else { Compat::JiebaRs },
        tags: way == "pos",
    };
    let core = Core::new();
    let (mut tokens, mut out) = (Vec::new(), Vec::new());
    core.cut(&text, &options, &mut Scratch::default(), &mut tokens);
    let mut first = true;
    for token in &tokens {
        let word = &text[token.start as usize..token.end as usize];
        let line_end = word == "\n" || word == "\r\n";
        if !first && !line_end {
            out.push(b' ');
        }
        out.extend(word.as_bytes());
        if options.tags && !line_end {
            out.push(b'/');
            out.extend(core.tag_name(token.tag).as_bytes());
        }
        first = line_end;
    }
    std::io::stdout().write_all(&out).expect("output");
}
