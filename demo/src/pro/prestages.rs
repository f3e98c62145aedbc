//! PreStage enrollments of computers and mobile devices, with the locks that Jamf keeps on them: each write echoes the
//! `versionLock` that was read, of the PreStage and of each part that has its own, and a stale one is refused.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Context, Reply, others};
use crate::{
    exchange::Answer,
    paging::{CEILING, PageQuery},
    store::{Collection, merge, set},
};

/// PreStages of one kind of device.
struct Kind {
    /// Where they are listed, and their name in the store.
    template: &'static str,
    key: &'static str,
    /// Parts that have a lock of their own.
    locked: &'static [&'static str],
}

const COMPUTERS: Kind = Kind {
    template: "/api/v3/computer-prestages",
    key: "api/computer-prestages",
    locked: &["locationInformation", "purchasingInformation", "accountSettings"],
};
const MOBILE_DEVICES: Kind = Kind {
    template: "/api/v3/mobile-device-prestages",
    key: "api/mobile-device-prestages",
    locked: &["locationInformation", "purchasingInformation"],
};

/// Answer a path of the PreStages.
pub(crate) fn answer(context: &mut Context<'_>) -> Reply {
    let call = context.call;
    let parts = call.parts();
    let kind = if parts.get(1) == Some(&"computer-prestages") { &COMPUTERS } else { &MOBILE_DEVICES };
    match (call.method.as_str(), parts.as_slice()) {
        ("GET", ["v3", _]) => {
            let sight = context.sight;
            // The list takes no filter and says nothing when it is given one.
            let query = PageQuery { filter: None, ..PageQuery::read(call, CEILING)? };
            let (rows, total) = query.apply(kind.all(context).values(sight));
            Ok(Answer::ok(
                &json!({"totalCount": total, "results": rows.iter().map(|row| without_scope(row)).collect::<Vec<_>>()}),
            ))
        }
        ("GET", ["v3", _, id]) => kind.find(context, id).map(|prestage| Answer::ok(&without_scope(prestage))),
        ("PUT", ["v3", _, id]) => replace(context, kind, id),
        ("POST", ["v3", _]) => create(context, kind),
        ("DELETE", ["v3", _, id]) => {
            kind.find(context, id)?;
            kind.all(context).remove(id);
            Ok(Answer::no_content())
        }
        ("GET", ["v2", _, "scope"]) => {
            let sight = context.sight;
            let mut all = serde_json::Map::new();
            for prestage in kind.all(context).values(sight) {
                for serial in serials(prestage) {
                    all.insert(serial, json!(prestage.get("id")));
                }
            }
            Ok(Answer::ok(&json!({"serialsByPrestageId": all})))
        }
        ("GET", ["v2", _, id, "scope"]) => {
            kind.find(context, id).map(|prestage| Answer::ok(&scope(prestage)))
        }
        ("PUT" | "POST", ["v2", _, id, "scope"]) => {
            change_scope(context, kind, id, call.method == "PUT", false)
        }
        ("POST", ["v2", _, id, "scope", "delete-multiple"]) => change_scope(context, kind, id, false, true),
        _ => others::answer(context),
    }
}

impl Kind {
    fn all<'a>(&self, context: &'a mut Context<'_>) -> &'a mut Collection {
        others::collection(context, self.template, self.key)
    }

    fn find<'a>(&self, context: &'a mut Context<'_>, id: &str) -> Result<&'a mut Value, Answer> {
        let object = self.all(context).object(id).ok_or_else(|| Answer::no_such(id))?;
        Ok(&mut object.value)
    }
}

/// A PreStage as it is told: its scope has paths of its own.
fn without_scope(prestage: &Value) -> Value {
    let mut shown = prestage.clone();
    if let Value::Object(fields) = &mut shown {
        fields.shift_remove("serials");
        fields.shift_remove("scopeLock");
    }
    shown
}

fn stale() -> Answer {
    Answer::error(
        StatusCode::CONFLICT,
        "OPTIMISTIC_LOCK_FAILED",
        "The object was changed in the meantime",
        Some("versionLock"),
    )
}

fn replace(context: &mut Context<'_>, kind: &Kind, id: &str) -> Reply {
    let body = context.call.object()?;
    let prestage = kind.find(context, id)?;
    let fresh = |path: &str| body.pointer(path).is_some_and(|lock| Some(lock) == prestage.pointer(path));
    if !fresh("/versionLock") || !kind.locked.iter().all(|part| fresh(&format!("/{part}/versionLock"))) {
        return Err(stale());
    }
    merge(prestage, &body);
    set(prestage, "id", json!(id));
    bump(prestage);
    for part in kind.locked {
        if let Some(part) = prestage.get_mut(*part) {
            bump(part);
        }
    }
    Ok(Answer::ok(&without_scope(prestage)))
}

fn create(context: &mut Context<'_>, kind: &Kind) -> Reply {
    let body = context.call.object()?;
    let id = kind.all(context).next_id();
    let mut prestage = json!({ "serials": [] });
    for part in kind.locked {
        set(&mut prestage, part, json!({"id": id.to_string(), "versionLock": 0}));
    }
    merge(&mut prestage, &body);
    for (name, value) in [("id", json!(id.to_string())), ("versionLock", json!(0)), ("scopeLock", json!(0))] {
        set(&mut prestage, name, value);
    }
    let id = kind.all(context).insert(prestage);
    Ok(context.created(&id))
}

fn bump(object: &mut Value) {
    let lock = lock(object, "versionLock") + 1;
    set(object, "versionLock", json!(lock));
}

fn lock(object: &Value, name: &str) -> u64 {
    object.get(name).and_then(Value::as_u64).unwrap_or(0)
}

fn serials(prestage: &Value) -> Vec<String> {
    texts(prestage.get("serials"))
}

fn texts(list: Option<&Value>) -> Vec<String> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn scope(prestage: &Value) -> Value {
    let assignment = |serial: String| json!({"serialNumber": serial, "assignmentDate": "2026-01-01T00:00:00Z", "userAssigned": "demo"});
    json!({
        "prestageId": prestage.get("id"), "assignments": serials(prestage).into_iter().map(assignment).collect::<Vec<_>>(),
        "versionLock": lock(prestage, "scopeLock"),
    })
}

/// PUT takes the list as the whole scope, POST adds to it or removes from it.
fn change_scope(context: &mut Context<'_>, kind: &Kind, id: &str, whole: bool, remove: bool) -> Reply {
    let body = context.call.object()?;
    let named = texts(body.get("serialNumbers"));
    let prestage = kind.find(context, id)?;
    if body.get("versionLock").and_then(Value::as_u64) != Some(lock(prestage, "scopeLock")) {
        return Err(stale());
    }
    let mut kept = if whole { Vec::new() } else { serials(prestage) };
    kept.retain(|serial| !named.contains(serial));
    if !remove {
        kept.extend(named);
    }
    let lock = lock(prestage, "scopeLock") + 1;
    set(prestage, "serials", json!(kept));
    set(prestage, "scopeLock", json!(lock));
    Ok(Answer::ok(&scope(prestage)))
}
