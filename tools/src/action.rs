//! What an action is, and the words it is declared with.
//!
//! An action is a value built by `const fn`s, so that a resource file reads from the top as a reference page and a
//! malformed path or name does not compile. Nothing here sends anything.

use schemars::{Schema, SchemaGenerator};

use crate::answer_notes::AnswerNote;
use crate::args::Arguments;
use crate::effects::{Affects, Cap, Members, Protection, Targets};
use crate::joins::Join;
use crate::secrets::{RecordSecret, Secrets};

/// HTTP method of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names of HTTP methods")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The method's name on the wire, in capitals.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Which of a tenant's two APIs an action belongs to; the path says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Api {
    /// The Jamf Pro API, `/api/…`: JSON both ways.
    Pro,
    /// The Classic API, `/JSSResource/…`: JSON or XML to read, XML to write.
    Classic,
}

/// What a call can do at most, by its effect and not by its HTTP method. Ordered from harmless to gravest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Risk {
    /// Changes nothing and reveals no secret.
    Read,
    /// Harmless command to devices: blank push, inventory, profile renewal.
    Device,
    /// Change of configuration that can be put back or that nothing refers to yet.
    Write,
    /// Reveals a password, recovery key, PIN or token.
    Secret,
    /// Loses data, interrupts or locks a device, or puts something on devices.
    Destructive,
    /// Fleet-wide, irreversible beyond one device, or a way to more power.
    Critical,
}

impl Risk {
    /// All classes, the gravest last.
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Device, Self::Write, Self::Secret, Self::Destructive, Self::Critical];
    /// Lower-case name, as configuration files and tool listings write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Device => "device",
            Self::Write => "write",
            Self::Secret => "secret",
            Self::Destructive => "destructive",
            Self::Critical => "critical",
        }
    }
}

/// How the rows of a list arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rows {
    /// Not a list.
    None,
    /// `{"totalCount": n, "results": […]}`, by `page` and `page-size`.
    Paged,
    /// Everything at once: a bare array, or the only array in an object, as the Classic API answers.
    Whole,
}

/// What a successful answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// JSON, or nothing.
    Json,
    /// Text that a person can read: a script, CSV.
    Text,
    /// Bytes that belong in a file.
    File,
}

/// A path that an action had on older tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OlderPath {
    /// First version of Jamf Pro, such as `11.30`, that has the path after this one.
    pub before: &'static str,
    /// The older path, with the same `{placeholders}`.
    pub path: &'static str,
}

