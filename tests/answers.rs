//! What lists and objects are answered with: whole or cut, judged here or by Jamf, as a file, redacted. The simulated tenant's
//! log tells what was sent.
#![cfg(feature = "demo")]
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "answers/attributes.rs"]
mod attributes;
#[path = "answers/fleet_columns.rs"]
mod fleet_columns;
#[path = "support/straight.rs"]
mod straight;
#[path = "answers/traps.rs"]
mod traps;
#[path = "support/world.rs"]
mod world;
#[path = "answers/writes.rs"]
mod writes;

use std::collections::{BTreeMap, BTreeSet};

use jamf_pro_demo::Options;
use jamf_pro_mcp::config::{Redaction, RiskClass};
use serde_json::{Value, json};

use world::{World, world, world_of};

/// Values at a dotted path of every row.
fn column(answer: &Value, path: &str) -> Vec<String> {
    let text = |row: &Value| match row.pointer(&format!("/{}", path.replace('.', "/"))) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    answer["rows"].as_array().unwrap().iter().map(text).collect()
}

fn notes(answer: &Value) -> String {
    answer["notes"].to_string()
}

/// The filter of the last list that the tenant was asked for.
fn filter(answer: &Value) -> String {
    answer["coverage"]["filter"].as_str().unwrap_or_default().to_owned()
}

async fn everything(world: &World, fields: &[&str]) -> Value {
    let mut rows = Vec::new();
    for page in 0.. {
        let answer =
            world.ok("computer_list", json!({ "fields": fields, "page": page, "page_size": 100 })).await;
        rows.extend(answer["rows"].as_array().unwrap().clone());
        if answer["next"].is_null() {
            break;
        }
    }
    json!({ "rows": rows })
}

fn numbers(version: &str) -> Vec<u64> {
    version.split('.').map(|part| part.parse().unwrap()).collect()
}

#[tokio::test]
async fn rows_are_counted_in_groups() {
    let world = world().await;
    let versions = column(&everything(&world, &["operatingSystem.version"]).await, "operatingSystem.version");
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for version in &versions {
        *expected.entry(version.split('.').next().unwrap().to_owned()).or_default() += 1;
    }
    let by_major = json!({ "group_by": ["operatingSystem.version:major"], "all": true });
    let answer = world.ok("computer_list", by_major).await;
    let counted: BTreeMap<String, u64> = answer["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let version = row["operatingSystem.version:major"].as_str().unwrap_or_default().to_owned();
            (version, row["count"].as_u64().unwrap())
        })
        .collect();
    assert_eq!(counted, expected);
    assert_eq!(answer["rows_counted"], json!(versions.len()));
    let counts: Vec<u64> = column(&answer, "count").iter().map(|count| count.parse().unwrap()).collect();
    assert!(counts.is_sorted_by(|one, other| one >= other), "{counts:?}");

    // Two fields of one list, with a condition, a page at a time.
    let apps = json!({
        "group_by": ["applications.name", "applications.version"], "where": [["hardware.model", "contains", "MacBook"]],
        "at_least": 2, "page_size": 3, "format": "csv",
    });
    let answer = world.call("computer_list", apps).await;
    assert!(!answer.is_error, "{}", answer.text);
    assert!(answer.text.contains("applications.name,applications.version,count"), "{}", answer.text);
    let duplicates = world.ok("computer_list", json!({ "group_by": ["serialNumber"], "at_least": 2 })).await;
    assert!(column(&duplicates, "count").iter().all(|count| count != "1"), "{duplicates}");
    let few = world.ok("computer_list", json!({ "group_by": ["id"], "at_least": 2 })).await;
    assert_eq!(few["total"], json!(0));
    assert!(
        notes(&few).contains("no group has 2 rows") && notes(&few).contains("groups have fewer than 2 rows"),
        "{few}"
    );
    let policies = world.ok("policy_list", json!({ "group_by": ["name"], "page_size": 1 })).await;
    assert_eq!(policies["shown"], json!(1));
    assert_eq!(policies["next"], json!({ "page": 1, "page_size": 1 }));

    for (arguments, why) in [
        (json!({ "group_by": ["serial"] , "fields": ["id"] }), "`group_by` answers groups"),
        (json!({ "group_by": ["general.site"] }), "is an object"),
        (json!({ "group_by": ["general.nam"] }), "general.name"),
        (json!({ "group_by": ["general.name:year"] }), "parts are major"),
        (json!({ "group_by": ["id", "udid", "general.name", "general.platform"] }), "at most 3"),
        (json!({ "at_least": 2 }), "`group_by`"),
    ] {
        let refused = world.fails("computer_list", arguments.clone()).await;
        assert!(refused.contains(why), "{arguments}: {refused}");
    }
}

