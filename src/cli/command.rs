//! Defines the commands for the parser clap. The options of a command are described to the parser
//! only when that command is called: describing the options of all commands at every start would
//! take longer than reading a small file.

/// Defines the enum of the commands and its clap traits. Each row gives the variant with the type
/// of its arguments, the name, the text after the help, and a one-line description.
macro_rules! commands {
    ($($variant:ident($arguments:ty), $name:literal, $after_help:expr, $about:literal;)*) => {
        /// The commands.
        #[derive(Debug)]
        pub enum Command {
            $(#[doc = concat!($about, ".")] $variant($arguments),)*
        }

        impl ::clap::Subcommand for Command {
            fn augment_subcommands(program: ::clap::Command) -> ::clap::Command {
                program.subcommand_required(true).arg_required_else_help(true)$(.subcommand(
                    ::clap::Command::new($name).about($about).defer(|command| {
                        // `augment_args` overwrites the description, so it is set again.
                        let command = <$arguments as ::clap::Args>::augment_args(command)
                            .about($about)
                            .args_override_self(true);
                        $crate::cli::short::with_short_help(command, $after_help)
                    })
                ))*
            }

            fn augment_subcommands_for_update(program: ::clap::Command) -> ::clap::Command {
                Self::augment_subcommands(program)
            }

            fn has_subcommand(name: &str) -> bool {
                [$($name),*].contains(&name)
            }
        }

        impl ::clap::FromArgMatches for Command {
            fn from_arg_matches(matches: &::clap::ArgMatches) -> Result<Self, ::clap::Error> {
                Self::from_arg_matches_mut(&mut matches.clone())
            }

            fn from_arg_matches_mut(matches: &mut ::clap::ArgMatches) -> Result<Self, ::clap::Error> {
                let (name, mut matches) = matches.remove_subcommand().unzip();
                match (name.as_deref(), &mut matches) {
                    $((Some($name), Some(matches)) => {
                        <$arguments as ::clap::FromArgMatches>::from_arg_matches_mut(matches).map(Self::$variant)
                    })*
                    _ => Err(::clap::Error::new(::clap::error::ErrorKind::MissingSubcommand)),
                }
            }

            fn update_from_arg_matches(&mut self, matches: &::clap::ArgMatches) -> Result<(), ::clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }
    };
}

pub(super) use commands;
