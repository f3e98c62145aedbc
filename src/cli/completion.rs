//! What shells complete beyond commands and options: the names of tools and of parts of the fleet. They stand in the script alone, so that no
//! message of a command lists hundreds of them.

use clap::builder::PossibleValuesParser;
use clap_complete::Shell;

use crate::fleet::parts::PARTS;
use crate::registry::Tool;

/// The commands whose first argument is a tool, each with the name of that argument.
const OF_TOOLS: [(&str, &str); 2] = [("call", "tool"), ("tools", "name")];

fn tools() -> impl Iterator<Item = &'static str> {
    crate::pipeline::registry().all().map(Tool::name)
}

/// How the generator for bash writes the name of this program in the cases that it branches to, and how it writes it where it picks one: without
/// a change it completes no command of a program whose name has a dash.
const NAME_IN_BASH: (&str, &str) = ("jamf__subcmd__pro__subcmd__mcp", "jamf__pro__mcp");

/// The script for a shell.
pub(super) fn script(shell: Shell) -> String {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut command_line(), "jamf-pro-mcp", &mut out);
    let script = String::from_utf8_lossy(&out);
    match shell {
        Shell::Bash => script.replace(NAME_IN_BASH.0, NAME_IN_BASH.1),
        Shell::Fish => format!("{script}{}", names_for_fish()),
        _ => script.into_owned(),
    }
}

/// The command line with the names that its arguments can have.
fn command_line() -> clap::Command {
    let mut command = super::command_line();
    for (name, argument) in OF_TOOLS {
        let names = PossibleValuesParser::new(tools());
        command = command
            .mut_subcommand(name, |own| own.mut_arg(argument, |argument| argument.value_parser(names)));
    }
    let parts = PossibleValuesParser::new(PARTS.iter().map(|part| part.name));
    command.mut_subcommand("fleet", |fleet| {
        fleet.mut_subcommand("refresh", |own| own.mut_arg("parts", |argument| argument.value_parser(parts)))
    })
}

/// Lines behind the script: the generator for fish knows no arguments without a dash.
fn names_for_fish() -> String {
    let names = tools().collect::<Vec<_>>().join(" ");
    let of = |name: &str| {
        format!("complete -c jamf-pro-mcp -n \"__fish_seen_subcommand_from {name}\" -f -a \"{names}\"\n")
    };
    OF_TOOLS.iter().map(|(name, _)| of(name)).collect()
}
