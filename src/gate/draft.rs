//! Working out what a call would do, for a person to decide: whom it is done to, what changes, what refers to it.
//!
//! What cannot be described well is not planned but refused: nobody can approve what nobody can see.

use std::sync::Arc;

use futures::future::{BoxFuture, ready};
use jamf_pro_client::FileSeal;
use jamf_pro_tools::action::Answer as Holds;
use jamf_pro_tools::{Action, Affects, Cap, Catalogue, Checked, Method, Risk, Targets};
use serde_json::{Map, Value, json};

use super::call_devices::CallDevices;
use super::changes::{self, VALUE};
use super::content;
use super::device_facts;
use super::file;
use super::fleet::{self, COMPUTER, FleetDevice, MOBILE_DEVICE};
use super::flush;
use super::object::read_object;
use super::reach::{self, Impact, Sets, plain};
use super::subject::{Subject, is_list, objects, subject};
use super::title::{self, About, about};
use crate::error::Error;
use crate::jobs::{Work, group_members_change, text_at};
use crate::payloads::Settings;
use crate::plan::{self, Basis, Change, Confirmation, Reach, SAMPLE, Undo, Window, canonical, digest};
use crate::registry::{JobDeclaration, Tool};
use crate::sanitize::text;
use crate::vault::{generate, keep};

/// What a call would do.
#[derive(Debug)]
pub(super) struct Draft {
    /// Its risk, between the least and the most of its tool.
    pub(super) risk: Risk,
    /// Devices that it is done to directly.
    pub(super) targets: Vec<FleetDevice>,
    /// What it touches besides.
    pub(super) impact: Impact,
    pub(super) reach: Reach,
    pub(super) basis: Basis,
    pub(super) changes: Vec<Change>,
    pub(super) undo: Undo,
    pub(super) about: About,
    pub(super) confirmation: Confirmation,
    pub(super) asks: Vec<String>,
    /// The arguments with everything by its id.
    pub(super) exact: Checked,
    /// The object as it is, where there is one.
    pub(super) before: Option<Value>,
    /// The file that is uploaded.
    pub(super) sealed: Option<Arc<FileSeal>>,
    /// What it opens, where it is a window.
    pub(super) window: Option<Window>,
    /// The window that lets it through.
    pub(super) by_window: Option<String>,
}

impl Draft {
    /// The same with every text on one line: what a name or a value says must not look like a sentence of the server's.
    pub(super) fn in_lines(mut self) -> Self {
        let (changes, impact) = (&mut self.changes, &mut self.impact);
        let changes =
            changes.iter_mut().flat_map(|change| [&mut change.field, &mut change.before, &mut change.after]);
        let content = self.basis.content.iter_mut().flat_map(|one| [&mut one.name, &mut one.about]);
        let references = impact.references.iter_mut();
        let references = references.flat_map(|one| [&mut one.kind, &mut one.id, &mut one.name, &mut one.how]);
        [&mut self.reach.sentence, &mut self.confirmation.what, &mut self.confirmation.expected]
            .into_iter()
            .chain(changes)
            .chain(references)
            .chain(&mut impact.not_checked)
            .chain(&mut impact.warnings)
            .chain(content)
            .for_each(|text| *text = text::line(text));
        self
    }

    /// The same with the payload that goes with it. `mark` tells payloads apart.
    pub(super) fn with_payload(mut self, settings: &Settings, mark: String) -> Self {
        self.impact.warnings.extend(settings.warnings.iter().cloned());
        if self.reach.devices != Some(0) {
            let line = reach::loss(&settings.lost, "change", self.reach.devices);
            self.impact.warnings.splice(0..0, line);
        }
        self.changes.extend(settings.changed.iter().map(|setting| {
            let field = format!("payload {}", text::quoted(&setting.path, VALUE).trim_matches('"'));
            plan::diff::change(&field, Some(&json!(setting.before)), Some(&json!(setting.after)))
        }));
        self.basis.payload = Some(mark);
        self.in_lines()
    }

    /// Whether data or a device is lost by it.
    pub(super) fn is_loss(&self, tool: Tool) -> bool {
        let Tool::Action(action) = tool else { return false };
        loses(action) || several(action, self.before.as_ref()).is_some()
    }

    /// Whether devices are erased, unmanaged or deleted by it, or by a call that it lets through: where two people have passkeys, another one
    /// than asked approves that.
    pub(super) fn takes_other_person(&self, tool: Tool) -> bool {
        let tools = self.window.iter().flat_map(|window| window.tools.iter().map(String::as_str));
        tools
            .chain(Some(tool.name()))
            .filter_map(|name| Catalogue::get().find(name))
            .any(|action| action.cap_class() == Cap::Erase)
    }

