//! The program: parse, then resolve, then work.

use std::env;
use std::process::ExitCode;

use batchproc::cli::{self, Command};
use batchproc::commands;
use batchproc::console::Console;

fn main() -> ExitCode {
    let cli = match cli::parse(env::args_os()) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output and are no failure.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let console = Console::default();
    let result = match cli.command {
        Command::Hash(arguments) => commands::hash::run(arguments, &console),
        Command::Segment(arguments) => commands::segment::run(arguments, &console),
        Command::Dict(arguments) => commands::dict::run(&arguments),
        Command::Check(arguments) => commands::check::run(&arguments, &console),
        Command::Audit(arguments) => commands::audit::run(arguments, &console),
    };
    match result {
        Ok(ending) => ending.into(),
        Err(fatal) => {
            console.line(&fatal.to_string());
            ExitCode::from(2)
        }
    }
}
