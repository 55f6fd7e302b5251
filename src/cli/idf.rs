//! The arguments of `batchproc idf`: those of `segment` that decide which texts are cut, and how. The
//! others are hidden, and refused.

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, Error, FromArgMatches};

use super::segment::SegmentArgs;

/// The options of `segment` that say what is made of the tokens. None of them has a meaning here.
const OTHERS: [&str; 14] = [
    "delimiter",
    "pos",
    "format",
    "count",
    "keywords",
    "keyword_method",
    "documents",
    "idf",
    "output_dir",
    "resume",
    "records",
    "origin",
    "new",
    "shard",
];

/// `batchproc idf`.
#[derive(Debug)]
pub struct IdfArgs(
    /// The arguments as `segment` takes them, which ask for the table.
    pub SegmentArgs,
);

impl Args for IdfArgs {
    fn augment_args(command: Command) -> Command {
        let command = SegmentArgs::augment_args(command);
        let is_other = |id: &str| OTHERS.contains(&id);
        command.mut_args(|argument| match is_other(argument.get_id().as_str()) {
            true => argument.hide(true),
            false => argument,
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for IdfArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        Self::from_arg_matches_mut(&mut matches.clone())
    }

    fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, Error> {
        let given = |id: &&&str| {
            let known = matches.try_contains_id(id).is_ok();
            known && matches.value_source(id) == Some(ValueSource::CommandLine)
        };
        if let Some(id) = OTHERS.iter().find(given) {
            let reason = format!("--{} is an option of segment, not of idf", id.replace('_', "-"));
            return Err(Error::raw(ErrorKind::UnknownArgument, reason));
        }
        let mut arguments = SegmentArgs::from_arg_matches_mut(matches)?;
        arguments.count = true;
        arguments.gather.documents = true;
        arguments.gather.to_idf = true;
        Ok(Self(arguments))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
