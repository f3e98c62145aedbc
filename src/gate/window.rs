//! Windows: one approval for a command on one group until a time, or for the secrets of one device.
//!
//! A window is a plan like any other, and never sent. A call that fits it is filed as a plan of its own, which the window approves, and
//! goes the way of every plan; what is judged at each call is judged again. It opens nothing critical.

use jamf_pro_tools::object_id::ObjectId;
use jamf_pro_tools::{Action, Checked, Risk};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::draft::{self, Draft};
use super::fleet::{self, COMPUTER, FleetDevice, MOBILE_DEVICE};
use super::reach::{self, Impact};
use super::title::{self, About};
use super::{Ask, Gate, New, guard};
use crate::approvals::standing::covers;
use crate::error::Error;
use crate::jobs::Work;
use crate::plan::{Basis, Change, Target, Undo, WINDOW_TOOL, Window};
use crate::registry::Tool;
use crate::store::PlanRecord;

/// Times that secrets are read under a grant, where the caller does not say.
const READS: u32 = 3;

/// Times that they are read at most, whatever the caller says.
const MOST_READS: u32 = 20;

/// What a caller wishes to do several times.
pub struct Wish<'a> {
    /// One command, or reads of secrets.
    pub tools: Vec<Tool>,
    /// The arguments of the command, but for the devices.
    pub arguments: Map<String, Value>,
    /// The devices, by whatever they are called.
    pub devices: Vec<String>,
    /// A group instead, by its name or id.
    pub group: Option<&'a str>,
    /// How long.
    pub minutes: u32,
    /// How many devices in all, or reads of secrets.
    pub at_most: Option<u32>,
}

impl Gate {
    /// Make a plan for a window, or say how the one for the same wish stands.
    ///
    /// # Errors
    /// Why it is refused.
    pub async fn window(&self, ask: Ask<'_>, wish: Wish<'_>) -> Result<(PlanRecord, New), Error> {
        let (tenant, who, key) = (ask.tenant.key(), ask.caller.who.to_string(), ask.key.to_owned());
        if let Some(plan_record) =
            self.store().run(move |store| store.open_plan_for(&tenant, &who, &key)).await?
        {
            return Ok((plan_record, New::No));
        }
        let work = Work::reading_anything(ask.tenant, ask.call);
        let draft = self.draft(&work, &wish).await?;
        let settings = self.settings();
        guard::check_devices(&settings, draft.targets.iter())?;
        for tool in &wish.tools {
            let most = draft.window.as_ref().map_or(u32::MAX, |window| window.at_most);
            let devices = draft.targets.len().min(usize::try_from(most).unwrap_or(usize::MAX));
            guard::check_cap(&settings, *tool, devices)?;
        }
        self.file_plan(&ask, ask.tool, draft, None).await
    }

