//! JSON Lines (RFC 8259, one object a line). A name that is UTF-8 is the string `path`; any
//! other has no `path` but its bytes in hexadecimal digits as `path_hex`, so that nobody takes
//! a mended name for the true one. One digest is `algorithm` and `digest`; several are the
//! members of `digests`, so that a file is always one line.

use std::fmt::Display;
use std::io::Write;

use super::{Format, Record, terminator};
use crate::escape::{push_hex, push_path, push_string};

pub(super) struct Json {
    pub(super) zero: bool,
}

impl Format for Json {
    fn record(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        out.push(b'{');
        push_path("path", record.path, out);
        if let [algorithm] = record.algorithms {
            push_member("algorithm", out);
            out.push(b'"');
            out.extend(algorithm.name().bytes());
            out.extend(b"\",\"digest\":\"");
            push_hex(record.digests.get(*algorithm).unwrap_or_default(), out);
            out.push(b'"');
        } else {
            push_member("digests", out);
            let start = out.len();
            for (algorithm, digest) in record.digests() {
                out.push(b',');
                push_string(algorithm.name(), out);
                out.extend(b":\"");
                push_hex(digest, out);
                out.push(b'"');
            }
            // The first comma, or all of nothing.
            out.splice(start..(start + 1).min(out.len()), [b'{']);
            out.push(b'}');
        }
        push_number("size", record.size, out);
        push_number("mtime", record.mtime, out);
        push_number("ino", record.identity.map(|(_, ino)| ino), out);
        push_number("dev", record.identity.map(|(dev, _)| dev), out);
        push_number("ctime", record.ctime, out);
        if let Some(hashed) = record.hashed {
            push_number("hashed", Some(hashed), out);
        }
        out.push(b'}');
        out.push(terminator(self.zero));
    }
}

fn push_member(name: &str, out: &mut Vec<u8>) {
    out.push(b',');
    push_string(name, out);
    out.push(b':');
}

fn push_number(name: &str, number: Option<impl Display>, out: &mut Vec<u8>) {
    push_member(name, out);
    match number {
        // Writing to a vector cannot fail.
        Some(number) => drop(write!(out, "{number}")),
        None => out.extend(b"null"),
    }
}
