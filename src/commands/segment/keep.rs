//! What the options mean about parts that stay whole, and about the forms of the text that is cut.

use crate::cli::keep::{KeepArgs, KindName, NormalName};
use crate::error::Fatal;
use crate::segment::forms::Forms;
use batchproc_jieba::{Kind, Patterns};

/// What is found before the text is cut; `None` if no option asks for anything.
///
/// # Errors
/// If a regular expression cannot be used.
pub(super) fn patterns(arguments: &KeepArgs) -> Result<Option<Patterns>, Fatal> {
    let KeepArgs { keep, keep_regex, .. } = arguments;
    if keep.is_empty() && keep_regex.is_empty() {
        return Ok(None);
    }
    let kinds: Vec<_> = keep.iter().copied().map(kind).collect();
    let patterns = Patterns::new(&kinds, keep_regex).map_err(|bad| {
        let expression = keep_regex.get(bad.index).map_or("", |expression| expression);
        Fatal(format!("--keep-regex `{expression}`: {}", bad.reason))
    });
    patterns.map(Some)
}

/// The forms of the text that is cut.
///
/// # Errors
/// If the copy in these forms is to be printed, but there are none.
pub(super) fn forms(arguments: &KeepArgs) -> Result<Forms, Fatal> {
    let has = |name| arguments.normalize.contains(&name);
    let forms = Forms {
        width: has(NormalName::Width),
        nfc: has(NormalName::Nfc),
        nfkc: has(NormalName::Nfkc),
        simplified: has(NormalName::Simplified),
        case: arguments.ignore_case,
    };
    match arguments.print_normalized && forms.is_empty() {
        true => Err(Fatal("--print-normalized needs --normalize or --ignore-case".into())),
        false => Ok(forms),
    }
}

fn kind(name: KindName) -> Kind {
    match name {
        KindName::Url => Kind::Url,
        KindName::Email => Kind::Email,
        KindName::Mention => Kind::Mention,
        KindName::Hashtag => Kind::Hashtag,
        KindName::Number => Kind::Number,
        KindName::Date => Kind::Date,
        KindName::Time => Kind::Time,
        KindName::Unit => Kind::Unit,
    }
}
