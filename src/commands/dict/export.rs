//! `batchproc dict export` writes a dictionary as text.

use super::write::write;
use crate::cli::dict::ExportArgs;
use crate::commands::resolve;
use crate::commands::side_files::{compat, dictionary};
use crate::error::Fatal;
use crate::files::arguments::is_named;
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::segment::side_files::Reading;
use crate::segment::{dictionary_files, dictionary_text};
use crate::stamp::identity;

pub(super) fn run(arguments: &ExportArgs, console: &Console) -> Result<Ending, Fatal> {
    let destination = resolve::destination(arguments.output.as_deref())?;
    if let (Some(dict), Some((_, old))) = (&arguments.dict, destination.old())
        && is_named(dict, identity(old), destination.name())?
    {
        return Err(Fatal(format!(
            "{} is both the input and the output (-o): its content would be lost",
            destination.name()
        )));
    }
    let compat = compat(arguments.compat);
    let fatal = |error: crate::segment::LoadError| Fatal(error.to_string());
    let base = arguments.dict.as_deref().map(dictionary).transpose().map_err(fatal)?;
    let (compiled, notes) = dictionary_files::read(base, Reading::utf_8(compat)).map_err(fatal)?;
    let exported = dictionary_text::text(&compiled, compat).map_err(fatal)?;
    let ending = write(exported.text.into_bytes(), destination, console)?;
    notes.iter().chain(&exported.notes).chain(&exported.lost).for_each(|note| console.line(note));
    Ok(match ending {
        Ending::Good if !exported.lost.is_empty() => Ending::SomeFailed,
        ending => ending,
    })
}
