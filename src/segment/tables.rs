//! Tables of words: the lines that say how often words come and which are keywords, in TSV and in
//! JSON Lines.

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

use crate::escape::{push_hex, push_path, push_string, push_tsv};
use batchproc_jieba::keywords::Keywords;

/// What a table is about.
#[derive(Clone, Copy, Debug, Default)]
pub struct About<'a> {
    /// The file; `None` if it is the whole input.
    pub path: Option<&'a Path>,
    /// The number of the line; `None` if it is not about a line.
    pub line: Option<u64>,
}

impl About<'_> {
    /// Appends the columns that come before a word.
    fn push_columns(&self, out: &mut Vec<u8>) {
        if let Some(path) = self.path {
            push_tsv(path.as_os_str().as_encoded_bytes(), out);
            out.push(b'\t');
        }
        if let Some(line) = self.line {
            // Writing to a vector cannot fail.
            let _ = write!(out, "{line}\t");
        }
    }

    /// Appends the members that come before others.
    fn push_members(&self, out: &mut Vec<u8>) {
        if let Some(path) = self.path {
            push_path("path", path, out);
            out.push(b',');
        }
        if let Some(line) = self.line {
            let _ = write!(out, "\"line\":{line},");
        }
    }

    /// Appends the line that says how often a word comes. `what` is the name of this number in JSON,
    /// and `None` asks for TSV.
    pub fn push_count(&self, what: Option<&str>, word: &[u8], count: &str, out: &mut Vec<u8>) {
        if let Some(what) = what {
            out.push(b'{');
            self.push_members(out);
            out.extend_from_slice(b"\"word\":");
            push_string(&String::from_utf8_lossy(word), out);
            let _ = writeln!(out, ",\"{what}\":{count}}}");
        } else {
            self.push_columns(out);
            push_tsv(word, out);
            out.push(b'\t');
            out.extend_from_slice(count.as_bytes());
            out.push(b'\n');
        }
    }

    /// Appends the line that says how often a word comes in a part of the input. In JSON, words that are
    /// not UTF-8 look alike, so the line also has their bytes in hexadecimal digits: the counts of each
    /// can be added.
    pub fn push_count_of_part(&self, json: bool, word: &[u8], count: &str, out: &mut Vec<u8>) {
        let text = String::from_utf8_lossy(word);
        if !json || matches!(text, Cow::Borrowed(_)) {
            return self.push_count(json.then_some("count"), word, count, out);
        }
        out.push(b'{');
        self.push_members(out);
        out.extend_from_slice(b"\"word\":");
        push_string(&text, out);
        out.extend_from_slice(b",\"invalid\":\"");
        push_hex(word, out);
        let _ = writeln!(out, "\",\"count\":{count}}}");
    }

    /// Appends the keywords: a line for each in TSV, one object in JSON.
    pub fn push_keywords(&self, best: &Keywords, json: bool, out: &mut Vec<u8>) {
        if json {
            out.push(b'{');
            self.push_members(out);
            out.extend_from_slice(b"\"keywords\":[");
        }
        for (index, (word, weight)) in best.iter().enumerate() {
            if json {
                out.extend_from_slice(if index > 0 { b",{\"word\":" } else { b"{\"word\":" });
                push_string(word, out);
                let _ = write!(out, ",\"weight\":{weight}}}");
            } else {
                self.push_columns(out);
                push_tsv(word.as_bytes(), out);
                let _ = writeln!(out, "\t{weight}");
            }
        }
        if json {
            out.extend_from_slice(b"]}\n");
        }
    }
}
