//! The shard of a run of `hash`: which PATHs cannot be divided, and what the output is a part of.

use std::path::Path;

use crate::cli::HashArgs;
use crate::commands::part::{Kind, Part, Work};
use crate::commands::protect::needs_overwrite;
use crate::error::Fatal;
use crate::escape::printable;
use crate::files::arguments::Inputs;
use crate::hash::algorithms::Algorithm;
use crate::manifest::Form;
use crate::manifest::roots::Roots;
use crate::output::destination::Destination;

/// Refuses a shard of PATHs that overlap.
///
/// # Errors
/// If they do.
pub fn check(arguments: &HashArgs, inputs: &Inputs) -> Result<(), Fatal> {
    let roots = arguments.shard.shard.map(|_| Roots::new(&inputs.paths));
    match roots.as_ref().and_then(Roots::nested) {
        None => Ok(()),
        Some([outer, inner]) => Err(Fatal(format!(
            "--shard needs PATHs that do not overlap, but {} lies in {}",
            printable(inner),
            printable(outer)
        ))),
    }
}

/// Refuses to replace a file that is not the result of a shard, such as the manifest of all files, by
/// that of a shard; and in an update, the manifest of one shard by that of another.
///
/// # Errors
/// If the destination is such a file.
pub fn may_replace(
    destination: &Destination,
    part: Option<&Part>,
    overwrite: bool,
    updated: Option<&Path>,
) -> Result<(), Fatal> {
    let old = destination.old().filter(|(_, old)| old.len() > 0 && !overwrite);
    let (Some(part), Some((path, _))) = (part, old) else { return Ok(()) };
    let against = match Part::of(path)? {
        None => "is not the result of a shard".into(),
        Some(old) if updated == Some(path) && (old.shard, old.of) != (part.shard, part.of) => {
            format!("is shard {}/{}", old.shard, old.of)
        }
        Some(_) => return Ok(()),
    };
    Err(needs_overwrite(destination.name(), &against))
}

/// Whether the manifest of an update is that of a shard that recorded symbolic links, although it may
/// list none.
///
/// # Errors
/// If FILE.shard cannot be read.
pub fn recorded_links(arguments: &HashArgs) -> Result<bool, Fatal> {
    let Some(manifest) = arguments.update.as_deref().filter(|_| arguments.shard.shard.is_some())
    else {
        return Ok(false);
    };
    Ok(Part::of(manifest)?.is_some_and(|part| part.work.links))
}

/// What the output is a part of, if the work is divided. `form`, `links` and `seal` say how it is
/// written.
pub fn of(
    arguments: &HashArgs,
    algorithms: &[Algorithm],
    inputs: &Inputs,
    (form, links, seal): (Form, bool, bool),
) -> Option<Part> {
    let HashArgs { input, update, ignore, forget_left_out, changed, .. } = arguments;
    let shard = arguments.shard.shard?;
    let updates = update.is_some();
    let reading = (algorithms, &input.walk, input.null, links, changed.changed);
    let options = format!("{:?}", (reading, updates, ignore, forget_left_out));
    let work = Work {
        form: Some(form.name().into()),
        algorithms: algorithms.iter().map(|algorithm| algorithm.name().into()).collect(),
        links,
        sized: !inputs.sizes.are_unlimited(),
        zero: arguments.zero,
        keeps: updates,
        ..Work::new(Kind::Manifest, inputs, options)
    };
    Some(Part { sealed: seal, ..Part::new(shard, work) })
}
