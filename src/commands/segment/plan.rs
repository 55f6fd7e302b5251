//! The plan of a run of `segment`: what to make of texts, and how. It is made from the options as
//! typed and the files that they name. Later code does not look at the options.

use std::path::{Path, PathBuf};

use super::{fields, keep};
use crate::cli::segment::{
    BinaryName, DropName, FormName, InvalidName, MethodName, ModeName, SegmentArgs,
};
use crate::commands::resolve;
use crate::commands::side_files::{compat, dictionary, is_dash, mapped_dictionary, open};
use crate::error::Fatal;
use crate::files::arguments::Inputs;
use crate::segment::LoadError;
use crate::segment::blocks::Rule;
use crate::segment::dictionary_files::{self, Loaded};
use crate::segment::encoding::{self, OnInvalid};
use crate::segment::fields::Fields;
use crate::segment::file_words::Wanted;
use crate::segment::filter::Filter;
use crate::segment::forms::Forms;
use crate::segment::job::Product;
use crate::segment::render::Form;
use crate::segment::side_files::Reading;
use crate::segment::tally::Tally;
use batchproc_jieba::keywords::{Finder, Method};
use batchproc_jieba::{Compat, Core, Mode, Options};

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
    /// The dictionaries.
    pub(super) loaded: Loaded,
    /// The options for cutting texts into tokens.
    pub(super) options: Options,
    /// The rule that says where a text may be divided into blocks, which are segmented on their
    /// own.
    pub(super) rule: Rule,
    /// The field of each record that is cut; `None` if all of the text is.
    pub(super) fields: Option<Fields>,
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
        let inputs = resolve::inputs(&arguments.input, arguments.run.order)?;
        check_standard_input(&arguments)?;
        let processor = resolve::segment_processor()?;
        let options = options(&arguments);
        let forms = keep::forms(&arguments.keep)?;
        let mut loaded = load(&arguments, options.compat, forms)?;
        loaded.core.set_cpu(processor);
        let fields = fields::resolve(&arguments)?;
        let rule = Rule {
            records: fields::records(fields.as_ref()),
            only_at_line_ends: !arguments.keep.keep_regex.is_empty()
                || options.mode == Mode::Full && options.compat == Compat::Python,
            between_patterns: !arguments.keep.keep.is_empty() || !forms.is_empty(),
            bound: loaded.bound.clone(),
        };
        let filter = filter(&arguments, forms)?;
        let form = form(&arguments, &loaded);
        let product = product(&arguments, &form, &loaded.core, options.compat);
        let on_invalid = match arguments.invalid {
            InvalidName::Keep => OnInvalid::Keep,
            InvalidName::Replace => OnInvalid::Replace,
            InvalidName::Fail => OnInvalid::Fail,
        };
        let lists = [
            (arguments.dict, "the dictionary (--dict)"),
            (arguments.user_dict, "a dictionary (--user-dict)"),
            (arguments.stop_words, "the stop words (--stop-words)"),
            (Vec::from_iter(arguments.input.files_from), "the list (--files-from)"),
        ];
        let named = |(files, what): (Vec<_>, _)| files.into_iter().map(move |file| (file, what));
        Ok(Self {
            inputs,
            source: arguments.encoding,
            on_invalid,
            any: arguments.binary == BinaryName::Text,
            loaded,
            options,
            rule,
            fields,
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
        tags: arguments.pos || by_tags,
    }
}

fn method(arguments: &SegmentArgs) -> Method {
    match arguments.keyword_method {
        MethodName::TfIdf => Method::TfIdf,
        MethodName::TextRank => Method::TextRank,
    }
}

fn form(arguments: &SegmentArgs, loaded: &Loaded) -> Form {
    let tags = arguments.pos.then_some(&loaded.core);
    match arguments.format {
        FormName::Json => Form::json(tags),
        FormName::Text => Form::text(arguments.delimiter.clone().into_bytes(), tags),
    }
}

fn product(arguments: &SegmentArgs, form: &Form, core: &Core, compat: Compat) -> Product {
    if arguments.count {
        Product::Counts(Tally::default())
    } else if let Some(most) = arguments.keywords {
        Product::Keywords(Wanted { finder: Finder::new(method(arguments), compat, core), most })
    } else {
        Product::Lines(form.clone())
    }
}

/// Refuses a command line that names standard input for two things, since it can be read only once.
fn check_standard_input(arguments: &SegmentArgs) -> Result<(), Fatal> {
    let SegmentArgs { input, dict, user_dict, stop_words, .. } = arguments;
    let text = input.files_from.is_none() && input.paths.is_empty();
    let uses = [
        (dict.as_slice(), "the dictionary (--dict)"),
        (user_dict, "a dictionary (--user-dict)"),
        (stop_words.as_slice(), "the stop words (--stop-words)"),
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

fn fatal(error: LoadError) -> Fatal {
    Fatal(error.to_string())
}

fn filter(arguments: &SegmentArgs, forms: Forms) -> Result<Filter, Fatal> {
    let drops = |name| arguments.drop.contains(&name);
    let mut filter = Filter::new(drops(DropName::Space), drops(DropName::Punct));
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
