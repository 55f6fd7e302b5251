//! What a run of `hash` computes and writes, from what was typed and from the manifest that it
//! updates.

use std::env;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use crate::cli::{HashArgs, InputArgs, OrderName};
use crate::error::{Fatal, reason};
use crate::escape::printable;
use crate::hash::algorithms::{Algorithm, Set};
use crate::manifest::held::Wrong;
use crate::manifest::order::are_in_order;
use crate::manifest::{Entry, Form, Format, Writing, spelling};
use crate::output::partial::Run;
use crate::run::console::Console;
use crate::run::few::Few;
use crate::stamp::{nanoseconds_of, now};
use crate::update::join::Told;
use crate::update::known::{Policy, Tally};
use crate::update::previous::Previous;
use crate::update::resume::Written;

/// See the module's head.
pub struct Plan {
    /// The digests, in the order in which they are written.
    pub algorithms: Vec<Algorithm>,
    /// The same as a set.
    pub set: Set,
    /// Whether each file of the manifest to be updated keeps the algorithms of its line.
    pub own: bool,
    form: Form,
    zero: bool,
    /// Whether the output tells when files were read.
    hashed: bool,
    /// The manifest to be updated, if there is one.
    pub previous: Option<Previous>,
    /// What the output depends on.
    pub run: Run,
}

impl Plan {
    /// Resolves what was typed.
    ///
    /// # Errors
    /// Options that do not go together, and a manifest that cannot be updated.
    pub fn resolve(
        arguments: &HashArgs,
        tally: &Arc<Tally>,
        console: &Console,
    ) -> Result<Self, Fatal> {
        arguments.check_options()?;
        let previous = match &arguments.update {
            Some(path) => previous(path, arguments, tally, console)?,
            None => None,
        };
        let first = previous.as_ref().and_then(|previous| previous.first.as_ref());
        let mut algorithms = arguments.algorithms.clone();
        let own = first.is_some() && algorithms.is_empty();
        if algorithms.is_empty() {
            algorithms = first.map_or_else(|| vec![Algorithm::MD5], Entry::algorithms);
        }
        let mut set = Set::default();
        algorithms.retain(|&algorithm| {
            let new = !set.contains(algorithm);
            set.insert(algorithm);
            new
        });
        let update = arguments.update.is_some();
        let form = match (arguments.format, first.map(|first| first.form)) {
            _ if arguments.tag => Form::BSD,
            (None, Some(Form::CSV)) => Form::CSV,
            (None, _) if update => Form::JSON,
            // Bare digests of several kinds could not be told apart.
            (None | Some(Form::GNU), _) if algorithms.len() > 1 => Form::BSD,
            (None, _) if !algorithms[0].has_tool() => Form::BSD,
            (format, _) => format.unwrap_or(Form::GNU),
        };
        if arguments.zero && !form.may_end_with_nul() {
            return Err(Fatal(
                "--zero does not go with --format csv, whose lines end with CR LF".into(),
            ));
        }
        if update && !form.has_times() {
            return Err(Fatal("--update goes with --format json and csv only".into()));
        }
        let version = previous.as_ref().map(|previous| previous.version);
        // Only a file can be left unfinished by one run and gone on with by another.
        let arguments_digest = match arguments.output {
            Some(_) => digest(arguments, &algorithms, own, form, version),
            None => String::new(),
        };
        let run = Run { arguments: arguments_digest, begun: now() };
        Ok(Self { set, own, form, zero: arguments.zero, hashed: update, algorithms, previous, run })
    }

    /// The form of the output.
    pub fn format(&self) -> Box<dyn Format> {
        self.form.writer(Writing { zero: self.zero, hashed: self.hashed })
    }

    /// The form of the output, for reading it again.
    pub fn written(&self) -> Written {
        Written {
            algorithms: (!self.hashed).then(|| self.algorithms.clone()),
            line_each: self.form.line_each(),
            zero: self.zero,
            begun: self.hashed.then_some(self.run.begun),
            since: self.run.begun,
        }
    }

    /// When files that have not changed are read nevertheless.
    pub fn policy(&self, arguments: &HashArgs) -> Policy {
        let walk = &arguments.input.walk;
        let before = arguments.rehash_older_than.map(|age| self.run.begun - nanoseconds_of(age));
        Policy {
            all: arguments.rehash,
            before,
            now: now(),
            algorithms: self.set,
            own: self.own,
            sizes: (walk.min_size, walk.max_size),
            follow: walk.follow,
            ignored: arguments.ignore.ignored(),
            forget: arguments.forget_left_out,
        }
    }
}

/// Tells the first lines of the manifest with which something is wrong, and counts all.
pub fn told(name: &Path, tally: &Arc<Tally>, console: &Console) -> Told {
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

/// Opens the manifest that is to be updated.
fn previous(
    path: &Path,
    arguments: &HashArgs,
    tally: &Arc<Tally>,
    console: &Console,
) -> Result<Option<Previous>, Fatal> {
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
            if error.kind() == std::io::ErrorKind::NotFound
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

/// A digest of all that the output depends on.
fn digest(
    arguments: &HashArgs,
    algorithms: &[Algorithm],
    own: bool,
    form: Form,
    previous: Option<(u64, i128, u64)>,
) -> String {
    let HashArgs { input, zero, update, rehash, rehash_older_than, .. } = arguments;
    let all = format!(
        "{:?}",
        (
            env!("CARGO_PKG_VERSION"),
            env::current_dir().ok(),
            (algorithms, own),
            form,
            input,
            zero,
            (update, previous, rehash, rehash_older_than),
            (&arguments.ignore, arguments.forget_left_out),
        )
    );
    blake3::hash(all.as_bytes()).to_hex().to_string()
}
