//! The one place that decides whether a call may go out.
//!
//! What counts is the most that an action can do. Reads pass; writes and harmless device commands pass where the
//! configuration allows them; everything graver is refused, because it takes a plan that a person approves, and this version
//! makes no plans. A [`Pass`] can be made here alone, and nothing that changes anything is sent without one.

use jamf_pro_tools::Risk;

use crate::error::Error;
use crate::surface::{Barred, Surface};
use crate::tools::Tool;

/// Proof that the gate let one call of one tool through.
#[derive(Debug)]
pub struct Pass {
    tool: Tool,
}

impl Pass {
    /// The tool that may be called.
    pub fn tool(&self) -> Tool {
        self.tool
    }
}

/// Whether one of the server's own tools may be called at all. What it stands for is judged as what it is.
///
/// # Errors
/// [`Error::NotAllowed`], as for every other tool.
pub fn admits(tool: Tool, surface: &Surface) -> Result<(), Error> {
    surface.permits(tool).map_err(|barred| refusal(tool, barred))
}

/// Judge one call.
///
/// # Errors
/// [`Error::NotAllowed`], worded as a stop sign: it names the setting and who can change it, and asks for no other way.
pub fn judge(tool: Tool, surface: &Surface) -> Result<Pass, Error> {
    if let Err(barred) = surface.permits(tool) {
        return Err(refusal(tool, barred));
    }
    match tool.risk() {
        Risk::Read | Risk::Device | Risk::Write => Ok(Pass { tool }),
        Risk::Secret | Risk::Destructive | Risk::Critical => Err(Error::NotAllowed(needs_person(tool))),
    }
}

fn refusal(tool: Tool, barred: Barred) -> Error {
    let name = tool.name();
    Error::NotAllowed(match barred {
        Barred::Risk(Risk::Secret | Risk::Destructive | Risk::Critical) => needs_person(tool),
        Barred::Risk(risk) => format!(
            "`{name}` is not allowed here: it is of risk class `{0}`, and `allow` in the configuration of this server does not have \
             `{0}`. Nothing was sent. Only the person who runs the server can change that; ask them, and do not try another way.",
            risk.as_str()
        ),
        Barred::Excluded => format!(
            "`{name}` is not allowed here: `exclude_tools` in the configuration of this server names it. Nothing was sent. Only the \
             person who runs the server can change that; do not try another way."
        ),
        Barred::Privilege => format!(
            "`{name}` is not possible here: the API role of this server has none of the privileges that it takes ({}). Nothing was \
             sent. An administrator of Jamf Pro can add them to the role; ask for that, and do not try another way.",
            tool.privileges().join(", ")
        ),
    })
}

fn needs_person(tool: Tool) -> String {
    format!(
        "`{}` is refused: it is of risk class `{}`, which takes a plan that a person approves, and this version of the server has no \
         such plans. Nothing was sent, and no setting changes that. Tell the person what you wanted to do, so that they can do it in \
         Jamf Pro themselves; do not try another way.",
        tool.name(),
        tool.risk().as_str()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, RiskClass};

    #[test]
    fn nothing_grave_passes_whatever_is_allowed() {
        let everything = Config {
            allow: vec![
                RiskClass::Read,
                RiskClass::Device,
                RiskClass::Write,
                RiskClass::Secret,
                RiskClass::Destructive,
                RiskClass::Critical,
            ],
            toolsets: vec!["all".to_owned()],
            ..Config::default()
        };
        let surface = Surface::new(&everything, None).unwrap();
        for tool in Tool::all() {
            let verdict = judge(tool, &surface);
            match tool.risk() {
                Risk::Read | Risk::Device | Risk::Write => assert!(verdict.is_ok(), "{}", tool.name()),
                _ => assert!(
                    verdict.unwrap_err().to_string().contains("do not try another way"),
                    "{}",
                    tool.name()
                ),
            }
        }
    }

    #[test]
    fn by_default_only_reads_pass() {
        let surface = Surface::new(&Config::default(), None).unwrap();
        for tool in Tool::all() {
            assert_eq!(judge(tool, &surface).is_ok(), tool.risk() == Risk::Read, "{}", tool.name());
        }
    }
}
