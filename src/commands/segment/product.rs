//! What is made of the tokens: lines, counts or keywords, and for what.

use crate::cli::gather::PerName;
use crate::cli::segment::{FormName, MethodName, SegmentArgs};
use crate::commands::side_files::open;
use crate::error::Fatal;
use crate::segment::LoadError;
use crate::segment::documents::Documents;
use crate::segment::file_words::Wanted;
use crate::segment::gather::{AllWords, Gather};
use crate::segment::idf_file;
use crate::segment::job::Product;
use crate::segment::render::Form;
use crate::segment::tally::Tally;
use batchproc_jieba::keywords::{Finder, Idf, Method};
use batchproc_jieba::{Compat, Core};

/// What is made of the tokens, and a note for the user about the table of --idf.
///
/// # Errors
/// If options cannot be combined, or if the table cannot be read.
pub(super) fn resolve(
    arguments: &SegmentArgs,
    form: &Form,
    core: &Core,
    compat: Compat,
    tags: Option<Vec<bool>>,
) -> Result<(Product, Option<String>), Fatal> {
    let (per, json) = (arguments.gather.per, arguments.format == FormName::Json);
    if arguments.count {
        return counts(arguments, json).map(|product| (product, None));
    }
    // clap does not ask for --count where it could not stand.
    if arguments.words.new || arguments.gather.documents {
        return fail(
            "--new and --documents are about --count, so they cannot be used with --keywords",
        );
    }
    let Some(most) = arguments.keywords else {
        return match per {
            None => Ok((Product::Lines(form.clone()), None)),
            Some(_) => {
                fail("--per says what --count or --keywords is about, so it needs one of them")
            }
        };
    };
    let method = method(arguments);
    let text_rank = method == Method::TextRank;
    let mut finder = Finder::new(method, compat, core);
    if let Some(ranked) = tags {
        finder = finder.ranking(ranked);
    }
    let mut note = None;
    if let Some((idf, more)) = table(arguments, text_rank)? {
        finder = finder.with_idf(idf);
        note = more;
    }
    let product = match per {
        None | Some(PerName::File) => Product::Keywords(Wanted { finder, most }),
        Some(PerName::Line) => {
            Product::Gathered(Gather::LineKeywords(Wanted { finder, most }, json))
        }
        Some(PerName::All) if text_rank => {
            return fail(
                "--per all cannot be used with --keyword-method textrank, which looks at words that stand together in one text",
            );
        }
        Some(PerName::All) => {
            let finder = finder.over_files();
            Product::Gathered(Gather::Keywords(AllWords::new(Wanted { finder, most })))
        }
    };
    Ok((product, note))
}

/// What is counted.
fn counts(arguments: &SegmentArgs, json: bool) -> Result<Product, Fatal> {
    let per = arguments.gather.per;
    if arguments.words.new
        && !arguments.gather.documents
        && matches!(per, Some(PerName::File | PerName::Line))
    {
        return fail("--new needs the counts of the whole input, so --per cannot be used with it");
    }
    Ok(match (arguments.gather.documents, per) {
        (false, None | Some(PerName::All)) => Product::Counts(Tally::default()),
        (false, Some(PerName::File)) => Product::Gathered(Gather::FileCounts(json)),
        (false, Some(PerName::Line)) => Product::Gathered(Gather::LineCounts(json)),
        (true, None | Some(PerName::File)) => {
            Product::Gathered(Gather::Files(Documents::default()))
        }
        (true, Some(PerName::Line)) => Product::Gathered(Gather::Lines(Documents::default())),
        (true, Some(PerName::All)) => {
            return fail("the whole input is one document; choose --per file or --per line");
        }
    })
}

/// The table of --idf, with a note for the user.
fn table(arguments: &SegmentArgs, text_rank: bool) -> Result<Option<(Idf, Option<String>)>, Fatal> {
    match &arguments.gather.idf[..] {
        [] => Ok(None),
        _ if text_rank => {
            fail("--idf cannot be used with --keyword-method textrank, which needs no table")
        }
        [file] => {
            let (name, opened) = open(file);
            let opened = opened.map_err(|error| idf_file::unreadable(&name, error));
            let read = opened.and_then(|file| idf_file::read(&name, file, arguments.encoding));
            read.map(Some).map_err(fatal)
        }
        _ => fail("--idf replaces the table of jieba, so it can be given only once"),
    }
}

fn fail<T>(reason: &str) -> Result<T, Fatal> {
    Err(Fatal(reason.into()))
}

/// How keywords are found.
pub(super) fn method(arguments: &SegmentArgs) -> Method {
    match arguments.keyword_method {
        MethodName::TfIdf => Method::TfIdf,
        MethodName::TextRank => Method::TextRank,
    }
}

/// The failure of the run because of a side file.
pub(super) fn fatal(error: LoadError) -> Fatal {
    Fatal(error.to_string())
}