    async fn draft(&self, work: &Work<'_>, wish: &Wish<'_>) -> Result<Draft, Error> {
        let settings = self.settings();
        let kind = kind_of(&wish.tools)?;
        let longest = if kind == Risk::Secret { settings.grant_minutes } else { settings.window_minutes };
        if wish.minutes == 0 || wish.minutes > longest {
            return Err(Error::caller(format!("`minutes` is from 1 to {longest} here for such a window")));
        }
        let targets = targets(work, wish).await?;
        let names: Vec<&str> = wish.tools.iter().map(|tool| tool.name()).collect();
        let count = u32::try_from(targets.len()).unwrap_or(u32::MAX);
        let most = match (kind, wish.at_most) {
            (Risk::Secret, most) => most.unwrap_or(READS),
            (_, most) => most.unwrap_or(count).min(count),
        };
        if kind == Risk::Secret && most > MOST_READS {
            return Err(Error::caller(format!("`at_most` is {MOST_READS} for secrets")));
        }
        let exact = match (kind, wish.tools.first()) {
            (Risk::Secret, _) if count != 1 => {
                return Err(Error::caller("secrets are for exactly one device"));
            }
            (Risk::Secret, _) => empty()?,
            (_, Some(tool)) => template(*tool, &wish.arguments, &targets)?,
            (_, None) => empty()?,
        };
        let waits = settings.plan_minutes.saturating_add(wish.minutes);
        let until = Timestamp::now() + SignedDuration::from_mins(i64::from(waits));
        let time = format!("{} minutes from its approval", wish.minutes);
        let reach = reach::of_targets(work, &targets).await?;
        // A group that was given by its id is told by its name.
        let called = |group: &str| {
            let groups = targets.first().into_iter().flat_map(|device| &device.groups);
            let number = ObjectId::parse(group);
            let is_it = |(id, name): &&(Option<ObjectId>, String)| {
                name == group || (number.is_some() && *id == number)
            };
            let known: Vec<_> = groups.filter(is_it).collect();
            let by_name = known.iter().any(|(_, name)| name == group);
            let name = if by_name { None } else { known.first().map(|(_, name)| name.as_str()) };
            crate::sanitize::text::line(name.unwrap_or(group))
        };
        let group = wish.group.map(called);
        let of_group = group.as_ref().map(|group| format!(" of the group {}", title::name_in_marks(group)));
        let titles: Vec<(String, Risk)> =
            wish.tools.iter().map(|tool| (tool.plan_title(), tool.risk())).collect();
        let whom = match targets.as_slice() {
            [one] => one.target.describe(),
            many => format!("any of these {} devices{}", many.len(), of_group.unwrap_or_default()),
        };
        let how = if kind == Risk::Secret {
            format!("at most {most} times in all")
        } else {
            format!("each once, at most {most} in all")
        };
        let line = |field: &str, after: String| Change::new(field, "", after);
        Ok(Draft {
            risk: kind,
            about: About::Titled(title::of_window(&titles, &targets, group.as_deref(), wish.minutes)),
            confirmation: draft::confirmation(WINDOW_TOOL, &targets, &Map::new(), ""),
            changes: vec![
                line("may be called without asking again", names.join(", ")),
                line("on", whom),
                line("how often", how),
                line("how long", time),
            ],
            impact: Impact {
                warnings: vec![
                    "this opens a window: what fits it is sent without asking you again, until its time is over or you reject it".to_owned(),
                ],
                not_checked: vec![
                    "which account or part of a secret is asked for: any that these tools read of the device".to_owned(),
                    "what the devices are used for by then; their names, owners and protection are looked at each time".to_owned(),
                ],
                ..Impact::default()
            },
            undo: Undo {
                possible: false,
                note: "rejecting it closes it at once; what was done under it stays done".to_owned(),
            },
            window: Some(Window {
                tools: names.iter().map(|name| (*name).to_owned()).collect(),
                until,
                minutes: wish.minutes,
                at_most: most,
                once: kind != Risk::Secret,
            }),
            by_window: None,
            asks: Vec::new(),
            basis: Basis::default(),
            before: None,
            sealed: None,
            exact,
            reach,
            targets,
        }
        .in_lines())
    }

    /// Whether a call that waits as a plan of its own is worth another look, because there are windows.
    pub(super) async fn may_be_covered(
        &self,
        ask: &Ask<'_>,
        plan_record: &PlanRecord,
    ) -> Result<bool, Error> {
        let plan = &plan_record.plan;
        if ask.plan.is_some() || plan.window.is_some() || plan.undoes.is_some() || !plan.calls.is_empty() {
            return Ok(false);
        }
        let (tenant, who) = (ask.tenant.key(), ask.caller.who.to_string());
        Ok(!self.store().run(move |store| store.open_windows(&tenant, &who)).await?.is_empty())
    }

    /// A plan that a window approved and that was not begun; nothing where the window is closed, and the plan is over then.
    pub(super) async fn check_window(&self, plan_record: PlanRecord) -> Result<Option<PlanRecord>, Error> {
        let gate = self.clone();
        self.store()
            .run(move |store| {
                if gate.verify_quorum(store, &plan_record).is_ok() {
                    return Ok(Some(plan_record));
                }
                store.outdate_plan(&plan_record.plan.id, "not applied: its window is closed")?;
                Ok(None)
            })
            .await
    }