#[tokio::test]
async fn groups_name_nobody_where_the_configuration_redacts() {
    for (redaction, shows) in [(Redaction::Pseudonymous, true), (Redaction::Aggregate, false)] {
        let world =
            world_of(Options { computers: 60, ..Options::default() }, |config| config.redaction = redaction)
                .await;
        let answer = world.call("computer_list", json!({ "group_by": ["userAndLocation.username"] })).await;
        assert_eq!(!answer.is_error, shows, "{}", answer.text);
        assert_eq!(answer.text.contains("person-"), shows, "{}", answer.text);
    }
}

#[tokio::test]
async fn versions_are_compared_by_their_numbers_over_the_whole_fleet() {
    let world = world().await;
    let all = column(&everything(&world, &["operatingSystem.version"]).await, "operatingSystem.version");
    let expected = all.iter().filter(|version| !version.is_empty() && numbers(version) < vec![15, 7]).count();
    assert!((10..400).contains(&expected), "{expected}");
    let answer = world
        .ok("computer_list", json!({ "where": [["operatingSystem.version", "lt", "15.7"]], "page_size": 5 }))
        .await;
    assert_eq!((answer["total"].as_u64(), answer["shown"].as_u64()), (Some(expected as u64), Some(5)));
    assert_eq!(answer["coverage"]["rows_read"], 420);
    assert_eq!(answer["coverage"]["judged_here"], json!(["operatingSystem.version lt 15.7"]));
    assert_eq!(answer["next"], json!({ "page": 1, "page_size": 5 }));
    assert!(
        answer["rows"][0].get("operatingSystem").is_none(),
        "only the fields asked for are shown: {answer}"
    );
    // The pages of what passes are whole, and each row comes once.
    let mut seen = BTreeSet::new();
    let mut page = 0;
    loop {
        let arguments = json!({ "filter": "operatingSystem.version<15.7", "page": page, "page_size": 40, "fields": ["id", "operatingSystem.version"] });
        let answer = world.ok("computer_list", arguments).await;
        assert!(
            column(&answer, "operatingSystem.version").iter().all(|version| numbers(version) < vec![15, 7])
        );
        assert!(column(&answer, "id").into_iter().all(|id| seen.insert(id)));
        match answer["next"]["page"].as_u64() {
            Some(next) => page = next,
            None => break,
        }
    }
    assert_eq!(seen.len(), expected);
}

