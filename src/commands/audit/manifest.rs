//! The manifest of an audit: reads it into memory, judges its seal, and checks that it fits the PATHs.

use std::fs;
use std::path::Path;

use super::super::manifests::{Loaded, Reading, load};
use super::super::resolve;
use crate::cli::AuditArgs;
use crate::error::{Fatal, reason};
use crate::escape::printable;
use crate::files::link::is_link;
use crate::files::present::is_gone;
use crate::manifest::held::Held;
use crate::manifest::names::{key, lies_in};
use crate::manifest::{Renames, spelling};
use crate::run::session::Session;
use crate::verdict::hints::Hints;

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
        let Some(Loaded { held, is_flawed: malformed }) = load(manifest, reading, session)? else {
            return Ok(None);
        };
        // A shard may have no files.
        if held.is_empty() && arguments.shard.is_none() {
            return Err(Fatal(format!("{name}: no properly formatted checksum lines found")));
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
        if held.is_empty() {
            return Ok(());
        }
        let root = arguments.root.as_deref();
        let roots: Vec<_> = paths.iter().map(|path| key(path)).collect();
        let known = |root: &[u8]| held.keys().any(|name| lies_in(name, root));
        for (path, root) in paths.iter().zip(&roots) {
            // A PATH that does not exist is an error, unless the manifest lists files below it; then
            // these files get the verdict `missing`.
            if let Err(error) = fs::metadata(path)
                && path.as_os_str() != "-"
                && !(links && is_link(path))
                && !known(root)
            {
                return Err(Fatal(format!("{}: {}", printable(path), reason(&error))));
            }
        }
        if roots.iter().any(|root| known(root) || **root == *b"-") {
            return Ok(());
        }
        let spelled = paths.iter().flat_map(|path| spelling::others(path));
        let hint = match spelled.into_iter().find(|path| known(&key(path))) {
            Some(path) => spelling::hint(&path),
            None => hint_on_names(held, &arguments.renames.renames(), root)
                .unwrap_or_else(|| "give the same PATHs as when it was made, or --root".into()),
        };
        Err(Fatal(format!(
            "{name}: none of the files that it lists lies below the PATHs; its first name is {}; {hint}",
            printable(held.view(0).path)
        )))
    }
}

/// The hint for the first files of a manifest of which no name lies below the PATHs.
fn hint_on_names(held: &Held, renames: &Renames, root: Option<&Path>) -> Option<String> {
    let mut hints = Hints::default();
    let first = held.views().take(Hints::MOST_NAMES);
    for entry in first.filter(|entry| is_gone(entry.path)) {
        hints.missing(entry.written());
    }
    hints.hint(renames, root)
}