    /// The window that lets this call through, where there is one.
    pub(super) async fn find_window(
        &self,
        ask: &Ask<'_>,
        tool: Tool,
        draft: &Draft,
    ) -> Result<Option<PlanRecord>, Error> {
        if !draft.asks.is_empty() || draft.targets.is_empty() {
            return Ok(None);
        }
        let (tenant, who) = (ask.tenant.key(), ask.caller.who.to_string());
        let windows = self.store().run(move |store| store.open_windows(&tenant, &who)).await?;
        let targets: Vec<&Target> = draft.targets.iter().map(|device| &device.target).collect();
        let exact = Value::Object(draft.exact.arguments().clone());
        for window in windows {
            if !covers(&window, tool.name(), draft.risk, &exact, &targets) {
                continue;
            }
            let gate = self.clone();
            let (window, stands) = self
                .store()
                .run(move |store| {
                    let stands = gate.verify_quorum(store, &window);
                    Ok((window, stands))
                })
                .await?;
            if stands.is_ok() {
                return Ok(Some(window));
            }
        }
        Ok(None)
    }
}

/// What kind of window it is: for one command, or for secrets.
fn kind_of(tools: &[Tool]) -> Result<Risk, Error> {
    let wrong = |tool: &Tool| {
        Err(Error::not_allowed(format!(
            "no window is opened for `{}`: it takes one MDM command of the class `destructive`, or tools that read secrets of one device",
            tool.name()
        )).hint("ask for a plan by calling the tool itself"))
    };
    let command = |action: &Action| action.command.is_some() && action.risk == Risk::Destructive;
    let secret = |action: &'static Action| action.risk == Risk::Secret && draft::is_of_one_device(action);
    match tools {
        [] => Err(Error::caller("`tools` names one command at least")),
        [Tool::Action(action)] if command(action) => Ok(Risk::Destructive),
        many => match many.iter().find(|tool| !matches!(tool, Tool::Action(action) if secret(action))) {
            Some(tool) => wrong(tool),
            None => Ok(Risk::Secret),
        },
    }
}

/// The devices as of now.
async fn targets(work: &Work<'_>, wish: &Wish<'_>) -> Result<Vec<FleetDevice>, Error> {
    let mut found: Vec<FleetDevice> = Vec::new();
    match (wish.group, wish.devices.as_slice()) {
        (Some(group), []) => {
            for kind in [&COMPUTER, &MOBILE_DEVICE] {
                found.extend(fleet::all(work, kind).await?);
            }
            // By its name, and by its id only where no group is called so.
            let named = |device: &FleetDevice| device.groups.iter().any(|(_, name)| name == group);
            let number = ObjectId::parse(group);
            let numbered = |device: &FleetDevice| number.as_ref().is_some_and(|id| device.is_in_group(id));
            if found.iter().any(named) {
                found.retain(named)
            } else {
                found.retain(numbered)
            }
            if found.iter().any(|device| device.target.kind != COMPUTER.name)
                && found.iter().any(|device| device.target.kind == COMPUTER.name)
            {
                return Err(Error::caller("a group of computers and one of mobile devices are called so")
                    .hint("give the group's own name, or the devices themselves"));
            }
        }
        (None, [_, ..]) => {
            found.extend(fleet::by_word(work, &wish.devices).await?);
        }
        _ => return Err(Error::caller("give `devices` or a `group`, one of the two")),
    }
    found.sort_by(|one, other| one.target.cmp(&other.target));
    found.dedup_by(|one, other| one.target == other.target);
    if found.is_empty() {
        return Err(Error::caller("there is no device in it"));
    }
    Ok(found)
}

/// The arguments of a command without its devices, checked with them.
fn template(tool: Tool, arguments: &Map<String, Value>, targets: &[FleetDevice]) -> Result<Checked, Error> {
    let managed = targets.iter().map(|device| &device.target.management_id).filter(|id| !id.is_empty());
    let mut given = arguments.clone();
    given.insert("devices".to_owned(), managed.take(1).map(|id| json!(id)).collect());
    let checked = tool.check(given).map_err(|problems| {
        Error::caller(format!("the arguments of `{}` are not right:\n{problems}", tool.name()))
    })?;
    Ok(checked.with_argument("devices", None))
}

fn empty() -> Result<Checked, Error> {
    let schema = json!({ "type": "object", "properties": {}, "additionalProperties": false });
    let schema = schema.as_object().cloned().unwrap_or_default();
    Checked::new(&schema, Map::new()).map_err(|problems| Error::internal(problems.to_string()))
}
