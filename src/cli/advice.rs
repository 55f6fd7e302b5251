//! Options and commands of other programs that batchproc does not have. The error messages name what to
//! use in their place.

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
const HASH: [Advice; 14] = [
    ("-r", "leave -r out: directories are read with all that is below them"),
    ("-R", "leave -R out: directories are read with all that is below them"),
    ("--recursive", "leave it out: directories are read with all that is below them"),
    (
        "-l",
        "leave -l out: names are printed as they are found; for BLAKE2b of N bits use -a blake2b-N",
    ),
    ("--length", "use -a blake2b-N for BLAKE2b of N bits"),
    ("-k", "use batchproc audit MANIFEST PATH to compare files with known digests"),
    ("--verify", "use batchproc check MANIFEST"),
    ("--jobs", "use --threads N"),
    ("--num-threads", "use --threads N"),
    ("--sfv", "use --format sfv"),
    ("--bsd", "use --tag"),
    ("--json", "use --format json"),
    ("--output-dir", "use -o FILE: one manifest lists all files"),
    ("--silent", "leave it out: only failures are reported on standard error"),
];

/// Commands that other programs have.
const COMMANDS: [Advice; 6] = [
    ("verify", "use batchproc check MANIFEST"),
    ("sum", "use batchproc hash"),
    ("digest", "use batchproc hash"),
    ("cut", "use batchproc segment"),
    ("jieba", "use batchproc segment"),
    ("duplicates", "use batchproc dups"),
];

/// Adds to the error what to use in place of an option or a command of another program.
pub fn advise(mut error: clap::Error, command: Option<&str>) -> clap::Error {
    let kind = match error.kind() {
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        _ => ContextKind::InvalidArg,
    };
    let Some(ContextValue::String(named)) = error.get(kind) else { return error };
    let table = match (kind, command) {
        (ContextKind::InvalidSubcommand, _) => &COMMANDS[..],
        (_, Some("segment")) => &SEGMENT,
        (_, Some("hash")) => &HASH,
        _ => &[],
    };
    let listed = table.iter().find(|(name, _)| name == named).map(|(_, advice)| (*advice).into());
    let is_option = kind == ContextKind::InvalidArg;
    let wants_algorithm = !is_option || command == Some("hash");
    let advice = listed.or_else(|| by_algorithm(named).filter(|_| wants_algorithm));
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

/// What to use in place of `--sha256`, `sha256` or `sha256sum`.
fn by_algorithm(named: &str) -> Option<String> {
    let name = named.trim_start_matches('-');
    let name = name.strip_suffix("sum").or(name.strip_suffix("deep")).unwrap_or(name);
    let name = match name {
        "b2" => "blake2b",
        "b3" => "blake3",
        "crc" | "ck" => "crc32",
        name => name,
    };
    Algorithm::by_name(name).map(|algorithm| format!("use batchproc hash -a {}", algorithm.name()))
}
