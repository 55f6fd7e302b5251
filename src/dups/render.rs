//! Writes groups of files with the same content, as text, as names that end with NUL, or as JSON.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::files::Files;
use super::groups::{Group, Groups};
use crate::escape::{push_gnu_escaped, push_hex, push_path};
use crate::hash::algorithms::Algorithm;

/// How groups are written.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// As JSON Lines, one object for each group.
    pub json: bool,
    /// Names end with NUL, and nothing in them is escaped.
    pub zero: bool,
    /// The first file of each group is left out, and nothing separates the groups.
    pub omit_first: bool,
}

/// Writes groups one after another.
pub struct Renderer<'a, F> {
    /// How to write.
    pub form: Form,
    /// The files.
    pub files: &'a F,
    /// The groups.
    pub groups: &'a Groups,
    /// The algorithm of their digests.
    pub algorithm: Algorithm,
}

impl<F: Files> Renderer<'_, F> {
    /// Appends a group. `first` says whether it is the first one.
    pub fn push(&self, group: &Group, first: bool, out: &mut Vec<u8>) {
        if self.form.json {
            return self.push_json(group, out);
        }
        let end = if self.form.zero { 0 } else { b'\n' };
        if !first && !self.form.omit_first {
            out.push(end);
        }
        let files = self.groups.files(group, self.files);
        for names in files.skip(usize::from(self.form.omit_first)) {
            push_name(self.files.path(names[0]), self.form.zero, out);
            out.push(end);
        }
    }

    fn push_json(&self, group: &Group, out: &mut Vec<u8>) {
        let name = self.algorithm.name();
        out.extend(format!("{{\"algorithm\":\"{name}\",\"digest\":\"").bytes());
        push_hex(self.files.digest(group.digest), out);
        out.push(b'"');
        if let Some(size) = group.size {
            out.extend(format!(",\"size\":{size},\"wasted\":{}", group.wasted).bytes());
        }
        out.extend(b",\"files\":");
        let files = self.groups.files(group, self.files);
        push_list(files, out, |names, out| {
            push_path("path", self.files.path(names[0]), out);
            if names.len() > 1 {
                out.extend(b",\"links\":");
                push_list(names[1..].iter(), out, |&name, out| {
                    push_path("path", self.files.path(name), out);
                });
            }
        });
        out.extend(b"}\n");
    }
}

/// Appends a JSON array of objects; `push` appends the members of one.
fn push_list<T>(items: impl Iterator<Item = T>, out: &mut Vec<u8>, push: impl Fn(T, &mut Vec<u8>)) {
    out.push(b'[');
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.push(b'{');
        push(item, out);
        out.push(b'}');
    }
    out.push(b']');
}

/// Appends a name. A name with a newline is escaped, and then the line begins with `\`, as in the
/// verdicts of `check`.
fn push_name(path: &Path, zero: bool, out: &mut Vec<u8>) {
    let name = path.as_os_str().as_bytes();
    if !zero && name.contains(&b'\n') {
        out.push(b'\\');
        push_gnu_escaped(name, out);
    } else {
        out.extend(name);
    }
}