/// One operation of Jamf Pro, as a value. Declared with [`get`], [`post`], [`put`], [`patch`] and [`delete`].
#[derive(Debug, Clone, Copy)]
pub struct Action {
    /// `resource_verb`; unique; means one thing for ever.
    pub name: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Path from the root of the tenant, `{placeholders}` included.
    pub path: &'static str,
    /// Further paths of the same operation by another key; the path arguments given decide.
    pub also: &'static [&'static str],
    title: Option<&'static str>,
    plan_title: Option<&'static str>,
    /// What it is for, what it changes, what to use instead. One to three sentences.
    pub about: &'static str,
    /// Phrases in which administrators ask for it, at most six; the search reads them.
    pub asked: &'static [&'static str],
    /// The most that a call can do.
    pub risk: Risk,
    /// The least that a call can do, where the effect decides.
    pub at_least: Option<Risk>,
    /// Where its arguments name devices.
    pub targets: &'static [Targets],
    /// Where the body of a change of a group names devices.
    pub members: Option<Members>,
    /// Whom its calls can affect. Every action that is not a read says it.
    pub affects: Option<Affects>,
    pub(crate) reads_before: Option<&'static str>,
    pub(crate) read_by: Option<&'static str>,
    pub(crate) created_by: Option<&'static str>,
    pub(crate) creates: bool,
    pub(crate) cap: Option<Cap>,
    pub(crate) protection: Option<Protection>,
    /// Arguments whose objects run or are installed by what is sent, each with the action that reads such an object.
    pub runs: &'static [(&'static str, &'static str)],
    /// Fields that have an effect when they are written and are not stored: nobody can read them back or restore them.
    pub acts_once: &'static [&'static str],
    /// Privileges that the API role needs, by Jamf's names.
    pub privileges: &'static [&'static str],
    /// Jamf's document is silent on the privileges and they were worked out.
    pub privileges_worked_out: bool,
    /// Privileges that it takes besides, which are known from practice and not from Jamf's document.
    pub also_needs: &'static [&'static str],
    /// Any API role may call it.
    pub needs_no_privilege: bool,
    /// Belongs to the default toolset, `core`.
    pub core: bool,
    /// Fields that a list answers with by default, as dotted paths.
    pub brief: &'static [&'static str],
    /// Columns that a list has from the fleet, beside the fields that Jamf answers.
    pub joins: &'static [Join],
    /// What a reader must know of an answer.
    pub answer_notes: &'static [AnswerNote],
    /// Fields that Jamf filters on, as its document says; empty when the list takes no filter.
    pub filters: &'static [&'static str],
    /// Fields that only tenants of a version or later filter on: (field, version).
    pub filtered_since: &'static [(&'static str, &'static str)],
    /// Fields that Jamf sorts by, where its document says; empty when it does not, or when the list is not sorted.
    pub sorts: &'static [&'static str],
    /// Fields of the answer that are secrets and are always stripped: dotted paths, or bare names anywhere.
    pub hides: &'static [&'static str],
    pub(crate) secrets: &'static [Secrets],
    /// Fields of the answer that are kept for the approver and shown once, each with its label.
    pub gives_secret: &'static [(&'static str, &'static str)],
    /// Secrets that are deleted with the object.
    pub deletes_secrets: &'static [RecordSecret],
    /// What the person who approves a call is told first.
    pub warnings: &'static [&'static str],
    /// What nobody can check before a call.
    pub not_checked: &'static [&'static str],
    /// First version of Jamf Pro that has it at all, where known: a hint, never a reason to refuse.
    pub since: Option<&'static str>,
    older: &'static [(&'static str, &'static str)],
    /// Field names that older paths had: (name now, name then).
    pub renamed: &'static [(&'static str, &'static str)],
    /// Names it had before.
    pub aliases: &'static [&'static str],
    /// Root element of the body, for actions whose body travels as XML.
    pub xml: Option<&'static str>,
    /// Body media type is `application/merge-patch+json`.
    pub merge_patch: bool,
    /// The argument that names a local file, and the multipart field it is sent as.
    pub upload: Option<(&'static str, &'static str)>,
    /// The argument that names a local file which is the whole body, and its media type.
    pub file_body: Option<(&'static str, &'static str)>,
    /// The MDM command that it sends to `devices`; `body` becomes the command's data.
    pub command: Option<&'static str>,
    /// What a successful answer holds.
    pub answer: Answer,
    /// A text or file that it answers with holds no personal data: a script, a certificate, an image.
    pub impersonal: bool,
    /// How the rows arrive, when it is a list.
    pub rows: Rows,
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
}

const fn new<A: Arguments>(method: Method, name: &'static str, path: &'static str) -> Action {
    assert_name(name);
    assert_path(path);
    Action {
        name,
        method,
        path,
        also: &[],
        title: None,
        plan_title: None,
        about: "",
        asked: &[],
        risk: match method {
            Method::Get => Risk::Read,
            _ => Risk::Write,
        },
        at_least: None,
        targets: &[],
        members: None,
        affects: None,
        reads_before: None,
        read_by: None,
        created_by: None,
        creates: false,
        cap: None,
        protection: None,
        runs: &[],
        acts_once: &[],
        privileges: &[],
        privileges_worked_out: false,
        also_needs: &[],
        needs_no_privilege: false,
        core: false,
        brief: &[],
        joins: &[],
        answer_notes: &[],
        filters: &[],
        sorts: &[],
        hides: &[],
        secrets: &[],
        gives_secret: &[],
        deletes_secrets: &[],
        warnings: &[],
        not_checked: &[],
        since: None,
        older: &[],
        filtered_since: &[],
        renamed: &[],
        aliases: &[],
        xml: None,
        merge_patch: false,
        upload: None,
        file_body: None,
        command: None,
        answer: Answer::Json,
        impersonal: false,
        rows: A::ROWS,
        schema: A::json_schema,
    }
}

/// An action that reads.
pub const fn get<A: Arguments>(name: &'static str, path: &'static str) -> Action {
    new::<A>(Method::Get, name, path)
}

/// An action that creates, sends a command, or runs a test or an export.
pub const fn post<A: Arguments>(name: &'static str, path: &'static str) -> Action {
    new::<A>(Method::Post, name, path)
}

/// An action that replaces.
pub const fn put<A: Arguments>(name: &'static str, path: &'static str) -> Action {
    new::<A>(Method::Put, name, path)
}

/// An action that changes the fields given.
pub const fn patch<A: Arguments>(name: &'static str, path: &'static str) -> Action {
    new::<A>(Method::Patch, name, path)
}

/// An action that deletes.
pub const fn delete<A: Arguments>(name: &'static str, path: &'static str) -> Action {
    new::<A>(Method::Delete, name, path)
}

