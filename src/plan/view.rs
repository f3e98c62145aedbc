//! A plan as a person is shown it: a title, a line of state, and sections in their order. The main type is [`PlanView`]. The approvals page,
//! the terminal and the question at the client lay it out and know nothing of a plan besides, so that all of them show the same.
//!
//! All of it is made of the plan, which approvals are bound to by its hash, but for the line of state.

mod lines;

use jamf_pro_tools::Risk;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::{Change, Confirmation, Content, Plan, Target};
use crate::sanitize::text;

/// Arguments up to this many characters stand on one line.
const SHORT: usize = 200;

/// How something is colored: what is grave must be told by its words as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// As everything else.
    Plain,
    /// Less important.
    Soft,
    /// It is well.
    Good,
    /// To be looked at.
    Warning,
    /// Something is lost, or went wrong.
    Danger,
}

/// A short word with its color.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Badge {
    /// The word.
    pub text: String,
    /// Its color.
    pub tone: Tone,
}

impl Badge {
    /// A word in a color.
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

/// How a plan stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StateLine {
    /// In a word or two.
    pub badge: Badge,
    /// In a sentence.
    pub sentence: String,
    /// When that ends by itself, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A plan as a person is shown it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanView {
    /// What is done, to what, in one sentence.
    pub title: String,
    /// How it stands.
    pub state: StateLine,
    /// How grave it is.
    pub risk: Badge,
    /// The tenant, with its label.
    pub tenant: String,
    /// What there is to know, in the order in which it is read.
    pub sections: Vec<Section>,
    /// What is asked of the person: text to type, secrets to give.
    pub to_approve: Section,
    /// It may be asked in a dialogue of a client: it concerns one device at most, and brings no text that runs.
    #[serde(skip)]
    is_short: bool,
}

/// What belongs together, under its heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// In a few words.
    pub heading: String,
    /// It is read by few: the page folds it.
    pub is_detail: bool,
    /// What it says.
    pub items: Vec<Item>,
}

/// One thing that a section says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Item {
    /// A sentence.
    Text {
        /// The sentence.
        text: String,
        /// Its color.
        tone: Tone,
    },
    /// A name and its value.
    Fact {
        /// What it is.
        name: String,
        /// The value.
        value: String,
    },
    /// A moment.
    Moment {
        /// What it is.
        name: String,
        /// When.
        at: Timestamp,
    },
    /// Words of somebody else.
    Quote {
        /// Whose they are.
        note: String,
        /// The words.
        text: String,
    },
    /// A part of the fleet.
    Share {
        /// Devices of it.
        devices: u64,
        /// All devices.
        fleet: u64,
    },
    /// A device.
    Device {
        /// Its name.
        name: String,
        /// Its model, or empty.
        model: String,
        /// Its serial number.
        serial: String,
        /// Its user, or that it has none.
        owner: String,
        /// Its last contact as the tenant says it, or empty when there was none.
        last_contact: String,
        /// What else is known of it, one sentence each.
        facts: Vec<String>,
        /// Its record in Jamf Pro.
        link: String,
    },
    /// A change of a field.
    Change {
        /// The field.
        field: String,
        /// As it is.
        before: String,
        /// As it will be.
        after: String,
        /// A long text line by line: `+` what comes, `-` what goes.
        lines: Vec<String>,
    },
    /// What runs or is installed.
    Content {
        /// Its kind and name.
        title: String,
        /// What is in it, in one line.
        about: String,
        /// Its text.
        lines: Vec<String>,
    },
    /// An object that refers to the one that is changed.
    Reference {
        /// Its name.
        name: String,
        /// What it is, in words.
        of_kind: String,
        /// How it refers.
        how: String,
        /// Its id.
        id: String,
    },
    /// Text as it is sent.
    Code {
        /// What it is.
        name: String,
        /// The text.
        text: String,
    },
    /// What a person types to approve.
    Confirmation {
        /// What to do, with the text in it.
        label: String,
    },
    /// A secret that a person can give with the approval.
    Secret {
        /// Its place in the arguments.
        place: String,
        /// What becomes of it.
        hint: String,
        /// How a file becomes its value, where it can come from one.
        #[serde(skip_serializing_if = "Option::is_none")]
        from_file: Option<FileForm>,
    },
}

/// How the bytes of a file become a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileForm {
    /// As they are.
    Text,
    /// As Base64.
    Base64,
}