    /// Add what a person should know of devices before they are lost. Only who files or tells the plan reads it: nothing is compared with it.
    ///
    /// # Errors
    /// When the tenant cannot be reached.
    pub(super) async fn read_device_facts(&mut self, work: &Work<'_>, tool: Tool) -> Result<(), Error> {
        if matches!(tool, Tool::Action(action) if loses(action)) {
            self.impact.not_checked.extend(device_facts::read(work, &mut self.targets).await?);
        }
        Ok(())
    }

    /// The title of a plan for it. `tool` is what was called: the action, or the job that came to it.
    pub(super) fn title(&self, tool: Tool) -> String {
        title::of_call(&tool.plan_title(), self.risk, &self.targets, &self.about, self.exact.arguments())
    }

    /// One step a device for commands, one step in all for everything else: (what it is done to, its arguments, its device).
    ///
    /// # Errors
    /// When the arguments for one device alone are not right; nothing stands for them then, least of all those for all devices.
    pub(super) fn steps(&self, tool: Tool) -> Result<Vec<(String, Checked, Option<FleetDevice>)>, Error> {
        if let Tool::Action(action) = tool
            && action.command.is_some()
        {
            let one = |device: &FleetDevice| {
                let mut arguments = self.exact.arguments().clone();
                arguments.insert("devices".to_owned(), json!([device.target.management_id]));
                Ok((device.target.describe(), check_again(tool, arguments)?, Some(device.clone())))
            };
            return self.targets.iter().map(one).collect();
        }
        let told = self.targets.first().map_or_else(|| self.title(tool), |device| device.target.describe());
        Ok(vec![(told, self.exact.clone(), self.targets.first().cloned())])
    }
}

/// Whether data or a device is lost by an action: it deletes, or has one of the small caps.
fn loses(action: &Action) -> bool {
    action.method == Method::Delete || action.cap_class() >= Cap::Lock
}

/// Arguments that were right once, a little changed here.
fn check_again(tool: Tool, arguments: Map<String, Value>) -> Result<Checked, Error> {
    tool.check(arguments).map_err(|problems| {
        Error::internal(format!(
            "arguments of `{}` that were made here are not right: {problems}",
            tool.name()
        ))
    })
}

/// Whether a job is described by the one write that it would make.
pub(super) fn is_caught(job: &JobDeclaration) -> bool {
    !job.is_whole && job.tool.risk > Risk::Read
}

/// Whether an action is about one device, which its arguments name.
pub(super) fn is_of_one_device(action: &'static Action) -> bool {
    action.method == Method::Get
        && action.answer != Holds::File
        && matches!(subject(action), Some(Subject::Device(..) | Subject::ManagementId(_)))
}

/// Why a call that cannot be described is refused.
pub(super) fn refuse_undescribed(tool: Tool) -> Error {
    Error::not_allowed(format!(
        "`{}` is refused: it is of risk class `{}`, and what it would do cannot be worked out well enough for a person to approve it \
         here. No setting changes that",
        tool.name(),
        tool.risk().as_str()
    ))
    .hint("tell the person what you wanted to do, so that they can do it in Jamf Pro themselves")
}

/// Why a call is refused that is graver than what is allowed, although its tool can do less.
pub(super) fn too_grave(tool: Tool, draft: &Draft) -> Error {
    Error::not_allowed(format!(
        "this call of `{}` is refused: what it would do ({}) makes it of risk class `{2}`, and `allow` in the configuration of this \
         server does not have `{2}`. Only the person who runs the server can change that",
        tool.name(),
        draft.reach.sentence,
        draft.risk.as_str()
    ))
}

/// Whether calls of a tool can be planned at all.
pub(super) fn can_be_described(tool: Tool) -> bool {
    match tool {
        Tool::Action(action) if action.risk == Risk::Secret && action.answer == Holds::File => false,
        Tool::Action(action) => subject(action).is_some(),
        Tool::Job(job) => job.is_whole || is_caught(job),
        Tool::Builtin(_) => false,
    }
}

/// Work out what a call would do.
///
/// # Errors
/// When it cannot be worked out, or an argument names nothing.
pub(super) fn draft<'a>(
    work: &'a Work<'a>,
    tool: Tool,
    checked: &'a Checked,
) -> BoxFuture<'a, Result<Draft, Error>> {
    let Tool::Action(action) = tool else { return Box::pin(members_change(work, tool, checked)) };
    match subject(action) {
        Some(subject) => Box::pin(of_action(work, action, subject, checked)),
        None => Box::pin(ready(Err(Error::internal(format!("{} has no plan", action.name))))),
    }
}

