//! The commands of the program. The code of a command only connects other modules. The module
//! `resolve` turns the options as typed into values for this machine, such as numbers of threads.

pub mod audit;
pub mod check;
pub mod dict;
pub mod diff;
pub mod dups;
pub mod hash;
mod manifests;
pub mod merge;
mod pages;
mod part;
mod protect;
mod resolve;
mod seal;
pub mod segment;
mod side_files;
mod summary;

use std::env;
use std::ffi::OsString;
use std::io::{IsTerminal, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;

use batchproc_os::{panics, priority};

use crate::cli::idf::IdfArgs;
use crate::cli::{self, Command};
use crate::error::{Fatal, reason};
use crate::escape::printable;
use crate::output::Output;
use crate::run::console::Console;
use crate::run::ending::{Ending, FATAL};
use crate::run::summary_file;

/// Runs the program: parses the arguments, runs the command that they name, and returns the exit
/// code.
pub fn main() -> ExitCode {
    panics::install_hook();
    let console = Console::default();
    let work = || catch_unwind(AssertUnwindSafe(|| run(&console)));
    let ended = batchproc_os::with_enough_stack(work).unwrap_or_else(|error| {
        Ok(Err(Fatal(format!("cannot start a thread: {}", reason(&error)))))
    });
    let code = match (ended, panics::first()) {
        (Ok(Ok(code)), None) => code,
        (Ok(Err(fatal)), _) => {
            console.line(&fatal.to_string());
            FATAL
        }
        (_, first) => {
            console.line(first.unwrap_or("an unexpected failure"));
            FATAL
        }
    };
    ExitCode::from(summary_file::end(code, &console))
}

/// Runs the command that the arguments name, and returns the exit code.
fn run(console: &Console) -> Result<u8, Fatal> {
    let limits = batchproc_os::report_limits();
    limits.map_err(|error| Fatal(format!("cannot handle SIGXFSZ: {}", reason(&error))))?;
    let cli = match cli::parse(env::args_os()) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            usage(&error, console);
            return Ok(FATAL);
        }
        Err(help) => return show(&help),
    };
    // The threads that start later, such as that of the summary, get the priority of this one.
    if cli.command.run().is_some_and(|run| run.nice) {
        let lowered = priority::lower();
        lowered.map_err(|error| Fatal(format!("cannot lower the priority: {}", reason(&error))))?;
    }
    summary::begin(&cli.command, console)?;
    let ending = match cli.command {
        Command::Hash(arguments) => hash::run(arguments, console),
        Command::Segment(arguments) => segment::run(arguments, console),
        Command::Idf(IdfArgs(arguments)) => segment::run(arguments, console),
        Command::Dict(arguments) => dict::run(&arguments, console),
        Command::Completions(arguments) => pages::completions(&arguments),
        Command::Man(arguments) => pages::man(&arguments),
        Command::Merge(arguments) => merge::run(&arguments, console),
        Command::Check(arguments) => check::run(&arguments, console),
        Command::Audit(arguments) => audit::run(arguments, console),
        Command::Diff(arguments) => diff::run(&arguments, console),
        Command::Dups(arguments) => dups::run(arguments, console),
    };
    ending.map(Ending::code)
}

/// Says what is wrong with the arguments. On a terminal, clap prints the text with colours, and the argument
/// as it is; so if a terminal would obey that, the text is made safe and has no colours.
fn usage(error: &clap::Error, console: &Console) {
    let is_safe = |argument: &OsString| printable(Path::new(argument)).as_str() == argument;
    if env::args_os().all(|argument| is_safe(&argument)) {
        let _ = error.print();
        return;
    }
    console.text(&error.render().to_string());
}

/// Prints the help or the version to standard output, and returns the exit code of a success.
fn show(help: &clap::Error) -> Result<u8, Fatal> {
    // On a terminal, clap itself prints the text, with colours. Elsewhere, errors such as a full
    // disk must be noticed, which [`Output`] does.
    if stdout().is_terminal() && help.print().is_ok() {
        return Ok(Ending::Good.code());
    }
    Output::print(help.render().to_string().into_bytes()).map(|()| Ending::Good.code())
}
