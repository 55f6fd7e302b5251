//! The lines of `md5sum --tag` and of the BSDs: `MD5 (name) = digest`, one for each digest.

use std::os::unix::ffi::OsStrExt;

use super::{Format, Record, terminator};
use crate::escape::{push_gnu_escaped, push_hex};

pub(super) struct Bsd {
    pub(super) zero: bool,
}

impl Format for Bsd {
    fn record(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        for (algorithm, digest) in record.digests() {
            let start = out.len();
            out.extend(algorithm.tag().bytes());
            out.extend(b" (");
            let name = record.path.as_os_str().as_bytes();
            if self.zero {
                out.extend(name);
            } else if push_gnu_escaped(name, out) {
                out.insert(start, b'\\');
            }
            out.extend(b") = ");
            push_hex(digest, out);
            out.push(terminator(self.zero));
        }
    }
}
