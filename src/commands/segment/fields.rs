//! What the options about fields mean.

use crate::cli::fields::{FieldArgs, MissingName};
use crate::cli::segment::{FormName, SegmentArgs};
use crate::error::Fatal;
use crate::segment::blocks::Records;
use crate::segment::fields::{Column, Fields, Place, Separator};
use crate::segment::skip::SkipLines;

/// The field that is cut. `None` if whole lines are.
///
/// # Errors
/// If the options cannot be combined.
pub(super) fn resolve(arguments: &SegmentArgs) -> Result<Option<Fields>, Fatal> {
    let FieldArgs { field, field_separator, csv, json_field, missing } = &arguments.fields;
    let place = match (field, json_field) {
        (None, None) if missing.is_some() => {
            return fail("--missing is about a field; name it with --field or --json-field");
        }
        (None, None) => return Ok(None),
        (Some(field), _) if *csv => csv_place(field, field_separator.as_deref())?,
        (Some(field), _) => {
            let separator = field_separator.as_deref().unwrap_or("\t");
            check_separator(arguments, separator)?;
            Place::Column(index(field)?, Separator::new(separator.as_bytes()))
        }
        (None, Some(name)) if name.split('.').any(str::is_empty) => {
            return fail("--json-field needs names with single dots between them, such as `a.b`");
        }
        (None, Some(name)) => Place::Json(name.split('.').map(String::from).collect()),
    };
    let prints_lines = !arguments.count && arguments.keywords.is_none();
    if prints_lines && arguments.format == FormName::Json {
        return fail(
            "--format json prints all tokens of a line, so it cannot be used with --field or --json-field",
        );
    }
    if arguments.delimiter.contains('\n') {
        return fail("-d cannot have a line end with --field or --json-field");
    }
    Ok(Some(Fields {
        place,
        pass_missing: *missing == Some(MissingName::Pass),
        pass_unfit: arguments.records,
        skip: None,
    }))
}

/// What the lines of a text are. If some are skipped, each must be read as a whole.
pub(super) fn records(fields: Option<&Fields>, skip: Option<&SkipLines>) -> Records {
    match fields.map(|fields| &fields.place) {
        None if skip.is_some() => Records::Lines,
        None => Records::Text,
        Some(Place::Csv(_, separator)) => Records::Csv(*separator),
        Some(Place::Column(..) | Place::Json(_)) => Records::Lines,
    }
}

fn fail<T>(reason: &str) -> Result<T, Fatal> {
    Err(Fatal(reason.into()))
}

/// The index of the field with this number.
fn index(field: &str) -> Result<usize, Fatal> {
    let number = field.parse().ok().filter(|&number: &usize| number > 0);
    let reason = || {
        Fatal(
            "--field needs a number from 1; a name is possible with --csv; for TSV with a header: --csv --field-separator $'\\t'"
                .into(),
        )
    };
    number.map(|number| number - 1).ok_or_else(reason)
}

fn csv_place(field: &str, separator: Option<&str>) -> Result<Place, Fatal> {
    let separator = match separator.unwrap_or(",").as_bytes() {
        [b'"' | b'\r' | b'\n'] => None,
        [byte] if byte.is_ascii() => Some(*byte),
        _ => None,
    };
    let Some(separator) = separator else {
        return fail(
            "--field-separator needs one character of ASCII with --csv, neither a quote nor a line end; for a tab: $'\\t'",
        );
    };
    let is_number = field.bytes().all(|byte| byte.is_ascii_digit());
    let column = match is_number {
        true => Column::Index(index(field)?),
        false => Column::Named(field.into()),
    };
    Ok(Place::Csv(column, separator))
}

/// Refuses a separator that would also come between the words of the field.
fn check_separator(arguments: &SegmentArgs, separator: &str) -> Result<(), Fatal> {
    if separator.is_empty() || separator.contains('\n') {
        return fail("--field-separator needs at least one character, and no line end");
    }
    let prints_lines = !arguments.count && arguments.keywords.is_none();
    // What comes between two words. Of the tag, only the slash before it is known.
    let between = [if arguments.pos { "/" } else { "" }, &arguments.delimiter];
    if prints_lines && between.iter().any(|part| part.contains(separator)) {
        return fail(
            "the words of a field cannot be separated by what separates the fields; choose another -d",
        );
    }
    Ok(())
}
