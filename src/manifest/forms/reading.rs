//! What the lines read so far show about a manifest. How later lines are parsed depends on this.

use std::path::PathBuf;

use super::gnu::OneSpace;
use super::{certutil, csv, hashdeep, sfv};
use crate::manifest::entry::{Accept, Form};
use crate::manifest::options::ReadOptions;

/// The state of reading a manifest; see the module documentation.
pub struct Reading {
    /// The algorithms that are accepted.
    pub accept: Accept,
    /// The path of the manifest, if it has one.
    pub path: Option<PathBuf>,
    /// Whether lines end with NUL.
    pub zero: bool,
    /// The columns of the CSV header, if it is the header that was read last.
    pub columns: Option<csv::Columns>,
    /// The columns of the hashdeep header, if it is the header that was read last.
    pub(super) hashdeep: Option<hashdeep::Columns>,
    /// Whether one or two characters stand between digest and name in md5sum lines.
    pub one_space: OneSpace,
    /// Whether the manifest is in SFV.
    pub(super) sfv: sfv::Evidence,
    /// Whether an entry was read.
    pub(super) has_entries: bool,
}

impl Reading {
    /// The state before the first line.
    pub fn new(options: ReadOptions) -> Self {
        let ReadOptions { accept, path, .. } = options;
        Self {
            sfv: sfv::Evidence::of(path.as_deref(), accept),
            accept,
            path,
            zero: false,
            columns: None,
            hashdeep: None,
            one_space: OneSpace::default(),
            has_entries: false,
        }
    }

    /// Whether the line has no entry: it is a header, a comment, or a message of the program that
    /// wrote the manifest. A header may come at any line, since manifests may have been
    /// concatenated.
    pub fn passes_over(&mut self, line: &[u8]) -> bool {
        let Some(&first) = line.first() else { return true };
        // A name may look like a header or a comment.
        if self.sfv.is_line(line) || self.hashdeep.is_some() && first.is_ascii_digit() {
            return false;
        }
        if first == b'#' && self.columns.is_none() {
            return true;
        }
        if let Some(columns) = csv::Columns::of_header(line) {
            (self.columns, self.hashdeep) = (Some(columns), None);
            self.sfv.rule_out();
            return true;
        }
        match first {
            b'#' => csv::is_type(line),
            b';' => self.sfv.is_comment(),
            b'%' if line == hashdeep::FIRST => true,
            b'%' => match hashdeep::Columns::of_header(line) {
                None => false,
                columns => {
                    (self.columns, self.hashdeep) = (None, columns);
                    self.sfv.rule_out();
                    true
                }
            },
            b'C' => line == certutil::LAST,
            _ => false,
        }
    }

    /// Notes that an entry of this form was read.
    pub(super) fn found(&mut self, form: Form) {
        self.has_entries = true;
        if form != Form::SFV {
            self.sfv.found_other();
        }
    }
}
