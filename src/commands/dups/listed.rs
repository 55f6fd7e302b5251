//! `dups --from`: takes the files and their digests from manifests.

use std::mem;

use super::write::{Found, write};
use crate::cli::DupsArgs;
use crate::commands::manifests::{Loaded, Reading, lists_nothing, load};
use crate::commands::resolve;
use crate::dups::groups::Groups;
use crate::dups::listed::{Listed, Manifest, nothing_in_common, strongest};
use crate::error::Fatal;
use crate::escape::printable;
use crate::hash::algorithms::Algorithm;
use crate::manifest::Accept;
use crate::output::Output;
use crate::output::destination::Destination;
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::session::Session;

/// Runs the command for the files that the manifests list.
///
/// # Errors
/// If a manifest cannot be read or lists nothing, or if the output cannot be written.
pub fn run(arguments: &DupsArgs, console: &Console) -> Result<Ending, Fatal> {
    let mut run_settings = resolve::run_settings(&arguments.run, 1);
    if mem::take(&mut run_settings.stats) {
        console.line("--stats has nothing to show, because no file is read");
    }
    let session = Session::begin(run_settings, console)?;
    let stdout = Destination::stdout()?;
    let watch = session.watch(Some(&stdout), None)?;
    let mut output = Output::file(stdout, &session.temporaries)?;
    let (mut manifests, mut is_flawed) = (Vec::new(), false);
    for path in &arguments.from {
        let Some(loaded) = load(path, Reading::default(), &session)? else {
            return Ok(session.interrupted(&watch));
        };
        let Loaded { held, is_flawed: flawed } = loaded;
        if held.is_empty() {
            return Err(Fatal(lists_nothing(&printable(path), Accept::default())));
        }
        is_flawed |= flawed;
        manifests.push(Manifest { path: path.clone(), held });
    }
    let entries = manifests.iter().flat_map(|manifest| manifest.held.views());
    let links = entries.filter(|entry| entry.link.is_some()).count();
    if links > 0 {
        console.line(&format!("symbolic links in the manifests, which are not compared: {links}"));
    }
    let lines: usize = manifests.iter().map(|manifest| manifest.held.len()).sum();
    if u32::try_from(lines).is_err() {
        return Err(Fatal("the manifests have more than 4 billion lines".into()));
    }
    let lists_files = links < lines;
    let algorithm: Algorithm = match arguments.algorithm.or_else(|| strongest(&manifests)) {
        Some(algorithm) => algorithm,
        None if !lists_files => Algorithm::SHA256,
        None => return Err(Fatal(nothing_in_common(&manifests))),
    };
    let reporter = session.reporter();
    let listed = Listed::collect(manifests, algorithm, arguments.empty, |failure| {
        reporter.failed(&failure);
    });
    (0..listed.len()).for_each(|_| reporter.done());
    // All names differ, and no file is looked at.
    let groups = Groups::new(listed.digested(), &listed, arguments.hard_links, <[usize]>::to_vec);
    write(&Found { files: &listed, groups, algorithm }, arguments, &mut output, &session)?;
    Ok(match session.finish(session.nothing_run(&watch), output)? {
        Ending::Good if is_flawed => Ending::SomeFailed,
        ending => ending,
    })
}
