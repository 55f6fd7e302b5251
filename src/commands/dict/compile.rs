//! `batchproc dict compile` compiles a dictionary of words into a file that the program can load
//! without parsing.

use std::fs::File;
use std::io::{IsTerminal, Read, stdout};
use std::path::Path;

use super::write::write;
use crate::cli::dict::CompileArgs;
use crate::commands::resolve;
use crate::commands::side_files::{compat, dictionary, is_dash};
use crate::error::{Fatal, reason};
use crate::files::arguments::is_named;
use crate::output::destination::Destination;
use crate::run::console::Console;
use crate::run::ending::Ending;
use crate::segment::dictionary_files;
use crate::segment::side_files::Reading;
use crate::stamp::identity;
use batchproc_jieba::compiled::Compiled;

pub(super) fn run(arguments: &CompileArgs, console: &Console) -> Result<Ending, Fatal> {
    if arguments.output.is_none() && stdout().is_terminal() {
        return Err(Fatal(
            "a compiled dictionary is not written to a terminal; name a file with -o".into(),
        ));
    }
    let inputs = base(arguments).into_iter().chain(arguments.user_dict.iter().map(|file| &**file));
    if inputs.filter(|input| is_dash(input)).count() > 1 {
        let reason =
            "standard input can be only one of the dictionaries; name files for the others";
        return Err(Fatal(reason.into()));
    }
    let destination = resolve::destination(arguments.output.as_deref())?;
    check(&destination, arguments)?;
    let reading =
        Reading { encoding: arguments.encoding, ..Reading::utf_8(compat(arguments.compat)) };
    let base = base(arguments).map(dictionary).transpose();
    let additions = arguments.user_dict.iter().map(|path| dictionary(path));
    let compiled = base.and_then(|base| dictionary_files::compile(base, additions, reading));
    let (compiled, notes) = compiled.map_err(|error| Fatal(error.to_string()))?;
    notes.iter().for_each(|note| console.line(note));
    write(compiled.into_bytes(), destination, console)
}

/// The dictionary to begin with; `None` is the built-in one.
fn base(arguments: &CompileArgs) -> Option<&Path> {
    let base = arguments.base.as_deref().filter(|base| base.as_os_str() != "built-in");
    base.or(arguments.words.as_deref())
}

/// Refuses to replace a file that is neither empty nor a compiled dictionary, unless `--overwrite`
/// is given: with `-o *.txt`, the shell makes a text file the output. Always refuses to replace the
/// dictionary that is read.
fn check(destination: &Destination, arguments: &CompileArgs) -> Result<(), Fatal> {
    let Some((path, old)) = destination.old().filter(|(_, old)| old.len() > 0) else {
        return Ok(());
    };
    let name = destination.name();
    let fail = |error| Fatal(format!("cannot read {name} to see what it is: {}", reason(&error)));
    if !arguments.overwrite {
        let mut begin = Vec::new();
        let read = File::open(path).and_then(|file| file.take(16).read_to_end(&mut begin));
        read.map_err(fail)?;
        if !Compiled::is_begun_by(&begin) {
            return Err(Fatal(format!(
                "{name} is not a compiled dictionary, and -o would replace it; use --overwrite \
                 to replace it anyway"
            )));
        }
    } else {
        let file = identity(old);
        for input in base(arguments).into_iter().chain(arguments.user_dict.iter().map(|f| &**f)) {
            if is_named(input, file, name)? {
                return Err(Fatal(format!(
                    "{name} is both the input and the output (-o): its content would be lost"
                )));
            }
        }
    }
    Ok(())
}
