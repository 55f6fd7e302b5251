//! The shard of a run of `hash`: which PATHs cannot be divided, and what the output is a part of.

use crate::cli::HashArgs;
use crate::commands::part::{Kind, Part, Work};
use crate::error::Fatal;
use crate::escape::printable;
use crate::files::arguments::Inputs;
use crate::hash::algorithms::Algorithm;
use crate::manifest::Form;
use crate::manifest::roots::Roots;

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
        zero: arguments.zero,
        keeps: updates,
        ..Work::new(Kind::Manifest, inputs, options)
    };
    Some(Part { sealed: seal, ..Part::new(shard, work) })
}