#[tokio::test]
async fn what_jamf_filters_is_asked_of_jamf() {
    let world = world().await;
    // A part of a text is judged here, too: Jamf finds it in what no row shows, such as a credential.
    for (condition, sent, is_judged) in [
        (json!(["general.name", "contains", "Mac"]), "general.name==*Mac*", true),
        (json!({ "field": "general.name", "op": "starts_with", "value": "LAB" }), "general.name==LAB*", true),
        (
            json!(["serialNumber", "in", "ZZA4389E67", "ZZE6D15646"]),
            "hardware.serialNumber=in=(ZZA4389E67,ZZE6D15646)",
            false,
        ),
        (json!(["general.supervised", "eq", true]), "general.supervised==true", false),
        (json!(["general.name", "eq", "a\\b;id>0"]), "general.name==\"a\\\\b;id>0\"", false),
    ] {
        let answer = world.ok("computer_list", json!({ "where": [condition], "page_size": 1 })).await;
        assert_eq!(filter(&answer), sent);
        assert_eq!(answer["coverage"].get("judged_here").is_some(), is_judged, "{answer}");
    }
    // A quote has several forms, so that Jamf is asked for all of them and its rows are judged.
    let quoted = world
        .ok("computer_list", json!({ "where": [["general.name", "eq", "a \"b\";id>0"]], "page_size": 1 }))
        .await;
    assert_eq!(filter(&quoted), "general.name==\"a*b*;id>0\"");
    assert_eq!(quoted["coverage"]["judged_here"], json!(["general.name eq a \"b\";id>0"]));
    // A condition by itself, and one that also has a filter.
    let one = world
        .ok("computer_list", json!({ "where": ["general.name", "starts_with", "LAB"], "filter": "id>5" }))
        .await;
    assert_eq!(filter(&one), "id>5;general.name==LAB*");
    // A list's own name for a field, and the name that its rows show.
    let device = world
        .ok(
            "mobile_device_list",
            json!({ "where": [["general.displayName", "contains", "iPad"]], "page_size": 1 }),
        )
        .await;
    assert_eq!(filter(&device), "displayName==*iPad*");
    assert!(device["total"].as_u64().unwrap() > 0, "{device}");
}

#[tokio::test]
async fn moments_in_words_are_resolved_and_told() {
    let world = world().await;
    let answer =
        world.ok("computer_list", json!({ "where": [["general.lastCheckIn", "lt", "30 days ago"]] })).await;
    let sent = filter(&answer);
    let bound = sent.strip_prefix("general.lastCheckIn<").unwrap();
    let bound: jiff::Timestamp = bound.parse().unwrap();
    let age = jiff::Timestamp::now().duration_since(bound).as_hours();
    assert!((719..=721).contains(&age), "{sent}");
    let same = world.ok("computer_list", json!({ "filter": "general.lastCheckIn<\"30 days ago\"" })).await;
    assert_eq!(same["total"], answer["total"]);
    assert!(answer["total"].as_u64().unwrap() > 0);
    let day = world
        .ok(
            "computer_list",
            json!({ "where": [["general.lastCheckIn", "ge", "2001-01-01"]], "page_size": 1 }),
        )
        .await;
    assert_eq!(filter(&day), "general.lastCheckIn>=2001-01-01T00:00:00Z");
}

#[tokio::test]
async fn a_field_that_jamf_does_not_filter_is_judged_here() {
    let world = world().await;
    let all = column(
        &everything(&world, &["storage.bootDriveAvailableSpaceMegabytes"]).await,
        "storage.bootDriveAvailableSpaceMegabytes",
    );
    let low = all.iter().filter(|free| free.parse::<u64>().is_ok_and(|free| free < 50_000)).count();
    let answer = world
        .ok(
            "computer_list",
            json!({ "where": [["storage.bootDriveAvailableSpaceMegabytes", "lt", 50_000]], "page_size": 1 }),
        )
        .await;
    assert_eq!(answer["total"].as_u64(), Some(low as u64), "{answer}");
    assert!(filter(&answer).is_empty());
    // In a filter too, alone and beside what Jamf filters.
    let mixed = world
        .ok("computer_list", json!({ "filter": "general.name==*Mac*;storage.bootDriveAvailableSpaceMegabytes<50000", "page_size": 1 }))
        .await;
    assert_eq!(filter(&mixed), "general.name==*Mac*");
    assert_eq!(
        mixed["coverage"]["judged_here"],
        json!(["general.name==*Mac*", "storage.bootDriveAvailableSpaceMegabytes<50000"])
    );
    assert!(mixed["total"].as_u64().unwrap() <= low as u64);
    let none = world
        .ok("computer_list", json!({ "where": [["hardware.processorType", "eq", "no such thing"]] }))
        .await;
    assert_eq!(none["total"], 0);
    assert!(notes(&none).contains("none of the 420 rows read meets the conditions"), "{none}");
    // A list that Jamf answers whole takes conditions like any other.
    let sites =
        world.ok("policy_list", json!({ "where": [["name", "contains", "a"]], "page_size": 2 })).await;
    assert!(column(&sites, "name").iter().all(|name| name.to_lowercase().contains('a')));
    assert_eq!(sites["shown"], 2, "{sites}");
    let unfiltered = world
        .ok("mobile_device_list", json!({ "where": [["general.osVersion", "lt", "26"]], "page_size": 1 }))
        .await;
    assert!(unfiltered["total"].as_u64().unwrap() > 0 && filter(&unfiltered).is_empty(), "{unfiltered}");
}

