//! Options and commands of other programs that batchproc does not have. The error messages name what to
//! use in their place.

use std::path::Path;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::hash::algorithms::Algorithm;

/// An argument as an error message names it, and what to do.
type Advice = (&'static str, &'static str);

/// Options of `python -m jieba`.
const SEGMENT: [Advice; 8] = [
    ("-u", "use --user-dict FILE to add the words of a file"),
    ("-D", "use --dict FILE to replace the built-in dictionary"),
    ("-n", "use --no-hmm to cut without the hidden Markov model"),
    ("-a", "use --mode full to print every word of the dictionary"),
    ("--cut-all", "use --mode full to print every word of the dictionary"),
    ("-p", "use --pos to add the part of speech"),
    ("-q", "leave -q out: no messages tell that a dictionary is loaded"),
    ("--delimiter <STRING>", "leave -d out: a space is between two tokens by default"),
];

/// Options of programs that hash files: hashdeep, rhash, b3sum, cksum, and their relatives.
const HASH: [Advice; 23] = [
    (
        "-l",
        "leave -l out: names are printed as they are found; for BLAKE2b of N bits use -a blake2b-N",
    ),
    ("--length", "use -a blake2b-N for BLAKE2b of N bits"),
    ("-k", "use batchproc audit MANIFEST PATH to compare files with known digests"),
    ("-m", "use batchproc audit MANIFEST PATH to compare files with known digests"),
    ("-M", "use batchproc audit MANIFEST PATH to compare files with known digests"),
    ("-X", "use batchproc audit MANIFEST PATH to compare files with known digests"),
    ("--verify", "use batchproc check MANIFEST"),
    ("-P", "use --threads N"),
    ("--jobs", "use --threads N"),
    ("--num-threads", "use --threads N"),
    ("-f", "use --files-from LIST"),
    ("-i", "use --max-size SIZE"),
    ("-e", "leave -e out: a terminal shows how far the run is; elsewhere use --progress log"),
    ("-d", "use --format json"),
    ("--sfv", "use --format sfv"),
    ("--bsd", "use --tag"),
    ("--json", "use --format json"),
    ("--csv", "use --format csv"),
    ("--output-format", "use --format FORMAT"),
    ("--output-dir", "use -o FILE: one manifest lists all files"),
    ("--force", "use --overwrite to replace a FILE that is no manifest"),
    ("-s", "leave -s out: only failures are reported on standard error"),
    ("--silent", "leave it out: only failures are reported on standard error"),
];

/// Options of md5sum and its relatives that go with their -c.
const CHECK: [Advice; 9] = [
    ("-c", "leave -c out: check always compares files with manifests"),
    ("--check", "leave it out: check always compares files with manifests"),
    ("-b", "leave -b out: files are always read as binary"),
    ("--binary", "leave it out: files are always read as binary"),
    ("-t", "leave -t out: files are always read as binary"),
    ("--text", "leave it out: files are always read as binary"),
    ("-q", "use --quiet to print only what is wrong"),
    (
        "-r",
        "leave -r out: the manifests name the files; audit looks for those that they do not name",
    ),
    (
        "--recursive",
        "leave it out: the manifests name the files; audit looks for those that they do not name",
    ),
];

/// Options of fdupes and its relatives.
const DUPS: [Advice; 5] = [
    ("-d", "nothing is deleted; use -fz to print all but the first of each group, for xargs -0"),
    (
        "--delete",
        "nothing is deleted; use -fz to print all but the first of each group, for xargs -0",
    ),
    ("-S", "use --format json to see sizes"),
    ("--size", "use --format json to see sizes"),
    ("-q", "leave -q out: progress is shown only on a terminal"),
];

/// Options of programs that read trees: grep, ls, fd, rsync, and their relatives.
const TREES: [Advice; 5] = [
    ("-r", "leave -r out: directories are read with all that is below them"),
    ("-R", "leave -R out: directories are read with all that is below them"),
    ("--recursive", "leave it out: directories are read with all that is below them"),
    ("--recurse", "leave it out: directories are read with all that is below them"),
    ("--hidden", "leave it out: hidden files are read unless --no-hidden is given"),
];

/// Commands that other programs have.
const COMMANDS: [Advice; 12] = [
    ("verify", "use batchproc check MANIFEST"),
    ("sum", "use batchproc hash"),
    ("digest", "use batchproc hash"),
    ("checksum", "use batchproc hash"),
    ("update", "use batchproc hash --update MANIFEST PATH -o MANIFEST"),
    ("compare", "use batchproc diff OLD NEW"),
    ("cut", "use batchproc segment"),
    ("tokenize", "use batchproc segment"),
    ("jieba", "use batchproc segment"),
    ("duplicates", "use batchproc dups"),
    ("dupes", "use batchproc dups"),
    ("fdupes", "use batchproc dups"),
];

/// Adds to the error what to use in place of an option or a command of another program.
pub fn advise(mut error: clap::Error, command: Option<&str>) -> clap::Error {
    let kind = match error.kind() {
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        _ => ContextKind::InvalidArg,
    };
    let Some(ContextValue::String(named)) = error.get(kind) else { return error };
    let is_option = kind == ContextKind::InvalidArg;
    let tables = if is_option { options(command) } else { [&COMMANDS[..], &[]] };
    let listed = tables.iter().copied().flatten().find(|(name, _)| name == named);
    let advice = match listed {
        Some((_, advice)) => Some((*advice).to_string()),
        None if is_option && command == Some("check") => {
            algorithm(named).map(|name| format!("use -a {name}"))
        }
        None if is_option && ![Some("hash"), None].contains(&command) => None,
        None => algorithm(named).map(|name| format!("use batchproc hash -a {name}")),
    };
    let advice = advice.or_else(|| match error.kind() {
        // Who leaves the command out most likely means this one.
        ErrorKind::InvalidSubcommand if Path::new(named).exists() => {
            Some(format!("use batchproc hash {named}"))
        }
        ErrorKind::UnknownArgument if command.is_none() => {
            Some("name the command first, such as batchproc hash".into())
        }
        _ => None,
    });
    if let Some(advice) = advice {
        let advice = ContextValue::StyledStrs(vec![StyledStr::from(advice)]);
        error.insert(ContextKind::Suggested, advice);
        // clap guesses names that are written alike, which have another meaning here.
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::SuggestedSubcommand);
        error.remove(ContextKind::Usage);
    }
    error
}

/// The options of other programs to look through if this command got one that it does not know.
fn options(command: Option<&str>) -> [&'static [Advice]; 2] {
    match command {
        Some("hash") => [&HASH, &TREES],
        Some("segment") => [&SEGMENT, &TREES],
        Some("check") => [&CHECK, &[]],
        Some("dups") => [&DUPS, &TREES],
        Some("audit" | "diff" | "idf") => [&TREES, &[]],
        _ => [&[], &[]],
    }
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
