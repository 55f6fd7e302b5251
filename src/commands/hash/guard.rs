//! Keeps `-o FILE` from destroying a file by accident: with `hash -o *.txt`, the shell makes the
//! first text file the output. A manifest may be replaced. Any other file is replaced only with
//! `--overwrite`, and never if it is also an input. The list of `--files-from` is never replaced.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use crate::commands::protect::{OUTPUT, needs_overwrite, refuse_to_replace};
use crate::error::{Fatal, FileError, reason};
use crate::files::arguments::{Inputs, Source, cannot_compare, is_file, is_named};
use crate::files::{Item, Origin, Refused};
use crate::hash::algorithms::Algorithm;
use crate::manifest::forms::begins_seal;
use crate::manifest::{Entry, Form, Problem, ReadOptions, Records};
use crate::output::destination::Destination;
use crate::retry::Bounded;
use crate::stamp::{Identity, identity};

/// How many bytes of a file are read to see whether it is a manifest: twice the length of the
/// longest line. A manifest has its first entry, or its end, within these bytes.
const BEGINNING: u64 = 2 << 20;

/// Refuses to replace a file that must be kept. With `overwrite`, any file but an input may be
/// replaced. Returns the file if it will be replaced although it is not a manifest; the caller must
/// then check that no name in a list of inputs is this file. `updated` is the manifest of
/// `--update`.
///
/// # Errors
/// Says why the file must not be replaced.
pub fn check(
    destination: &Destination,
    inputs: &Inputs,
    updated: Option<&Path>,
    overwrite: bool,
) -> Result<Option<Identity>, Fatal> {
    let Some((path, old)) = destination.old().filter(|(_, old)| old.len() > 0) else {
        return Ok(None);
    };
    let (name, file) = (destination.name(), identity(old));
    refuse_to_replace(
        destination,
        OUTPUT,
        inputs.list.iter().map(|list| (&*list.path, "the list (--files-from)")),
    )?;
    // The manifest of `--update` was already read and found to be a manifest, even if its first
    // line is invalid.
    if let Some(manifest) = updated
        && is_named(manifest, file, name)?
    {
        return Ok(None);
    }
    // In a script, a variable that is not set leaves no PATH, and standard input is empty.
    if inputs.names_nothing() && !overwrite {
        return Err(Fatal(format!(
            "no PATH is given, so {name} would be replaced by the digest of standard input; if that is meant, give -"
        )));
    }
    let Some(against) = against(path, old.len()) else { return Ok(None) };
    if !overwrite {
        return Err(needs_overwrite(name, &against));
    }
    if inputs.include(file, name)? {
        return Err(Fatal(format!(
            "{name} {against}, and is both an input and the output (-o): its content would be lost"
        )));
    }
    Ok(Some(file))
}

/// Refuses to replace a file that is no manifest, for an output that is made of manifests alone.
///
/// # Errors
/// Says why the file must not be replaced.
pub fn check_alone(destination: &Destination, overwrite: bool) -> Result<(), Fatal> {
    let old = destination.old().filter(|(_, old)| old.len() > 0 && !overwrite);
    match old.and_then(|(path, old)| against(path, old.len())) {
        Some(against) => Err(needs_overwrite(destination.name(), &against)),
        None => Ok(()),
    }
}

/// What speaks against replacing a file of this size. `None` if it is a manifest.
fn against(path: &Path, size: u64) -> Option<String> {
    let read = ReadOptions::of(path);
    match File::open(path).and_then(|file| why_not_manifest(&file, size, read)) {
        Ok(against) => against.map(|against| format!("is not a manifest ({against})")),
        Err(error) => {
            Some(format!("cannot be read to check that it is a manifest: {}", reason(&error)))
        }
    }
}

/// Passes the names of the inputs on. A name from a list that is the protected file ends the run
/// with an error.
pub fn stop_at(protected: Option<Identity>, names: Source) -> Source {
    let Some(protected) = protected else { return names };
    Box::new(names.map(move |found| {
        let item = found?;
        // Only names from a list are checked here. Arguments were checked before the run, and a
        // walk skips the output file.
        let Item::File(path, Origin::Listed) = &item else { return Ok(item) };
        let reason = match is_file(path, protected) {
            Ok(false) => return Ok(item),
            Ok(true) => "is also the output (-o): its content would be lost".into(),
            Err(error) => cannot_compare(path, "the output", &error).0,
        };
        Err(Refused::Broken(FileError::new(path.clone(), reason)))
    }))
}

