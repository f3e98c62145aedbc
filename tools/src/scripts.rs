//! Scripts: what policies run as root on computers.

use schemars::JsonSchema;

use crate::action::{Action, Answer, Risk, delete, get, post, put};
use crate::args::{ById, Create, History, IdOrNone, List, NoteOn, Update};
use crate::effects::{A_NOTE, Affects};
use crate::joins::{USED_BY, join};

/// All actions on scripts.
pub static ACTIONS: &[Action] = &[
    get::<List>("script_list", "/api/v1/scripts")
        .about("List scripts with category, priority and how many policies use each; `where` used_by eq 0 finds unused ones.")
        .asked(&["which scripts do we have", "search scripts by name", "scripts and what uses them"])
        .needs(&["Read Scripts"])
        .brief(&["id", "name", "categoryName", "priority", "used_by"])
        .joins(&[join("uses of scripts", "id", USED_BY)])
        .filters(&["id", "name", "info", "notes", "priority", "categoryId", "categoryName", "parameter4", "parameter11", "osRequirements", "scriptContents", "parameter5", "parameter6", "parameter7", "parameter8", "parameter9", "parameter10"]).core(),
    get::<ById>("script_get", "/api/v1/scripts/{id}")
        .about("Get one script by its id.")
        .asked(&["show the code of a script", "code of a script"])
        .needs(&["Read Scripts"]).core(),
    post::<Create<Script>>("script_create", "/api/v1/scripts")
        .about("Create a script; its name must be new.")
        .asked(&["add a shell script", "new shell script in Jamf"])
        .needs(&["Create Scripts"])
        .affects(Affects::Nothing("nothing refers to a new object yet")),
    put::<Update<Script>>("script_update", "/api/v1/scripts/{id}")
        .about("Replace a script; every policy that uses it runs the new one as root. Fields left out are cleared.")
        .asked(&["fix a bug in a script", "correct the code of a script"])
        .needs(&["Update Scripts"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::InPolicies("scripts", "runs it")),
    delete::<ById>("script_delete", "/api/v1/scripts/{id}")
        .about("Delete a script; policies that run it run on without it.")
        .asked(&["remove a script nobody uses", "remove a script"])
        .needs(&["Delete Scripts"])
        .risk(Risk::Destructive)
        .at_least(Risk::Write)
        .affects(Affects::InPolicies("scripts", "runs it")),
    get::<History>("script_history_list", "/api/v1/scripts/{id}/history")
        .about("List who changed a script and when.")
        .asked(&["who edited a script"])
        .needs(&["Read Scripts"])
        .brief(&["date", "username", "note", "details"])
        .filters(&["username", "date", "note", "details"]),
    post::<NoteOn>("script_history_note", "/api/v1/scripts/{id}/history")
        .about("Write a note into the history of a script; nothing else changes.")
        .needs(&["Update Scripts"])
        .affects(A_NOTE),
    get::<ById>("script_download", "/api/v1/scripts/{id}/download")
        .about("Get the text of a script alone, as it would run.")
        .needs(&["Read Scripts"])
        .answers(Answer::Text).impersonal(),
];

/// A script that policies run as root on computers.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
pub struct Script {
    /// File name shown in Jamf Pro; unique.
    #[schemars(length(min = 1, max = 255))]
    pub name: String,
    /// What it is for, shown with it.
    pub info: Option<String>,
    /// Notes for administrators.
    pub notes: Option<String>,
    /// When a policy runs it, beside its other parts.
    pub priority: Option<ScriptPriority>,
    /// Id of its category; -1 for none.
    pub category_id: Option<IdOrNone>,
    /// Name of its category.
    pub category_name: Option<String>,
    /// Label of parameter 4; its value is set in each policy.
    pub parameter4: Option<String>,
    /// Label of parameter 5; its value is set in each policy.
    pub parameter5: Option<String>,
    /// Label of parameter 6; its value is set in each policy.
    pub parameter6: Option<String>,
    /// Label of parameter 7; its value is set in each policy.
    pub parameter7: Option<String>,
    /// Label of parameter 8; its value is set in each policy.
    pub parameter8: Option<String>,
    /// Label of parameter 9; its value is set in each policy.
    pub parameter9: Option<String>,
    /// Label of parameter 10; its value is set in each policy.
    pub parameter10: Option<String>,
    /// Label of parameter 11; its value is set in each policy.
    pub parameter11: Option<String>,
    /// Versions of macOS that it runs on, separated by commas; empty for all.
    pub os_requirements: Option<String>,
    /// The script itself, with its first line such as `#!/bin/zsh`.
    pub script_contents: Option<String>,
}

/// When a policy runs a script.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "the names are Jamf's own")]
pub enum ScriptPriority {
    Before,
    After,
    AtReboot,
}
