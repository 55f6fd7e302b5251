//! Adds to the error messages about wrong usage what to use in place of an option or a command that batchproc
//! does not have.

use std::ffi::OsString;
use std::path::Path;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::foreign::{
    ALL, Advice, CHECK, COMMANDS, DUPS, FIND, FORMATS, HASH, LISTS, SEGMENT, TREES,
};
use crate::hash::algorithms::Algorithm;

/// Adds to the error what to use in place of an option or a command of another program. `arguments` are
/// those of the program, of which the first is `command`, if that is one.
pub fn advise(
    mut error: clap::Error,
    command: Option<&str>,
    arguments: &[OsString],
) -> clap::Error {
    let kind = match error.kind() {
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        _ => ContextKind::InvalidArg,
    };
    let Some(ContextValue::String(named)) = error.get(kind) else { return error };
    let advice = match error.kind() {
        ErrorKind::InvalidSubcommand => on_command(named),
        ErrorKind::UnknownArgument => on_option(named, command, arguments),
        ErrorKind::TooManyValues => on_value(named, command),
        _ => listed(&tables(command), named),
    };
    if let Some(advice) = advice {
        let advice = ContextValue::StyledStrs(vec![StyledStr::from(advice)]);
        error.insert(ContextKind::Suggested, advice);
        // clap guesses names that are written alike, which have another meaning here.
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::SuggestedSubcommand);
        error.remove(ContextKind::Usage);
    } else if let Some(ContextValue::String(guess)) = error.get(ContextKind::SuggestedArg)
        && !is_misspelled(named, guess)
    {
        error.remove(ContextKind::SuggestedArg);
    }
    error
}

/// What to do about a command that does not exist.
fn on_command(named: &str) -> Option<String> {
    listed(&[COMMANDS], named)
        .or_else(|| algorithm(named).map(|name| format!("use batchproc hash -a {name}")))
        // Who leaves the command out most likely means this one.
        .or_else(|| Path::new(named).exists().then(|| format!("use batchproc hash {named}")))
}

/// What to do about an option that does not exist.
fn on_option(named: &str, command: Option<&str>, arguments: &[OsString]) -> Option<String> {
    let arguments = || arguments.iter().filter_map(|argument| argument.to_str());
    if command.is_none() && ["-c", "--check"].contains(&named) {
        let names: Vec<_> = arguments().filter(|name| !name.starts_with('-')).collect();
        return Some(format!("use batchproc check {}", names.join(" ")).trim_end().into());
    }
    let tables = tables(command);
    let find = FIND.iter().filter(|_| tables.contains(&TREES));
    let find = find.chain(tables.iter().copied().flatten());
    // Of `-name`, clap reads the options `-n`, `-a` and so on, up to the first one that there is not.
    let mut words = find.filter(|(word, _)| {
        !word.starts_with("--")
            && word.len() > 2
            && named.strip_prefix('-').is_some_and(|letter| word.contains(letter))
            && arguments().any(|argument| argument == *word)
    });
    if let Some((_, advice)) = words.next() {
        return Some((*advice).into());
    }
    listed(&tables, named)
        .or_else(|| match (algorithm(named)?, command) {
            (name, Some("check")) => Some(format!("use -a {name}")),
            (name, Some("hash") | None) => Some(format!("use batchproc hash -a {name}")),
            _ => None,
        })
        .or_else(|| {
            command.is_none().then(|| "name the command first, such as batchproc hash".into())
        })
}

/// What to do about a value for an option that takes none.
fn on_value(named: &str, command: Option<&str>) -> Option<String> {
    (command == Some("segment") && named == "--pos").then(|| {
        "--pos has no delimiter to choose: it prints word/tag; --format json has word and tag apart"
            .into()
    })
}

/// The advice in these tables.
fn listed(tables: &[&[Advice]], named: &str) -> Option<String> {
    let mut rows = tables.iter().copied().flatten();
    rows.find(|(name, _)| *name == named).map(|(_, advice)| (*advice).into())
}

/// The options of other programs to look through if this command got one that it does not know.
fn tables(command: Option<&str>) -> Vec<&'static [Advice]> {
    match command {
        Some("hash") => vec![HASH, TREES, LISTS, ALL, FORMATS],
        Some("segment") => vec![SEGMENT, TREES, LISTS, ALL, FORMATS],
        Some("idf") => vec![TREES, LISTS, ALL],
        Some("check") => vec![CHECK, ALL, FORMATS],
        Some("dups") => vec![DUPS, TREES, LISTS, ALL, FORMATS],
        Some("audit" | "diff") => vec![TREES, ALL, FORMATS],
        _ => Vec::new(),
    }
}