async fn of_action(
    work: &Work<'_>,
    action: &'static Action,
    subject: Subject,
    checked: &Checked,
) -> Result<Draft, Error> {
    let arguments = checked.arguments();
    let (before, digested) = read_object(work, &subject, arguments).await?.unzip();
    let mut targets = Vec::new();
    let mut impact = Impact::default();
    let (mut changes, mut basis, mut sealed, mut exact) = (None, None, None, checked.clone());
    match &subject {
        Subject::Command => {
            let ids = arguments.get("devices").and_then(Value::as_array).into_iter().flatten().map(plain);
            let mut once: Vec<String> = Vec::new();
            ids.for_each(|id| {
                if !once.iter().any(|other| other.eq_ignore_ascii_case(&id)) {
                    once.push(id);
                }
            });
            targets = fleet::by_management_id(work, &once).await?;
        }
        Subject::Device(kind, name) => {
            let id = arguments.get(*name).map(plain).unwrap_or_default();
            targets = fleet::by_id(work, kind, &[id]).await?;
        }
        Subject::Record(kind, _) => {
            let id = arguments.get("id").map(plain).unwrap_or_default();
            targets = fleet::by_id(work, kind, &[id]).await?;
            if let (Some(record), Some(device)) = (&before, targets.first()) {
                let found = reach::impact_of_record(work, kind, arguments, record, device).await?;
                (impact, changes, basis) = (found.impact, Some(found.changes), Some(found.basis));
            }
        }
        Subject::Upload(argument, _) => {
            let name = arguments.get(*argument).map(plain).unwrap_or_default();
            let file = file::inspect(work, &name).await?;
            impact = file::impact_of(work, action, arguments, &file).await?;
            changes = Some(file.changes(&name));
            sealed = Some(Arc::new(file.sealed));
        }
        Subject::Flush => {
            let flushed = flush::of(work, action, arguments).await?;
            targets = flushed.targets;
            (impact, changes, basis) = (flushed.impact, Some(flushed.changes), Some(flushed.basis));
        }
        Subject::ManagementId(name) => {
            let id = arguments.get(*name).map(plain).unwrap_or_default();
            targets = fleet::by_management_id(work, &[id]).await?;
        }
        Subject::Devices => {
            let named = CallDevices::of(Tool::Action(action), checked);
            targets = named.read_all(work).await?;
            match by_ids(action, checked, &targets) {
                Some(ids) => exact = ids,
                None if named.by_group() => impact.warnings.push(
                    "the devices are named by their group: Jamf Pro takes who is in it when it is sent"
                        .to_owned(),
                ),
                None => {}
            }
        }
        Subject::Object(_) | Subject::Log(_) | Subject::Several(_) | Subject::New | Subject::Act(_) => {
            impact = reach::of(work, action, arguments, before.as_ref()).await?;
        }
    }
    // What is acted on is not what is sent, so nothing of it is shown beside what is sent, kept or put back.
    let replaced = before.as_ref().filter(|_| !matches!(subject, Subject::Act(_)));
    let acts = matches!(
        subject,
        Subject::Act(_) | Subject::Devices | Subject::Device(..) | Subject::ManagementId(_)
    );
    let after = if acts || action.method == Method::Delete {
        None
    } else {
        changes::result(action, arguments, replaced)
    };
    let content = match impact.is_harmless {
        false => content::read(work, action, arguments, after.as_ref(), &impact.in_force).await?,
        true => Vec::new(),
    };
    if let (Some(after), Some(Affects::SwitchedScope(_)), false) =
        (&after, action.affects, impact.is_harmless)
    {
        impact.warnings.extend(reach::runs::describe(after, &content));
    }
    let changes = match changes {
        Some(changes) => changes,
        None if acts => changes::of_act(work, action, arguments).await?,
        None => changes::all(work, action, replaced, after.as_ref(), impact.begins).await?,
    };
    let refers_to = content::refers_to(objects(action, arguments), &content, after.as_ref());
    let reach = if targets.is_empty() {
        impact.reach(work).await?
    } else {
        reach::of_targets(work, &targets).await?
    };
    let risk = action.at_least.filter(|_| impact.is_harmless).unwrap_or(action.risk);
    let about = about(action, arguments, before.as_ref());
    warn(action, &targets, &mut impact);
    if let Some(since) = work.configuration_as_of() {
        impact.not_checked.push(format!(
            "what others changed in Jamf Pro since {since} on objects that did not refer to it then"
        ));
    }
    impact.warnings.extend(keep::warnings(action, || work.privileges()).await?);
    Ok(Draft {
        risk,
        // A row of a list cannot be put back by itself.
        undo: undo(action, replaced.filter(|_| !matches!(subject, Subject::Object(get) if is_list(get)))),
        confirmation: match several(action, before.as_ref()) {
            Some(objects) => {
                Confirmation { what: "the number of objects".to_owned(), expected: objects.len().to_string() }
            }
            None => confirmation(action.name, &targets, arguments, about.name()),
        },
        about,
        asks: generate::secrets_to_ask(action, arguments),
        exact,
        basis: match basis {
            Some(basis) => {
                Basis { object: Some(digest(&[&canonical(&basis)])), content, refers_to, ..Basis::default() }
            }
            None => Basis {
                content,
                refers_to,
                payload: sealed.as_ref().map(|sealed: &Arc<FileSeal>| sealed.sha256.clone()),
                ..basis_of(action, digested.as_ref(), &impact)
            },
        },
        sealed,
        window: None,
        by_window: None,
        targets,
        impact,
        reach,
        changes,
        before,
    }
    .in_lines())
}

