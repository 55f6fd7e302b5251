//! What a run reads is not replaced by its output.

use std::path::Path;

use crate::error::Fatal;
use crate::files::arguments::is_named;
use crate::output::destination::Destination;
use crate::stamp::identity;

/// Refuses an output that would replace one of the files that the run reads for what is in them; each
/// comes with what it is to the run.
///
/// # Errors
/// When it would, and when that cannot be found out.
pub fn refuse_to_replace<'a>(
    destination: &Destination,
    read: impl IntoIterator<Item = (&'a Path, &'a str)>,
) -> Result<(), Fatal> {
    let Some((_, old)) = destination.old() else { return Ok(()) };
    let (name, file) = (destination.name(), identity(old));
    for (path, what) in read {
        if is_named(path, file, name)? {
            return Err(Fatal(format!(
                "{name} is both the output (-o) and {what}: it would be lost"
            )));
        }
    }
    Ok(())
}
