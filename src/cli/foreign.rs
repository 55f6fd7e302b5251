//! Options and commands of other programs that batchproc does not have, and what to use in their place.

/// An argument as an error message names it, and what to do.
pub type Advice = (&'static str, &'static str);

/// Options of `python -m jieba`.
pub const SEGMENT: &[Advice] = &[
    ("-u", "use --user-dict FILE to add the words of a file"),
    ("-D", "use --dict FILE to replace the built-in dictionary"),
    ("-n", "use --no-hmm to cut without the hidden Markov model"),
    ("-a", "use --mode full to print every word of the dictionary"),
    ("--cut-all", "use --mode full to print every word of the dictionary"),
    ("-p", "use --pos to add the part of speech"),
    ("-q", "leave -q out: no messages tell that a dictionary is loaded"),
    ("--delimiter <STRING>", "leave -d out: a space is between two tokens by default"),
    (
        "--dictionary",
        "use --dict FILE to replace the built-in dictionary, --user-dict FILE to add words",
    ),
    ("--postag", "use --pos to add the part of speech"),
    ("--tagging", "use --pos to add the part of speech"),
    ("--tag", "use --pos to add the part of speech, --tags TAG to keep only words with one"),
    ("--hmm", "leave it out: the hidden Markov model is used unless --no-hmm is given"),
    ("--full", "use --mode full"),
    ("--search", "use --mode search"),
    ("--exact", "leave it out: --mode exact is the default"),
    ("--topk", "use --keywords N"),
    ("--top-k", "use --keywords N"),
    ("--sep", "use -d STRING for what is between two tokens"),
    (
        "--separator",
        "use -d STRING for what is between two tokens, --field-separator for what is between two fields",
    ),
    ("--column", "use --field FIELD"),
    ("--tsv", "use --field FIELD: the fields are separated by tabs"),
    ("--json", "use --format json to print JSON Lines, --json-field NAME to read them"),
    ("--lowercase", "use --ignore-case"),
];

/// Options of programs that hash files: hashdeep, RHash, b3sum, cksum, and their relatives.
pub const HASH: &[Advice] = &[
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
    ("-f", "use --files-from LIST"),
    ("-i", "use --max-size SIZE"),
    ("-e", "leave -e out: a terminal shows how far the run is; elsewhere use --progress log"),
    ("-d", "use --format json"),
    ("--sfv", "use --format sfv"),
    ("--bsd", "use --tag"),
    ("--json", "use --format json"),
    ("--csv", "use --format csv"),
    ("--output-dir", "use -o FILE: one manifest lists all files"),
    ("--force", "use --overwrite to replace a FILE that is no manifest"),
    ("-s", "leave -s out: only failures are reported on standard error"),
    ("--silent", "leave it out: only failures are reported on standard error"),
    ("-W", "use -o FILE"),
    ("--checksum", "use -c to check manifests, -a NAME to choose the digest"),
    ("--check-embedded", "leave it out: digests in the names of files are not read"),
    ("--hash", "use -a NAME"),
    ("--hash-algorithm", "use -a NAME"),
    ("--list-hashes", "use --list-algorithms"),
    ("--all", "use -a with a list, such as md5,sha1,sha256"),
    ("--untagged", "leave it out: lines have no tag unless --tag is given"),
    ("--hex", "leave it out: digests are always hexadecimal"),
    ("--raw", "use --format json to read digests with a program"),
    ("--base64", "leave it out: digests are always hexadecimal"),
    ("--base32", "leave it out: digests are always hexadecimal"),
    ("--simple", "use --format gnu"),
    ("--printf", "use --format json, and print its fields with jq"),
    ("--template", "use --format json, and print its fields with jq"),
    ("--missing", "use batchproc audit MANIFEST PATH to see what is missing or new"),
    ("--unverified", "use batchproc audit MANIFEST PATH to see what is missing or new"),
    ("--skip-ok", "use batchproc check --quiet MANIFEST"),
    ("--speed", "use --stats"),
    (
        "--percents",
        "leave it out: a terminal shows how far the run is; elsewhere use --progress log",
    ),
    ("--no-mmap", "leave it out: files are read, and not mapped"),
    ("--print0", "use -z to end each line with NUL"),
    ("-print0", "use -z to end each line with NUL"),
    ("--null-data", "use -z to end each line with NUL"),
];

/// Options of md5sum and its relatives that go with their -c.
pub const CHECK: &[Advice] = &[
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
    ("--hash-algorithm", "use -a NAME"),
    ("--skip-ok", "use --quiet to print only what is wrong"),
    ("--verify", "leave it out: check always compares files with manifests"),
    (
        "-g",
        "use batchproc audit -g GLOB MANIFEST PATH: check reads every file that the manifest names",
    ),
    (
        "--include",
        "use batchproc audit -g GLOB MANIFEST PATH: check reads every file that the manifest names",
    ),
    (
        "--exclude",
        "use batchproc audit --exclude GLOB MANIFEST PATH: check reads every file that the manifest names",
    ),
];

/// Options of fdupes and its relatives.
pub const DUPS: &[Advice] = &[
    ("-d", "nothing is deleted; use -fz to print all but the first of each group, for xargs -0"),
    (
        "--delete",
        "nothing is deleted; use -fz to print all but the first of each group, for xargs -0",
    ),
    ("-S", "use --format json to see sizes"),
    ("--size", "use --format json to see sizes"),
    ("-q", "leave -q out: progress is shown only on a terminal"),
    ("--noempty", "leave it out: empty files are left out unless --empty is given"),
    ("--sameline", "use --format json: a group is a line"),
    ("--time", "use --format json, and ask stat for the times"),
    ("--summarize", "use -v to see the totals"),
    ("-print0", "use -z to end each line with NUL"),
];

