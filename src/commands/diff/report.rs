//! Writes and counts the verdicts of `diff`.

use std::path::Path;

use crate::cli::{DiffArgs, VerdictFormat};
use crate::diff::judge::Verdict;
use crate::error::FileError;
use crate::escape::printable;
use crate::output::{Output, WriteError};
use crate::run::reporter::Reporter;
use crate::run::session::Session;
use crate::verdict::lines::{Value, push_json, push_text};

/// The words of the verdicts, in the order of the summary.
const WORDS: [&str; 8] =
    ["same", "added", "removed", "changed", "moved", "copied", "touched", "unknown"];

/// The verdicts so far.
pub struct Report {
    format: VerdictFormat,
    ignore_times: bool,
    /// Whether a summary is wanted.
    summary: bool,
    reporter: Reporter,
    counts: [u64; WORDS.len()],
}

impl Report {
    /// No verdict yet.
    pub fn new(arguments: &DiffArgs, session: &Session) -> Self {
        Self {
            format: arguments.format,
            ignore_times: arguments.ignore_times,
            summary: session.run_settings.summary,
            reporter: session.reporter(),
            counts: [0; WORDS.len()],
        }
    }

    /// Counts a verdict, and writes it unless the files are the same.
    ///
    /// # Errors
    /// If writing fails.
    pub fn put(
        &mut self,
        name: &Path,
        verdict: Verdict<'_>,
        output: &mut Output,
    ) -> Result<(), WriteError> {
        let verdict = match verdict {
            Verdict::Touched if self.ignore_times => Verdict::Same,
            verdict => verdict,
        };
        let word = verdict.word();
        if let Some(count) = WORDS.iter().position(|&known| known == word) {
            self.counts[count] += 1;
        }
        if verdict == Verdict::Same {
            return Ok(());
        }
        if verdict == Verdict::Incomparable {
            let reason = "the manifests have no digest of it by the same algorithm".into();
            self.reporter.failed(&FileError::new(name.to_path_buf(), reason));
        }
        let from = match verdict {
            Verdict::Moved(from) | Verdict::Copied(from) => Some(from),
            _ => None,
        };
        match (self.format, from) {
            (VerdictFormat::Json, _) => {
                let mut members = vec![("verdict", Value::Text(word))];
                members.extend(from.map(|from| ("from", Value::Path(from))));
                push_json(name, &members, &mut output.buffer);
            }
            (VerdictFormat::Text, Some(from)) => {
                let text = format!("{word} from {}", printable(from));
                push_text(name, &text, &mut output.buffer);
            }
            (VerdictFormat::Text, None) => push_text(name, word, &mut output.buffer),
        }
        output.write_if_large()
    }

    /// Prints the summary, if it is wanted.
    pub fn sum_up(&self) {
        let counts = WORDS.iter().zip(self.counts).filter(|(_, count)| *count > 0);
        let counts: Vec<_> = counts.map(|(word, count)| format!("{count} {word}")).collect();
        if self.summary && !counts.is_empty() {
            self.reporter.console.line(&counts.join(", "));
        }
    }

    /// Whether any name differs.
    pub fn differs(&self) -> bool {
        self.counts[1..].iter().any(|&count| count > 0)
    }

    /// Whether files could not be compared.
    pub fn is_incomplete(&self) -> bool {
        self.counts[WORDS.len() - 1] > 0
    }
}