/// The same call with the members of its group by their ids, where it takes those: Jamf Pro would resolve the group anew.
fn by_ids(action: &Action, checked: &Checked, members: &[FleetDevice]) -> Option<Checked> {
    let field = |path: &'static str| path.strip_prefix("body.");
    let group = action.targets.iter().find_map(|targets| match targets {
        Targets::ComputerGroup(path) => field(path),
        _ => None,
    })?;
    let list = action.targets.iter().find_map(|targets| match targets {
        Targets::Computers(path) => field(path)?.strip_suffix("[]"),
        _ => None,
    })?;
    let mut body = checked.arguments().get("body").and_then(Value::as_object).cloned()?;
    body.remove(group)?;
    let ids: Option<Vec<u64>> = members.iter().map(|device| device.target.id.parse().ok()).collect();
    body.insert(list.to_owned(), json!(ids?));
    Some(checked.clone().with_argument("body", Some(Value::Object(body))))
}

/// Digest of a whole object. Records of devices have none: they move with every report, and nothing else follows from them.
pub(super) fn digest_of(action: &Action, object: Option<&Value>) -> Option<String> {
    let is_record =
        ["/computers-inventory", "/mobile-devices/{id}"].iter().any(|part| action.path.contains(part));
    object.filter(|_| !is_record).map(|object| digest(&[&canonical(object)]))
}

fn basis_of(action: &Action, before: Option<&Value>, impact: &Impact) -> Basis {
    let devices = impact.devices.as_ref().map(|devices| {
        let mut ids: Vec<String> = devices.iter().map(FleetDevice::key).collect();
        ids.sort();
        ids
    });
    let sample = match &impact.sets {
        Some(sets) => sets.sample(SAMPLE),
        None => impact.devices.iter().flatten().take(SAMPLE).map(|device| device.target.describe()).collect(),
    };
    let effects = impact.sets.as_ref().map(Sets::ids).unwrap_or_default();
    Basis { object: digest_of(action, before), devices, effects, sample, ..Basis::default() }
}

/// Whether an action deletes several objects, each of which is read.
fn is_of_several(action: &Action) -> bool {
    Catalogue::get()
        .find(action.name)
        .is_some_and(|action| matches!(subject(action), Some(Subject::Several(_))))
}

/// The objects that are deleted at once, by their ids.
pub(super) fn several<'a>(action: &Action, before: Option<&'a Value>) -> Option<&'a Map<String, Value>> {
    before.filter(|_| is_of_several(action)).and_then(Value::as_object)
}

