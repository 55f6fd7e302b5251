//! Decides whether a run of `hash` records symbolic links.

use super::part;
use crate::cli::HashArgs;
use crate::commands::resolve;
use crate::error::Fatal;
use crate::escape::printable;
use crate::manifest::Form;
use crate::update::previous::Previous;

/// Whether symbolic links are recorded: if the user asks for it, or if the manifest of `--update`
/// lists some.
///
/// # Errors
/// If that manifest lists symbolic links and another option would follow them.
pub fn are_wanted(arguments: &HashArgs, previous: Option<&Previous>) -> Result<bool, Fatal> {
    let HashArgs { input, update, links, .. } = arguments;
    let listed =
        previous.is_some_and(|previous| previous.has_links) || part::recorded_links(arguments)?;
    if let Some(manifest) = update.as_deref().filter(|_| listed) {
        resolve::links_and_follow(manifest, input.walk.follow)?;
        if input.files_from.is_some() {
            return Err(Fatal(format!(
                "{} lists symbolic links, but the links among the names of --files-from are followed; \
                 give PATHs",
                printable(manifest)
            )));
        }
    }
    Ok(*links || listed)
}

/// Refuses a form that has no place for links.
///
/// # Errors
/// If links are recorded and the form cannot list them.
pub fn check_form(links: bool, form: Form) -> Result<(), Fatal> {
    match links && !form.has_times() {
        true => Err(Fatal("--links works only with --format json or csv: other formats have no place for the target of a link".into())),
        false => Ok(()),
    }
}
