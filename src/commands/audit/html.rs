//! The report of an audit as one HTML page, which needs nothing else: no network and no scripts. The
//! rows of each verdict wait in a temporary file without a name until all verdicts are known, so the
//! memory that a report takes does not depend on the number of its rows.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Seek, Write};
use std::path::Path;

use tempfile::{SpooledTempFile, spooled_tempfile};

use crate::error::{Fatal, reason};
use crate::escape::each_piece;
use crate::output::{Output, WriteError};
use crate::verdict::audit::{Audit, Finding, Verdict};

/// How many bytes of the rows of a verdict are kept in memory.
const IN_MEMORY: usize = 256 << 10;
/// A list of at most this many rows is open at first.
const OPEN: u64 = 50;
/// A longer list is divided into lists of this many rows, because browsers are slow with long ones.
const MOST: u64 = 1000;

const CSS: &str = include_str!("report.css");

/// A verdict that has a list, with its color and what it means.
struct Kind {
    verdict: Verdict,
    color: &'static str,
    about: &'static str,
}

const fn kind(verdict: Verdict, color: &'static str, about: &'static str) -> Kind {
    Kind { verdict, color, about }
}

/// The lists, in their order on the page.
const KINDS: [Kind; 11] = [
    kind(
        Verdict::Corrupt,
        "bad",
        "Other content, though size and times show no write: the stored data is damaged.",
    ),
    kind(
        Verdict::Replaced,
        "bad",
        "Other content with the same size and modification time: replaced with its time kept, or damaged.",
    ),
    kind(Verdict::Missing, "bad", "In the manifest, but not found."),
    kind(Verdict::Unreadable, "bad", "Could not be read."),
    kind(Verdict::Edited, "warn", "Other content, and another size or modification time."),
    kind(
        Verdict::Changed,
        "warn",
        "Other content; the manifest has no size or time that would say more.",
    ),
    kind(Verdict::Moved, "note", "A new name with the content of a name that is gone."),
    kind(Verdict::Respelled, "note", "The same name in another Unicode normalization form."),
    kind(Verdict::Touched, "note", "The same content, but another modification time."),
    kind(Verdict::Copied, "note", "A new name with the content of a name that still exists."),
    kind(Verdict::New, "note", "Not in the manifest."),
];

/// What a page says about the whole audit.
pub(super) struct Facts<'a> {
    /// The name of the manifest, the time at which it was modified, and the number of its entries.
    pub(super) manifest: (&'a Path, Option<String>, usize),
    /// The PATHs.
    pub(super) paths: &'a [std::path::PathBuf],
    /// When the audit began, and how many seconds it took.
    pub(super) began: String,
    pub(super) seconds: f64,
    /// Whether the manifest is not whole, or lines of it were not understood.
    pub(super) malformed: bool,
}

/// The rows of a report so far.
pub(super) struct Html {
    lists: Vec<(SpooledTempFile, u64)>,
    row: String,
}

impl Html {
    pub(super) fn new() -> Self {
        let lists = KINDS.iter().map(|_| (spooled_tempfile(IN_MEMORY), 0)).collect();
        Self { lists, row: String::new() }
    }

    /// Adds a row. Files that are as in the manifest have none.
    ///
    /// # Errors
    /// If the temporary file cannot be written.
    pub(super) fn add(&mut self, finding: &Finding<'_>) -> Result<(), Fatal> {
        let Some(index) = KINDS.iter().position(|kind| kind.verdict == finding.verdict) else {
            return Ok(());
        };
        let row = &mut self.row;
        row.clear();
        row.push_str("<li><span class=\"name\">");
        push_name(finding.path, row);
        row.push_str("</span>");
        if let Some(from) = finding.from {
            row.push_str(" <span class=\"more\">from <span class=\"name\">");
            push_name(from, row);
            row.push_str("</span></span>");
        }
        let differ: Vec<_> = finding.differences.words().collect();
        let differ = (!differ.is_empty()).then(|| differ.join(", "));
        for more in differ.iter().chain(&finding.reason) {
            row.push_str(" <span class=\"more\">");
            push_text(more, row);
            row.push_str("</span>");
        }
        row.push_str("</li>\n");
        let (rows, count) = &mut self.lists[index];
        *count += 1;
        rows.write_all(row.as_bytes()).map_err(|error| spool_failed(&error))
    }

    /// Writes the page.
    ///
    /// # Errors
    /// If it cannot be written, or if a temporary file cannot be read.
    pub(super) fn write(
        self,
        facts: &Facts<'_>,
        audit: &Audit<'_>,
        output: &mut Output,
    ) -> Result<(), WriteError> {
        output.buffer.extend(head(facts, audit).bytes());
        for (kind, (rows, count)) in KINDS.iter().zip(self.lists) {
            if count > 0 {
                write_list(kind, audit.word(kind.verdict), rows, count, output)?;
            }
        }
        output.buffer.extend(b"</main>\n</body>\n</html>\n");
        output.write_if_large()
    }
}

fn spool_failed(error: &io::Error) -> Fatal {
    Fatal(format!("cannot use a temporary file for the report: {}", reason(error)))
}