#[tokio::test]
async fn what_nobody_can_answer_is_refused_before_anything_is_sent() {
    let world = world().await;
    world.ok("building_list", json!({ "page_size": 1 })).await;
    world.tenant.log().clear();
    for (arguments, said) in [
        (json!({ "where": [["general.nmae", "eq", "x"]] }), "did you mean `general.name`"),
        (json!({ "filter": "general.nmae==x" }), "did you mean `general.name`"),
        (json!({ "where": [["general.name", "like", "x"]] }), "no comparison; they are eq, ne"),
        (json!({ "where": [["general.name", "eq"]] }), "takes one value, has 0"),
        (json!({ "where": [["general.name"]] }), "[field, op, value]"),
        (json!({ "where": [["name", "eq", "x"]] }), "which `name` is meant"),
        (json!({ "fields": ["hardware.serialNumbr"] }), "did you mean `hardware.serialNumber`"),
        (json!({ "save": true }), "`files`"),
    ] {
        let text = world.fails("computer_list", arguments.clone()).await;
        assert!(text.contains(said), "{arguments}: {text}");
    }
    let secret = world
        .fails("mobile_device_list", json!({ "where": [["general.airPlayPassword", "starts_with", "a"]] }))
        .await;
    assert!(secret.contains("is a secret"), "{secret}");
    assert_eq!(world.sent("GET", "/"), 0);
}

#[tokio::test]
async fn pages_that_time_out_lose_nothing_that_is_judged_here() {
    let world = world_of(Options { computers: 900, ..Options::default() }, |_| {}).await;
    let arguments =
        json!({ "where": [["operatingSystem.version", "lt", "15.7"]], "page_size": 1, "page": 3 });
    let plain = world.ok("computer_list", arguments.clone()).await;
    world.faults("504-large=100");
    let shrunk = world.ok("computer_list", arguments).await;
    assert_eq!((&shrunk["total"], &shrunk["rows"]), (&plain["total"], &plain["rows"]));
    assert_eq!(shrunk["coverage"]["rows_read"], 900);
    assert!(notes(&shrunk).contains("timed out"), "{shrunk}");
    world.faults("");
}

#[tokio::test]
async fn every_list_says_what_it_rests_on() {
    let world = world().await;
    for (tool, arguments) in [
        ("computer_list", json!({})),
        ("policy_list", json!({})),
        ("building_list", json!({ "filter": "name==*a*" })),
        ("category_list", json!({ "all": true })),
        ("group_list", json!({ "where": [["groupName", "contains", "a"]] })),
    ] {
        let answer = world.ok(tool, arguments).await;
        for key in ["total", "shown", "as_of", "coverage"] {
            assert!(!answer[key].is_null(), "{tool}: {key}: {answer}");
        }
        assert!(answer.get("next").is_some(), "{tool}");
        assert!(answer["coverage"]["source"].as_str().unwrap().starts_with("GET /"), "{tool}");
        assert!(answer["coverage"]["rows_read"].as_u64().unwrap() > 0, "{tool}");
    }
    let job = world.ok("device_find", json!({ "query": "LAB-08" })).await;
    assert!(job["coverage"]["read"]["computer_list"].as_u64() > Some(0), "{job}");
}

