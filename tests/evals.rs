//! How often `find_tools` has a right tool among the first five, over the questions in `evals/questions.tsv`.
//!
//! `cargo test --test evals -- --nocapture` prints the figures and what was missed; `evals/README.md` keeps what was seen.
#![cfg(test)]

use jamf_pro_mcp::pipeline::registry;
use jamf_pro_mcp::registry::Tool;

const QUESTIONS: &str = include_str!("../evals/questions.tsv");

/// A point or two below what was reached on the questions that the search was tuned on, so that a change for the worse fails and a new
/// tool does not.
const KNOWN: Figures =
    Figures { questions: 600, twelve: 0.975, first_five: 0.95, first: 0.74, reciprocal: 0.82 };

/// The same for everyday questions: written for jobs, for tools that were drawn by lot, and in batches over all areas.
const EVERYDAY: Figures =
    Figures { questions: 600, twelve: 0.975, first_five: 0.95, first: 0.68, reciprocal: 0.79 };

/// What the search must find of the questions that it was not tuned on.
const UNSEEN: Figures =
    Figures { questions: 120, twelve: 0.95, first_five: 0.85, first: 0.60, reciprocal: 0.70 };

#[derive(Debug, Clone, Copy, Default)]
struct Figures {
    questions: usize,
    /// Share of the questions with a right tool among the twelve that `find_tools` answers.
    twelve: f64,
    /// Share of the questions with a right tool among the first five.
    first_five: f64,
    /// Share of the questions whose first tool is right.
    first: f64,
    /// Mean of 1 / rank of the first right tool, 0 beyond the twelfth.
    reciprocal: f64,
}

struct Question {
    /// `known` and `everyday`: the search was tuned on it. `unseen`: written when that was over, and left alone.
    set: &'static str,
    asked: &'static str,
    right: Vec<&'static str>,
    /// Where the first right tool stands, from 1.
    rank: Option<usize>,
}

fn questions() -> Vec<Question> {
    let lines = QUESTIONS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let mut columns = line.split('\t');
            let mut column = || columns.next().unwrap_or_default();
            let (set, asked, right) = (column(), column(), column());
            let right: Vec<&str> = right.split(',').map(str::trim).collect();
            let found = registry().search(asked, 12);
            let rank = found.iter().position(|hit| right.contains(&hit.tool.name())).map(|at| at + 1);
            Question { set, asked, right, rank }
        })
        .collect()
}

fn figures<'a>(questions: impl Iterator<Item = &'a Question>) -> Figures {
    let ranks: Vec<Option<usize>> = questions.map(|question| question.rank).collect();
    let count = ranks.len() as f64;
    let share = |within: usize| ranks.iter().flatten().filter(|rank| **rank <= within).count() as f64 / count;
    let reciprocal = ranks.iter().flatten().map(|rank| 1.0 / *rank as f64).sum::<f64>() / count;
    Figures { questions: ranks.len(), twelve: share(12), first_five: share(5), first: share(1), reciprocal }
}

#[test]
fn questions_name_tools_that_there_are() {
    let mut seen = std::collections::BTreeSet::new();
    for question in questions() {
        assert!(seen.insert(question.asked), "asked twice: {}", question.asked);
        for name in &question.right {
            assert_eq!(registry().find(name).map(Tool::name), Some(*name), "{}", question.asked);
        }
    }
}

#[test]
fn what_is_asked_most_finds_its_tool_first() {
    for (asked, right) in [
        ("Why did the policy Install Chrome not run on this Mac", &["explain_policy"][..]),
        ("lock a stolen Mac", &["device_lock", "stolen_device"]),
        ("overview of my fleet", &["fleet_overview"]),
        ("security posture", &["security_posture"]),
    ] {
        let first = registry().search(asked, 1).first().map(|hit| hit.tool.name());
        assert!(first.is_some_and(|first| right.contains(&first)), "{asked}: {first:?}");
    }
}

/// A question that the search has been given the answer to would measure nothing.
#[test]
fn no_question_is_a_phrase_of_a_tool() {
    let plain = |text: &str| text.trim_end_matches('?').trim().to_lowercase();
    let phrases: std::collections::HashMap<String, &str> = registry()
        .all()
        .flat_map(|tool| tool.asked().into_iter().map(move |phrase| (plain(phrase), tool.name())))
        .collect();
    assert!(phrases.len() > 3_000, "{}", phrases.len());
    for question in questions() {
        assert_eq!(phrases.get(&plain(question.asked)), None, "{}", question.asked);
    }
}

#[test]
fn a_right_tool_is_among_the_first_five() {
    let questions = questions();
    let say = |what: &str, figures: Figures| {
        println!(
            "{what:<28} {:>4} questions   twelve {:>5.1} %   first five {:>5.1} %   first {:>5.1} %   reciprocal rank {:.3}",
            figures.questions,
            figures.twelve * 100.0,
            figures.first_five * 100.0,
            figures.first * 100.0,
            figures.reciprocal
        );
    };
    let all = figures(questions.iter());
    say("all", all);
    for set in ["known", "everyday", "unseen"] {
        say(set, figures(questions.iter().filter(|question| question.set == set)));
    }
    // What the unseen questions miss is not shown: who sees it tunes the search on them.
    let known = questions.iter().filter(|question| question.set != "unseen");
    for question in known.filter(|question| question.rank.is_none_or(|rank| rank > 5)) {
        let found: Vec<&str> =
            registry().search(question.asked, 5).iter().map(|hit| hit.tool.name()).collect();
        println!(
            "missed: {}\n        wanted {}\n        found  {}",
            question.asked,
            question.right.join(", "),
            found.join(", ")
        );
    }
    for (set, floor) in [("known", KNOWN), ("everyday", EVERYDAY), ("unseen", UNSEEN)] {
        let reached = figures(questions.iter().filter(|question| question.set == set));
        assert!(reached.questions >= floor.questions, "{set}: {reached:?}");
        assert!(reached.twelve >= floor.twelve, "{set}: {reached:?}");
        assert!(reached.first_five >= floor.first_five, "{set}: {reached:?}");
        assert!(reached.first >= floor.first, "{set}: {reached:?}");
        assert!(reached.reciprocal >= floor.reciprocal, "{set}: {reached:?}");
    }
}
