//! The view of a plan as lines of text, for terminals and for dialogues of clients.

use super::{Item, PlanView, Tone};

impl PlanView {
    /// All of it as lines of text, for a dialogue of a client; nothing where a dialogue would not show it as what it is.
    pub fn for_dialogue(&self) -> Option<Vec<String>> {
        let asks = self.to_approve.items.iter().any(|item| matches!(item, Item::Secret { .. }));
        (self.is_short && !asks).then(|| {
            let mut lines = vec![format!("{}: {}", self.tenant, self.title)];
            lines.extend(self.sections.iter().flat_map(|section| {
                let marked = matches!(section.heading.as_str(), "Not checked" | "What refers to it");
                let heading = marked.then(|| format!("{}:", section.heading));
                heading.into_iter().chain(section.items.iter().flat_map(Item::lines))
            }));
            lines
        })
    }
}

impl Item {
    /// The item as lines of text.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Text { text, tone: Tone::Warning | Tone::Danger } => vec![format!("! {text}")],
            Self::Text { text, .. } => vec![text.clone()],
            Self::Fact { name, value } => vec![format!("{name}: {value}")],
            Self::Moment { name, at } => vec![format!("{name}: {}", at.strftime("%Y-%m-%d %H:%M UTC"))],
            Self::Quote { note, text } => vec![note.clone(), format!("> {text}")],
            // The sentence beside it has the numbers.
            Self::Share { .. } => Vec::new(),
            Self::Device { name, model, serial, owner, last_contact, facts, link } => {
                let contact = if last_contact.is_empty() { "never" } else { last_contact };
                let model = if model.is_empty() { String::new() } else { format!(", {model}") };
                let mut lines =
                    vec![format!("- {name}, {serial}{model}, of {owner}, last contact {contact}")];
                lines.extend(facts.iter().map(|fact| format!("  {fact}")));
                lines.push(format!("  {link}"));
                lines
            }
            Self::Change { field, before, after, lines } => {
                let first = format!("- {field}: {before} -> {after}");
                std::iter::once(first).chain(lines.iter().map(|line| format!("  {line}"))).collect()
            }
            Self::Content { title, about, lines } => {
                let first =
                    if about.is_empty() { format!("- {title}") } else { format!("- {title}: {about}") };
                std::iter::once(first).chain(lines.iter().map(|line| format!("  | {line}"))).collect()
            }
            Self::Reference { name, of_kind, how, id } => {
                vec![format!("- {of_kind} {id} {name} ({how})")]
            }
            Self::Code { name, text } => {
                let mut lines = text.lines();
                let first = format!("{name}: {}", lines.next().unwrap_or_default());
                std::iter::once(first).chain(lines.map(|line| format!("  {line}"))).collect()
            }
            Self::Confirmation { label } => vec![format!("{label}.")],
            Self::Secret { place, hint, .. } => vec![format!("{place}: {hint}")],
        }
    }
}
