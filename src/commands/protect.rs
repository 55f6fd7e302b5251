//! Keeps the output of a run from replacing a file that the run reads.

use std::path::Path;

use crate::error::Fatal;
use crate::files::arguments::is_named;
use crate::output::destination::Destination;
use crate::stamp::identity;

/// What the output of `-o` is called in error messages.
pub const OUTPUT: &str = "the output (-o)";

/// The refusal of an output that would replace a file of another kind. `against` says what is wrong with
/// it, after its name.
pub fn needs_overwrite(name: &str, against: &str) -> Fatal {
    Fatal(format!(
        "{name} {against}, and -o would replace it; use --overwrite to replace it anyway"
    ))
}

/// Refuses an output that would replace a file that controls the run, such as a dictionary. `read`
/// gives these files, each with what it is called in the error message. `role` says what the output
/// is called there.
///
/// # Errors
/// If the output is one of these files, or cannot be compared with one of them.
pub fn refuse_to_replace<'a>(
    destination: &Destination,
    role: &str,
    read: impl IntoIterator<Item = (&'a Path, &'a str)>,
) -> Result<(), Fatal> {
    let Some((_, old)) = destination.old() else { return Ok(()) };
    let (name, file) = (destination.name(), identity(old));
    for (path, what) in read {
        if is_named(path, file, name)? {
            return Err(Fatal(format!(
                "{name} is both {role} and {what}: its content would be lost"
            )));
        }
    }
    Ok(())
}
