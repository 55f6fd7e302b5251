//! Divides the work of `segment`: text by lines, over the bytes of all files; with `--keywords` and
//! `--output-dir`, whole files.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::plan::Plan;
use super::sides::{Sides, UNKNOWN};
use crate::cli::RunArgs;
use crate::cli::segment::SegmentArgs;
use crate::commands::part::{Cut, Files, Kind, Part, Work};
use crate::compression::Format;
use crate::error::Fatal;
use crate::files::arguments::{Count, Source as Names, Total};
use crate::files::pieces::{Division, Piece, Survey};
use crate::files::{Refused, Shard};
use crate::output::Output;
use crate::run::session::Session;
use crate::segment::encoding::Source;
use crate::segment::job::{End, Product};

/// What is typed about a shard.
pub(super) struct Typed {
    shard: Shard,
    /// The options that must be the same in all parts.
    options: String,
    /// The dictionaries and the like, which must be the same too.
    sides: Sides,
    by_files: bool,
}

/// The work of a shard.
pub(super) struct Sharing {
    division: Division,
    survey: Survey,
    part: Part,
    changed: Arc<AtomicBool>,
}

/// What a part has of its first and its last file, if these lie in several parts.
#[derive(Debug, Default)]
pub(super) struct Cuts {
    first: Option<Cut>,
    last: Option<Cut>,
}

impl Cuts {
    /// Notes the end of a file.
    pub(super) fn note(&mut self, path: &Path, end: &End) {
        let Some(portion) = end.portion.filter(|portion| portion.is_divided) else { return };
        let (begun, goes_on) = (portion.begin > 0, portion.end < portion.size);
        let cut = || Cut { path: path.into(), lines: end.lines, is_middle: begun && goes_on };
        if begun {
            self.first = Some(cut());
        }
        if goes_on {
            self.last = Some(cut());
        }
    }
}

impl Typed {
    /// The shard of these options, if there is one.
    ///
    /// # Errors
    /// If the text that they are about cannot be divided.
    pub(super) fn new(arguments: &mut SegmentArgs) -> Result<Option<Self>, Fatal> {
        let Some(shard) = arguments.shard.shard else { return Ok(None) };
        let by_files = arguments.keywords.is_some() || arguments.output_dir.is_some();
        let input = &arguments.input;
        let is_stdin = |path: &Path| path.as_os_str() == "-";
        let stdin = match &input.files_from {
            Some(_) => false,
            None => input.paths.is_empty() || input.paths.iter().any(|path| is_stdin(path)),
        };
        let utf_16 = match arguments.encoding {
            Source::Utf16 => true,
            Source::Fixed(encoding) => !encoding.is_ascii_compatible(),
            Source::Utf8 | Source::Auto => false,
        };
        let output = arguments.output.as_deref();
        let gather = &arguments.gather;
        let reason = if arguments.resume.resume {
            "--shard cannot be used with --resume: a shard that was interrupted is done again"
        } else if arguments.records {
            "--shard cannot be used with --records: the program that gives the records divides them"
        } else if gather.documents || gather.per.is_some() {
            "--shard cannot be used with idf, --documents or --per: batchproc merge cannot add their tables"
        } else if stdin {
            "standard input cannot be divided (--shard); name files"
        } else if input.files_from.as_ref().is_some_and(|list| !list.is_file()) {
            "with --shard, the list of --files-from is read twice, so it must be a file"
        } else if utf_16 && !by_files {
            "text in this encoding cannot be divided (--shard)"
        } else if arguments.fields.csv && !by_files {
            "CSV cannot be divided (--shard): a line may be in the middle of a record"
        } else if output.and_then(Format::of_name).is_some() {
            "with --shard, the output cannot be compressed, since batchproc merge reads it"
        } else {
            let sides = Sides::new(arguments.side_files());
            let options = options(arguments);
            return Ok(Some(Self { shard, options, sides, by_files }));
        };
        Err(Fatal(reason.into()))
    }

    /// Looks at the sizes of all files.
    ///
    /// # Errors
    /// If one of them cannot be divided.
    pub(super) fn divide(self, plan: &Plan, session: &Session) -> Result<Sharing, Fatal> {
        let Self { shard, mut options, mut sides, by_files } = self;
        for (digest, name) in sides.digests().iter().zip(sides.names()) {
            if digest == UNKNOWN {
                return Err(Fatal(format!(
                    "{name} cannot be read twice, or was changed while it was read, so the shards may differ (--shard)"
                )));
            }
            options.push_str(digest);
        }
        let inputs = &plan.inputs;
        let (sizes, follow) = (inputs.sizes, inputs.rules.follow);
        let division = Division { shard, by_files, sizes, follow };
        let names = inputs.names(&session.interrupt, Box::new(|_| {}))?;
        let stream = |item| Fatal(format!("{item} is a stream, which cannot be divided (--shard)"));
        let survey = division.survey(names).map_err(stream)?;
        let json = plan.form.is_json();
        let kind = match plan.product {
            Product::Keywords(_) => Kind::Keywords,
            Product::Counts(_) => Kind::Counts,
            Product::Lines(_) if json => Kind::Json,
            Product::Lines(_) | Product::Gathered(_) => Kind::Text,
        };
        let work = Work {
            form: Some(if json { "json" } else { "text" }.into()),
            files: Some(Files::from(&survey)),
            ..Work::new(kind, inputs, options)
        };
        Ok(Sharing { division, survey, part: Part::new(shard, work), changed: Arc::default() })
    }
}

impl Sharing {
    /// What the shard has of the files with these names.
    pub(super) fn pieces(
        &self,
        names: Names,
    ) -> impl Iterator<Item = Result<Piece, Refused>> + Send + use<> {
        self.division.pieces(names, self.survey.clone(), self.changed.clone())
    }

    /// How much work there is.
    pub(super) fn count(&self) -> Option<Count> {
        let range = self.division.shard.range(self.survey.bytes);
        let files = self.survey.files.div_ceil(self.division.shard.of());
        let total = Total { files, bytes: range.end - range.start };
        Some(Box::new(move || Some(total)))
    }

    /// Ends the work: checks that the files were the same all the time, and lets the output be described.
    ///
    /// # Errors
    /// If there were other files at the end than at the beginning, or files of other sizes.
    pub(super) fn end(
        &self,
        path: Option<&Path>,
        cuts: Cuts,
        output: &mut Output,
        session: &Session,
    ) -> Result<(), Fatal> {
        if self.changed.load(Relaxed) {
            let reason = "files came, went or got another size since the run began, so the shards do not fit; run all of them again";
            return Err(session.refused(Fatal(reason.into()), output));
        }
        let Cuts { first, last } = cuts;
        Part { first, last, ..self.part.clone() }.describe(path, output, session);
        Ok(())
    }
}

/// The options that must be the same in all parts.
fn options(arguments: &mut SegmentArgs) -> String {
    let run = std::mem::replace(&mut arguments.run, RunArgs::usual());
    let engine = std::mem::take(&mut arguments.engine);
    let output = arguments.output.take();
    let shard = arguments.shard.shard.take();
    let options = format!("{arguments:?}");
    arguments.run = run;
    arguments.engine = engine;
    arguments.output = output;
    arguments.shard.shard = shard;
    options
}
