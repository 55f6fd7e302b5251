//! Reads a whole manifest into memory, for the commands that compare manifests with files or with
//! each other, and judges its seal.

use std::path::Path;

use super::seal;
use crate::error::{Fatal, reason};
use crate::escape::printable;
use crate::files::arguments::open_stream;
use crate::files::stdin::{InterruptibleStream, was_interrupted};
use crate::hash::algorithms::Algorithm;
use crate::manifest::held::{Held, Wrong};
use crate::manifest::seal::BadSeal;
use crate::manifest::{Accept, Entries, LISTS_NOTHING, ReadOptions, Records, Renames};
use crate::run::line_reports::LineReports;
use crate::run::session::Session;

/// How a manifest is read.
#[derive(Clone, Default)]
pub struct Reading<'a> {
    /// The algorithms that are accepted.
    pub accept: Accept,
    /// The directory in which relative names are looked up.
    pub root: Option<&'a Path>,
    /// How names are changed.
    pub renames: Renames,
    /// Whether a manifest without a seal is refused.
    pub require_seal: bool,
}

/// A manifest in memory.
pub struct Loaded {
    /// The manifest.
    pub held: Held,
    /// Whether a line was malformed, had no digest or contradicted another one, or the seal was bad.
    /// All of this has been reported.
    pub is_flawed: bool,
}

/// What is said about a manifest that lists nothing of the accepted algorithms.
pub fn lists_nothing(name: &str, accept: Accept) -> String {
    let hint = match accept.0 {
        None => "is it a manifest? batchproc hash makes one".into(),
        Some(accepted) => {
            let names: Vec<_> = accepted.iter().map(Algorithm::name).collect();
            format!("-a accepts only digests of {}", names.join(", "))
        }
    };
    format!("{name}: {LISTS_NOTHING}; {hint}")
}

/// Reads a manifest to its end, and reports what is wrong with it. `None` if the run was interrupted
/// meanwhile.
///
/// # Errors
/// If the manifest cannot be read, lacks a seal that it must have, or lists nothing.
pub fn load(
    manifest: &Path,
    reading: Reading<'_>,
    session: &Session,
) -> Result<Option<Loaded>, Fatal> {
    let Reading { accept, root, renames, require_seal } = reading;
    let console = &session.console;
    let read = ReadOptions { accept, ..ReadOptions::of(manifest) };
    let name = printable(manifest);
    let open = || InterruptibleStream::open(manifest, &session.interrupt);
    // What cannot be read here cannot be read below either, where it is reported.
    let judged = seal::judge(manifest, read.clone(), open).unwrap_or(Some(Ok(())));
    let reader = open_stream("manifest", manifest, &session.interrupt)?;
    let mut records = Records::new(reader, read);
    if judged.is_none() {
        records = records.watch_seal(true);
    }
    let mut is_flawed = false;
    let mut reports = LineReports::new(name.clone(), console);
    let entries = Entries::new(records).renamed(renames);
    let held = Held::read(entries, root, |line, wrong| {
        is_flawed = true;
        let message = match wrong {
            Wrong::Malformed(why) => format!("improperly formatted checksum line: {why}"),
            Wrong::Unread => return reports.unread(),
            Wrong::Contradicts(_) => wrong.to_string(),
        };
        reports.report(line, &message);
    });
    drop(reports);
    let held = match held {
        Ok(held) => held,
        Err(error) if was_interrupted(&error) => return Ok(None),
        Err(error) => {
            return Err(Fatal(format!("cannot read the manifest {name}: {}", reason(&error))));
        }
    };
    match held.bad_seal.or(judged.and_then(Result::err)) {
        Some(BadSeal::Missing) if !require_seal => {}
        Some(bad @ BadSeal::Missing) => return Err(Fatal(format!("{name}: {bad}"))),
        Some(bad) => {
            console.line(&format!("{name}: {bad}"));
            is_flawed = true;
        }
        None => {}
    }
    Ok(Some(Loaded { held, is_flawed }))
}