impl Action {
    /// Its title for people, such as `Lock a device`, where the one that [`crate::title()`] makes of the name is not good.
    #[must_use]
    pub const fn title(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    /// The title of a plan for a call, where the title with the name of what it is about is not good. `{devices}` and `{object}` stand for
    /// those, and `{username}` and the like for arguments.
    #[must_use]
    pub const fn plan_title(mut self, title: &'static str) -> Self {
        self.plan_title = Some(title);
        self
    }

    /// What it is for, what it changes, what to use instead.
    #[must_use]
    pub const fn about(mut self, about: &'static str) -> Self {
        self.about = about;
        self
    }

    /// Phrases in which administrators ask for it: plain words, not Jamf's own, and none of the questions that measure the
    /// search.
    #[must_use]
    pub const fn asked(mut self, phrases: &'static [&'static str]) -> Self {
        assert!(phrases.len() <= 6, "an action has at most six phrases");
        self.asked = phrases;
        self
    }

    /// Privileges that Jamf's document names.
    #[must_use]
    pub const fn needs(mut self, privileges: &'static [&'static str]) -> Self {
        self.privileges = privileges;
        self
    }

    /// Privileges that Jamf's document leaves out, worked out from its naming and from published tables.
    #[must_use]
    pub const fn probably_needs(mut self, privileges: &'static [&'static str]) -> Self {
        self.privileges = privileges;
        self.privileges_worked_out = true;
        self
    }

    /// Privileges known from practice, besides those of the document.
    #[must_use]
    pub const fn also_needs(mut self, privileges: &'static [&'static str]) -> Self {
        self.also_needs = privileges;
        self
    }

    /// Any API role may call it, as Jamf's document leaves no privilege to be worked out.
    #[must_use]
    pub const fn needs_none(mut self) -> Self {
        self.needs_no_privilege = true;
        self
    }

    /// The most that a call can do, where the method alone says too little or too much.
    #[must_use]
    pub const fn risk(mut self, risk: Risk) -> Self {
        self.risk = risk;
        self
    }

    /// The least that a call can do; the gate judges each call between this and [`Action::risk`].
    #[must_use]
    pub const fn at_least(mut self, risk: Risk) -> Self {
        self.at_least = Some(risk);
        self
    }

    /// In the default toolset.
    #[must_use]
    pub const fn core(mut self) -> Self {
        self.core = true;
        self
    }

    /// Default fields of a list, as dotted paths.
    #[must_use]
    pub const fn brief(mut self, fields: &'static [&'static str]) -> Self {
        self.brief = fields;
        self
    }

    /// Fields that Jamf filters on.
    #[must_use]
    pub const fn filters(mut self, fields: &'static [&'static str]) -> Self {
        self.filters = fields;
        self
    }

    /// Fields that Jamf sorts by.
    #[must_use]
    pub const fn sorts(mut self, fields: &'static [&'static str]) -> Self {
        self.sorts = fields;
        self
    }

    /// Fields of the answer that are always stripped.
    #[must_use]
    pub const fn hides(mut self, fields: &'static [&'static str]) -> Self {
        self.hides = fields;
        self
    }

    /// First version that has it.
    #[must_use]
    pub const fn since(mut self, version: &'static str) -> Self {
        self.since = Some(version);
        self
    }

    /// Tenants before a version have it at another path: (version, path), the newest first.
    #[must_use]
    pub const fn before(mut self, older: &'static [(&'static str, &'static str)]) -> Self {
        let mut at = 0;
        while at < older.len() {
            #[expect(clippy::indexing_slicing, reason = "evaluated at compile time and bounded by the loop")]
            assert_path(older[at].1);
            at += 1;
        }
        self.older = older;
        self
    }

    /// Fields that only tenants of a version or later filter on: (field, version).
    #[must_use]
    pub const fn filtered_since(mut self, fields: &'static [(&'static str, &'static str)]) -> Self {
        self.filtered_since = fields;
        self
    }

    /// Field names that older paths had: (name now, name then).
    #[must_use]
    pub const fn renamed(mut self, fields: &'static [(&'static str, &'static str)]) -> Self {
        self.renamed = fields;
        self
    }

    /// A name it had before.
    #[must_use]
    pub const fn alias(mut self, names: &'static [&'static str]) -> Self {
        self.aliases = names;
        self
    }

    /// Further paths of the same operation by another key, such as `…/name/{name}`.
    #[must_use]
    pub const fn also(mut self, paths: &'static [&'static str]) -> Self {
        let mut at = 0;
        while at < paths.len() {
            #[expect(clippy::indexing_slicing, reason = "evaluated at compile time and bounded by the loop")]
            assert_path(paths[at]);
            at += 1;
        }
        self.also = paths;
        self
    }

    /// The body travels as XML below this root element.
    #[must_use]
    pub const fn xml(mut self, root: &'static str) -> Self {
        self.xml = Some(root);
        self
    }

    /// The body travels as `application/merge-patch+json`.
    #[must_use]
    pub const fn merge_patch(mut self) -> Self {
        self.merge_patch = true;
        self
    }

    /// The file named by `argument` is sent as the multipart field `field`.
    #[must_use]
    pub const fn upload(mut self, argument: &'static str, field: &'static str) -> Self {
        self.upload = Some((argument, field));
        self
    }

    /// The file named by `argument` is the whole body.
    #[must_use]
    pub const fn file_body(mut self, argument: &'static str, media_type: &'static str) -> Self {
        self.file_body = Some((argument, media_type));
        self
    }

    /// Sends this MDM command to the devices of [`crate::args::Command`].
    #[must_use]
    pub const fn command(mut self, kind: &'static str) -> Self {
        self.command = Some(kind);
        self.targets(&[Targets::ManagementIds("devices[]")])
    }

    /// The answer is text or a file, and not JSON.
    #[must_use]
    pub const fn answers(mut self, answer: Answer) -> Self {
        self.answer = answer;
        self
    }

    /// The text or file that it answers with holds no personal data.
    #[must_use]
    pub const fn impersonal(mut self) -> Self {
        self.impersonal = true;
        self
    }

    /// Which API it belongs to.
    pub fn api(&self) -> Api {
        if self.path.starts_with("/JSSResource/") { Api::Classic } else { Api::Pro }
    }

    /// What people call it: a sentence without its full stop.
    pub fn shown_title(&self) -> String {
        self.title.map_or_else(|| crate::title(self.name), str::to_owned)
    }

    /// What the title of a plan is made of.
    pub fn shown_plan_title(&self) -> String {
        self.plan_title.map_or_else(|| self.shown_title(), str::to_owned)
    }

    /// Older paths, the newest first.
    pub fn older(&self) -> impl Iterator<Item = OlderPath> + '_ {
        self.older.iter().map(|(before, path)| OlderPath { before, path })
    }

    /// The main path and those by another key.
    pub fn paths(&self) -> impl Iterator<Item = &'static str> + '_ {
        std::iter::once(self.path).chain(self.also.iter().copied())
    }

    /// The privileges that it takes, those of the document first.
    pub fn all_privileges(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.privileges.iter().chain(self.also_needs).copied()
    }
}

