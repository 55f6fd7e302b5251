//! Parsers for the values of options: sizes, ages, numbers of threads, algorithms.

use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::hash::algorithms::{self, Algorithm};
use crate::manifest::Form;
use crate::pipeline::Settings;

/// The number of threads that read files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IoThreads {
    /// The program adjusts the number while it runs.
    Auto,
    /// This number of threads, which does not change.
    Fixed(usize),
}

/// The largest number of threads that is accepted. A larger one is most likely a typing error.
const MAX_THREADS: usize = 1024;

pub(super) fn parse_algorithm(name: &str) -> Result<Algorithm, String> {
    Algorithm::by_name(name).ok_or_else(|| match &algorithms::near(name)[..] {
        [] => format!("expected one of {}", algorithms::names()),
        near => format!("perhaps {}; --list-algorithms of hash lists all", near.join(" or ")),
    })
}

/// A parser for the names of the manifest formats.
pub(super) fn forms() -> impl TypedValueParser<Value = Form> {
    let name = |form: Form| PossibleValue::new(form.name()).help(form.about());
    PossibleValuesParser::new(Form::written().map(name))
        .map(|name| Form::by_name(&name).expect("one of the names above"))
}

pub(super) fn parse_threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=MAX_THREADS) => Ok(number),
        _ => Err(format!("expected a number from 1 to {MAX_THREADS}")),
    }
}

pub(super) fn parse_keywords(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&number| number > 0).ok_or_else(|| "expected a number from 1".into())
}

pub(super) fn parse_io_threads(text: &str) -> Result<IoThreads, String> {
    if text == "auto" {
        return Ok(IoThreads::Auto);
    }
    parse_threads(text).map(IoThreads::Fixed).map_err(|reason| format!("{reason}, or auto"))
}

pub(super) fn parse_memory(text: &str) -> Result<usize, String> {
    let bytes = parse_size(text)?;
    if bytes < Settings::MIN_MEMORY as u64 {
        return Err("expected at least 8M".into());
    }
    usize::try_from(bytes).map_err(|_| "too large for this machine".into())
}

pub(super) fn parse_limit(text: &str) -> Result<u64, String> {
    match parse_size(text)? {
        0 => Err("expected at least one byte a second".into()),
        limit => Ok(limit),
    }
}

pub(super) fn parse_age(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        "d" => Some(86_400),
        "w" => Some(7 * 86_400),
        _ => None,
    };
    let parsed = number.parse::<u64>().ok().zip(seconds).and_then(|(n, s)| n.checked_mul(s));
    let age = parsed.map(Duration::from_secs);
    age.ok_or_else(|| "expected an age such as 30d, 12h or 2w (units: s, m, h, d, w)".into())
}

pub(super) fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit.to_ascii_uppercase().as_str() {
        "" | "B" => Some(1),
        "K" | "KIB" => Some(1 << 10),
        "M" | "MIB" => Some(1 << 20),
        "G" | "GIB" => Some(1 << 30),
        "T" | "TIB" => Some(1 << 40),
        "KB" => Some(1000),
        "MB" => Some(1000_u64.pow(2)),
        "GB" => Some(1000_u64.pow(3)),
        "TB" => Some(1000_u64.pow(4)),
        _ => None,
    };
    let parsed = number.parse::<u64>().ok().zip(factor).and_then(|(n, f)| n.checked_mul(f));
    parsed.ok_or_else(|| "expected a number of bytes such as 500, 16M or 2GB".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_binary_and_decimal_units() {
        let cases = [("0", 0), ("16M", 16 << 20), ("2kb", 2000), ("1GiB", 1 << 30), ("7b", 7)];
        for (text, bytes) in cases {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in ["", "M", "-1", "1.5G", "99999999T", "1X", "1 M"] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn memory_below_eight_mebibytes_is_refused() {
        assert_eq!(parse_memory("8M"), Ok(8 << 20));
        assert!(parse_memory("8191K").is_err());
    }

    #[test]
    fn no_thread_and_too_many_threads_are_refused() {
        assert_eq!(parse_io_threads("auto"), Ok(IoThreads::Auto));
        assert_eq!(parse_io_threads("3"), Ok(IoThreads::Fixed(3)));
        assert!(parse_threads("0").is_err() && parse_threads("5000").is_err());
    }
}
