//! A small program around jieba-rs that does what `batchproc segment` does, line by line in one
//! thread. Its output and speed are compared with those of `batchproc segment`.
//!
//!     cargo run --release --package batchproc-tools --bin jieba_lines -- [MODE] [no-hmm] [WORDS] < IN > OUT
//!
//! MODE is `exact`, `search`, `full`, `pos`, `json`, `count`, `tf-idf` or `textrank`. WORDS is the path
//! of a file with a word on each line, which are added without frequencies.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::io::{self, BufRead, BufWriter, Read, Write};

use jieba_rs::{Jieba, Keyword, KeywordExtract, TextRank, TfIdf, Token, TokenizeMode};

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1).peekable();
    let mode = arguments.next().unwrap_or_else(|| "exact".into());
    let hmm = arguments.next_if(|argument| argument == "no-hmm").is_none();
    let mut jieba = Jieba::new();
    if let Some(file) = arguments.next() {
        for word in fs::read_to_string(file)?.lines() {
            jieba.add_word(word, None, None);
        }
    }
    let mut out = BufWriter::with_capacity(64 << 10, io::stdout().lock());
    if let "tf-idf" | "textrank" = &*mode {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        for Keyword { keyword, weight, .. } in keywords(&jieba, &mode, &text) {
            writeln!(out, "{keyword}\t{weight}")?;
        }
        return out.flush();
    }
    let mut input = io::BufReader::with_capacity(64 << 10, io::stdin().lock());
    let (mut bytes, mut number, mut counts) = (Vec::new(), 0, HashMap::new());
    while input.read_until(b'\n', &mut bytes)? > 0 {
        let line = std::str::from_utf8(&bytes).map_err(io::Error::other)?;
        let body = line.strip_suffix('\n').unwrap_or(line);
        let body = body.strip_suffix('\r').filter(|_| line.ends_with('\n')).unwrap_or(body);
        number += 1;
        match &*mode {
            "count" => {
                for token in jieba.cut(body, hmm) {
                    match counts.get_mut(token.word) {
                        Some(count) => *count += 1,
                        None => _ = counts.insert(token.word.to_owned(), 1u64),
                    }
                }
            }
            "json" => {
                write_json(&mut out, number, &jieba.tokenize(body, TokenizeMode::Default, hmm))?;
            }
            _ => {
                write_line(&mut out, &jieba, &mode, body, hmm)?;
                out.write_all(&line.as_bytes()[body.len()..])?;
            }
        }
        bytes.clear();
    }
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_unstable_by(|(a, more), (b, fewer)| fewer.cmp(more).then_with(|| a.cmp(b)));
    for (word, count) in sorted {
        writeln!(out, "{word}\t{count}")?;
    }
    out.flush()
}

fn keywords(jieba: &Jieba, method: &str, text: &str) -> Vec<Keyword> {
    let tags = |tags: &[&str]| tags.iter().map(|&tag| tag.to_owned()).collect();
    match method {
        "textrank" => {
            let textrank = TextRank::default();
            textrank.extract_keywords(jieba, text, 10, tags(&["ns", "n", "vn", "v"]))
        }
        _ => TfIdf::default().extract_keywords(jieba, text, 10, Vec::new()),
    }
}

fn write_line(
    out: &mut impl Write,
    jieba: &Jieba,
    mode: &str,
    body: &str,
    hmm: bool,
) -> io::Result<()> {
    let mut separator = "";
    if mode == "pos" {
        for tag in jieba.tag(body, hmm) {
            write!(out, "{separator}{}/{}", tag.word, tag.tag)?;
            separator = " ";
        }
        return Ok(());
    }
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
    Ok(())
}

/// Writes the tokens of a line as `batchproc segment --format json` does.
fn write_json(out: &mut impl Write, number: u64, tokens: &[Token<'_>]) -> io::Result<()> {
    write!(out, "{{\"path\":\"-\",\"line\":{number},\"tokens\":[")?;
    let mut byte = 0;
    for (index, token) in tokens.iter().enumerate() {
        let separator = if index == 0 { "" } else { "," };
        let end = byte + token.word.len();
        write!(out, "{separator}{{\"text\":\"")?;
        for character in token.word.chars() {
            match character {
                '"' | '\\' => write!(out, "\\{character}")?,
                '\t' => out.write_all(b"\\t")?,
                '\r' => out.write_all(b"\\r")?,
                '\0'..' ' => write!(out, "\\u{:04x}", u32::from(character))?,
                _ => write!(out, "{character}")?,
            }
        }
        let Token { start, end: after, .. } = token;
        write!(out, "\",\"bytes\":[{byte},{end}],\"characters\":[{start},{after}]}}")?;
        byte = end;
    }
    out.write_all(b"]}\n")
}
