//! CSV as in RFC 4180: lines end with CR LF, and a field with a comma, a quote or a line end
//! stands in quotes. Names are raw bytes, whatever they encode. A digest is a line.

use std::fmt::Display;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;

use super::{Format, Record};
use crate::escape::push_hex;

pub(super) struct Csv {
    /// Whether there is a column for the time of reading.
    pub(super) hashed: bool,
}

impl Format for Csv {
    fn begin(&self, out: &mut Vec<u8>) {
        out.extend(b"path,algorithm,digest,size,mtime,ino,dev,ctime");
        out.extend(if self.hashed { &b",hashed\r\n"[..] } else { b"\r\n" });
    }

    fn record(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        for (algorithm, digest) in record.digests() {
            push_field(record.path.as_os_str().as_bytes(), out);
            out.push(b',');
            out.extend(algorithm.name().bytes());
            out.push(b',');
            push_hex(digest, out);
            push_number(record.size, out);
            push_number(record.mtime, out);
            push_number(record.identity.map(|(_, ino)| ino), out);
            push_number(record.identity.map(|(dev, _)| dev), out);
            push_number(record.ctime, out);
            if self.hashed {
                push_number(record.hashed, out);
            }
            out.extend(b"\r\n");
        }
    }
}

fn push_number(number: Option<impl Display>, out: &mut Vec<u8>) {
    out.push(b',');
    if let Some(number) = number {
        // Writing to a vector cannot fail.
        let _ = write!(out, "{number}");
    }
}

fn push_field(field: &[u8], out: &mut Vec<u8>) {
    // Spaces at the ends are quoted too, since some readers trim bare fields.
    let edge = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
    let special = |byte: &u8| b",\"\r\n".contains(byte);
    if edge(field.first()) || edge(field.last()) || field.iter().any(special) {
        out.push(b'"');
        for &byte in field {
            out.push(byte);
            if byte == b'"' {
                out.push(b'"');
            }
        }
        out.push(b'"');
    } else {
        out.extend(field);
    }
}
