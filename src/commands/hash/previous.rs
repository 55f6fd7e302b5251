//! Opens the manifest that `hash --update` starts from, and checks that it fits the inputs.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use crate::cli::{HashArgs, InputArgs, OrderName};
use crate::error::{Fatal, reason};
use crate::escape::printable;
use crate::manifest::held::Wrong;
use crate::manifest::order::are_in_order;
use crate::manifest::spelling;
use crate::run::console::Console;
use crate::run::line_reports::LineReports;
use crate::update::join::Report;
use crate::update::known::Tally;
use crate::update::previous::Previous;

/// Returns a function that counts all invalid lines of the manifest, and reports the first ones to
/// the user.
pub fn line_reporter(name: &Path, tally: &Arc<Tally>, console: &Console) -> Report {
    let (mut reports, tally) = (LineReports::new(printable(name), console), tally.clone());
    Box::new(move |line, wrong| {
        if wrong == Wrong::Unread {
            // The file is read now like any other. If that fails, this is said.
            return reports.unread();
        }
        tally.wrong.fetch_add(1, Relaxed);
        let message = match wrong {
            Wrong::Malformed(reason) => {
                format!(
                    "this line is invalid, so the file that it names will be read again: {reason}"
                )
            }
            Wrong::Unread | Wrong::Contradicts(_) => wrong.to_string(),
        };
        reports.report(line, &message);
    })
}

/// Opens the manifest to update. Returns `None` without `--update`, or if the manifest does not
/// exist yet and is the output of this run.
///
/// # Errors
/// If the manifest cannot be read, or does not fit the inputs.
pub fn open(
    arguments: &HashArgs,
    tally: &Arc<Tally>,
    console: &Console,
) -> Result<Option<Previous>, Fatal> {
    let Some(path) = arguments.update.as_deref() else { return Ok(None) };
    let name = printable(path);
    // The manifest and the names can be read side by side only if the names are sorted. A list of
    // names may have any order, and so has a walk with `--order completion`.
    let in_order = arguments.run.order == OrderName::Input
        && arguments.input.files_from.is_none()
        && are_in_order(&arguments.input.paths);
    let unreadable = |error| Fatal(format!("cannot read the manifest {name}: {}", reason(&error)));
    match Previous::open(path, in_order, line_reporter(path, tally, console)) {
        Ok(mut previous) => {
            if previous.garbage {
                return Err(Fatal(format!("{name}: no valid manifest line found")));
            }
            if previous.first.as_ref().is_some_and(|first| !first.form.has_times()) {
                return Err(Fatal(format!(
                    "{name} has no sizes and times, which --update needs; make it with --format json or csv"
                )));
            }
            if previous.first.is_none() {
                console.line(&format!("{name} lists no file, so every file is read"));
            }
            let InputArgs { paths, files_from, .. } = &arguments.input;
            let Some(first) = previous.first.clone().filter(|_| files_from.is_none()) else {
                return Ok(Some(previous));
            };
            let Some(below) = previous.first_below(paths).map_err(unreadable)? else {
                let spelled: Vec<_> = paths.iter().flat_map(|p| spelling::others(p)).collect();
                let hint = match spelled.first() {
                    Some(path) if previous.first_below(&spelled).map_err(unreadable)?.is_some() => {
                        spelling::hint(path)
                    }
                    _ => "give the same PATHs as when it was made".into(),
                };
                return Err(Fatal(format!(
                    "{name}: none of the files that it lists lies below the PATHs; its first name is {}; {hint}",
                    printable(&first.path)
                )));
            };
            // While the manifest and the walk are read side by side, names must be equal byte by
            // byte. If no name of the manifest can be, the manifest is read into memory instead,
            // where differences such as `./` do not matter.
            if in_order && !paths.iter().any(|path| is_found_below(&below, path)) {
                return Previous::open(path, false, line_reporter(path, tally, console))
                    .map(Some)
                    .map_err(unreadable);
            }
            Ok(Some(previous))
        }
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                && arguments.output.as_deref() == Some(path) =>
        {
            // The name may end as those of another form do.
            let form = if arguments.format.is_none() { ", and it is made as JSON" } else { "" };
            console.line(&format!("{name} does not exist yet, so every file is read{form}"));
            Ok(None)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let Fatal(reason) = unreadable(error);
            Err(Fatal(format!("{reason}; with -o {name} it is made")))
        }
        Err(error) => Err(unreadable(error)),
    }
}

/// Whether a walk of this path gives the name in exactly this spelling.
fn is_found_below(name: &Path, path: &Path) -> bool {
    let [name, path] = [name, path].map(|path| path.as_os_str().as_bytes());
    let rest = name.strip_prefix(path);
    rest.is_some_and(|rest| rest.is_empty() || path.ends_with(b"/") || rest.starts_with(b"/"))
}
