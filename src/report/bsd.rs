//! The lines of `md5sum --tag` and of the BSDs: `MD5 (name) = digest`.

use std::os::unix::ffi::OsStrExt;

use super::names::{push_gnu_escaped, push_hex};
use super::{Format, Record, terminator};

pub(super) struct Bsd {
    pub(super) zero: bool,
}

impl Format for Bsd {
    fn record(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend(record.algorithm.bytes().map(|byte| byte.to_ascii_uppercase()));
        out.extend(b" (");
        let name = record.path.as_os_str().as_bytes();
        if self.zero {
            out.extend(name);
        } else if push_gnu_escaped(name, out) {
            out.insert(start, b'\\');
        }
        out.extend(b") = ");
        push_hex(record.digest, out);
        out.push(terminator(self.zero));
    }
}
