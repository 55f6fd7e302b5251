//! Writes the groups of `dups`.

use indicatif::BinaryBytes;

use crate::cli::{DupsArgs, GroupFormat};
use crate::dups::files::Files;
use crate::dups::groups::Groups;
use crate::dups::render::{Form, Renderer};
use crate::error::Fatal;
use crate::hash::algorithms::Algorithm;
use crate::output::{Output, WriteError};
use crate::run::session::Session;

/// The groups of a run, with all that is needed to write them.
pub struct Found<'a, F> {
    pub files: &'a F,
    pub groups: Groups,
    pub algorithm: Algorithm,
}

/// Writes the groups. If the reader of the output closes it, the rest is not written.
///
/// # Errors
/// If writing fails.
pub fn write(
    found: &Found<'_, impl Files>,
    arguments: &DupsArgs,
    output: &mut Output,
    session: &Session,
) -> Result<(), Fatal> {
    let form = Form {
        json: arguments.format == GroupFormat::Json,
        zero: arguments.zero,
        omit_first: arguments.omit_first,
    };
    let Found { files, groups, algorithm } = found;
    let renderer = Renderer { form, files: *files, groups, algorithm: *algorithm };
    for (number, group) in groups.iter().enumerate() {
        if session.control.is_stopped() {
            return Ok(());
        }
        renderer.push(group, number == 0, &mut output.buffer);
        match output.write_if_large() {
            Ok(()) => {}
            Err(WriteError::Closed) => return Ok(()),
            Err(WriteError::Failed(fatal)) => return Err(fatal),
        }
    }
    let beyond = groups.iter().map(|group| groups.files(group, *files).count() as u64 - 1);
    let beyond = beyond.sum::<u64>();
    let wasted = groups.iter().map(|group| group.wasted).fold(0, u64::saturating_add);
    session.count_kinds(vec![
        ("groups", groups.iter().count() as u64),
        ("duplicates", beyond),
        ("bytes_wasted", wasted),
    ]);
    if session.run_settings.summary {
        session.console.line(&format!(
            "groups of duplicates: {}; files beyond the first of each: {}; bytes wasted: {}",
            groups.iter().count(),
            beyond,
            BinaryBytes(wasted)
        ));
    }
    Ok(())
}
