//! `batchproc diff` compares two trees, each of which is a directory or a manifest:
//!
//! ```text
//!  load or look ──► sides ──► plan ──► read ──► verdicts ──► output
//! ```

mod read;
mod report;

use std::fs;
use std::path::{Path, PathBuf};

use super::manifests::{Loaded, Reading, lists_nothing, load};
use super::resolve;
use crate::cli::{DiffArgs, OrderName};
use crate::diff::judge::judge;
use crate::diff::pairs::Pairs;
use crate::diff::plan::Plan;
use crate::diff::side::{Side, has_names_below};
use crate::error::{Fatal, reason};
use crate::escape::printable;
use crate::files::arguments::Inputs;
use crate::files::long;
use crate::files::rules::Sizes;
use crate::hash::algorithms::{Algorithm, Set};
use crate::hash::md5::Kernel;
use crate::manifest::names::key;
use crate::output::destination::Destination;
use crate::output::{Output, WriteError};
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::run::finish::Ended;
use crate::run::session::Session;
use crate::run::watch::Watch;
use crate::stamp::{Identity, identity};
use crate::verdict::hints::typed;
use read::Reader;
use report::Report;

/// What the parts of a run share.
struct Run<'a> {
    arguments: &'a DiffArgs,
    session: &'a Session,
    watch: &'a Watch,
    kernel: Kernel,
    /// The directories among OLD and NEW, and the rules for finding files in them.
    inputs: Inputs,
    is_directory: [bool; 2],
    /// The files that are not compared, because the run writes or reads them itself.
    own: Vec<Identity>,
    /// Whether a manifest has flaws.
    is_flawed: bool,
}

/// Runs the command.
///
/// # Errors
/// If the run itself fails, or if something could not be compared.
pub fn run(arguments: &DiffArgs, console: &Console) -> Result<Ending, Fatal> {
    let [old, new] = arguments.sides().map(is_directory);
    let is_directory = [old?, new?];
    arguments.check_options(is_directory)?;
    let kernel = resolve::kernel(Kernel::best)?;
    let session = Session::begin(resolve::run_settings(&arguments.run, kernel.lanes()), console)?;
    let directories: Vec<PathBuf> = (0..2)
        .filter(|&side| is_directory[side])
        .map(|side| arguments.sides()[side].into())
        .collect();
    let mut inputs =
        resolve::walk(&directories, &arguments.walk, &arguments.run, OrderName::Input)?;
    inputs.rules.links = arguments.links;
    let stdout = Destination::stdout()?;
    let watch = session.watch(Some(&stdout), None)?;
    let mut output = Output::file(stdout, &session.temporaries)?;
    let manifests = (0..2).filter(|&side| !is_directory[side]).map(|side| arguments.sides()[side]);
    let own = manifests.flat_map(fs::metadata).map(|metadata| identity(&metadata));
    let own = output.identities().into_iter().chain(own).collect();
    let mut run = Run {
        arguments,
        session: &session,
        watch: &watch,
        kernel,
        inputs,
        is_directory,
        own,
        is_flawed: false,
    };
    let Some((mut sides, ended)) = run.sides()? else { return Ok(session.interrupted(&watch)) };
    if is_over(&ended, &session) {
        return session.finish(ended, output);
    }
    session.report_unmatched(&run.inputs, &ended);
    let pairs = run.pairs(&sides);
    let ended = run.read(&mut sides, &pairs, ended);
    if is_over(&ended, &session) {
        return session.finish(ended, output);
    }
    let mut report = Report::new(arguments, &session);
    let [old, new] = &sides;
    let written = judge(old, new, &pairs, |name, verdict| match session.control.is_stopped() {
        true => Err(WriteError::Closed),
        false => report.put(name, verdict, &mut output),
    });
    if let Err(WriteError::Failed(fatal)) = written {
        return Err(fatal);
    }
    if written.is_ok() {
        report.sum_up();
    }
    let failed = session.counters.failed.load(std::sync::atomic::Ordering::Relaxed) > 0;
    let is_incomplete = failed || run.is_flawed || report.is_incomplete();
    match session.finish(ended.and_later(&watch), output)? {
        Ending::Good | Ending::SomeFailed if is_incomplete => Err(Fatal(
            "the comparison is not complete: not everything could be read and compared".into(),
        )),
        Ending::Good if report.differs() => Ok(Ending::SomeFailed),
        ending => Ok(ending),
    }
}

/// Whether a side is a directory; anything else is a manifest.
fn is_directory(path: &Path) -> Result<bool, Fatal> {
    if path.as_os_str() == "-" {
        return Ok(false);
    }
    let metadata = long::metadata(path);
    let metadata = metadata
        .map_err(|error| Fatal(format!("cannot read {}: {}", printable(path), reason(&error))))?;
    Ok(metadata.is_dir())
}

/// Whether the run ends before its last stage.
fn is_over(ended: &Ended, session: &Session) -> bool {
    !ended.is_complete() || session.control.is_stopped()
}

