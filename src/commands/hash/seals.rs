//! Judges the seals of the manifests that a run of `hash` updates or replaces, and decides whether
//! the output gets a seal.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::cli::HashArgs;
use crate::commands::seal;
use crate::error::{Fatal, reason};
use crate::escape::printable;
use crate::manifest::ReadOptions;
use crate::manifest::seal::BadSeal;
use crate::manifest::sealed::is_at_end;
use crate::retry::Bounded;
use crate::update::previous::Previous;

/// Whether the output gets a seal: if the user asks for one, or if the output replaces or updates a
/// manifest that has one.
///
/// # Errors
/// If the seal of a manifest that is updated, or replaced by a resumed run, is bad.
pub fn is_wanted(arguments: &HashArgs, previous: Option<&Previous>) -> Result<bool, Fatal> {
    let HashArgs { update, output, resume, seal, .. } = arguments;
    let required = arguments.verify.require_seal;
    let mut wanted = *seal || required;
    if let (Some(path), Some(previous)) = (update.as_deref(), previous) {
        let judged = match previous.seal {
            Some(judged) => judged,
            None => judge(path)?.unwrap_or(Err(BadSeal::Missing)),
        };
        wanted |= accept(path, judged, required)?;
    }
    let Some(output) = output.as_deref().filter(|output| update.as_deref() != Some(*output)) else {
        return Ok(wanted);
    };
    if *resume {
        if let Some(judged) = judge(output)? {
            wanted |= accept(output, judged, required)?;
        }
    } else if output.is_file() {
        // The file is replaced, whatever its content. If it cannot be read, the guard of the output
        // says so.
        wanted |= File::open(output).and_then(|file| is_at_end(&file)).unwrap_or_default();
    }
    Ok(wanted)
}

/// Judges the seal of the manifest with this path. `None` if there is no regular file.
fn judge(path: &Path) -> Result<Option<Result<(), BadSeal>>, Fatal> {
    let open = || File::open(path).map(Bounded::new);
    match seal::judge(path, ReadOptions::of(path), open) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        judged => judged.map_err(|error| {
            Fatal(format!("cannot read the manifest {}: {}", printable(path), reason(&error)))
        }),
    }
}

/// Whether the manifest has a good seal.
fn accept(path: &Path, judged: Result<(), BadSeal>, required: bool) -> Result<bool, Fatal> {
    match judged {
        Ok(()) => Ok(true),
        Err(BadSeal::Missing) if !required => Ok(false),
        Err(bad) => Err(Fatal(format!("{}: {bad}; it is left as it is", printable(path)))),
    }
}