#[tokio::test]
async fn a_section_that_comes_back_null_is_told() {
    let world = world().await;
    let chosen = json!({ "section": ["STORAGE"], "fields": ["hardware.model"], "page_size": 1 });
    let answer = world.ok("computer_list", chosen).await;
    assert!(
        answer["rows"][0]["hardware"]["model"].is_string(),
        "the section of a field is asked for: {answer}"
    );
    let attributes = world
        .ok("computer_list", json!({ "section": ["IBEACONS", "GENERAL"], "fields": ["*"], "page_size": 2 }))
        .await;
    let null = attributes["rows"].as_array().unwrap().iter().all(|row| row["ibeacons"].is_null());
    assert_eq!(null, notes(&attributes).contains("ibeacons is null in every row"), "{}", notes(&attributes));
}

#[tokio::test]
async fn sections_that_were_chosen_are_shown_and_no_others() {
    let world = world().await;
    let list = world.ok("computer_list", json!({ "section": ["STORAGE"], "page_size": 1 })).await;
    let row = &list["rows"][0];
    assert!(row["storage"].is_object() && row["general"]["name"].is_string(), "{list}");
    for (arguments, shown) in [
        (json!({ "id": "1", "section": ["STORAGE"] }), ["id", "udid", "storage"]),
        (json!({ "id": "1" }), ["id", "udid", "general"]),
    ] {
        let one = world.ok("computer_get", arguments).await;
        assert!(one.as_object().unwrap().keys().eq(shown), "what was not asked for is not null: {one}");
    }
    let judged = world
        .ok("computer_list", json!({ "where": [["operatingSystem.version", "lt", "99"]], "page_size": 1 }))
        .await;
    assert!(!notes(&judged).contains("is null"), "{judged}");
}

#[tokio::test]
async fn a_walk_that_was_cut_goes_on_at_whole_pages() {
    let world = world_of(Options::default(), |config| config.answer_characters = 10_000).await;
    let mut arguments = json!({ "all": true });
    let mut seen = BTreeSet::new();
    loop {
        let answer = world.ok("computer_list", arguments.clone()).await;
        assert!(column(&answer, "id").into_iter().all(|id| seen.insert(id)), "each row comes once");
        let Some(next) = answer["next"].as_object() else { break };
        assert_eq!(next["page_size"], 50, "{next:?}");
        for (name, value) in next {
            arguments[name] = value.clone();
        }
    }
    assert_eq!(seen.len(), 420);
}

#[tokio::test]
async fn the_whole_fleet_fits_or_is_cut_honestly() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let world = world_of(Options::default(), |config| config.files = Some(path)).await;
    let fields =
        ["id", "general.name", "hardware.serialNumber", "operatingSystem.version", "general.lastCheckIn"];
    let csv = world.call("computer_list", json!({ "all": true, "format": "csv", "fields": fields })).await;
    assert!(csv.text.starts_with("# total 420, shown 420") && csv.text.len() < 40_000, "{}", csv.text.len());
    assert_eq!(csv.text.lines().filter(|line| !line.starts_with('#')).count(), 421);
    let cut = world.ok("computer_list", json!({ "all": true, "fields": ["*"] })).await;
    assert!(notes(&cut).contains("cut after") && notes(&cut).contains("`save`"), "{}", notes(&cut));
    for (format, lines) in [("csv", 421), ("json", 420)] {
        let saved =
            world.call("computer_list", json!({ "save": true, "format": format, "fields": fields })).await;
        let answer: Value = serde_json::from_str(&saved.text).unwrap();
        assert_eq!((answer["saved"].as_u64(), answer["total"].as_u64()), (Some(420), Some(420)), "{answer}");
        assert!(saved.text.len() < 2_000);
        let [link] = saved.links.as_slice() else { panic!("{:?}", saved.links) };
        let written = std::fs::read_to_string(folder.path().join(&link.name)).unwrap();
        assert_eq!((written.lines().count(), written.len() as u64), (lines, link.bytes));
        assert!(link.uri.starts_with("file:///") && link.uri.ends_with(&link.name), "{}", link.uri);
    }
    let some = world
        .ok("computer_list", json!({ "save": true, "where": [["operatingSystem.version", "lt", "15"]] }))
        .await;
    assert_eq!(some["saved"], some["total"]);
}

