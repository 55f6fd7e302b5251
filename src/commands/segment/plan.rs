//! The plan of a run of `segment`: what to make of texts, and how. It is made from the options as
//! typed and the files that they name. Later code does not look at the options.

use std::path::{Path, PathBuf};

use super::product::{fatal, method};
use super::{fields, keep, product, records, words};
use crate::cli::segment::{BinaryName, FormName, InvalidName, ModeName, SegmentArgs};
use crate::commands::resolve;
use crate::commands::side_files::{compat, dictionary, is_dash, mapped_dictionary, open};
use crate::error::Fatal;
use crate::files::arguments::Inputs;
use crate::segment::blocks::Rule;
use crate::segment::dictionary_files::{self, Loaded};
use crate::segment::encoding::{self, OnInvalid};
use crate::segment::fields::Fields;
use crate::segment::filter::Filter;
use crate::segment::forms::Forms;
use crate::segment::job::Product;
use crate::segment::render::Form;
use crate::segment::side_files::Reading;
use crate::segment::skip::SkipLines;
use batchproc_jieba::keywords::Method;
use batchproc_jieba::{Compat, Mode, Options};

/// The plan of a run; see the module documentation.
pub(super) struct Plan {
    /// The inputs.
    pub(super) inputs: Inputs,
    /// The encoding of the inputs.
    pub(super) source: encoding::Source,
    /// What to do with invalid bytes.
    pub(super) on_invalid: OnInvalid,
    /// Whether files that are no text are read as if they were.
    pub(super) any: bool,
    /// Whether each line of input has exactly one line of output.
    pub(super) records: bool,
    /// The dictionaries.
    pub(super) loaded: Loaded,
    /// The options for cutting texts into tokens.
    pub(super) options: Options,
    /// The rule that says where a text may be divided into blocks, which are segmented on their
    /// own.
    pub(super) rule: Rule,
    /// The field of each record that is cut; `None` if all of the text is.
    pub(super) fields: Option<Fields>,
    /// The lines that are not cut, unless `fields` knows them.
    pub(super) skip: Option<SkipLines>,
    /// Whether the text is cut already.
    pub(super) pretokenized: bool,
    /// Whether JSON says where tokens come from.
    pub(super) origin: bool,
    /// Whether only words are counted that are in no dictionary.
    pub(super) only_new: bool,
    /// The forms of the text that is cut.
    pub(super) forms: Forms,
    /// Whether the tokens of the text in these forms are printed.
    pub(super) print_copy: bool,
    /// Decides which tokens are dropped.
    pub(super) filter: Filter,
    /// What is made of the tokens: lines, counts or keywords.
    pub(super) product: Product,
    /// The format of the output.
    pub(super) form: Form,
    /// The files that control the run (dictionaries, stop words, list of names), each with what it
    /// is called in messages.
    lists: Vec<(PathBuf, &'static str)>,
    /// The file that is written; `None` for standard output.
    pub(super) output: Option<PathBuf>,
    /// The directory that gets a file for each input.
    pub(super) directory: Option<PathBuf>,
}

impl Plan {
    /// Makes the plan from the options as typed, and loads the dictionaries and stop words that
    /// they name.
    ///
    /// # Errors
    /// If options cannot be combined, or if a file cannot be read or is invalid.
    pub(super) fn resolve(arguments: SegmentArgs) -> Result<Self, Fatal> {
        let inputs = resolve::inputs(&arguments.input, &arguments.run, arguments.run.order)?;
        check_standard_input(&arguments)?;
        records::check(&arguments)?;
        let processor = resolve::segment_processor()?;
        let options = options(&arguments);
        let forms = keep::forms(&arguments.keep)?;
        let mut loaded = load(&arguments, options.compat, forms)?;
        loaded.core.set_cpu(processor);
        words::check_origin(&arguments, forms)?;
        let mut fields = fields::resolve(&arguments)?;
        let mut skip = words::skip_lines(&arguments)?;
        let mut rule = Rule {
            records: fields::records(fields.as_ref(), skip.as_ref()),
            only_after_space: arguments.words.pretokenized,
            only_at_line_ends: !arguments.keep.keep_regex.is_empty()
                || options.mode == Mode::Full && options.compat == Compat::Python,
            between_patterns: !arguments.keep.keep.is_empty() || !forms.is_empty(),
            bound: loaded.bound.clone(),
        };
        if let Some(fields) = &mut fields {
            fields.skip = skip.take();
        }
        let tags = words::tags(&arguments, &loaded.core)?;
        let filter = filter(&arguments, tags.as_ref(), forms)?;
        let form = form(&arguments, &loaded);
        let (product, note) =
            product::resolve(&arguments, &form, &loaded.core, options.compat, tags)?;
        loaded.notes.extend(note);
        if matches!(&product, Product::Gathered(gather) if gather.is_of_lines()) {
            words::check_lines(skip.as_ref())?;
            rule.keep_lines();
        }
        let replaces = arguments.records && !form.is_json();
        let on_invalid = match arguments.invalid {
            None if replaces => OnInvalid::Replace,
            None | Some(InvalidName::Keep) => OnInvalid::Keep,
            Some(InvalidName::Replace) => OnInvalid::Replace,
            Some(InvalidName::Fail) => OnInvalid::Fail,
        };
        let lists = [
            (arguments.dict, "the dictionary (--dict)"),
            (arguments.user_dict, "a dictionary (--user-dict)"),
            (arguments.stop_words, "the stop words (--stop-words)"),
            (arguments.gather.idf, "the table (--idf)"),
            (Vec::from_iter(arguments.input.files_from), "the list (--files-from)"),
        ];
        let named = |(files, what): (Vec<_>, _)| files.into_iter().map(move |file| (file, what));
        Ok(Self {
            inputs,
            source: arguments.encoding,
            on_invalid,
            any: arguments.records || arguments.binary == Some(BinaryName::Text),
            records: arguments.records,
            loaded,
            options,
            rule,
            fields,
            skip,
            pretokenized: arguments.words.pretokenized,
            origin: arguments.words.origin,
            only_new: arguments.words.new,
            forms,
            print_copy: arguments.keep.print_normalized,
            filter,
            product,
            form,
            lists: lists.into_iter().flat_map(named).collect(),
            output: arguments.output,
            directory: arguments.output_dir,
        })
    }