/// Whether a name may be an option that was misspelled or not written out: few letters differ, or are
/// exchanged, or one of the two is the beginning of the other.
fn is_misspelled(named: &str, option: &str) -> bool {
    let [a, b] = [named, option].map(|name| name.trim_start_matches('-'));
    let [a_letters, b_letters] = [a, b].map(|name| name.replace('-', ""));
    let sorted = |name: &str| {
        let mut letters: Vec<_> = name.chars().collect();
        letters.sort_unstable();
        letters
    };
    let most = if b_letters.len() < 9 { 1 } else { 2 };
    b.starts_with(a)
        || a.strip_prefix(b).is_some_and(|rest| rest.starts_with('-'))
        || sorted(&a_letters) == sorted(&b_letters)
        || strsim::levenshtein(&a_letters, &b_letters) <= most
}

/// The algorithm that is meant by `--sha256`, `sha256` or `sha256sum`.
fn algorithm(named: &str) -> Option<&'static str> {
    let name = named.trim_start_matches('-');
    let name = name.strip_suffix("sum").or(name.strip_suffix("deep")).unwrap_or(name);
    let name = match name {
        "b2" => "blake2b",
        "b3" => "blake3",
        "crc" | "ck" => "crc32",
        name => name,
    };
    Algorithm::by_name(name).map(Algorithm::name)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    /// The options in a text, and the command that they belong to: the last one that was named before.
    fn options<'a>(text: &'a str, command: &'a str) -> Vec<(&'a str, &'a str)> {
        let mut command = command;
        let mut options = Vec::new();
        let words: Vec<_> = text.split([' ', ';', ',', ':']).collect();
        for (index, word) in words.iter().enumerate() {
            match *word {
                "batchproc" if words[index + 1..].iter().any(|word| !word.is_empty()) => {
                    command = words[index + 1];
                }
                "" | "-" => {}
                option if option.starts_with('-') => options.push((command, option)),
                _ => {}
            }
        }
        options
    }

    #[test]
    fn every_option_that_is_advised_exists_in_its_command() {
        let mut program = Cli::command();
        program.build();
        let mut count = 0;
        for name in ["hash", "segment", "idf", "check", "dups", "audit", "diff"] {
            let find = if tables(Some(name)).contains(&TREES) { FIND } else { &[] };
            for (foreign, advice) in tables(Some(name)).into_iter().flatten().chain(find) {
                for (command, option) in options(advice, name) {
                    if advice.contains(&format!("leave {option} out")) || command == "SECONDS" {
                        continue;
                    }
                    let arguments = program.find_subcommand(command).unwrap().get_arguments();
                    let mut known = arguments.flat_map(|arg| {
                        let long = arg.get_long().map(|name| format!("--{name}"));
                        let shorts = arg.get_short().into_iter().map(|name| format!("-{name}"));
                        long.into_iter().chain(shorts)
                    });
                    // `-fz` stands for two options.
                    let letter = if option.starts_with("--") { option } else { &option[..2] };
                    let exists = known.any(|known| known == letter);
                    assert!(exists, "{name} {foreign}: {command} {option}: {advice}");
                    count += 1;
                }
            }
        }
        assert!(count > 200, "{count}");
    }

    #[test]
    fn an_option_of_this_program_is_not_in_the_tables() {
        let mut program = Cli::command();
        program.build();
        for name in ["hash", "segment", "idf", "check", "dups", "audit", "diff"] {
            let command = program.find_subcommand(name).unwrap();
            for arg in command.get_arguments() {
                let long = arg.get_long().map(|name| format!("--{name}"));
                let short = arg.get_short().map(|name| format!("-{name}"));
                for option in long.into_iter().chain(short) {
                    assert_eq!(listed(&tables(Some(name)), &option), None, "{name} {option}");
                }
            }
        }
    }

    #[test]
    fn only_what_is_written_almost_alike_is_taken_for_misspelled() {
        for (named, option) in [
            ("--algoritm", "--algorithm"),
            ("--alogrithm", "--algorithm"),
            ("--maxdepth", "--max-depth"),
            ("--fromat", "--format"),
            ("--out", "--output"),
            ("--follow-links", "--follow"),
            ("--stop-word", "--stop-words"),
        ] {
            assert!(is_misspelled(named, option), "{named} {option}");
        }
        for (named, option) in [
            ("--include", "--exclude"),
            ("--mindepth", "--max-depth"),
            ("--minsize", "--max-size"),
            ("--sort", "--format"),
            ("--checksum", "--check"),
            ("--tags", "--stats"),
            ("--log", "--glob"),
            ("--perms", "--per"),
        ] {
            assert!(!is_misspelled(named, option), "{named} {option}");
        }
    }
}