/// The beginning of the page, with the totals.
fn head(facts: &Facts<'_>, audit: &Audit<'_>) -> String {
    let mut page = String::new();
    let headline = headline(audit, facts.malformed);
    let color = if audit.is_fine() && !facts.malformed { "good" } else { "bad" };
    let _ = write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Audit: {headline}</title>\n<style>\n{CSS}</style>\n</head>\n<body>\n<main>\n\
         <h1 class=\"{color}\">{headline}</h1>\n<dl>\n<dt>Manifest</dt><dd><span class=\"name\">"
    );
    let (manifest, modified, entries) = &facts.manifest;
    push_name(manifest, &mut page);
    page.push_str("</span>");
    if let Some(modified) = modified {
        let _ = write!(page, ", of {modified}");
    }
    let _ = write!(
        page,
        ", with {} {}</dd>\n<dt>Compared with</dt><dd>",
        grouped(*entries as u64),
        files(*entries as u64)
    );
    for (index, path) in facts.paths.iter().enumerate() {
        page.push_str(if index > 0 { ", <span class=\"name\">" } else { "<span class=\"name\">" });
        push_name(path, &mut page);
        page.push_str("</span>");
    }
    let (began, seconds) = (&facts.began, facts.seconds);
    let version = env!("CARGO_PKG_VERSION");
    let _ = write!(
        page,
        "</dd>\n<dt>Audited</dt><dd>{began}, in {seconds:.1} s, by batchproc {version}</dd>\n</dl>\n<table>\n"
    );
    let ok = kind(Verdict::Ok, "good", "As in the manifest; not listed here.");
    for Kind { verdict, color, about } in KINDS.iter().chain([&ok]) {
        let count = audit.count(*verdict);
        if count > 0 || *verdict == Verdict::Ok {
            let word = audit.word(*verdict);
            let about = about_of(word, about);
            let _ = writeln!(
                page,
                "<tr><th class=\"{color}\">{word}</th><td class=\"n\">{}</td><td class=\"about\">{about}</td></tr>",
                grouped(count)
            );
        }
    }
    page.push_str("</table>\n");
    let whole =
        "the manifest is not whole, or lines of it were not understood or contradict each other";
    let whole = facts.malformed.then(|| whole.to_string());
    for remark in audit.remarks().into_iter().chain(whole) {
        let mut characters = remark.chars();
        let first = characters.next().map(|c| c.to_ascii_uppercase());
        page.push_str("<p class=\"remark\">");
        push_text(&first.into_iter().chain(characters).collect::<String>(), &mut page);
        page.push_str(".</p>\n");
    }
    page
}

/// What a verdict means. Without reading, nothing is known of the content.
fn about_of(word: &str, about: &'static str) -> &'static str {
    match word {
        "ok?" => "Seems unchanged; not read and not listed here.",
        "changed?" => "The size, a time, the inode or the device differs; not read.",
        _ => about,
    }
}

/// The most important result in a few words.
fn headline(audit: &Audit<'_>, malformed: bool) -> String {
    let total: u64 = audit.counts().map(|(_, count)| count).sum();
    let (corrupt, ok) = (audit.count(Verdict::Corrupt), audit.count(Verdict::Ok));
    let is = |count: u64| if count == 1 { "is" } else { "are" };
    match total - ok {
        _ if corrupt > 0 => {
            format!("{} {} {} corrupt", grouped(corrupt), files(corrupt), is(corrupt))
        }
        0 if total == 0 => "No file was found".into(),
        0 if malformed => "The manifest is damaged".into(),
        0 => "Nothing differs".into(),
        1 => "1 file differs".into(),
        differ => format!("{} files differ", grouped(differ)),
    }
}

/// Writes the list of a verdict. A long one is divided.
fn write_list(
    kind: &Kind,
    word: &str,
    mut rows: SpooledTempFile,
    count: u64,
    output: &mut Output,
) -> Result<(), WriteError> {
    let Kind { color, about, .. } = kind;
    let open = if count <= OPEN { " open" } else { "" };
    let divided = count > MOST;
    let about = about_of(word, about);
    let head = format!(
        "<details{open}>\n<summary><h2 class=\"{color}\">{word}</h2> {} {}</summary>\n\
         <p class=\"about\">{about}</p>\n",
        grouped(count),
        files(count)
    );
    output.buffer.extend(head.bytes());
    rows.rewind().map_err(|error| spool_failed(&error))?;
    let mut rows = BufReader::new(rows);
    for number in 0..count {
        if number % MOST == 0 {
            if divided {
                let last = (number + MOST).min(count);
                let range = format!(
                    "<details>\n<summary>{} to {}</summary>\n",
                    grouped(number + 1),
                    grouped(last)
                );
                output.buffer.extend(range.bytes());
            }
            output.buffer.extend(b"<ul>\n");
        }
        rows.read_until(b'\n', &mut output.buffer).map_err(|error| spool_failed(&error))?;
        if (number + 1) % MOST == 0 || number + 1 == count {
            output.buffer.extend(if divided { &b"</ul>\n</details>\n"[..] } else { b"</ul>\n" });
        }
        output.write_if_large()?;
    }
    output.buffer.extend(b"</details>\n");
    Ok(())
}

fn files(count: u64) -> &'static str {
    if count == 1 { "file" } else { "files" }
}

/// The number with commas between groups of three digits.
fn grouped(number: u64) -> String {
    indicatif::HumanCount(number).to_string()
}

/// Appends a name. What a terminal would get as an escape is marked as one.
fn push_name(path: &Path, out: &mut String) {
    each_piece(path, |piece, is_escape| {
        if is_escape {
            let _ = write!(out, "<span class=\"e\">{piece}</span>");
        } else {
            push_text(piece, out);
        }
    });
}

/// Appends text, with the characters escaped that mean something in HTML.
fn push_text(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
}
