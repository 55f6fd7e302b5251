//! Begins the file of `--summary` (see `run::summary_file`), and keeps it from replacing a file that
//! the command reads or writes.

use std::path::{Path, PathBuf};

use super::part;
use super::protect::{OUTPUT, refuse_to_replace};
use crate::cli::Command;
use crate::cli::idf::IdfArgs;
use crate::error::Fatal;
use crate::escape::printable;
use crate::output::destination::Destination;
use crate::run::console::Console;
use crate::run::summary_file;

/// What the file is called in error messages.
const SUMMARY: &str = "the summary (--summary)";

/// What the file needs to know about a command.
struct Facts<'a> {
    name: &'static str,
    /// The files that the command reads, each with what it is called in error messages.
    read: Vec<(&'a Path, &'a str)>,
    output: Option<&'a Path>,
}

fn facts(command: &Command) -> Option<Facts<'_>> {
    Some(match command {
        Command::Hash(arguments) => {
            let input = &arguments.input;
            let what = if arguments.check { "a manifest" } else { "an input" };
            let lists = named(input.files_from.as_slice(), "the list (--files-from)");
            let updated = named(arguments.update.as_slice(), "the manifest (--update)");
            let files = inputs(&input.paths, input.files_from.is_none(), what);
            let read = files.chain(lists).chain(updated).collect();
            let name = if arguments.check { "check" } else { "hash" };
            Facts { name, read, output: arguments.output.as_deref() }
        }
        Command::Segment(arguments) | Command::Idf(IdfArgs(arguments)) => {
            let input = &arguments.input;
            let files = inputs(&input.paths, input.files_from.is_none(), "an input");
            let lists = [
                (input.files_from.as_slice(), "the list (--files-from)"),
                (&arguments.dict, "the dictionary (--dict)"),
                (&arguments.user_dict, "a dictionary (--user-dict)"),
                (&arguments.stop_words, "the stop words (--stop-words)"),
                (&arguments.gather.idf, "the table (--idf)"),
            ];
            let lists = lists.into_iter().flat_map(|(paths, what)| named(paths, what));
            let read = files.chain(lists).collect();
            let output = arguments.output.as_deref();
            let name = if arguments.gather.to_idf { "idf" } else { "segment" };
            Facts { name, read, output }
        }
        Command::Check(arguments) => {
            let read = inputs(&arguments.manifests, true, "a manifest").collect();
            Facts { name: "check", read, output: None }
        }
        Command::Audit(arguments) => {
            let manifest = [(&*arguments.manifest, "the manifest")];
            let read = manifest.into_iter().chain(named(&arguments.paths, "an input")).collect();
            Facts { name: "audit", read, output: arguments.output.as_deref() }
        }
        Command::Dups(arguments) => {
            let input = &arguments.input;
            let stdin = input.files_from.is_none() && arguments.from.is_empty();
            let files = inputs(&input.paths, stdin, "an input");
            let lists = named(input.files_from.as_slice(), "the list (--files-from)");
            let from = named(&arguments.from, "a manifest (--from)");
            let read = files.chain(lists).chain(from).collect();
            Facts { name: "dups", read, output: None }
        }
        Command::Diff(arguments) => {
            let read = vec![(&*arguments.old, "an input"), (&*arguments.new, "an input")];
            Facts { name: "diff", read, output: None }
        }
        Command::Dict(_) | Command::Merge(_) | Command::Completions(_) | Command::Man(_) => {
            return None;
        }
    })
}

fn named<'a>(paths: &'a [PathBuf], what: &'a str) -> impl Iterator<Item = (&'a Path, &'a str)> {
    paths.iter().map(move |path| (&**path, what))
}

/// Like [`named`], but without any path it is standard input that is read, if `stdin` is set.
fn inputs<'a>(
    paths: &'a [PathBuf],
    stdin: bool,
    what: &'a str,
) -> impl Iterator<Item = (&'a Path, &'a str)> {
    let stdin = (stdin && paths.is_empty()).then_some((Path::new("-"), what));
    stdin.into_iter().chain(named(paths, what))
}

/// Begins the file, if the command has the option for it.
///
/// # Errors
/// If the file cannot be written, or is also another file of the command.
pub fn begin(command: &Command, console: &Console) -> Result<(), Fatal> {
    let Some(path) = command.run().and_then(|run| run.summary.as_ref()) else { return Ok(()) };
    let Some(Facts { name, mut read, output }) = facts(command) else { return Ok(()) };
    read.extend(output.filter(|output| output.as_os_str() != "-").map(|output| (output, OUTPUT)));
    let shard = output.filter(|_| is_shard(command)).map(part::side);
    if shard.as_deref().and_then(place).is_some_and(|side| Some(side) == place(path)) {
        return Err(Fatal(format!(
            "{} is both {SUMMARY} and what describes the shard",
            printable(path)
        )));
    }
    let destination = Destination::of(path)?;
    refuse_to_replace(&destination, SUMMARY, read)?;
    if output
        .is_some_and(|output| place(output).is_some_and(|place| Some(place) == self::place(path)))
    {
        return Err(Fatal(format!("{} is both {SUMMARY} and {OUTPUT}", destination.name())));
    }
    summary_file::begin(name, path, destination, console)
}

/// Whether the command does a part of the work, so that a file beside its output describes that.
fn is_shard(command: &Command) -> bool {
    match command {
        Command::Hash(arguments) => arguments.shard.shard.is_some(),
        Command::Segment(arguments) => arguments.shard.shard.is_some(),
        _ => false,
    }
}

/// The path of a file that need not exist, in a form in which equal places are equal.
fn place(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    Some(parent.unwrap_or(Path::new(".")).canonicalize().ok()?.join(name))
}