/// Returns why a file of this length does not begin like a manifest, or `None` if it does. A file
/// that has only a header, such as that of CSV, is a manifest.
fn why_not_manifest(mut file: &File, length: u64, read: ReadOptions) -> io::Result<Option<String>> {
    let beginning = Bounded::new(file).take(BEGINNING);
    let is_sfv = read.is_sfv();
    let mut has_entries = false;
    for read in Records::new(beginning, read) {
        match read {
            Ok(entry) if is_telling(&entry) => return Ok(None),
            Ok(_) => has_entries = true,
            Err(Problem::Malformed { line, reason }) => {
                return Ok(Some(format!("line {line}: {reason}")));
            }
            // What has a seal, or a part of one, was a manifest. Only a manifest has a line about a
            // file that could not be read.
            Err(Problem::Seal(_) | Problem::Unread { .. }) => return Ok(None),
            // An error without a number does not come from the system. It says that the file has
            // the wrong encoding, so it is not a manifest.
            Err(Problem::Broken(error)) if error.raw_os_error().is_none() => {
                return Ok(Some(reason(&error)));
            }
            Err(Problem::Broken(error)) => return Err(error),
        }
    }
    if length > BEGINNING && !has_entries {
        return Ok(Some("no valid line near its beginning".into()));
    }
    file.rewind()?;
    let mut bytes = Vec::new();
    Bounded::new(file).take(BEGINNING).read_to_end(&mut bytes)?;
    // In lines that end with NUL, names may contain newlines.
    let end = if bytes.contains(&0) { 0 } else { b'\n' };
    let mut lines = bytes.split(|&byte| byte == end).filter(|line| !line.is_empty());
    if is_sfv || bytes.starts_with(b"; Generated by ") || lines.clone().any(begins_seal) {
        return Ok(None);
    }
    Ok(if has_entries {
        let plain = lines.all(is_separated_by_two);
        (!plain).then(|| "its lines could be those of any text".into())
    } else if bytes.iter().all(|byte| b"\0\r\n".contains(byte)) {
        Some("it has only empty lines".into())
    } else {
        let comments = lines.all(|line| matches!(line, [b'#' | b';' | b'\r', ..]));
        comments.then(|| "it has only comments".into())
    })
}

/// Whether a line of this form and length can hardly be a line of any other text. The 8 digits of a
/// CRC-32 may be a date or a number of an invoice.
fn is_telling(entry: &Entry) -> bool {
    let bytes = entry.digests.set().iter().map(Algorithm::bytes).max();
    match entry.form {
        Form::GNU => bytes >= Some(16),
        form => form != Form::SFV,
    }
}

/// Whether two characters stand between the first word of a line and the rest, as in the lines of
/// md5sum.
fn is_separated_by_two(line: &[u8]) -> bool {
    let rest = line.iter().position(|&byte| byte == b' ').map(|blank| &line[blank + 1..]);
    matches!(rest, Some([b' ' | b'*', _, ..])) || matches!(line, [b'#', ..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn against(content: &[u8]) -> Option<String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        file.rewind().unwrap();
        why_not_manifest(&file, content.len() as u64, ReadOptions::default()).unwrap()
    }

    #[test]
    fn what_check_reads_is_a_manifest_and_nothing_else() {
        let md5 = "d41d8cd98f00b204e9800998ecf8427e";
        for manifest in [
            format!("{md5}  a\n"),
            format!("{md5} *a"),
            format!("\u{feff}{md5} a\r\n"),
            format!("\\{md5}  a\\nb\nwhatever\n"),
            format!("MD5 (a) = {md5}\n"),
            format!("# made by somebody\n\n{md5}  a\n"),
            format!("{md5}  a\nb\0{md5}  c\0"),
            format!("{{\"path\":\"a\",\"algorithm\":\"md5\",\"digest\":\"{md5}\"}}\n"),
            format!("path,algorithm,digest\r\na,md5,{md5}\r\n"),
            "path,algorithm,digest,size,mtime,ino,dev\r\n".into(),
            "; Generated by cksfv v1.3.15\na 12345678\n".into(),
            "; Generated by batchproc\n".into(),
            "1234abcd  a\n# a comment\n1234abcd *b".into(),
            "0123456789abcdef  a\n".into(),
            format!("12345678 a\n{md5}  b\n"),
            format!("%%%% HASHDEEP-1.0\n%%%% size,md5,filename\n0,{md5},a\n"),
            format!("MD5 hash of a:\r\n{md5}\r\n"),
            "MD5 (a) = 1B2M2Y8AsgTpgAmY7PhCfg==\n".into(),
        ] {
            assert_eq!(against(manifest.as_bytes()), None, "{manifest}");
        }
        let sfv = ReadOptions::of("a.SFV".as_ref());
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"a 12345678\n").unwrap();
        file.rewind().unwrap();
        assert_eq!(why_not_manifest(&file, 11, sfv).unwrap(), None);
        let long = [&b"# "[..], &vec![b'x'; 3 << 20]].concat();
        for other in [
            &b"data"[..],
            b"x",
            b"\n\n",
            &[0; 5000],
            b"\xff\xfed\0",
            b"#!/bin/sh\necho\n",
            b"path,size\na,1\n",
            b"d41d8cd98f00b204e9800998ecf8427e",
            b"{\"path\":\"a\"}\n",
            &vec![b'\n'; 3 << 20],
            &long,
            b"\n\n\0\0",
            b"# nothing yet\n",
            b"; nothing yet\n\n; nothing at all\n",
            b"Diary 20240101\nWent to the lake.\n",
            b"Bob 55512345\nAlice 55598765\n",
            b"20240101 Went home\n",
            b"1a2b3c4d fix the thing\nabcdef12 other\n",
        ] {
            assert!(against(other).is_some(), "{}", other[..other.len().min(40)].escape_ascii());
        }
    }
}
