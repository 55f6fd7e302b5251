//! The program: parse, then resolve, then work.

use std::env;
use std::io::{IsTerminal, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use batchproc::cli::{self, Command};
use batchproc::commands;
use batchproc::error::{Fatal, reason};
use batchproc::output::Output;
use batchproc::run::console::Console;
use batchproc::run::ending::Ending;
use batchproc::system::memory::Allocator;
use batchproc::system::{self, panics};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

fn main() -> ExitCode {
    panics::note();
    let console = Console::default();
    let work = || catch_unwind(AssertUnwindSafe(|| run(&console)));
    let ended = system::with_enough_stack(work).unwrap_or_else(|error| {
        Ok(Err(Fatal(format!("cannot start a thread: {}", reason(&error)))))
    });
    match (ended, panics::first()) {
        (Ok(Err(fatal)), _) => console.line(&fatal.to_string()),
        (Ok(Ok(ending)), None) => return ending,
        (_, first) => console.line(first.unwrap_or("an unexpected failure")),
    }
    ExitCode::from(2)
}

fn run(console: &Console) -> Result<ExitCode, Fatal> {
    let limits = system::report_limits();
    limits.map_err(|error| Fatal(format!("cannot handle SIGXFSZ: {}", reason(&error))))?;
    let cli = match cli::parse(env::args_os()) {
        Ok(cli) => cli,
        Err(error) if error.use_stderr() => {
            let _ = error.print();
            return Ok(ExitCode::from(2));
        }
        Err(help) => return show(&help),
    };
    let ending = match cli.command {
        Command::Hash(arguments) => commands::hash::run(arguments, console),
        Command::Segment(arguments) => commands::segment::run(arguments, console),
        Command::Dict(arguments) => commands::dict::run(&arguments),
        Command::Check(arguments) => commands::check::run(&arguments, console),
        Command::Audit(arguments) => commands::audit::run(arguments, console),
    };
    ending.map(ExitCode::from)
}

/// Help and version go to standard output and are no failure.
fn show(help: &clap::Error) -> Result<ExitCode, Fatal> {
    // Which colours a terminal has, clap knows; and it is never full.
    if stdout().is_terminal() && help.print().is_ok() {
        return Ok(Ending::Good.into());
    }
    Output::print(help.render().to_string().into_bytes()).map(|()| Ending::Good.into())
}