/// What members of a static group change, with devices by their ids.
async fn members_change(work: &Work<'_>, tool: Tool, checked: &Checked) -> Result<Draft, Error> {
    let kind = checked.text("kind").unwrap_or_default();
    let (add, remove) = (checked.texts("add"), checked.texts("remove"));
    let (group, add, remove) = futures::try_join!(
        group_members_change::group(work, kind, checked.text("group").unwrap_or_default()),
        group_members_change::members(work, kind, &add),
        group_members_change::members(work, kind, &remove),
    )?;
    let (mut exact, mut assignments, mut ids) = (checked.arguments().clone(), Vec::new(), Vec::new());
    for (name, selected, devices) in [("add", true, &add), ("remove", false, &remove)] {
        let of_list: Vec<String> = devices.iter().map(|device| device.fact("id")).collect();
        assignments.extend(of_list.iter().map(|id| json!({ "deviceId": id, "selected": selected })));
        if !of_list.is_empty() {
            exact.insert(name.to_owned(), of_list.iter().map(|id| json!(format!("{kind}:{id}"))).collect());
        }
        ids.extend(of_list);
    }
    let action =
        Catalogue::get().find("group_update").ok_or_else(|| Error::internal("there is no group_update"))?;
    let id = text_at(&group, "groupPlatformId");
    let body = json!({ "id": id, "body": { "assignments": assignments } });
    let arguments = body.as_object().cloned().unwrap_or_default();
    let of = if kind == COMPUTER.name { &COMPUTER } else { &MOBILE_DEVICE };
    let (moved, impact) =
        futures::try_join!(fleet::by_id(work, of, &ids), reach::of(work, action, &arguments, Some(&group)),)?;
    let (added, removed) = (add.len(), remove.len());
    let change = |(at, device): (usize, &FleetDevice)| match (at < added, device.target.describe()) {
        (true, device) => Change::new("members", "", format!("+ {device}")),
        (false, device) => Change::new("members", device, plan::diff::TAKEN_OUT),
    };
    let changes = moved.iter().enumerate().map(change).collect();
    let reach = impact.reach(work).await?;
    let content = content::read(work, action, &Map::new(), None, &impact.in_force).await?;
    let refers_to = content::refers_to(Vec::new(), &content, None);
    let before = json!({ "group": id });
    let exact = check_again(tool, exact)?;
    Ok(Draft {
        risk: Risk::Destructive,
        undo: Undo {
            possible: true,
            note: "the opposite change of the group puts the members back; what the devices got or lost in the meantime stays so"
                .to_owned(),
        },
        about: About::Titled(title::of_members(kind, added, removed, &text_at(&group, "groupName"))),
        confirmation: confirmation("group_members_change", &moved, &Map::new(), ""),
        asks: Vec::new(),
        changes,
        basis: Basis { content, refers_to, ..basis_of(action, Some(&before), &impact) },
        before: Some(before),
        sealed: None,
        window: None,
        by_window: None,
        targets: moved,
        exact,
        impact,
        reach,
    }
    .in_lines())
}

/// What a person types: the serial number of one device, the number of several, else the name of the object, or its id.
pub(super) fn confirmation(
    tool: &str,
    targets: &[FleetDevice],
    arguments: &Map<String, Value>,
    name: &str,
) -> Confirmation {
    let (what, expected) = match targets {
        [one] if !one.target.serial.is_empty() => ("the serial number", one.target.serial.clone()),
        [one] => ("the Jamf id of the device", one.target.id.clone()),
        [] if !name.is_empty() && name.len() <= 40 && name.is_ascii() => ("the name", name.to_owned()),
        [] => match arguments.get("id").map(plain) {
            Some(id) if !id.is_empty() => ("the id", id),
            _ => ("the name of the tool", tool.to_owned()),
        },
        many => ("the number of devices", many.len().to_string()),
    };
    Confirmation { what: what.to_owned(), expected }
}

fn undo(action: &Action, before: Option<&Value>) -> Undo {
    let (possible, note) = match (action.method, before) {
        _ if action.command.is_some() => {
            (false, "a command that a device has carried out cannot be taken back")
        }
        (Method::Put | Method::Patch, Some(_)) => {
            (true, "the object as it is now is kept and can be put back; what followed in the meantime stays")
        }
        (Method::Post, Some(_)) if Catalogue::get().deletes_one(action).is_some() => (
            true,
            "each object as it is now is kept and can be created anew, with another id; what refers to it does not come back, nor do secrets and logs",
        ),
        (Method::Delete, Some(_)) => (
            true,
            "the object as it is now is kept and can be created anew, with another id; what refers to it does not come back, nor do secrets and logs",
        ),
        _ => (false, "it cannot be undone by this server"),
    };
    Undo { possible, note: note.to_owned() }
}

/// What a person should see first.
fn warn(action: &Action, targets: &[FleetDevice], impact: &mut Impact) {
    let silent: Vec<&str> = targets
        .iter()
        .filter(|device| device.target.last_contact.is_empty())
        .map(|device| device.target.serial.as_str())
        .collect();
    if !silent.is_empty() {
        impact.warnings.push(format!("without any contact so far: {}", silent.join(", ")));
    }
    impact.not_checked.extend(action.not_checked.iter().map(|fact| (*fact).to_owned()));
    if action.command.is_some() {
        impact.not_checked.push("when the devices take the command; accepted is not done".to_owned());
    }
}