    /// The files that control the run (dictionaries, stop words, list of names), each with what it
    /// is called in messages.
    pub(super) fn lists(&self) -> Vec<(&Path, &str)> {
        self.lists.iter().map(|(file, what)| (&**file, *what)).collect()
    }
}

fn options(arguments: &SegmentArgs) -> Options {
    let by_tags = arguments.keywords.is_some() && method(arguments) == Method::TextRank;
    Options {
        mode: match arguments.mode {
            ModeName::Exact => Mode::Exact,
            ModeName::Search => Mode::Search,
            ModeName::Full => Mode::Full,
        },
        hmm: !arguments.no_hmm,
        compat: compat(arguments.compat),
        tags: arguments.pos || by_tags || !arguments.words.tags.is_empty(),
    }
}

fn form(arguments: &SegmentArgs, loaded: &Loaded) -> Form {
    let tags = arguments.pos.then_some(&loaded.core);
    match arguments.format {
        FormName::Json => Form::json(tags),
        FormName::Text => Form::text(arguments.delimiter.clone().into_bytes(), tags),
    }
}

/// Refuses a command line that names standard input for two things, since it can be read only once.
fn check_standard_input(arguments: &SegmentArgs) -> Result<(), Fatal> {
    let SegmentArgs { input, dict, user_dict, stop_words, gather, .. } = arguments;
    let text = input.files_from.is_none() && input.paths.is_empty();
    let uses = [
        (dict.as_slice(), "the dictionary (--dict)"),
        (user_dict, "a dictionary (--user-dict)"),
        (stop_words.as_slice(), "the stop words (--stop-words)"),
        (gather.idf.as_slice(), "the table (--idf)"),
        (input.files_from.as_slice(), "the list (--files-from)"),
    ];
    let dashes = |(paths, what): (&'_ [PathBuf], _)| {
        paths.iter().filter(|path| is_dash(path)).map(|_| what).collect::<Vec<&str>>()
    };
    let mut uses: Vec<&str> = uses.into_iter().flat_map(dashes).collect();
    if !uses.is_empty() && (text || input.paths.iter().any(|path| is_dash(path))) {
        uses.push("the text");
    }
    match uses[..] {
        [first, second, ..] => Err(Fatal(format!(
            "standard input cannot be both {first} and {second}; name a file for one of them"
        ))),
        _ => Ok(()),
    }
}

/// Loads the dictionaries.
fn load(arguments: &SegmentArgs, compat: Compat, forms: Forms) -> Result<Loaded, Fatal> {
    let reading = Reading { compat, encoding: arguments.encoding, forms };
    let patterns = keep::patterns(&arguments.keep)?;
    let replacement = match &arguments.dict[..] {
        [] => None,
        [file] => Some(mapped_dictionary(file).map_err(fatal)?),
        _ => {
            let reason = "--dict replaces the built-in dictionary, so it can be given only once; add further dictionaries with --user-dict";
            return Err(Fatal(reason.into()));
        }
    };
    let additions = arguments.user_dict.iter().map(|file| dictionary(file));
    dictionary_files::load(replacement, additions, Vec::new(), patterns, reading).map_err(fatal)
}

fn filter(
    arguments: &SegmentArgs,
    tags: Option<&Vec<bool>>,
    forms: Forms,
) -> Result<Filter, Fatal> {
    let method = arguments.keywords.map(|_| method(arguments));
    let mut filter = words::filter(arguments, method, tags);
    filter.forms = forms;
    for file in &arguments.stop_words {
        let (name, opened) = open(file);
        let opened = opened.map_err(|error| Filter::unreadable(&name, error));
        let encoding = arguments.encoding;
        let words = opened.and_then(|list| filter.add_stop_words(&name, list, encoding));
        let words = words.map_err(fatal)?;
        log::info!("stop words {name}: {words} words");
    }
    Ok(filter)
}
