//! API clients that somebody makes here: roles, integrations, their credentials, and what a token of theirs is good for.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Context, Reply, others};
use crate::{
    auth::{Grant, TokenGrant, TokenRequest},
    exchange::{Answer, Call},
    store::{Collection, merge, set},
};

/// Where the tenant keeps secrets: `{clientId: {"integration", "secret", "roles": [id]}}`.
const CREDENTIALS: &str = "api-integrations/credentials";

/// Seconds that a token lives where its client does not say.
const LIFETIME: u64 = 60;

fn roles<'a>(context: &'a mut Context<'_>) -> &'a mut Collection {
    others::collection(context, "/api/v1/api-roles", "api/api-roles")
}

fn integrations<'a>(context: &'a mut Context<'_>) -> &'a mut Collection {
    others::collection(context, "/api/v1/api-integrations", "api/api-integrations")
}

fn texts<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v str> {
    value.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Answer a path of roles or of integrations.
pub(super) fn answer(context: &mut Context<'_>) -> Reply {
    let call = context.call;
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    match (&call.method, call.parts().as_slice()) {
        (&Method::POST, [_, "api-integrations", id, "client-credentials"]) => credentials(context, id),
        (&Method::POST | &Method::PUT, [_, "api-roles", rest @ ..]) => {
            let unknown = texts(&body, "privileges").find(|name| !crate::privileges::ALL.contains(name));
            if let Some(unknown) = unknown {
                return Err(Answer::bad_field("privileges", &format!("There is no privilege {unknown}")));
            }
            write_role(context, &body, rest)
        }
        (&Method::DELETE, [_, "api-roles", id]) => {
            let name = name_of(context, id);
            let is_used = |object: &crate::store::Object| {
                texts(&object.value, "authorizationScopes").any(|own| own == name)
            };
            if !name.is_empty() && integrations(context).objects.values().any(is_used) {
                let words = "The role is used by an API client";
                return Err(Answer::error(StatusCode::CONFLICT, "DEPENDENCY_EXISTS", words, Some("id")));
            }
            others::answer(context)
        }
        (&Method::POST | &Method::PUT, [_, "api-integrations", rest @ ..]) => {
            write_integration(context, body, rest)
        }
        _ => others::answer(context),
    }
}

fn name_of(context: &mut Context<'_>, role: &str) -> String {
    roles(context)
        .objects
        .get(role)
        .map(|role| text(&role.value, "displayName").to_owned())
        .unwrap_or_default()
}

/// A role by another name keeps its clients.
fn write_role(context: &mut Context<'_>, body: &Value, rest: &[&str]) -> Reply {
    let before = rest.first().map(|id| name_of(context, id)).unwrap_or_default();
    let reply = others::answer(context)?;
    let after = text(body, "displayName");
    if !before.is_empty() && before != after {
        for object in integrations(context).objects.values_mut() {
            let scopes = object.value.get_mut("authorizationScopes").and_then(Value::as_array_mut);
            for scope in scopes.into_iter().flatten().filter(|scope| scope.as_str() == Some(&before)) {
                *scope = json!(after);
            }
        }
    }
    Ok(reply)
}

fn write_integration(context: &mut Context<'_>, body: Value, rest: &[&str]) -> Reply {
    let known: Vec<String> =
        roles(context).objects.values().map(|role| text(&role.value, "displayName").to_owned()).collect();
    if let Some(unknown) =
        texts(&body, "authorizationScopes").find(|name| !known.iter().any(|own| own == name))
    {
        return Err(Answer::bad_field("authorizationScopes", &format!("There is no API role {unknown}")));
    }
    if !rest.is_empty() {
        return others::answer(context);
    }
    // Nobody is this client before it has credentials.
    let mut whole =
        json!({"enabled": true, "accessTokenLifetimeSeconds": LIFETIME, "appType": "NONE", "clientId": ""});
    merge(&mut whole, &body);
    let call = Call { body: whole.to_string().into(), ..context.call.clone() };
    others::answer(&mut Context { store: context.store, call: &call, ..*context })
}

/// A new secret, for the roles that the client has now; the one before is good no more.
fn credentials(context: &mut Context<'_>, id: &str) -> Reply {
    context.needs(&["Create API Integrations"])?;
    let fresh = uuid::Uuid::new_v4().to_string();
    let integration = integrations(context).object(id).ok_or_else(|| Answer::no_such(id))?;
    let client = Some(text(&integration.value, "clientId")).filter(|client| !client.is_empty());
    let client = client.map_or(fresh, str::to_owned);
    set(&mut integration.value, "clientId", json!(client));
    set(&mut integration.value, "appType", json!("CLIENT_CREDENTIALS"));
    let names: Vec<String> = texts(&integration.value, "authorizationScopes").map(str::to_owned).collect();
    let is_own = |name: &str| names.iter().any(|own| own == name);
    let of_client: Vec<String> = roles(context)
        .objects
        .iter()
        .filter(|(_, role)| is_own(text(&role.value, "displayName")))
        .map(|(id, _)| id.clone())
        .collect();
    let random: String = (0..48).map(|_| fastrand::alphanumeric()).collect();
    let secret = format!("CANARY-{random}");
    let kept = context.store.singles.entry(CREDENTIALS.to_owned()).or_insert_with(|| json!({}));
    set(kept, &client, json!({"integration": id, "secret": secret, "roles": of_client}));
    Ok(Answer::ok(&json!({"clientId": client, "clientSecret": secret})))
}

/// What a client gets a token for: the privileges that its roles have now, of the roles that it had when its secret was made.
pub(crate) fn grant_token(context: &mut Context<'_>, asked: &TokenRequest<'_>) -> TokenGrant {
    let kept = context.store.singles.get(CREDENTIALS).and_then(|all| all.get(asked.client_id)).cloned();
    let kept = kept.filter(|kept| text(kept, "secret") == asked.secret).ok_or("invalid_client")?;
    let integration =
        integrations(context).objects.get(text(&kept, "integration")).ok_or("invalid_client")?;
    if integration.value.get("enabled") != Some(&json!(true)) {
        return Err("invalid_client");
    }
    let name = text(&integration.value, "displayName").to_owned();
    let seconds = integration.value.get("accessTokenLifetimeSeconds").and_then(Value::as_u64);
    let own: Vec<&str> = texts(&kept, "roles").collect();
    if asked.roles.iter().any(|role| !own.contains(role)) {
        return Err("invalid_scope");
    }
    let wanted = if asked.roles.is_empty() { own } else { asked.roles.clone() };
    let (mut privileges, mut scope) = (Vec::new(), Vec::new());
    for (id, role) in roles(context).objects.iter().filter(|(id, _)| wanted.contains(&id.as_str())) {
        scope.push(format!("api-role:{id}"));
        privileges.extend(texts(&role.value, "privileges").map(str::to_owned));
    }
    privileges.sort_unstable();
    privileges.dedup();
    let lifetime = Duration::from_secs(seconds.filter(|seconds| *seconds > 0).unwrap_or(LIFETIME));
    Ok((Grant::of_client(&name, privileges, scope.join(" ")), lifetime))
}
