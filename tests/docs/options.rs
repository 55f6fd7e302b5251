//! docs/options.md is generated from the help of the program.

use std::fmt::Write as _;
use std::{env, fs};

use batchproc::cli::Cli;
use clap::builder::PossibleValue;
use clap::{Arg, Command, CommandFactory};

use crate::root;

const HEAD: &str = "\
# Option reference

Every command with its arguments and options, as `batchproc COMMAND --help` describes them. This file
is made from the program: change the text in `src/cli/`, then run
`UPDATE_DOCS=1 cargo test --test docs options`.
";

/// A heading of the help with its table.
#[derive(Clone, Debug, PartialEq)]
struct Section {
    heading: String,
    table: String,
}

/// A command that can be run, with its sections.
struct Described {
    usage: String,
    about: String,
    sections: Vec<Section>,
    after: String,
}

/// The subcommands of this one, without those that only group others.
fn described(command: &mut Command) -> Vec<Described> {
    if command.has_subcommands() {
        let below = command.get_subcommands_mut().filter(|command| command.get_name() != "help");
        return below.flat_map(described).collect();
    }
    vec![Described {
        usage: command.render_usage().to_string().trim_start_matches("Usage: ").to_string(),
        about: command.get_about().map(ToString::to_string).unwrap_or_default(),
        sections: sections(command),
        after: command
            .get_after_long_help()
            .or(command.get_after_help())
            .map(ToString::to_string)
            .unwrap_or_default(),
    }]
}

fn sections(command: &Command) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for argument in command.get_arguments().filter(|argument| !argument.is_hide_set()) {
        let heading = match (argument.is_positional(), argument.get_help_heading()) {
            (true, _) => "Arguments",
            (false, None) => "Options",
            (false, Some(heading)) => heading,
        };
        let row = row(argument);
        match sections.iter_mut().find(|section| section.heading == heading) {
            Some(section) => section.table += &row,
            None => sections.push(Section {
                heading: heading.into(),
                table: format!("| | meaning | default |\n|---|---|---|\n{row}"),
            }),
        }
    }
    // As in the help, options without a heading come first.
    sections.sort_by_key(|section| match section.heading.as_str() {
        "Arguments" => 0,
        "Options" => 1,
        _ => 2,
    });
    sections
}

fn row(argument: &Arg) -> String {
    let names = match argument.get_short().filter(|_| !argument.is_positional()) {
        Some(short) => format!("`-{short}`, `{argument}`"),
        None => format!("`{argument}`"),
    };
    let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string);
    let help = help.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    // Without a default value, the help says what happens without the option.
    let (meaning, said) = match help.split_once(" [default: ") {
        Some((meaning, said)) => (meaning.to_string(), said.trim_end_matches(']').to_string()),
        None => (help, String::new()),
    };
    let takes_value = argument.get_action().takes_values();
    let is_switch = !takes_value && !["help", "version"].contains(&argument.get_id().as_str());
    let values: Vec<_> =
        argument.get_default_values().iter().filter_map(|it| it.to_str()).collect();
    let default = match (said, values.as_slice()) {
        (said, _) if !said.is_empty() => said,
        (_, [" "]) => "a space".into(),
        (_, []) if is_switch => "off".into(),
        (_, []) => String::new(),
        (_, _) if !takes_value => "off".into(),
        (_, values) => format!("`{}`", values.join(",")),
    };
    let possible = if takes_value { argument.get_possible_values() } else { Vec::new() };
    let possible = match possible.iter().any(|value| value.get_help().is_some()) {
        true => possible.iter().map(explained).collect(),
        false if possible.is_empty() => String::new(),
        false => {
            let names = possible.iter().map(|value| format!("`{}`", value.get_name()));
            format!("<br>One of {}", names.collect::<Vec<_>>().join(", "))
        }
    };
    let cell = |text: &str| text.replace('|', "\\|");
    format!("| {} | {}{} | {} |\n", cell(&names), cell(&meaning), cell(&possible), cell(&default))
}

/// A possible value of an option, with its meaning.
fn explained(value: &PossibleValue) -> String {
    let help = value.get_help().map(ToString::to_string).unwrap_or_default();
    format!("<br>`{}`: {help}", value.get_name())
}

/// The whole document.
fn reference() -> String {
    let mut program = Cli::command();
    program.build();
    let commands = described(&mut program);
    let all: Vec<_> = commands.iter().flat_map(|command| &command.sections).collect();
    let is_shared = |section: &Section| all.iter().filter(|other| **other == section).count() > 1;
    let mut text = HEAD.to_string();
    let mut shared: Vec<Section> = Vec::new();
    for Described { usage, about, sections, after } in &commands {
        let name = usage.split(" [").next().unwrap().split(" <").next().unwrap();
        write!(text, "\n## {name}\n\n{about}.\n\n```text\n{usage}\n```\n").unwrap();
        let (common, own): (Vec<_>, Vec<_>) = sections.iter().partition(|it| is_shared(it));
        for Section { heading, table } in own {
            write!(text, "\n**{heading}**\n\n{table}").unwrap();
        }
        let link = |section: &&Section| {
            let heading = &section.heading;
            format!("[{heading}](#{})", heading.to_lowercase())
        };
        let links: Vec<_> = common.iter().map(link).collect();
        if !links.is_empty() {
            write!(text, "\nShared with other commands: {}.\n", links.join(", ")).unwrap();
        }
        for section in common {
            if !shared.contains(section) {
                shared.push(section.clone());
            }
        }
        if !after.is_empty() {
            write!(text, "\n```text\n{after}\n```\n").unwrap();
        }
    }
    text += "\n## Shared options\n";
    for Section { heading, table } in shared {
        write!(text, "\n### {heading}\n\n{table}").unwrap();
    }
    text
}

#[test]
fn the_reference_of_options_matches_the_program() {
    let path = root().join("docs/options.md");
    let reference = reference();
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &reference).unwrap();
    }
    let file = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        file == reference,
        "docs/options.md is not what the program says; run UPDATE_DOCS=1 cargo test --test docs options"
    );
}