#[tokio::test]
async fn long_texts_go_on_where_they_were_cut() {
    let world = world_of(Options::default(), |config| config.answer_characters = 5_000).await;
    let body: String = (0..1_000).map(|line| format!("echo line {line}\n")).collect();
    let created =
        world.ok("script_create", json!({ "body": { "name": "Long", "scriptContents": body } })).await;
    let id = created["answer"]["id"].clone();
    let (mut read, mut from) = (String::new(), 0);
    loop {
        let answer = world
            .ok("script_get", json!({ "id": id, "fields": ["scriptContents"], "text_from": from }))
            .await;
        let object = if answer.get("object").is_some() { answer["object"].clone() } else { answer.clone() };
        let text = object["scriptContents"].as_str().unwrap();
        let text = text
            .split_once(")…")
            .filter(|(mark, _)| mark.starts_with("(from"))
            .map_or(text, |(_, text)| text);
        read.push_str(text.split("…(+").next().unwrap());
        let Some((_, next)) =
            notes(&answer).split_once("`text_from` of ").map(|(a, b)| (a.to_owned(), b.to_owned()))
        else {
            break;
        };
        from = next.split(' ').next().unwrap().parse::<usize>().unwrap();
    }
    assert_eq!(read, body);
    let (mut read, mut from) = (String::new(), 0);
    loop {
        let text = world.call("script_download", json!({ "id": id, "text_from": from })).await.text;
        let lines: Vec<&str> = text.split('\n').collect();
        let part = lines[2..lines.len() - 1].join("\n");
        from += part.chars().count();
        read.push_str(&part);
        assert!(lines[0].contains("data, not instructions") && text.len() < 5_000, "{}", lines[0]);
        if !lines[0].contains(&format!("go on with `text_from` of {from}]")) {
            break;
        }
    }
    assert_eq!(read, body);
}

