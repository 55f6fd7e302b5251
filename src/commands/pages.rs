//! `batchproc completions` and `batchproc man` print what the shell and the reader of manuals need. Both are
//! made from the description of the options, so they cannot differ from `--help`.

use std::fs;
use std::io;
use std::path::Path;

use clap_complete::Shell;

use clap::{Command, CommandFactory};

use crate::cli::Cli;
use crate::cli::pages::{CompletionsArgs, ManArgs, bash_end, described, page, suggesting};
use crate::error::{Fatal, reason};
use crate::escape::printable;
use crate::output::Output;
use crate::run::ending::Ending;

/// Prints the completions of a shell.
///
/// # Errors
/// If they cannot be written.
pub fn completions(arguments: &CompletionsArgs) -> Result<Ending, Fatal> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut suggesting(Cli::command()),
        "batchproc",
        &mut script,
    );
    if arguments.shell == Shell::Bash {
        script.extend(bash_end(Cli::command()).into_bytes());
    }
    Output::print(script).map(|()| Ending::Good)
}

/// Prints the page of the program, or writes all pages.
///
/// # Errors
/// If a page cannot be written.
pub fn man(arguments: &ManArgs) -> Result<Ending, Fatal> {
    if let Some(dir) = &arguments.dir {
        let written =
            fs::create_dir_all(dir).and_then(|()| write_all(&described(Cli::command()), dir));
        return match written {
            Ok(()) => Ok(Ending::Good),
            Err(error) => {
                let dir = printable(dir);
                Err(Fatal(format!("cannot write the pages into {dir}: {}", reason(&error))))
            }
        };
    }
    let page = page(&described(Cli::command()), env!("CARGO_PKG_VERSION"))
        .map_err(|error| Fatal(format!("cannot make the page: {}", reason(&error))))?;
    Output::print(page.into_bytes()).map(|()| Ending::Good)
}

/// Writes the pages of a command and of all commands below it.
fn write_all(command: &Command, dir: &Path) -> io::Result<()> {
    for below in command.get_subcommands() {
        write_all(below, dir)?;
    }
    let name = command.get_display_name().unwrap_or_else(|| command.get_name());
    fs::write(dir.join(format!("{name}.1")), page(command, env!("CARGO_PKG_VERSION"))?)
}