/// The placeholders of a path, in order: `id` in `/api/v1/buildings/{id}`.
pub fn placeholders(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}

const fn assert_name(name: &str) {
    let bytes = name.as_bytes();
    assert!(bytes.len() >= 3 && bytes.len() <= 48, "a name has 3 to 48 characters");
    let mut at = 0;
    while at < bytes.len() {
        #[expect(clippy::indexing_slicing, reason = "evaluated at compile time and bounded by the loop")]
        let byte = bytes[at];
        assert!(
            byte.is_ascii_lowercase() || (at > 0 && (byte.is_ascii_digit() || byte == b'_')),
            "a name is a lower-case letter, then lower-case letters, digits and underscores"
        );
        at += 1;
    }
}

const fn assert_path(path: &str) {
    let bytes = path.as_bytes();
    assert!(
        starts_with(bytes, b"/api/") || starts_with(bytes, b"/JSSResource/"),
        "a path begins with /api/ or /JSSResource/"
    );
    let mut open = false;
    let mut at = 0;
    while at < bytes.len() {
        #[expect(clippy::indexing_slicing, reason = "evaluated at compile time and bounded by the loop")]
        match bytes[at] {
            b'{' => {
                assert!(!open, "braces do not nest");
                open = true;
            }
            b'}' => {
                assert!(open, "a brace is closed that was not opened");
                open = false;
            }
            byte => assert!(
                !matches!(byte, b'?' | b'#' | b' ' | b'%'),
                "a path has neither query nor fragment nor escapes"
            ),
        }
        at += 1;
    }
    assert!(!open, "a brace is left open");
}

const fn starts_with(text: &[u8], prefix: &[u8]) -> bool {
    if text.len() < prefix.len() {
        return false;
    }
    let mut at = 0;
    while at < prefix.len() {
        #[expect(clippy::indexing_slicing, reason = "evaluated at compile time and bounded by the loop")]
        if text[at] != prefix[at] {
            return false;
        }
        at += 1;
    }
    true
}
