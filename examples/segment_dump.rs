//! Cuts a file line by line and joins tokens with spaces:
//! `segment_dump jieba-rs|python exact|nohmm|search|full|pos|posno FILE`.
use batchproc::segment::core::{Compat, Core, Mode, Options, Scratch};
use std::io::Write;
fn main() {
    let a: Vec<String> = std::env::args().skip(1).collect();
    let text = String::from_utf8_lossy(&std::fs::read(&a[2]).expect("a file")).into_owned();
    let mode = match a[1].as_str() {
        "search" => Mode::Search,
        "full" => Mode::Full,
        _ => Mode::Exact,
    };
    let tags = a[1].starts_with("pos");
    let compat = if a[0] == "python" { Compat::Python } else { Compat::JiebaRs };
    let options = Options { mode, hmm: !a[1].contains("no"), compat, tags };
    let core = Core::new();
    let (mut tokens, mut out) = (Vec::new(), Vec::new());
    core.cut(&text, &options, &mut Scratch::default(), &mut tokens);
    let mut first = true;
    for t in &tokens {
        let w = &text[t.start as usize..t.end as usize];
        let line_end = w == "\n" || w == "\r\n";
        if !first && !line_end {
            out.push(b' ');
        }
        out.extend(w.as_bytes());
        if tags && !line_end {
            out.push(b'/');
            out.extend(core.tag_name(t.tag).as_bytes());
        }
        first = line_end;
    }
    std::io::stdout().write_all(&out).expect("output");
}
