//! A small program around jieba-rs that does what `batchproc segment` does, line by line in one
//! thread. Its output and speed are compared with those of `batchproc segment`.
//!
//!     cargo run --release --package batchproc-tools --bin jieba_lines -- exact|search|full|pos [no-hmm] < IN > OUT

use std::env;
use std::io::{self, BufRead, BufWriter, Write};

use jieba_rs::Jieba;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let mode = arguments.first().map_or("exact", String::as_str);
    let hmm = arguments.get(1).is_none_or(|argument| argument != "no-hmm");
    let jieba = Jieba::new();
    let mut out = BufWriter::with_capacity(64 << 10, io::stdout().lock());
    let mut input = io::BufReader::with_capacity(64 << 10, io::stdin().lock());
    let mut bytes = Vec::new();
    while input.read_until(b'\n', &mut bytes)? > 0 {
        let line = std::str::from_utf8(&bytes).map_err(io::Error::other)?;
        let body = line.strip_suffix('\n').unwrap_or(line);
        let body = body.strip_suffix('\r').filter(|_| line.ends_with('\n')).unwrap_or(body);
        let end = &line[body.len()..];
        let mut separator = "";
        if mode == "pos" {
            for tag in jieba.tag(body, hmm) {
                write!(out, "{separator}{}/{}", tag.word, tag.tag)?;
                separator = " ";
            }
        } else {
            let tokens = match mode {
                "search" => jieba.cut_for_search(body, hmm),
                "full" => jieba.cut_all(body),
                _ => jieba.cut(body, hmm),
            };
            for token in tokens {
                out.write_all(separator.as_bytes())?;
                out.write_all(token.word.as_bytes())?;
                separator = " ";
            }
        }
        out.write_all(end.as_bytes())?;
        bytes.clear();
    }
    out.flush()
}
