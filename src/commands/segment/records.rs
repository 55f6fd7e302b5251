//! `--records`: refuses options with which not every line of input can have one line of output, and says
//! what was replaced in the lines.

use crate::cli::OrderName;
use crate::cli::segment::{BinaryName, FormName, InvalidName, SegmentArgs};
use crate::error::Fatal;
use crate::run::ending::Ending;
use crate::run::session::Session;
use crate::segment::records::Replaced;

/// What no record may have, since other programs take it for the end of a line or of a text.
const ENDS: [char; 3] = ['\r', '\n', '\0'];

/// Refuses options that cannot be combined with `--records`.
///
/// # Errors
/// Names the options.
pub(super) fn check(arguments: &SegmentArgs) -> Result<(), Fatal> {
    if !arguments.records {
        return Ok(());
    }
    let separator = arguments.fields.field_separator.as_deref().unwrap_or_default();
    let is_text = arguments.format == FormName::Text;
    let reason = if is_text && arguments.delimiter.contains(ENDS) {
        "-d cannot have CR, LF or NUL with --records, since no record may have them"
    } else if separator.contains(ENDS) {
        "--field-separator cannot have CR, LF or NUL with --records, since no record may have them"
    } else if arguments.run.order == OrderName::Completion {
        "--records prints the lines in the order of the input, so it cannot be used with --order completion"
    } else if is_text && arguments.invalid == Some(InvalidName::Keep) {
        "--records prints valid UTF-8, so it cannot be used with --invalid keep"
    } else if arguments.invalid == Some(InvalidName::Fail) {
        "--records prints every line, so it cannot be used with --invalid fail"
    } else if arguments.binary == Some(BinaryName::Fail) {
        "--records prints every line, so it cannot be used with --binary fail"
    } else {
        return Ok(());
    };
    Err(Fatal(reason.into()))
}

/// What was replaced in all files.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) replaced: Replaced,
    /// How many invalid sequences are in JSON as they are.
    pub(super) kept: u64,
}

impl Totals {
    /// Ends the run by `end`, which needs the counts, and then says what was replaced, if anything was. If
    /// the run is not complete, another message says why.
    ///
    /// # Errors
    /// If the run failed.
    pub(super) fn end(
        self,
        session: &Session,
        end: impl FnOnce() -> Result<Ending, Fatal>,
    ) -> Result<Ending, Fatal> {
        if !session.run_settings.engine.records {
            return end();
        }
        self.count(session);
        let ending = end()?;
        if let Ending::Good | Ending::SomeFailed = ending {
            self.say(session);
        }
        Ok(ending)
    }

    fn count(self, session: &Session) {
        let Self { replaced: Replaced { records, cr, nul, invalid }, kept } = self;
        session.count_kinds(vec![
            ("records", records),
            ("replaced_cr", cr),
            ("replaced_nul", nul),
            ("replaced_invalid", invalid),
            ("kept_invalid", kept),
        ]);
    }

    fn say(self, session: &Session) {
        let Self { replaced: Replaced { cr, nul, invalid, .. }, kept } = self;
        let sequences = |number| match number {
            1 => "1 invalid byte sequence".to_string(),
            _ => format!("{number} invalid byte sequences"),
        };
        let parts = [
            (cr, format!("{cr} CR by a space")),
            (nul, format!("{nul} NUL by a space")),
            (invalid, format!("{} by U+FFFD", sequences(invalid))),
        ];
        let parts = parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, part)| part);
        let parts: Vec<_> = parts.collect();
        let mut line = Vec::new();
        if !parts.is_empty() {
            line.push(format!("--records replaced {}", parts.join(", ")));
        }
        if kept > 0 {
            let are = if kept == 1 { "is" } else { "are" };
            line.push(format!("{} {are} in the members `invalid`", sequences(kept)));
        }
        if !line.is_empty() {
            session.console.line(&line.join("; "));
        }
    }
}
