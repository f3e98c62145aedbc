//! What people are shown of a plan is its view: the modules that lay it out for a page, a terminal or a client know no plan.

use super::{root, written};

/// The modules that show plans to people.
const INTERFACES: [&str; 3] = ["src/http", "src/cli", "src/mcp"];

/// What would reach into a plan: its type, and the field that holds it in the record of the store.
fn reaches_into_a_plan(line: &str) -> bool {
    let names_type = regex::Regex::new(r"plan::Plan\b|plan::\{[^}]*\bPlan\b|plan::\*").unwrap();
    let reads_field = regex::Regex::new(r"\.plan\b[^(]|\.plan$").unwrap();
    names_type.is_match(line) || reads_field.is_match(line)
}

#[test]
fn interfaces_lay_out_the_view_of_a_plan_and_know_nothing_of_it_besides() {
    let mut files = Vec::new();
    written(&root().join("src"), &mut files);
    let mut wrong = Vec::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|kind| kind == "rs")) {
        let name = file.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        let is_interface = INTERFACES
            .iter()
            .any(|module| name.starts_with(&format!("{module}/")) || name == format!("{module}.rs"));
        if !is_interface || name.ends_with("tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        wrong.extend(
            lines.filter(|line| reaches_into_a_plan(line)).map(|line| format!("{name}: {}", line.trim())),
        );
    }
    assert!(wrong.is_empty(), "ask the record for its view instead:\n{}", wrong.join("\n"));
}

#[test]
fn the_words_that_are_looked_for_are_found() {
    for line in [
        "use crate::plan::Plan;",
        "use crate::plan::{Content, Plan};",
        "let x = &plan_record.plan;",
        "record.plan.id",
    ] {
        assert!(reaches_into_a_plan(line), "{line}");
    }
    for line in
        ["use crate::plan::view::PlanView;", "store.plan(&id)", "use crate::plan::{canonical, digest};"]
    {
        assert!(!reaches_into_a_plan(line), "{line}");
    }
}
