//! The lines of md5sum and its relatives: digest, two spaces, name (coreutils 9, text mode).

use std::os::unix::ffi::OsStrExt;

use super::{Format, Record, terminator};
use crate::escape::{push_gnu_escaped, push_hex};

pub(super) struct Gnu {
    pub(super) zero: bool,
}

impl Format for Gnu {
    fn record(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        for (_, digest) in record.digests() {
            let start = out.len();
            push_hex(digest, out);
            out.extend(b"  ");
            let name = record.path.as_os_str().as_bytes();
            if self.zero {
                out.extend(name);
            } else if push_gnu_escaped(name, out) {
                out.insert(start, b'\\');
            }
            out.push(terminator(self.zero));
        }
    }
}