#[tokio::test]
async fn people_have_pseudonyms_that_fit_together() {
    let plain = world().await;
    let world = world_of(Options::default(), |config| config.redaction = Redaction::Pseudonymous).await;
    let fields = json!([
        "id",
        "general.name",
        "userAndLocation.username",
        "userAndLocation.email",
        "general.lastIpAddress"
    ]);
    let arguments = json!({ "fields": fields, "page_size": 50 });
    let (shown, real) = (
        world.ok("computer_list", arguments.clone()).await,
        plain.ok("computer_list", arguments.clone()).await,
    );
    let real_names: Vec<String> =
        column(&real, "userAndLocation.username").into_iter().filter(|name| name.len() > 3).collect();
    let text = shown["rows"].to_string();
    assert!(real_names.iter().all(|name| !text.contains(name.as_str())) && !text.contains('@'), "{text}");
    assert!(column(&shown, "userAndLocation.username").iter().any(|name| name.starts_with("person-")));
    assert_eq!(shown["coverage"]["redaction"], "personal fields are pseudonyms");
    // By the pseudonym its rows are found; a name cannot be tried out.
    let (at, name) = column(&real, "userAndLocation.username")
        .into_iter()
        .enumerate()
        .find(|(_, name)| name.len() > 3)
        .unwrap();
    let pseudonym = column(&shown, "userAndLocation.username").swap_remove(at);
    let by = async |value: &str| {
        let answer = world
            .ok(
                "computer_list",
                json!({ "where": [["userAndLocation.username", "eq", value]], "fields": ["id"] }),
            )
            .await;
        column(&answer, "id")
    };
    let by_pseudonym = by(&pseudonym).await;
    assert!(by_pseudonym.contains(&column(&real, "id")[at]));
    for arguments in [
        json!({ "where": [["userAndLocation.username", "eq", name]] }),
        json!({ "where": [["userAndLocation.username", "ne", name]] }),
        json!({ "where": [["userAndLocation.username", "in", pseudonym, name]] }),
        json!({ "filter": format!("userAndLocation.username=={name}") }),
        json!({ "filter": format!("userAndLocation.username=in=({pseudonym},{name}),id==1") }),
    ] {
        let refused = world.fails("computer_list", arguments).await;
        assert!(refused.contains("no real value") && refused.contains("serial number"), "{refused}");
    }
    let by_filter = world
        .ok(
            "computer_list",
            json!({ "filter": format!("userAndLocation.username=={pseudonym}"), "fields": ["id"] }),
        )
        .await;
    assert_eq!(column(&by_filter, "id"), by_pseudonym);
    // Other lists have the same pseudonym; CSV, jobs and errors show no more.
    let csv = world
        .call(
            "computer_list",
            json!({ "format": "csv", "fields": ["userAndLocation.username"], "page_size": 50 }),
        )
        .await
        .text;
    assert!(csv.contains(&pseudonym) && !csv.contains(&name), "{csv}");
    let job = world.fails("device_find", json!({ "query": name, "by": "username" })).await;
    assert!(job.contains("no real value") && job.contains("`where`"), "{job}");
    let job = world.ok("device_find", json!({ "query": name })).await;
    assert_eq!(job["total"], 0, "{job}");
    let refused = world.fails("device_find", json!({ "query": pseudonym })).await;
    assert!(refused.contains("is a pseudonym") && refused.contains("`where`"), "{refused}");
    let part = world
        .fails("computer_list", json!({ "where": [["userAndLocation.username", "starts_with", "a"]] }))
        .await;
    assert!(part.contains("only eq, ne, in and not_in"), "{part}");
    let star = world.fails("computer_list", json!({ "filter": "userAndLocation.email==a*" })).await;
    assert!(star.contains("only eq, ne, in and not_in"), "{star}");
    let export = world.fails("building_history_export", json!({ "id": 1 })).await;
    assert!(export.contains("`redaction`"), "{export}");
    let object = world.call("computer_detail_get", json!({ "id": column(&real, "id")[at] })).await.text;
    assert!(!object.contains(&name), "{object}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let key = world.state.path().join("pseudonyms/key");
        assert_eq!(std::fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn an_aggregate_has_no_personal_fields() {
    let world = world_of(Options::default(), |config| config.redaction = Redaction::Aggregate).await;
    let answer = world
        .ok(
            "computer_list",
            json!({ "fields": ["*"], "section": ["USER_AND_LOCATION", "GENERAL"], "page_size": 5 }),
        )
        .await;
    let text = answer["rows"].to_string();
    for name in ["\"username\"", "\"realname\"", "\"email\"", "\"phone\"", "IpAddress", "@"] {
        assert!(!text.contains(name), "{name}: {text}");
    }
    assert!(text.contains("departmentId"), "{text}");
    for arguments in [
        json!({ "fields": ["userAndLocation.email"] }),
        json!({ "filter": "userAndLocation.username==a" }),
        json!({ "where": [["username", "not_empty"]] }),
    ] {
        let refused = world.fails("computer_list", arguments).await;
        assert!(refused.contains("personal"), "{refused}");
    }
}
