//! What the lines read so far show about a manifest. How later lines are parsed depends on this.

use std::path::PathBuf;

use super::gnu::OneSpace;
use super::{certutil, csv, hashdeep, sfv};
use crate::hash::algorithms::Set;
use crate::manifest::entry::{Accept, Form};
use crate::manifest::options::ReadOptions;
use crate::manifest::untagged::Untagged;

/// The state of reading a manifest; see the module documentation.
pub struct Reading {
    /// The algorithms that are accepted.
    pub accept: Accept,
    /// What is known of lines that do not name their algorithm.
    pub untagged: Untagged,
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
        let sfv = sfv::Evidence::of(&options);
        let ReadOptions { accept, path, .. } = options;
        Self {
            sfv,
            untagged: Untagged::new(accept, path.as_deref()),
            accept,
            path,
            zero: false,
            columns: None,
            hashdeep: None,
            one_space: OneSpace::default(),
            has_entries: false,
        }
    }

    /// Whether the line is empty, a comment, or a message of the program that wrote the manifest.
    pub fn is_comment(&mut self, line: &[u8]) -> bool {
        let Some(&first) = line.first() else { return true };
        // A name may look like a comment.
        if self.sfv.is_line(line) || self.hashdeep.is_some() && first.is_ascii_digit() {
            return false;
        }
        match first {
            b'#' => self.columns.is_none() || csv::is_type(line),
            b';' => self.sfv.is_comment(),
            b'C' => line == certutil::LAST,
            _ => false,
        }
    }

    /// Whether the line is a header. A header may come at any line, since manifests may have been
    /// concatenated. Call this only for lines that are no entries, since a name may look like a
    /// header.
    pub fn is_header(&mut self, line: &[u8]) -> bool {
        if let Some(columns) = csv::Columns::of_header(line) {
            (self.columns, self.hashdeep) = (Some(columns), None);
            self.sfv.rule_out();
            return true;
        }
        if let Some(columns) = hashdeep::Columns::of_header(line) {
            (self.columns, self.hashdeep) = (None, Some(columns));
            self.sfv.rule_out();
            return true;
        }
        line == hashdeep::FIRST
    }

    /// Notes that an entry of this form with these algorithms was read.
    pub(super) fn found(&mut self, form: Form, algorithms: Set) {
        self.has_entries = true;
        if form.names_algorithms() {
            self.untagged.note(algorithms);
        }
        if form != Form::SFV {
            self.sfv.found_other();
        }
    }
}