impl Run<'_> {
    /// Both sides, and how the walks of the directories ended. `None` if the run was interrupted
    /// while a manifest was read.
    fn sides(&mut self) -> Result<Option<([Side; 2], Ended)>, Fatal> {
        let mut sides = [Side::default(), Side::default()];
        // Manifests first, because they are read fast and may show that there is nothing to do.
        for (side, read) in sides.iter_mut().enumerate() {
            if !self.is_directory[side] {
                let Some(manifest) = self.manifest(side)? else { return Ok(None) };
                *read = manifest;
            }
        }
        let listed = |side: &usize| sides[*side].has_links();
        if let Some(side) = [0, 1].into_iter().find(listed)
            && self.is_directory.contains(&true)
        {
            let manifest = self.arguments.sides()[side];
            resolve::links_and_follow(manifest, self.arguments.walk.follow)?;
            self.inputs.rules.links = true;
        }
        let mut ended = self.session.nothing_run(self.watch);
        for side in [0, 1].into_iter().filter(|&side| self.is_directory[side]) {
            (sides[side], ended) = self.reader().directory(self.arguments.sides()[side])?;
            if is_over(&ended, self.session) {
                break;
            }
        }
        Ok(Some((sides, ended)))
    }

    fn reader(&self) -> Reader<'_> {
        let Self { session, watch, kernel, inputs, own, .. } = self;
        Reader { session, watch, kernel: *kernel, inputs, own }
    }

    /// Reads a side that is a manifest.
    fn manifest(&mut self, side: usize) -> Result<Option<Side>, Fatal> {
        let path = self.arguments.sides()[side];
        let accept = resolve::accept(&self.arguments.algorithms);
        let reading =
            Reading { accept, require_seal: self.arguments.require_seal, ..Reading::default() };
        let Some(Loaded { held, is_flawed }) = load(path, reading, self.session)? else {
            return Ok(None);
        };
        self.is_flawed |= is_flawed;
        let name = printable(path);
        if held.is_empty() {
            return Err(Fatal(lists_nothing(&name, accept)));
        }
        let given = [&self.arguments.old_root, &self.arguments.new_root][side].as_deref();
        let other = Some(self.arguments.sides()[1 - side]).filter(|_| self.is_directory[1 - side]);
        let root = given.or(other).map(key).filter(|root| has_names_below(&held, root));
        if let Some(given) = given.filter(|_| root.is_none()) {
            return Err(Fatal(format!(
                "{name}: none of its names lies below {}; its first name is {}",
                printable(given),
                printable(held.view(0).path)
            )));
        }
        let read = Side::of_manifest(held, root.as_deref(), &self.inputs.rules);
        if read.outside > 0 {
            let root = given.or(other).map(printable).unwrap_or_default();
            self.session.console.line(&format!(
                "{name}: names that do not lie below {root}, and are not compared: {}",
                read.outside
            ));
        }
        Ok(Some(read))
    }

    /// The names of both sides, without those whose files the limits on sizes exclude.
    fn pairs(&self, sides: &[Side; 2]) -> Pairs {
        let [old, new] = sides;
        let sizes: Sizes = self.inputs.sizes;
        let mut pairs = Pairs::new(old, new);
        if !pairs.is_empty() && !pairs.iter().any(|pair| matches!(pair, (Some(_), Some(_)))) {
            let first = |side: &Side| side.files().next().map(|file| printable(file.path()));
            if let (Some(first_old), Some(first_new)) = (first(old), first(new)) {
                let hint = self.hint_on_roots(sides).unwrap_or_else(|| {
                    "--old-root and --new-root say below which directory the names of a manifest are compared"
                        .into()
                });
                self.session.console.line(&format!(
                    "no name is on both sides; the first names are {first_old} and {first_new}; {hint}"
                ));
            }
        }
        // A file that grew over the limit on one side is still compared.
        let has_size = |side: &Side, index: Option<usize>| {
            let file = index.map(|index| side.file(index));
            file.is_some_and(|file| file.size.is_none_or(|size| !sizes.exclude(size)))
        };
        if !sizes.are_unlimited() {
            pairs.retain(|(a, b)| has_size(old, a) || has_size(new, b));
        }
        pairs
    }

    /// The option with which some of the first names of a manifest are on the other side too.
    fn hint_on_roots(&self, sides: &[Side; 2]) -> Option<String> {
        let roots =
            [("--old-root", &self.arguments.old_root), ("--new-root", &self.arguments.new_root)];
        roots.into_iter().enumerate().find_map(|(side, (option, given))| {
            let root = sides[side].root_in(&sides[1 - side])?;
            // The names of the side are those below the root that was given.
            let root = given.as_deref().unwrap_or(Path::new("")).join(root);
            (!self.is_directory[side]).then(|| {
                let [old, new] = self.arguments.sides().map(typed);
                let root = typed(&root);
                format!("if they are the same tree: batchproc diff {option}={root} {old} {new}")
            })
        })
    }

    /// Reads what must be read, and notes the digests.
    fn read(&self, sides: &mut [Side; 2], pairs: &Pairs, ended: Ended) -> Ended {
        let given: Set = self.arguments.algorithms.iter().copied().collect();
        let own = match given.is_empty() {
            true => Algorithm::by_name("blake3").into_iter().collect(),
            false => given,
        };
        let plan = Plan::new(&sides[0], &sides[1], pairs, own);
        self.reader().read(sides, pairs, &plan).unwrap_or(ended)
    }
}
