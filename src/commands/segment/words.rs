//! What the options mean that choose among the tokens and lines.

use crate::cli::segment::{DropName, FormName, SegmentArgs};
use crate::error::Fatal;
use crate::segment::filter::{Filter, Kinds};
use crate::segment::forms::Forms;
use crate::segment::skip::SkipLines;
use batchproc_jieba::Core;
use batchproc_jieba::keywords::Method;

/// The tags that are wanted, as a list of whether each tag is. `None` if all are.
///
/// # Errors
/// If no token can have one of the tags, which is surely a typing error.
pub(super) fn tags(arguments: &SegmentArgs, core: &Core) -> Result<Option<Vec<bool>>, Fatal> {
    let patterns = &arguments.words.tags;
    if patterns.is_empty() {
        return Ok(None);
    }
    let in_use = core.tags_in_use();
    let mut wanted = vec![false; in_use.len()];
    for pattern in patterns {
        let is_meant = |name: &str| match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == pattern && !name.is_empty(),
        };
        let mut found = false;
        for (index, name) in core.tag_names().enumerate() {
            if in_use[index] && is_meant(name) {
                (wanted[index], found) = (true, true);
            }
        }
        if !found {
            let tags =
                core.tag_names().zip(&in_use).filter(|(name, used)| **used && !name.is_empty());
            let mut tags: Vec<&str> = tags.map(|(name, _)| name).collect();
            tags.sort_unstable();
            let tags = tags.join(",");
            return Err(Fatal(format!(
                "--tags: no token can have the tag `{pattern}`; the tags are {tags}"
            )));
        }
    }
    Ok(Some(wanted))
}

/// The filter of the tokens, without stop words. `tags` are those that are wanted.
pub(super) fn filter(
    arguments: &SegmentArgs,
    method: Option<Method>,
    tags: Option<&Vec<bool>>,
) -> Filter {
    let drops = |name| arguments.drop.contains(&name);
    let kinds = Kinds {
        space: drops(DropName::Space),
        punctuation: drops(DropName::Punct),
        symbols: drops(DropName::Symbol),
        numbers: drops(DropName::Number),
        latin: drops(DropName::Latin),
    };
    let single = if drops(DropName::Single) { 2 } else { 0 };
    let least = arguments.words.min_length.map_or(0, |least| least as usize).max(single);
    // TextRank ranks by tags itself: the distance of two words counts the tokens between them.
    let tags = tags.filter(|_| method != Some(Method::TextRank)).cloned();
    Filter::new(kinds).with_least(least).with_tags(tags)
}

/// The lines that are skipped. `None` if none are.
///
/// # Errors
/// If a regular expression is invalid, or if the options cannot be combined.
pub(super) fn skip_lines(arguments: &SegmentArgs) -> Result<Option<SkipLines>, Fatal> {
    let patterns = &arguments.words.skip_lines;
    if patterns.is_empty() {
        return Ok(None);
    }
    if arguments.fields.csv {
        let reason = "--skip-lines cannot be used with --csv, whose records may have several lines";
        return Err(Fatal(reason.into()));
    }
    if arguments.keep.print_normalized {
        return Err(Fatal("--skip-lines cannot be used with --print-normalized".into()));
    }
    let skip = SkipLines::new(patterns).map_err(|error| Fatal(format!("--skip-lines: {error}")))?;
    Ok(Some(skip))
}

/// Refuses `--origin` where no JSON is written.
///
/// # Errors
/// If the output is text, or if the words of a copy of the text are looked up.
pub(super) fn check_origin(arguments: &SegmentArgs, forms: Forms) -> Result<(), Fatal> {
    if arguments.words.origin && !forms.is_empty() {
        return Err(Fatal("--origin cannot be used with --normalize and --ignore-case".into()));
    }
    if arguments.words.origin && arguments.format != FormName::Json {
        return Err(Fatal("--origin adds a field to JSON, so it needs --format json".into()));
    }
    Ok(())
}

/// Refuses `--skip-lines` with tables for each line.
///
/// # Errors
/// If lines are skipped that are not records with fields.
pub(super) fn check_lines(skip: Option<&SkipLines>) -> Result<(), Fatal> {
    match skip {
        Some(_) => Err(Fatal("--skip-lines cannot be used with --per line".into())),
        None => Ok(()),
    }
}
