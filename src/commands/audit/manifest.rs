//! The manifest of an audit: reads it into memory, judges its seal, and checks that it fits the PATHs.

use std::path::Path;

use super::super::manifests::{Loaded, Reading, lists_nothing, load};
use super::super::resolve;
use crate::cli::AuditArgs;
use crate::error::{Fatal, reason};
use crate::escape::printable;
use crate::files::present::is_gone;
use crate::manifest::held::Held;
use crate::manifest::{Renames, spelling};
use crate::run::session::Session;
use crate::verdict::hints::{Hints, added, typed};
use crate::verdict::paths::{Misfit, is_known, misfit};

/// The manifest in memory.
pub(super) struct Manifest {
    pub(super) held: Held,
    /// Its name, for messages.
    pub(super) name: String,
    /// Whether a line was not understood or contradicts another one, or the manifest is not whole.
    pub(super) malformed: bool,
}

impl Manifest {
    /// Reads the manifest. `None` if the run was stopped meanwhile.
    ///
    /// # Errors
    /// If the manifest cannot be read or lists nothing.
    pub(super) fn load(arguments: &AuditArgs, session: &Session) -> Result<Option<Self>, Fatal> {
        let AuditArgs { manifest, root, .. } = arguments;
        let name = printable(manifest);
        let reading = Reading {
            accept: resolve::accept(&arguments.algorithms),
            root: root.as_deref(),
            renames: arguments.renames.renames(),
            require_seal: arguments.require_seal,
        };
        let accept = reading.accept;
        let loaded = load(manifest, reading, session).map_err(|Fatal(reason)| {
            let is_directory = manifest.is_dir();
            let more = if is_directory { "; MANIFEST comes before PATH" } else { "" };
            Fatal(reason + more)
        });
        let Some(Loaded { held, is_flawed: malformed }) = loaded? else {
            return Ok(None);
        };
        // A shard may have no files.
        if held.is_empty() && arguments.shard.is_none() {
            return Err(Fatal(lists_nothing(&name, accept)));
        }
        log::info!("{name}: {} files", held.len());
        Ok(Some(Self { held, name, malformed }))
    }

    /// Checks that the manifest lists files below the PATHs. `links` says whether symbolic links are
    /// compared themselves.
    ///
    /// # Errors
    /// If it lists none, or if a PATH does not exist and the manifest lists nothing below it.
    pub(super) fn check_paths(&self, arguments: &AuditArgs, links: bool) -> Result<(), Fatal> {
        let (Self { held, name, .. }, paths) = (self, &arguments.paths);
        match misfit(held, paths, links) {
            None => return Ok(()),
            Some(Misfit::Unknown(path, error)) => {
                return Err(Fatal(format!("{}: {}", printable(path), reason(&error))));
            }
            Some(Misfit::NothingListed) => {}
        }
        let spelled = paths.iter().flat_map(|path| spelling::others(path));
        let hint = match spelled.into_iter().find(|path| is_known(held, path)) {
            Some(path) => spelling::hint(&path),
            None => hint_on_names(held, arguments),
        };
        Err(Fatal(format!(
            "{name}: none of the files that it lists lies below the PATHs; its first name is {}; {hint}",
            printable(held.view(0).path)
        )))
    }
}

/// What to type if no name of a manifest lies below the PATHs: the first of these with which the first files
/// of the manifest exist.
fn hint_on_names(held: &Held, arguments: &AuditArgs) -> String {
    let AuditArgs { manifest, paths, root, .. } = arguments;
    let (root, renames) = (root.as_deref(), arguments.renames.renames());
    let command = |options: &str, root: &Path| {
        let (root, manifest) = (typed(root), typed(manifest));
        let options = [options, if options.is_empty() { "" } else { " " }].concat();
        format!("batchproc audit {options}--root {root} {manifest} {root}")
    };
    let mut all = Hints::default();
    let mut hints = Hints::default();
    for entry in held.views().take(Hints::MOST_NAMES) {
        all.missing(entry.written());
        if is_gone(entry.path) {
            hints.missing(entry.written());
        }
    }
    if let Some(hint) = hints.hint(&renames, root) {
        return hint;
    }
    match (root, &paths[..]) {
        (Some(root), _) => {
            let options = renamed(arguments);
            format!(
                "--root changes the names of the manifest, and not PATH; PATH must be the directory itself: {}",
                command(&options, root)
            )
        }
        (None, [path]) if let Some(options) = all.options_at(&renames, path) => {
            let given = renamed(arguments);
            let options = [given, options].into_iter().filter(|some| !some.is_empty());
            let options: Vec<_> = options.collect();
            format!(
                "if {} is a copy of what it lists: {}",
                printable(path),
                command(&options.join(" "), path)
            )
        }
        _ => "give the same PATHs as when it was made; for a copy elsewhere, --strip-prefix PREFIX --root COPY MANIFEST COPY".into(),
    }
}

/// The options about names that were given, as a user types them.
fn renamed(arguments: &AuditArgs) -> String {
    added(&arguments.renames.renames(), &Renames::default())
}
