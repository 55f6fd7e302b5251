//! Options of `python -m jieba` that `batchproc segment` does not have. Its error messages name the
//! options to use in their place.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue};

/// An argument as an error message names it, and what to do.
const ADVICE: [(&str, &str); 8] = [
    ("-u", "use --user-dict FILE to add the words of a file"),
    ("-D", "use --dict FILE to replace the built-in dictionary"),
    ("-n", "use --no-hmm to cut without the hidden Markov model"),
    ("-a", "use --mode full to print every word of the dictionary"),
    ("--cut-all", "use --mode full to print every word of the dictionary"),
    ("-p", "use --pos to add the part of speech"),
    ("-q", "leave -q out: no messages tell that a dictionary is loaded"),
    ("--delimiter <STRING>", "leave -d out: a space is between two tokens by default"),
];

/// Adds to the error what to use in place of an option of jieba.
pub fn advise(mut error: clap::Error) -> clap::Error {
    let named = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => ADVICE.iter().find(|(name, _)| name == argument),
        _ => None,
    };
    if let Some((_, advice)) = named {
        let advice = ContextValue::StyledStrs(vec![StyledStr::from(*advice)]);
        error.insert(ContextKind::Suggested, advice);
    }
    error
}
