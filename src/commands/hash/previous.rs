//! The manifest that `hash --update` starts from: opened, and whether it goes with what is read.

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
use crate::run::few::Few;
use crate::update::join::Report;
use crate::update::known::Tally;
use crate::update::previous::Previous;

/// Tells the first lines of the manifest with which something is wrong, and counts all.
pub fn told(name: &Path, tally: &Arc<Tally>, console: &Console) -> Report {
    let (mut few, tally) = (Few::new(printable(name), console), tally.clone());
    Box::new(move |line, wrong| {
        tally.wrong.fetch_add(1, Relaxed);
        match wrong {
            Wrong::Malformed(reason) => {
                few.tell(line, &format!("not understood, so its file is read: {reason}"));
            }
            Wrong::Contradicts(earlier) => {
                few.tell(line, &format!("contradicts line {earlier}; this one counts"));
            }
        }
    })
}

/// Opens the manifest that is to be updated, if there is one. If it does not exist, it may be what the
/// run makes.
///
/// # Errors
/// When it cannot be read or updated.
pub fn open(
    arguments: &HashArgs,
    tally: &Arc<Tally>,
    console: &Console,
) -> Result<Option<Previous>, Fatal> {
    let Some(path) = arguments.update.as_deref() else { return Ok(None) };
    let name = printable(path);
    // A list names files in any order, and so does a walk that is not sorted.
    let in_order = arguments.run.order == OrderName::Input
        && arguments.input.files_from.is_none()
        && are_in_order(&arguments.input.paths);
    let unreadable = |error| Fatal(format!("cannot read the manifest {name}: {}", reason(&error)));
    match Previous::open(path, in_order, told(path, tally, console)) {
        Ok(mut previous) => {
            if previous.garbage {
                return Err(Fatal(format!("{name}: no line of a manifest was found in it")));
            }
            if previous.first.as_ref().is_some_and(|first| !first.form.has_times()) {
                return Err(Fatal(format!(
                    "{name} has no sizes and times to go by; make it with --format json or csv"
                )));
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
                    _ => "give the PATHs with which it was made".into(),
                };
                return Err(Fatal(format!(
                    "{name}: no name in it lies below the PATHs: its first is {}; {hint}",
                    printable(&first.path)
                )));
            };
            // In step, names are compared as they stand; in memory, without what makes no
            // difference, such as `./`.
            if in_order && !paths.iter().any(|path| is_found_below(&below, path)) {
                return Previous::open(path, false, told(path, tally, console))
                    .map(Some)
                    .map_err(unreadable);
            }
            Ok(Some(previous))
        }
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                && arguments.output.as_deref() == Some(path) =>
        {
            console.line(&format!("{name} does not exist yet, so every file is read"));
            Ok(None)
        }
        Err(error) => Err(unreadable(error)),
    }
}

/// Whether a walk of this path would give the name as it stands.
fn is_found_below(name: &Path, path: &Path) -> bool {
    let [name, path] = [name, path].map(|path| path.as_os_str().as_bytes());
    let rest = name.strip_prefix(path);
    rest.is_some_and(|rest| rest.is_empty() || path.ends_with(b"/") || rest.starts_with(b"/"))
}