/// Options of programs that read trees: grep, ls, find, fd, rsync, and their relatives.
pub const TREES: &[Advice] = &[
    ("-r", "leave -r out: directories are read with all that is below them"),
    ("-R", "leave -R out: directories are read with all that is below them"),
    ("--recursive", "leave it out: directories are read with all that is below them"),
    ("--recurse", "leave it out: directories are read with all that is below them"),
    ("--hidden", "leave it out: hidden files are read unless --no-hidden is given"),
    ("--include", "use -g GLOB"),
    ("--include-dir", "use -g GLOB"),
    ("--include-from", "give each pattern with -g GLOB"),
    ("--iglob", "use -g GLOB; [jJ] stands for both cases of a letter"),
    ("--filter", "use -g GLOB and --exclude GLOB"),
    ("--accept", "use -g GLOB, such as '*.jpg'"),
    ("--name", "use -g GLOB"),
    ("--iname", "use -g GLOB; [jJ] stands for both cases of a letter"),
    ("--path", "use -g GLOB"),
    ("--pattern", "use -g GLOB"),
    ("--regex", "use -g GLOB"),
    ("--type", "use -g GLOB, such as '*.jpg'"),
    ("--type-not", "use --exclude GLOB, such as '*.jpg'"),
    ("--extension", "use -g GLOB, such as '*.jpg'"),
    ("--exclude-from", "give each pattern with --exclude GLOB"),
    ("--exclude-dir", "use --exclude GLOB, which leaves out directories too"),
    ("--cvs-exclude", "use --exclude GLOB, or --gitignore"),
    ("--ignore-file", "use --exclude GLOB, or --gitignore"),
    ("--no-ignore", "leave it out: .gitignore is not read unless --gitignore is given"),
    ("--no-ignore-vcs", "leave it out: .gitignore is not read unless --gitignore is given"),
    ("--unrestricted", "leave it out: every file is read unless an option leaves it out"),
    ("--mindepth", "use -g GLOB; --max-depth N bounds the depth"),
    ("--max-filesize", "use --max-size SIZE"),
    ("--size", "use --min-size SIZE and --max-size SIZE"),
    ("--mount", "use --one-file-system"),
    ("--xdev", "use --one-file-system"),
    ("--dereference", "use --follow"),
    ("--dereference-recursive", "use --follow"),
    ("--copy-links", "use --follow"),
    (
        "--no-dereference",
        "leave it out: symbolic links in directories are not followed unless --follow is given",
    ),
];

/// Options about lists of names, and about what only a list can say.
pub const LISTS: &[Advice] = &[
    ("--file", "use --files-from LIST for names of files; a file is read if it is given as PATH"),
    ("--files", "use --files-from LIST for names of files; a file is read if it is given as PATH"),
    ("--file-list", "use --files-from LIST"),
    ("--from0", "use -0: the names of --files-from end with NUL"),
    (
        "--changed-within",
        "choose files by their times with find, and give the names with --files-from -",
    ),
    (
        "--changed-before",
        "choose files by their times with find, and give the names with --files-from -",
    ),
    ("--newer", "choose files by their times with find, and give the names with --files-from -"),
    ("-newer", "choose files by their times with find, and give the names with --files-from -"),
    ("-mtime", "choose files by their times with find, and give the names with --files-from -"),
    ("-mmin", "choose files by their times with find, and give the names with --files-from -"),
];

/// Options of programs that use more than one thread or print with colours.
pub const ALL: &[Advice] = &[
    ("-P", "use --threads N"),
    ("--jobs", "use --threads N"),
    ("--num-threads", "use --threads N"),
    ("--workers", "use --threads N"),
    ("--parallel", "use --threads N"),
    ("--processes", "use --threads N"),
    ("--bwlimit", "use --limit SIZE for the bytes that are read in a second"),
    ("--sort", "leave it out: results come in the order of the names"),
    ("--sortr", "leave it out: results come in the order of the names"),
    ("--color", "leave it out: results have no colours"),
    ("--no-color", "leave it out: results have no colours"),
    ("--log-level", "use -v, or -vv for every file"),
    ("--timeout", "use timeout SECONDS batchproc"),
];

/// Options about the format of the output.
pub const FORMATS: &[Advice] =
    &[("--output-format", "use --format FORMAT"), ("--out-format", "use --format FORMAT")];

/// The words of find's expressions that name what to find. A short option is read of them.
pub const FIND: &[Advice] = &[
    ("-name", "use -g GLOB"),
    ("-iname", "use -g GLOB; [jJ] stands for both cases of a letter"),
    ("-path", "use -g GLOB"),
    ("-type", "leave it out: only regular files are read"),
    ("-size", "use --min-size SIZE and --max-size SIZE"),
    ("-maxdepth", "use --max-depth N"),
    ("-mindepth", "use -g GLOB; --max-depth N bounds the depth"),
    ("-xdev", "use --one-file-system"),
    ("-mount", "use --one-file-system"),
];

/// Commands that other programs have.
pub const COMMANDS: &[Advice] = &[
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
