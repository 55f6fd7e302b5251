//! What `-h` prints: the options that most people need, in a line each. `--help` describes all options.

use clap::Command;

/// The ids of options, and a line about each.
type Lines = &'static [(&'static str, &'static str)];

/// The end of every short help.
const END: &str = "More options, examples and exit codes: --help";

/// What all commands have.
const RUN: Lines = &[
    ("output", "Write to FILE, which is replaced only by a complete result"),
    ("threads", "Computing threads [default: one for each CPU]"),
    ("verbose", "Log to standard error; -vv: every file"),
];

/// What most people need of the rest about a run.
const MORE_RUN: Lines = &[
    ("order", "The order of results"),
    ("summary", "Write what the run did to FILE: JSON, or metrics if FILE ends in .prom"),
];

/// Which files a command reads.
const FILES: Lines = &[
    ("glob", "Read only files that match GLOB, such as '*.jpg' (repeatable)"),
    ("exclude", "Skip files and directories that match GLOB (repeatable)"),
    ("files_from", "Read names of files from FILE; `-` is standard input"),
    ("null", "The names of --files-from end with NUL"),
];

/// What trees of all kinds of files need beside that.
const TREES: Lines = &[
    ("one_file_system", "Stay on the file system of each PATH"),
    ("follow", "Follow symbolic links found in directories"),
];

const HASH: Lines = &[
    ("algorithms", "The digests, such as sha256 or md5,blake3 [default: md5]"),
    ("list_algorithms", "Print the table of algorithms"),
    ("check", "Check the files that the manifests PATH list, as check does"),
    ("format", "The format of the output"),
    ("zero", "End each result with NUL"),
    ("seal", "Write a last line that shows if the manifest was cut off or altered"),
    ("resume", "Continue an interrupted run from FILE.partial"),
    ("update", "Read only files that have changed since MANIFEST was made"),
    ("rehash", "With --update: read every file, and report corrupt ones"),
    ("rehash_older_than", "With --update: read also what was read longer than AGE ago"),
];

const SEGMENT: Lines = &[
    ("encoding", "The encoding of the files, or auto"),
    ("field", "Cut only column FIELD of each line"),
    ("csv", "Read CSV"),
    ("json_field", "Cut only the string NAME of the JSON object in each line"),
    ("mode", "How texts are cut"),
    ("dict", "Use the dictionary in FILE instead of the built-in one"),
    ("user_dict", "Add the words of FILE (repeatable)"),
    ("keep", "Keep such parts whole (a list), such as url,date,number"),
    ("delimiter", "The string between two tokens"),
    ("pos", "Add the part of speech to each token"),
    ("drop", "Drop such tokens (a list)"),
    ("tags", "Keep only tokens with these parts of speech, such as n*,v"),
    ("stop_words", "Drop the words of FILE (repeatable)"),
    ("format", "Text or JSON Lines"),
    ("count", "Count the words of the whole input"),
    ("keywords", "Print the N most characteristic words of each file"),
    ("resume", "Continue an interrupted run of the same command"),
    ("output_dir", "Write the result of each file to the same path below DIR"),
];

const CHECK: Lines = &[
    ("quiet", "Print no line for a file that is OK"),
    ("status", "Print nothing; only the exit code shows the result"),
    ("ignore_missing", "Report nothing about files that do not exist"),
    ("algorithms", "The algorithm of lines that do not name one"),
    ("format", "Text or JSON Lines"),
    ("root", "Look up relative names in DIR"),
    (
        "beneath",
        "Look up names below DIR, and open nothing elsewhere, for a manifest of a stranger",
    ),
    ("require_seal", "Refuse a manifest without a seal"),
    ("from_disk", "Read every file from the disk, also if its content is in memory"),
];

const AUDIT: Lines = &[
    ("no_read", "Compare names, sizes and times only, and read no content"),
    ("ignore", "Ignore these differences (a list)"),
];

const DUPS: Lines = &[
    ("from", "Find groups in MANIFEST, without reading a file (repeatable)"),
    ("omit_first", "Leave out the first file of each group"),
    ("zero", "End names with NUL"),
    ("format", "Text or JSON Lines"),
    ("hard_links", "Count hard links to the same file as files of their own"),
    ("empty", "Empty files too"),
];

const DIFF: Lines = &[
    ("ignore_times", "Files that differ only in their modification time are the same"),
    ("format", "Text or JSON Lines"),
];

/// The options in the short help of a command. `None` if it describes all.
fn lines(name: &str) -> Option<&'static [Lines]> {
    match name {
        "hash" => Some(&[HASH, FILES, TREES, RUN, MORE_RUN]),
        "segment" | "idf" => Some(&[SEGMENT, FILES, RUN]),
        "check" => Some(&[CHECK, RUN, MORE_RUN]),
        "audit" => Some(&[AUDIT, CHECK, FILES, TREES, RUN, MORE_RUN]),
        "dups" => Some(&[DUPS, FILES, TREES, RUN, MORE_RUN]),
        "diff" => Some(&[DIFF, FILES, TREES, RUN, MORE_RUN]),
        _ => None,
    }
}

/// Gives a command its short help. The full help ends with `after`.
pub fn with_short_help(command: Command, after: impl Into<Option<&'static str>>) -> Command {
    let after = after.into();
    let Some(tables) = lines(command.get_name()) else { return command.after_help(after) };
    let command = command.mut_args(|arg| {
        let line = tables.iter().copied().flatten().find(|(id, _)| arg.get_id() == id);
        match line {
            _ if arg.is_positional() => arg,
            None => arg.hide_short_help(true),
            Some((_, line)) => match arg.get_long_help().or(arg.get_help()).cloned() {
                Some(long) => arg.long_help(long).help(*line),
                None => arg.help(*line),
            },
        }
    });
    command.after_help(END).after_long_help(after)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn the_short_help_has_at_most_fifty_lines_and_every_option_exists() {
        let mut unknown = Vec::new();
        let mut known = Vec::new();
        for name in ["hash", "segment", "idf", "check", "audit", "dups", "diff"] {
            let mut program = Cli::command();
            program.build();
            let command = program.find_subcommand_mut(name).unwrap();
            let help = command.render_help().to_string();
            let long = command.render_long_help().to_string();
            assert!(long.lines().all(|line| line.chars().count() <= 100), "{long}");
            assert!(help.lines().count() <= 50, "{} lines\n{help}", help.lines().count());
            for (id, _) in lines(name).unwrap().iter().copied().flatten() {
                let exists = command.get_arguments().any(|arg| arg.get_id() == id);
                if exists { known.push(*id) } else { unknown.push(*id) }
            }
        }
        unknown.retain(|id| !known.contains(id));
        assert_eq!(unknown, [""; 0]);
    }
}
