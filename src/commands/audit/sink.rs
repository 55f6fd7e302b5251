//! The sink of the pipeline of `audit`: prints the verdicts and counts them.

use super::html::Html;
use crate::cli::{AuditArgs, AuditFormat};
use crate::error::FileError;
use crate::escape::printable;
use crate::files::Refused;
use crate::files::arguments::Inputs;
use crate::hash::job::Outcome;
use crate::manifest::held::Held;
use crate::output::{Output, WriteError};
use crate::pipeline::Sink;
use crate::run::reporter::Reporter;
use crate::verdict::audit::{Audit, Finding, Known, Verdict, Walked};
use crate::verdict::hints::Hints;
use crate::verdict::lines::{Value, push_json, push_text};

/// The sink; see the module documentation.
pub(super) struct AuditSink<'a> {
    pub(super) output: Output,
    pub(super) reporter: Reporter,
    pub(super) arguments: &'a AuditArgs,
    pub(super) held: &'a Held,
    pub(super) audit: Audit<'a>,
    pub(super) hints: Hints,
    /// The rows of the HTML page, if the output is one.
    pub(super) html: Option<Html>,
}

impl AuditSink<'_> {
    /// Gives a verdict for each entry whose file the walk did not find.
    pub(super) fn rest(&mut self, inputs: &Inputs) -> Result<(), WriteError> {
        let walked = Walked::new(&inputs.paths, &inputs.rules, inputs.sizes);
        let mut written = Ok(());
        for index in 0..self.held.len() {
            // All are counted, even if the output is closed.
            if let (Some(finding), true) = (self.audit.left(index, &walked), written.is_ok()) {
                written = self.found(&finding);
            }
        }
        written
    }

    /// Prints a verdict, and reports its reason.
    pub(super) fn found(&mut self, finding: &Finding<'_>) -> Result<(), WriteError> {
        report(finding, &self.reporter);
        if let Some(written) = finding.gone {
            self.hints.missing(written);
        }
        if let Some(html) = &mut self.html {
            return Ok(html.add(finding)?);
        }
        self.write(finding);
        self.output.write_if_large()
    }

    /// Counts a file that was skipped.
    pub(super) fn skipped(&self, refused: &Refused) {
        if let Refused::Skipped(path, skip) = refused {
            self.reporter.skipped(path, *skip);
        }
    }

    /// Appends the output line of a verdict, unless an option suppresses it.
    fn write(&mut self, finding: &Finding<'_>) {
        let Finding { path, verdict, from, reason, differences, .. } = finding;
        if self.arguments.status || (self.arguments.quiet && *verdict == Verdict::Ok) {
            return;
        }
        let word = self.audit.word(*verdict);
        let differ: Vec<_> = differences.words().collect();
        let out = &mut self.output.buffer;
        match self.arguments.format {
            AuditFormat::Json => {
                let mut members = vec![("verdict", Value::Text(word))];
                members.extend(from.map(|from| ("from", Value::Path(from))));
                members.extend(reason.iter().map(|reason| ("reason", Value::Text(reason))));
                members.extend((!differ.is_empty()).then_some(("differs", Value::Texts(&differ))));
                push_json(path, &members, out);
            }
            AuditFormat::Text | AuditFormat::Html => {
                let mut text = word.to_string();
                if let Some(from) = from {
                    text += &format!(" from {}", printable(from));
                }
                if !differ.is_empty() {
                    text += &format!(" ({})", differ.join(", "));
                }
                push_text(path, &text, out);
            }
        }
    }

    /// Writes what was printed so far.
    pub(super) fn write_all(&mut self) -> Result<(), WriteError> {
        self.output.write_all()
    }

    /// Prints the summary, and hints about the manifest with this name.
    pub(super) fn sum_up(&mut self, malformed: bool, manifest: &str) {
        if self.arguments.status {
            return;
        }
        if self.arguments.format == AuditFormat::Json {
            self.output.buffer.extend(self.audit.summary_json().bytes());
        } else if !(self.arguments.quiet && self.audit.is_fine() && !malformed) {
            self.reporter.console.line(&self.audit.summary());
        }
        self.audit.hints(manifest).for_each(|hint| self.reporter.console.line(&hint));
    }
}

/// Reports the reason of a verdict on standard error, and counts files that could not be read.
fn report(finding: &Finding<'_>, reporter: &Reporter) {
    let Some(reason) = finding.reason.clone() else { return };
    let wrong = FileError::new(finding.path.to_path_buf(), reason);
    if finding.verdict == Verdict::Unreadable {
        reporter.failed(&wrong);
    } else {
        reporter.report(&wrong);
    }
}

impl Sink<Outcome<Known>> for AuditSink<'_> {
    type Error = WriteError;

    fn put(&mut self, outcome: Outcome<Known>) -> Result<(), WriteError> {
        match &outcome {
            Outcome::Digest(..) => self.reporter.done(),
            Outcome::Refused(refused, _) => self.skipped(refused),
            Outcome::Settled(..) | Outcome::Carried(..) => {}
        }
        match self.audit.judge(&outcome) {
            Some(finding) => self.found(&finding),
            None => Ok(()),
        }
    }

    fn idle(&mut self) -> Result<(), WriteError> {
        self.write_all()
    }
}
