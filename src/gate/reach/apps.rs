//! Apps and updates that Jamf Pro brings to devices by itself: patch titles and Jamf Connect.

use jamf_pro_tools::effects::COMPUTERS;
use jamf_pro_tools::object_id::ObjectId;
use serde_json::{Value, json};

use super::scope::{self, ScopeChange};
use super::{Impact, computers, configuration, reference};
use crate::error::Error;
use crate::fleet::scope::Deployment;
use crate::fleet::view::ScopedObject;
use crate::jobs::{Work, text_at};
use crate::plan::DeviceEffect;

/// A patch title: the scopes of the patch policies that go by it, and every Mac where it brings a script.
pub(super) async fn patch_title(
    work: &Work<'_>,
    id: Option<ObjectId>,
    body: Option<&Value>,
    before: Option<&Value>,
) -> Result<Impact, Error> {
    let accepts = |object: Option<&Value>, attribute: &str| {
        let list = object.and_then(|object| object.get("extensionAttributes")).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .any(|one| text_at(one, "eaId") == attribute && one.get("accepted") == Some(&Value::Bool(true)))
    };
    let given = body.and_then(|body| body.get("extensionAttributes")).and_then(Value::as_array);
    let new = given.into_iter().flatten().map(|one| text_at(one, "eaId"));
    if new.into_iter().any(|attribute| accepts(body, &attribute) && !accepts(before, &attribute)) {
        let mut impact = super::any(COMPUTERS);
        impact.warnings = vec!["it accepts a script, which runs as root on EVERY Mac from now on".to_owned()];
        return Ok(impact);
    }
    let (fleet, view) = futures::try_join!(computers(work), work.configuration())?;
    let policies = match id.as_ref().filter(|_| before.is_some()) {
        Some(id) => configuration::scoped_users(view, "patch_policy", "patch_title", id),
        None => Vec::new(),
    };
    let states: Vec<&Deployment> = policies.iter().map(|policy| &policy.deployment).collect();
    let mut impact = scope::of_all(COMPUTERS, &fleet, &states, DeviceEffect::RunsAgain);
    let reference = |policy: &&ScopedObject| {
        configuration::reference(policy.kind, &policy.id, &policy.name, "goes by it")
    };
    impact.references = policies.iter().map(reference).collect();
    let unread = view.unread_objects_of(&["patch_policy"]).filter(|_| before.is_some());
    impact.is_harmless = policies.is_empty() && unread.is_none();
    if let Some(unread) = unread {
        impact.devices = None;
        impact.not_checked.extend(configuration::texts(Some(&unread)));
    }
    Ok(impact)
}

/// How Jamf Connect comes to the Macs in the scope of one of its profiles.
pub(super) async fn connect_profile(
    work: &Work<'_>,
    id: ObjectId,
    body: Option<&Value>,
) -> Result<Impact, Error> {
    let found = work
        .rows("jamf_connect_profile_list", json!({}), &["uuid", "profileId", "autoDeploymentType"])
        .await?;
    super::whole(&found)?;
    let Some(row) = found.rows.iter().find(|row| text_at(row, "uuid").eq_ignore_ascii_case(&id.to_string()))
    else {
        return Err(Error::caller(format!(
            "`{id}` is none of the profiles of Jamf Connect. jamf_connect_profile_list has them"
        )));
    };
    let profile = ObjectId::at(row, "profileId").map(|id| id.to_string()).unwrap_or_default();
    let profile = work.send("macos_profile_get", json!({ "id": profile }), &[]).await?;
    let mut impact = scope::impact_on(work, COMPUTERS, &ScopeChange::of_content(&profile)).await?;
    let how = body.map(|body| text_at(body, "autoDeploymentType")).unwrap_or_default();
    impact.references.push(reference("profile", &profile, "its scope gets the app"));
    // Where nothing is installed by itself and nothing is to be, its version does not matter. To stop updates does.
    let is_none = |how: &str| how.is_empty() || how == "NONE";
    impact.is_harmless |= is_none(&how) && is_none(&text_at(row, "autoDeploymentType"));
    Ok(impact)
}
