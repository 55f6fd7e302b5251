//! Keeps `audit -o FILE` from destroying a file by accident. An old report may be replaced. Any other
//! file is replaced only with `--overwrite`, and never if it is the manifest or a PATH.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::commands::protect::{OUTPUT, needs_overwrite, refuse_to_replace};
use crate::error::{Fatal, reason};
use crate::files::arguments::Inputs;
use crate::output::destination::Destination;
use crate::retry::Bounded;
use crate::verdict::audit::words;

/// How many bytes of a file are read to see whether it is a report: more than the longest first line,
/// and than the head of a page.
const BEGINNING: u64 = 64 << 10;

/// Refuses an output that would replace the manifest or a file that is compared, or a file that is no
/// report.
///
/// # Errors
/// Says why the file must not be replaced.
pub(super) fn check(
    destination: &Destination,
    manifest: &Path,
    inputs: &Inputs,
    overwrite: bool,
) -> Result<(), Fatal> {
    let paths = inputs.paths.iter().map(|path| (&**path, "an input"));
    refuse_to_replace(destination, OUTPUT, [(manifest, "the manifest")].into_iter().chain(paths))?;
    let Some((path, _)) = destination.old().filter(|(_, old)| !overwrite && old.len() > 0) else {
        return Ok(());
    };
    let against: String = match beginning(path) {
        Ok(beginning) if is_report(&beginning) => return Ok(()),
        Ok(_) => "is not the report of an audit".into(),
        Err(error) => format!("cannot be read to check that it is a report: {}", reason(&error)),
    };
    Err(needs_overwrite(destination.name(), &against))
}

fn beginning(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    Bounded::new(File::open(path)?).take(BEGINNING).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a file begins as a report in one of the formats does.
fn is_report(beginning: &[u8]) -> bool {
    let beginning = String::from_utf8_lossy(beginning);
    let line = beginning.lines().next().unwrap_or_default();
    match line.chars().next() {
        Some('<') => line == "<!DOCTYPE html>" && beginning.contains("<title>Audit: "),
        Some('{') => line.starts_with("{\"path") && line.contains("\"verdict\":\""),
        _ => words().any(|word| {
            let after = line.rsplit_once(&format!(": {word}")).map(|(_, after)| after);
            after.is_some_and(|after| after.is_empty() || after.starts_with([' ', ':', ',', ';']))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::is_report;

    #[test]
    fn reports_are_known_by_their_first_line() {
        for report in [
            "a/b: ok\n",
            "\\a\\nb: moved from c: d\n",
            "a: unreadable: Permission denied (os error 13)\n",
            "a: changed? (size, mtime)\n",
            "{\"path\":\"a\",\"verdict\":\"ok\"}\n",
            "{\"path_hex\":\"ff\",\"verdict\":\"new\"}",
            "<!DOCTYPE html>\n<head>\n<title>Audit: Nothing differs</title>\n",
        ] {
            assert!(is_report(report.as_bytes()), "{report}");
        }
        for other in [
            "d41d8cd98f00b204e9800998ecf8427e  a\n",
            "{\"path\":\"a\",\"size\":1,\"md5\":\"00\"}\n",
            "<!DOCTYPE html>\n<title>Home</title>\n",
            "note: okay\n",
            "\nb: ok\n",
            "text",
            "\0: ok\0",
        ] {
            assert!(!is_report(other.as_bytes()), "{other}");
        }
    }
}
