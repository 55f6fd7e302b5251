//! The commands. The options of each are only described to the parser when it is called: describing
//! all of them at every start would take longer than reading a small file.

use clap::{ArgMatches, Args, FromArgMatches, Subcommand, error::ErrorKind};

use super::dict::DictArgs;
use super::hash::HashArgs;
use super::run::EXIT_CODES;
use super::segment::SegmentArgs;
use super::verify::{AUDIT_EXIT_CODES, AuditArgs, CHECK_EXIT_CODES, CheckArgs};

macro_rules! commands {
    ($($variant:ident($arguments:ty), $name:literal, $after_help:expr, $about:literal;)*) => {
        /// The commands.
        #[derive(Debug)]
        pub enum Command {
            $(#[doc = concat!($about, ".")] $variant($arguments),)*
        }

        impl Subcommand for Command {
            fn augment_subcommands(program: clap::Command) -> clap::Command {
                program.subcommand_required(true).arg_required_else_help(true)$(.subcommand(
                    clap::Command::new($name).about($about).defer(|command| {
                        // The arguments bring a description of their own.
                        <$arguments>::augment_args(command)
                            .about($about)
                            .after_help($after_help)
                            .args_override_self(true)
                    })
                ))*
            }

            fn augment_subcommands_for_update(program: clap::Command) -> clap::Command {
                Self::augment_subcommands(program)
            }

            fn has_subcommand(name: &str) -> bool {
                [$($name),*].contains(&name)
            }
        }

        impl FromArgMatches for Command {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                Self::from_arg_matches_mut(&mut matches.clone())
            }

            fn from_arg_matches_mut(matches: &mut ArgMatches) -> Result<Self, clap::Error> {
                let (name, mut matches) = matches.remove_subcommand().unzip();
                match (name.as_deref(), &mut matches) {
                    $((Some($name), Some(matches)) => {
                        <$arguments>::from_arg_matches_mut(matches).map(Self::$variant)
                    })*
                    _ => Err(clap::Error::new(ErrorKind::MissingSubcommand)),
                }
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }
    };
}

commands! {
    Hash(HashArgs), "hash", EXIT_CODES,
        "Print the digests of every file, as md5sum and its relatives do";
    Segment(SegmentArgs), "segment", EXIT_CODES,
        "Cut Chinese text into words, as jieba does";
    Dict(DictArgs), "dict", None::<&str>,
        "Prepare dictionaries for segment --dict";
    Check(CheckArgs), "check", CHECK_EXIT_CODES,
        "Compare files with the digests in manifests, as md5sum -c does";
    Audit(AuditArgs), "audit", AUDIT_EXIT_CODES,
        "Compare a tree with its manifest: what was edited, moved, copied, lost, or has rotted";
}