/// A plan in a list of plans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanRow {
    /// Its id.
    pub id: String,
    /// What is done, to what, in one sentence.
    pub title: String,
    /// How it stands.
    pub state: StateLine,
    /// How grave it is.
    pub risk: Badge,
    /// The tenant, with its label.
    pub tenant: String,
    /// Who asked, with what.
    pub asked_by: String,
    /// Why, in the words of the client.
    pub reason: String,
    /// Whose device it is about, where it is about one.
    pub owner: String,
    /// What plans are grouped by: the device, or who asked.
    pub group: String,
    /// When it was made.
    pub made: Timestamp,
}

/// A text that came as a fragment, as a sentence.
pub fn sentence(text: &str) -> String {
    let end = if text.is_empty() || text.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("{}{end}", capitalized(text))
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

impl Plan {
    /// The plan for a person, as it stands.
    pub fn view(&self, state: StateLine) -> PlanView {
        let mut sections =
            vec![self.section_of_effect(), self.section_of_effects(), self.section_of_request()];
        if self.calls.is_empty() {
            sections.extend(self.sections_of_object());
        } else {
            sections.extend((1..).zip(&self.calls).map(|(number, call)| call.section_of_call(number)));
        }
        sections.push(self.section_of_details());
        let has_texts = self.changes.iter().any(|change| !change.lines.is_empty());
        let concerns_one = self.calls.is_empty()
            && self.targets.len() <= 1
            && self.reach.devices.is_some_and(|devices| devices <= 1);
        PlanView {
            title: self.title.clone(),
            state,
            risk: self.badge(),
            tenant: self.place(),
            sections: sections.into_iter().filter(|section| !section.items.is_empty()).collect(),
            to_approve: self.section_of_approval(),
            is_short: concerns_one
                && !has_texts
                && self.basis.content.is_empty()
                && is_plain(&self.arguments),
        }
    }

    /// What it is done to, and what it changes and runs.
    fn sections_of_object(&self) -> [Section; 5] {
        [
            self.section_of_devices(),
            section("Before and after", self.changes.iter().map(of_change).collect()),
            section("What runs or is installed", self.basis.content.iter().map(of_content).collect()),
            self.section_of_references(),
            self.section_of_not_checked(),
        ]
    }

    /// All of one of several calls, under its title.
    fn section_of_call(&self, number: u32) -> Section {
        let mut items = self.items_of_effect();
        let sections = [self.section_of_effects()].into_iter().chain(self.sections_of_object());
        for part in sections.filter(|part| !part.items.is_empty()) {
            items.push(note(&format!("{}:", part.heading), Tone::Soft));
            items.extend(part.items);
        }
        items.push(fact("Tool", format!("{}: {}", self.tool, self.about)));
        items.push(fact("Risk class", self.risk.clone()));
        items.push(self.arguments_as_sent());
        section(&format!("{number}. {}", self.title), items)
    }

    /// The plan in a list.
    pub fn row(&self, state: StateLine) -> PlanRow {
        let device = match self.targets.as_slice() {
            [one] => Some(one),
            _ => None,
        };
        let who = self.requester.who.clone();
        PlanRow {
            id: self.id.clone(),
            title: self.title.clone(),
            state,
            risk: self.badge(),
            tenant: self.place(),
            asked_by: self.asked_by(),
            reason: self.reason.clone().unwrap_or_default(),
            owner: device.map(|device| device.owner_in_words()).unwrap_or_default(),
            group: device.map_or_else(|| format!("Asked by {who}"), Target::label),
            made: self.made,
        }
    }

    /// How grave it is: red is for what is lost.
    fn badge(&self) -> Badge {
        match self.risk() {
            _ if self.is_loss && self.undo.possible => Badge::new("Deletes", Tone::Danger),
            _ if self.is_loss => Badge::new("Cannot be undone", Tone::Danger),
            Risk::Critical => Badge::new("Critical", Tone::Warning),
            Risk::Secret => Badge::new("Shows a secret", Tone::Warning),
            _ if self.window.is_some() || !self.calls.is_empty() => {
                Badge::new("Several calls", Tone::Warning)
            }
            _ => Badge::new("Change", Tone::Plain),
        }
    }

    /// The tenant, with its label.
    fn place(&self) -> String {
        match &self.tenant_label {
            Some(label) => format!("{} ({label})", self.tenant),
            None => self.tenant.clone(),
        }
    }

    fn asked_by(&self) -> String {
        match &self.requester.client {
            Some(client) => format!("{} with {client}", self.requester.who),
            None => self.requester.who.clone(),
        }
    }

    /// What it does, and whether that can be undone.
    fn items_of_effect(&self) -> Vec<Item> {
        let mut items: Vec<Item> = self.warnings.iter().map(|warning| note(warning, Tone::Warning)).collect();
        if !self.reach.sentence.is_empty() {
            items.push(note(&self.reach.sentence, Tone::Plain));
        }
        if self.targets.len() != 1 {
            let share = |(devices, fleet)| Item::Share { devices, fleet };
            items.extend(self.reach.shares().into_iter().map(share));
        }
        let undo = if self.undo.possible { "Can be undone" } else { "Cannot be undone" };
        let tone = match (self.undo.possible, self.is_loss) {
            (true, _) => Tone::Good,
            (false, true) => Tone::Danger,
            (false, false) => Tone::Plain,
        };
        items.push(note(&format!("{undo}: {}", self.undo.note), tone));
        items
    }

    fn section_of_effect(&self) -> Section {
        let mut items = self.items_of_effect();
        if !self.calls.is_empty() {
            let text = format!(
                "{} calls are sent in this order. The first that fails ends the plan, and those after it are left out",
                self.calls.len()
            );
            items.insert(self.warnings.len(), note(&text, Tone::Plain));
        }
        if self.approvals_needed > 1 {
            items.push(note(
                &format!("It takes {} approvals, by different people", self.approvals_needed),
                Tone::Plain,
            ));
        }
        if self.takes_other_person {
            let text = "Where two people have passkeys, the person who asked cannot approve it";
            items.push(note(text, Tone::Plain));
        }
        if let Some(minutes) = self.delay_minutes {
            items.push(note(
                &format!("After its approval, {minutes} minutes pass in which anybody can reject it"),
                Tone::Plain,
            ));
        }
        section("What happens", items)
    }

    /// Who gets it, who loses it, who runs it again, and who is offered it.
    fn section_of_effects(&self) -> Section {
        let one = |one: &super::EffectReach| fact(&capitalized(one.verb()), one.devices());
        section("Who gets it, loses it or runs it again", self.reach.effects.iter().map(one).collect())
    }

    fn section_of_request(&self) -> Section {
        let mut items = vec![
            fact("Asked by", format!("{}, over {}", self.asked_by(), self.requester.transport)),
            Item::Moment { name: "Asked".to_owned(), at: self.made },
        ];
        items.extend(self.ticket.iter().map(|ticket| fact("Ticket", ticket.clone())));
        items.extend(self.reason.iter().map(|reason| Item::Quote {
            note: "The reason as the client gives it. A model wrote it: do not take its word.".to_owned(),
            text: reason.clone(),
        }));
        section("Who asks, and why", items)
    }

    fn section_of_devices(&self) -> Section {
        let mut items: Vec<Item> = self.targets.iter().map(|target| self.of_device(target)).collect();
        let sample = &self.basis.sample;
        if items.is_empty() && sample.is_empty() {
            items.push(note("No device is acted on directly", Tone::Soft));
        }
        if !sample.is_empty() {
            items.push(note("Through what it changes, it reaches:", Tone::Plain));
            items.extend(sample.iter().map(|device| note(device, Tone::Plain)));
            let all = self.basis.devices.as_ref().map_or(sample.len(), Vec::len);
            if all > sample.len() {
                items.push(note(&format!("and {} more", all - sample.len()), Tone::Soft));
            }
        }
        section("Devices", items)
    }

    fn of_device(&self, target: &Target) -> Item {
        let page = match target.kind.as_str() {
            "computer" => "computers.html",
            _ => "mobileDevices.html",
        };
        Item::Device {
            name: target.name.clone(),
            model: target.model.clone(),
            serial: target.serial.clone(),
            owner: target.owner_in_words(),
            last_contact: target.last_contact.clone(),
            facts: target.facts.iter().map(|fact| sentence(fact)).collect(),
            link: format!("{}/{page}?id={}&o=r", self.tenant_url.trim_end_matches('/'), target.id),
        }
    }

    fn section_of_references(&self) -> Section {
        let of_reference = |reference: &super::Reference| Item::Reference {
            name: reference.name.clone(),
            of_kind: reference.kind.replace('_', " "),
            how: reference.how.clone(),
            id: reference.id.clone(),
        };
        section("What refers to it", self.references.iter().map(of_reference).collect())
    }

    fn section_of_not_checked(&self) -> Section {
        let mut items: Vec<Item> = self.not_checked.iter().map(|what| note(what, Tone::Plain)).collect();
        if items.is_empty() {
            items.push(note("Everything that can be checked was checked", Tone::Soft));
        }
        section("Not checked", items)
    }

    fn arguments_as_sent(&self) -> Item {
        let short = self.arguments.to_string();
        let arguments = match short.chars().count() {
            0..=SHORT => short,
            _ => serde_json::to_string_pretty(&self.arguments).unwrap_or(short),
        };
        Item::Code { name: "Arguments".to_owned(), text: text::visible(&arguments).into_owned() }
    }

    fn section_of_details(&self) -> Section {
        let items = vec![
            fact("Tool", format!("{}: {}", self.tool, self.about)),
            fact("Risk class", self.risk.clone()),
            fact("Tenant", format!("{}, {}", self.place(), self.tenant_url)),
            fact("Plan", self.id.clone()),
            self.arguments_as_sent(),
        ];
        Section { is_detail: true, ..section("Details", items) }
    }

    fn section_of_approval(&self) -> Section {
        let mut items: Vec<Item> = self.asks.iter().map(|place| secret(place)).collect();
        items.push(Item::Confirmation { label: self.confirmation.label() });
        section("To approve", items)
    }
}

impl Confirmation {
    /// What a person is asked to do.
    pub fn label(&self) -> String {
        format!("Type {}, {}, to approve", self.what, self.expected)
    }
}

impl Target {
    /// Its user, and that person's full name and department where they are known.
    fn owner_in_words(&self) -> String {
        let known = [&self.full_name, &self.department].into_iter().filter(|text| !text.is_empty());
        let known: Vec<&str> = known.map(String::as_str).collect();
        match (self.owner.as_str(), known.is_empty()) {
            ("", true) => "nobody".to_owned(),
            ("", false) => known.join(", "),
            (owner, true) => owner.to_owned(),
            (owner, false) => format!("{owner} ({})", known.join(", ")),
        }
    }
}

fn section(heading: &str, items: Vec<Item>) -> Section {
    Section { heading: heading.to_owned(), is_detail: false, items }
}

fn note(text: &str, tone: Tone) -> Item {
    let text = if text.ends_with(':') || text.starts_with("and ") { text.to_owned() } else { sentence(text) };
    Item::Text { text, tone }
}

fn fact(name: &str, value: String) -> Item {
    Item::Fact { name: name.to_owned(), value }
}

fn secret(place: &str) -> Item {
    let is_bytes = |place: &str| {
        ["data", "bytes", "keystore", "file", "encodedtoken"].iter().any(|end| place.ends_with(end))
    };
    let lower = place.to_lowercase();
    let from_file = match lower.as_str() {
        lower if is_bytes(lower) => Some(FileForm::Base64),
        lower if lower.ends_with("token") || lower.ends_with("key") => Some(FileForm::Text),
        _ => None,
    };
    Item::Secret {
        place: place.to_owned(),
        hint: "Goes to the tenant and to no model. Left empty, none is sent.".to_owned(),
        from_file,
    }
}

fn of_change(change: &Change) -> Item {
    let or_empty = |text: &str| if text.is_empty() { "(empty)".to_owned() } else { text.to_owned() };
    Item::Change {
        field: change.field.clone(),
        before: or_empty(&change.before),
        after: or_empty(&change.after),
        lines: change.lines.clone(),
    }
}

fn of_content(content: &Content) -> Item {
    let Content { kind, id, name, about, lines, .. } = content;
    let name = if name.is_empty() { String::new() } else { format!(" “{name}”") };
    Item::Content {
        title: format!("{}{name} (id {id})", capitalized(kind)),
        about: about.clone(),
        lines: lines.clone(),
    }
}

/// Whether every text in the arguments is seen as what it is when it stands on one line: a script is not.
fn is_plain(arguments: &Value) -> bool {
    match arguments {
        Value::String(text) => {
            !text.contains(['\n', '\t']) && matches!(text::visible(text), std::borrow::Cow::Borrowed(_))
        }
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(members) => members.values().all(is_plain),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}
