//! Conditions and notes of lists: each is right, or refused with the way to ask.

use jamf_pro_demo::Options;
use serde_json::{Value, json};

use crate::proxy::Reply;
use crate::setup::Setup;

pub(crate) const COMPUTERS: &str = "/api/v4/computers-inventory";

/// A tenant whose list of a path has these rows, whatever is asked.
async fn with_rows(path: &'static str, rows: &[Value]) -> Setup {
    let setup = Setup::start().await;
    serve(&setup, path, rows);
    setup
}

pub(crate) fn serve(setup: &Setup, path: &'static str, rows: &[Value]) {
    let body = json!({ "totalCount": rows.len(), "results": rows }).to_string();
    setup.proxy.script(move |seen| {
        let is_list = seen.path.split('?').next() == Some(path);
        if is_list && seen.method == "GET" {
            Reply::Instead(200, "application/json", body.clone())
        } else {
            Reply::Pass
        }
    });
}

fn ids(answer: &Value) -> Vec<&str> {
    answer["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect()
}

/// What was sent as the filter of the last list.
fn sent(setup: &Setup, path: &str) -> Vec<String> {
    let seen = setup.proxy.seen();
    let queries =
        seen.iter().filter(|seen| seen.path.starts_with(path)).filter_map(|seen| seen.path.split_once('?'));
    queries
        .filter_map(|(_, query)| {
            url_of(query).into_iter().find(|(name, _)| name == "filter").map(|(_, value)| value)
        })
        .collect()
}

fn url_of(query: &str) -> Vec<(String, String)> {
    let url: reqwest::Url = format!("http://x/?{query}").parse().unwrap();
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

/// Which computers of these rows each list of conditions finds, in `where` and in `filter`.
async fn finds(setup: &Setup, cases: &[(Value, &str, &[&str])]) {
    for (conditions, filter, expected) in cases {
        let answer = setup.ok("computer_list", json!({ "where": conditions, "fields": ["id"] })).await;
        assert_eq!(ids(&answer), *expected, "{conditions}: {answer}");
        if !filter.is_empty() {
            let answer = setup.ok("computer_list", json!({ "filter": filter, "fields": ["id"] })).await;
            assert_eq!(ids(&answer), *expected, "{filter}: {answer}");
        }
    }
}

/// What each list of conditions is refused with.
pub(crate) async fn refuses(setup: &Setup, tool: &str, cases: &[(Value, &[&str])]) {
    for (arguments, said) in cases {
        let text = setup.fails(tool, arguments.clone()).await;
        for said in *said {
            assert!(text.contains(said), "{arguments}: {said}: {text}");
        }
    }
}

fn with_lists() -> Vec<Value> {
    let app = |name: &str, version: Value| json!({ "name": name, "version": version });
    let attribute =
        |name: &str, values: Value| json!({ "definitionId": "1", "name": name, "values": values });
    vec![
        json!({
            "id": "1", "applications": [app("Chrome.app", json!("131.0.6")), app("Safari.app", json!("17.1"))],
            "extensionAttributes": [attribute("Battery", json!(["Good"])), attribute("Signal", json!(["Poor"]))],
            "storage": { "disks": [
                { "model": "A", "partitions": [{ "name": "x", "sizeMegabytes": 10 }, { "name": "y", "sizeMegabytes": 90 }] },
                { "model": "B", "partitions": [{ "name": "z", "sizeMegabytes": 10 }] }
            ] }
        }),
        json!({
            "id": "2", "applications": [app("Chrome.app", json!("119.2")), app("Firefox.app", json!("132.0"))],
            "extensionAttributes": [attribute("Battery", json!(["Poor"])), attribute("Signal", json!([]))],
            "storage": { "disks": [{ "model": "A", "partitions": [{ "name": "z", "sizeMegabytes": 90 }] }] }
        }),
        json!({ "id": "3", "applications": [], "extensionAttributes": [attribute("Battery", json!([]))], "storage": null }),
        json!({ "id": "4", "applications": null, "extensionAttributes": null, "storage": { "disks": [] } }),
    ]
}

#[tokio::test]
async fn two_conditions_on_one_list_hold_for_one_element() {
    let setup = with_rows(COMPUTERS, &with_lists()).await;
    let cases: [(Value, &str, &[&str]); 12] = [
        (
            json!([["applications.name", "eq", "Chrome.app"], ["applications.version", "lt", "120"]]),
            "applications.name==Chrome.app;applications.version<120",
            &["2"],
        ),
        (
            json!([
                ["applications.version", "ge", "130"],
                ["applications.name", "in", "Chrome.app", "Safari.app"]
            ]),
            "applications.version>=130;applications.name=in=(Chrome.app,Safari.app)",
            &["1"],
        ),
        (
            json!([["applications.name", "starts_with", "chrome"], ["applications.version", "ne", "119.2"]]),
            "applications.name==chrome*;applications.version!=119.2",
            &["1"],
        ),
        (
            json!([
                ["applications.name", "eq", "Chrome.app"],
                ["applications.version", "not_in", "131.0.6", "17.1"]
            ]),
            "(applications.name==Chrome.app,applications.name==Opera.app);applications.version=out=(131.0.6,17.1)",
            &["2"],
        ),
        (
            json!([["applications.name", "ne", "Firefox.app"]]),
            "applications.name!=Firefox.app",
            &["1", "3", "4"],
        ),
        (
            json!([
                ["extensionAttributes.name", "eq", "Battery"],
                ["extensionAttributes.values", "eq", "Poor"]
            ]),
            "extensionAttributes.name==Battery;extensionAttributes.values==Poor",
            &["2"],
        ),
        (
            json!([
                ["extensionAttributes.name", "eq", "Battery"],
                ["extensionAttributes.values", "ne", "Good"]
            ]),
            "extensionAttributes.name==Battery;extensionAttributes.values!=Good",
            &["2", "3"],
        ),
        (
            json!([
                ["extensionAttributes.name", "eq", "Battery"],
                ["extensionAttributes.values", "is_empty"]
            ]),
            "extensionAttributes.name==Battery;extensionAttributes.values==\"\"",
            &["3"],
        ),
        (
            json!([
                ["storage.disks.model", "eq", "A"],
                ["storage.disks.partitions.sizeMegabytes", "gt", "50"]
            ]),
            "storage.disks.model==A;storage.disks.partitions.sizeMegabytes>50",
            &["1", "2"],
        ),
        (
            json!([
                ["storage.disks.model", "eq", "A"],
                ["storage.disks.partitions.name", "eq", "x"],
                ["storage.disks.partitions.sizeMegabytes", "gt", "50"]
            ]),
            "storage.disks.model==A;storage.disks.partitions.name==x;storage.disks.partitions.sizeMegabytes>50",
            &[],
        ),
        (json!([["applications", "is_empty"]]), "", &["3", "4"]),
        (json!([["storage.disks", "not_empty"]]), "", &["1", "2"]),
    ];
    finds(&setup, &cases).await;
    // A condition in `filter` and one in `where` are about one element as well.
    let both = json!({
        "filter": "applications.name==Chrome.app", "where": [["applications.version", "lt", "120"]], "fields": ["id"]
    });
    assert_eq!(ids(&setup.ok("computer_list", both).await), ["2"]);
    let unclear: [(Value, &[&str]); 4] = [
        (
            json!({ "where": [["applications.name", "eq", "Chrome.app"], ["applications.name", "eq", "Safari.app"]] }),
            &["one element", "compare the ids"],
        ),
        (
            json!({ "where": [["applications.name", "eq", "Chrome.app"], ["applications.name", "ne", "Firefox.app"]] }),
            &["one element", "says nothing"],
        ),
        (
            json!({ "where": [["applications.name", "ne", "Chrome.app"], ["applications.version", "ne", "17.1"]] }),
            &["unclear", "positive"],
        ),
        (
            json!({ "filter": "applications.name==Chrome.app;applications.name==Safari.app" }),
            &["one element"],
        ),
    ];
    refuses(&setup, "computer_list", &unclear).await;
}

#[tokio::test]
async fn devices_in_one_group_are_asked_for_by_one_membership() {
    let group = |id: &str, name: &str| json!({ "groupId": id, "groupName": name, "smart": false });
    let rows = [
        json!({ "mobileDeviceId": "1", "groups": [group("1", "A"), group("2", "B")] }),
        json!({ "mobileDeviceId": "2", "groups": [group("3", "A")] }),
    ];
    let setup = with_rows("/api/v2/mobile-devices/detail", &rows).await;
    let asked =
        json!({ "where": [["groupName", "eq", "A"], ["groupId", "eq", "2"]], "fields": ["mobileDeviceId"] });
    let answer = setup.ok("mobile_device_list", asked).await;
    assert_eq!(answer["total"], 0, "{answer}");
    let asked = json!({ "where": [["groupName", "ne", "B"]], "fields": ["mobileDeviceId"] });
    let answer = setup.ok("mobile_device_list", asked).await;
    assert_eq!(answer["rows"], json!([{ "mobileDeviceId": "2" }]), "{answer}");
}

#[tokio::test]
async fn what_cannot_be_compared_is_refused_with_the_way_to_ask() {
    let setup = Setup::start().await;
    let cases: [(Value, &[&str]); 17] = [
        (json!({ "where": [["general.site", "eq", "Berlin"]] }), &["is an object", "general.site.name"]),
        (json!({ "where": [["general.site", "ne", "Berlin"]] }), &["is an object", "general.site.name"]),
        (json!({ "where": [["general.site", "contains", "id"]] }), &["is an object", "general.site.name"]),
        (json!({ "where": [["general.site", "is_empty"]] }), &["is an object", "general.site.name"]),
        (json!({ "filter": "general.site==Berlin" }), &["is an object", "general.site.name"]),
        (
            json!({ "where": [["applications", "contains", "Chrome"]] }),
            &["list of objects", "applications.name"],
        ),
        (json!({ "where": [["serialNumber", "in", "A,B,C"]] }), &["each value by itself", "`eq`"]),
        (json!({ "filter": "hardware.serialNumber=in=(\"A,B\")" }), &["each value by itself"]),
        (json!({ "filter": "hardware.serialNumber==(A,B)" }), &["=in="]),
        (json!({ "filter": "general.name=like=x" }), &["no operator", "=="]),
        (
            json!({ "where": [{ "field": "id", "op": "eq", "value": ["1", "2"] }] }),
            &["takes one value", "`in`"],
        ),
        (json!({ "where": [["id", "eq", "[\"1\",\"2\"]"]] }), &["takes one value", "`in`"]),
        (json!({ "where": [["hardware.totalRamMegabytes", "gt", "8 GB"]] }), &["without a unit", "8192"]),
        (json!({ "where": [["hardware.totalRamMegabytes", "contains", "8"]] }), &["numbers", "eq"]),
        (json!({ "where": [["general.supervised", "eq", "yes"]] }), &["true or false"]),
        (json!({ "where": [["general.lastCheckIn", "lt", "soon"]] }), &["is a moment", "days ago"]),
        (json!({ "where": [["operatingSystem.version", "lt", "newest"]] }), &["is a version"]),
    ];
    refuses(&setup, "computer_list", &cases).await;
    let enumeration: [(Value, &[&str]); 2] = [
        (
            json!({ "where": [["security.gatekeeperStatus", "eq", "sometimes"]] }),
            &["holds one of", "contains"],
        ),
        (json!({ "where": [["security.gatekeeperStatus", "lt", "DISABLED"]] }), &["no order"]),
    ];
    refuses(&setup, "computer_list", &enumeration).await;
    // A list of values is taken as one.
    let listed =
        setup.ok("computer_list", json!({ "where": [["id", "in", ["1", "2"]]], "fields": ["id"] })).await;
    assert_eq!(ids(&listed), ["1", "2"]);
}

#[tokio::test]
async fn an_object_that_no_document_describes_is_refused_when_it_is_met() {
    let setup = Setup::start().await;
    let rows =
        json!({ "printers": [{ "id": 1, "name": "a", "site": { "id": 3, "name": "Berlin" } }] }).to_string();
    setup.proxy.script(move |seen| match seen.path.as_str() {
        "/JSSResource/printers" => Reply::Instead(200, "application/json", rows.clone()),
        _ => Reply::Pass,
    });
    let text = setup.fails("printer_list", json!({ "where": [["site", "eq", "Berlin"]] })).await;
    assert!(text.contains("is an object") && text.contains("site.name"), "{text}");
    let found = setup.ok("printer_list", json!({ "where": [["site.name", "eq", "berlin"]] })).await;
    assert_eq!(found["total"], 1);
}

#[tokio::test]
async fn numbers_are_read_out_of_texts_and_what_is_none_is_counted() {
    let mac = |id: &str, price: Value| json!({ "id": id, "purchasing": { "purchasePrice": price } });
    let rows = [
        mac("1", json!("$3,999.00")),
        mac("2", json!("$899.00")),
        mac("3", json!("on loan")),
        mac("4", json!(null)),
        mac("5", json!("")),
    ];
    let setup = with_rows(COMPUTERS, &rows).await;
    let asked = json!({ "where": [["purchasing.purchasePrice", "gt", 1000]], "fields": ["id"] });
    let answer = setup.ok("computer_list", asked).await;
    assert_eq!(ids(&answer), ["1"], "{answer}");
    assert_eq!(answer["no_value"], json!({ "purchasing.purchasePrice": 2 }), "{answer}");
    assert_eq!(answer["not_comparable"], json!({ "purchasing.purchasePrice": 1 }), "{answer}");
    let equal = json!({ "where": [["purchasing.purchasePrice", "eq", 899]], "fields": ["id"] });
    assert_eq!(ids(&setup.ok("computer_list", equal).await), ["2"]);
    serve(
        &setup,
        COMPUTERS,
        &[mac("1", json!("$3,999.00")), mac("2", json!("3.500,00 €")), mac("3", json!("EUR 20"))],
    );
    let mixed =
        setup.fails("computer_list", json!({ "where": [["purchasing.purchasePrice", "gt", 1000]] })).await;
    assert!(mixed.contains("several units") && mixed.contains("names its unit"), "{mixed}");
    let euros = json!({ "where": [["purchasing.purchasePrice", "gt", "1000 €"]], "fields": ["id"] });
    assert_eq!(ids(&setup.ok("computer_list", euros).await), ["2"]);
    let attribute = |id: &str, value: &str| json!({ "id": id, "extensionAttributes": [{ "name": "Battery", "values": [value] }, { "name": "RAM", "values": ["8 GB"] }] });
    serve(&setup, COMPUTERS, &[attribute("1", "87 %"), attribute("2", "9 %"), attribute("3", "100 %")]);
    let charge = json!({
        "where": [["extensionAttributes.name", "eq", "Battery"], ["extensionAttributes.values", "ge", "87"]], "fields": ["id"]
    });
    assert_eq!(ids(&setup.ok("computer_list", charge).await), ["1", "3"]);
}

#[tokio::test]
async fn values_are_compared_as_what_they_are() {
    let mac = |id: &str, version: &str, supervised: Value, tag: Value, keeper: &str| {
        json!({
            "id": id, "operatingSystem": { "version": version }, "general": { "supervised": supervised, "assetTag": tag },
            "security": { "gatekeeperStatus": keeper }
        })
    };
    let rows = [
        mac("1", "15.10", json!(true), json!("007"), "APP_STORE"),
        mac("2", "15.9.1", json!(false), json!("7"), "DISABLED"),
        mac("3", "15.10.0", json!(null), json!(""), "APP_STORE_AND_IDENTIFIED_DEVELOPERS"),
    ];
    let setup = with_rows(COMPUTERS, &rows).await;
    let cases: [(Value, &str, &[&str]); 9] = [
        (json!([["operatingSystem.version", "lt", "15.10"]]), "operatingSystem.version<15.10", &["2"]),
        (json!([["operatingSystem.version", "ne", "15.10"]]), "operatingSystem.version!=15.10", &["2"]),
        (json!([["general.supervised", "ne", "TRUE"]]), "general.supervised!=true", &["2", "3"]),
        (
            json!([["security.gatekeeperStatus", "eq", "app store"]]),
            "security.gatekeeperStatus==app_store",
            &["1"],
        ),
        (
            json!([["security.gatekeeperStatus", "contains", "identified"]]),
            "security.gatekeeperStatus==*identified*",
            &["3"],
        ),
        (json!([["general.assetTag", "ne", "7"]]), "general.assetTag!=7", &["1", "3"]),
        (json!([["general.assetTag", "is_empty"]]), "general.assetTag==\"\"", &["3"]),
        (json!([["general.assetTag", "eq", ""]]), "", &["3"]),
        (json!([["general.assetTag", "not_empty"]]), "general.assetTag!=\"\"", &["1", "2"]),
    ];
    finds(&setup, &cases).await;
    let ne = setup
        .ok("computer_list", json!({ "where": [["general.supervised", "ne", "true"]], "fields": ["id"] }))
        .await;
    assert_eq!(ne["no_value"], json!({ "general.supervised": 1 }), "{ne}");
    assert!(ne["notes"].to_string().contains("and are among these"), "{ne}");
    // Jamf compares text, so that it is asked for every way to write a version.
    setup.ok("computer_list", json!({ "where": [["operatingSystem.version", "eq", "15.10.0"]] })).await;
    let filters = sent(&setup, COMPUTERS);
    assert!(filters.contains(&"operatingSystem.version=in=(15.10,15.10.0)".to_owned()), "{filters:?}");
}

/// Rows without a value are in no answer of Jamf's to a comparison; two totals tell how many there are.
#[tokio::test]
async fn rows_without_a_value_are_counted_where_jamf_filters() {
    let setup = Setup::start().await;
    setup.proxy.script(|seen| {
        let Some((COMPUTERS, query)) = seen.path.split_once('?') else { return Reply::Pass };
        let filter = url_of(query).into_iter().find(|(name, _)| name == "filter").map(|(_, value)| value);
        let total = match filter.as_deref() {
            None => 10,
            Some("general.lastCheckIn>=1970-01-01T00:00:00Z") => 7,
            Some("general.platform==Mac") => 8,
            Some("general.platform==Mac;general.lastCheckIn>=1970-01-01T00:00:00Z") => 6,
            Some("general.lastCheckIn=in=(x)") => 0,
            Some(_) => 1,
        };
        let body = json!({ "totalCount": total, "results": [{ "id": "1", "general": { "name": "a" } }] });
        Reply::Instead(200, "application/json", body.to_string())
    });
    let late = json!({ "where": [["general.lastCheckIn", "lt", "2026-01-01"]], "page_size": 1 });
    let answer = setup.ok("computer_list", late).await;
    assert_eq!(answer["no_value"], json!({ "general.lastCheckIn": 3 }), "{answer}");
    assert!(
        answer["notes"]
            .to_string()
            .contains("3 rows that may be meant have no value for general.lastCheckIn"),
        "{answer}"
    );
    let both =
        json!({ "filter": "general.platform==Mac;general.lastCheckIn<2026-01-01T00:00:00Z", "page_size": 1 });
    let answer = setup.ok("computer_list", both).await;
    assert_eq!(answer["no_value"]["general.lastCheckIn"], 2, "{answer}");
}

#[tokio::test]
async fn moments_are_compared_to_the_last_part_of_a_second() {
    let mac = |id: &str, moment: Value| json!({ "id": id, "general": { "reportDate": moment } });
    let rows = [
        mac("1", json!("2024-11-21T08:06:50.272Z")),
        mac("2", json!("2024-11-21T08:06:50.273Z")),
        mac("3", json!("2024-11-21T08:06:50Z")),
        mac("4", json!("2024-11-22T00:00:00.000Z")),
    ];
    let setup = with_rows(COMPUTERS, &rows).await;
    let cases: [(Value, &str, &[&str]); 9] = [
        (
            json!([["general.reportDate", "le", "2024-11-21T08:06:50.272Z"]]),
            "general.reportDate<=2024-11-21T08:06:50.272Z",
            &["1", "3"],
        ),
        (
            json!([["general.reportDate", "lt", "2024-11-21T08:06:50.272Z"]]),
            "general.reportDate<2024-11-21T08:06:50.272Z",
            &["3"],
        ),
        (
            json!([["general.reportDate", "eq", "2024-11-21T08:06:50.272Z"]]),
            "general.reportDate==2024-11-21T08:06:50.272Z",
            &["1"],
        ),
        (
            json!([["general.reportDate", "gt", "2024-11-21T08:06:50.272Z"]]),
            "general.reportDate>2024-11-21T08:06:50.272Z",
            &["2", "4"],
        ),
        (
            json!([["general.reportDate", "ge", "2024-11-21T08:06:50.2725Z"]]),
            "general.reportDate>=2024-11-21T08:06:50.2725Z",
            &["2", "4"],
        ),
        (json!([["general.reportDate", "eq", "2024-11-21T09:06:50.272+01:00"]]), "", &["1"]),
        (json!([["general.reportDate", "eq", "2024-11-21 08:06:50.272"]]), "", &["1"]),
        (json!([["general.reportDate", "ne", "2024-11-21"]]), "general.reportDate!=2024-11-21", &["4"]),
        (json!([["general.reportDate", "ne", "2024-11-21T08:06:50Z"]]), "", &["1", "2", "4"]),
    ];
    finds(&setup, &cases).await;
    // Whole seconds and days are asked of Jamf, which gets the bounds of the day.
    for (op, expected) in [
        ("eq", "general.reportDate>=2024-11-21T00:00:00Z;general.reportDate<2024-11-22T00:00:00Z"),
        ("lt", "general.reportDate<2024-11-21T00:00:00Z"),
        ("le", "general.reportDate<2024-11-22T00:00:00Z"),
        ("gt", "general.reportDate>=2024-11-22T00:00:00Z"),
        ("ge", "general.reportDate>=2024-11-21T00:00:00Z"),
    ] {
        let answer =
            setup.ok("computer_list", json!({ "where": [["general.reportDate", op, "2024-11-21"]] })).await;
        assert_eq!(answer["coverage"]["filter"], expected, "{op}");
    }
    // What Jamf gets in whole seconds holds every row that is meant.
    let answer = setup
        .ok("computer_list", json!({ "where": [["general.reportDate", "eq", "2024-11-21T08:06:50.272Z"]] }))
        .await;
    assert_eq!(
        answer["coverage"]["filter"],
        "general.reportDate>=2024-11-21T08:06:50Z;general.reportDate<2024-11-21T08:06:51Z"
    );
}

#[tokio::test]
async fn fields_have_their_old_and_their_new_names_on_every_tenant() {
    for version in ["11.28.0", "11.32.0"] {
        let setup = Setup::of(Options { version: version.to_owned(), ..Options::default() }).await;
        let new = json!({ "fields": ["id", "general.lastCheckIn"], "sort": ["general.lastCheckIn:desc"], "page_size": 3 });
        let old = json!({ "fields": ["id", "general.lastContactTime"], "sort": ["general.lastContactTime:desc"], "page_size": 3 });
        let (new, old) = (setup.ok("computer_list", new).await, setup.ok("computer_list", old).await);
        assert_eq!(new["rows"], old["rows"], "{version}");
        assert!(new["rows"][0]["general"]["lastCheckIn"].is_string(), "{version}: {new}");
        let total = async |arguments: Value| setup.ok("computer_list", arguments).await["total"].clone();
        let by_new =
            total(json!({ "where": [["general.lastCheckIn", "lt", "30 days ago"]], "page_size": 1 })).await;
        for same in [
            json!({ "where": [["general.lastContactTime", "lt", "30 days ago"]], "page_size": 1 }),
            json!({ "where": [["lastContactTime", "lt", "30 days ago"]], "page_size": 1 }),
            json!({ "filter": "general.lastContactTime<\"30 days ago\"", "page_size": 1 }),
            json!({ "filter": "general.last_contact_time<\"30 days ago\"", "page_size": 1 }),
        ] {
            assert_eq!(total(same.clone()).await, by_new, "{version}: {same}");
        }
        assert!(by_new.as_u64() > Some(0));
        let address =
            setup.ok("computer_list", json!({ "fields": ["general.lastReportedIp"], "page_size": 1 })).await;
        assert!(address["rows"][0]["general"].get("lastReportedIpV4").is_some(), "{version}: {address}");
        // A section that is shown whole has the names that can be asked for.
        let whole = setup
            .ok("computer_list", json!({ "section": ["GENERAL"], "fields": ["*"], "page_size": 1 }))
            .await;
        let general = &whole["rows"][0]["general"];
        assert!(
            general.get("lastCheckIn").is_some() && general.get("lastContactTime").is_none(),
            "{version}: {whole}"
        );
    }
}

#[tokio::test]
async fn a_filter_that_a_tenant_does_not_know_is_not_sent_to_it() {
    let setup = Setup::of(Options { version: "11.28.0".to_owned(), ..Options::default() }).await;
    let text = setup.fails("computer_list", json!({ "filter": "security.lockdownModeEnabled==true" })).await;
    assert!(text.contains("11.28") && text.contains("does not filter on it"), "{text}");
    assert_eq!(setup.proxy.count("GET", "/api/v1/computers-inventory"), 0);
    let setup = Setup::start().await;
    // Jamf documents no filter of this list, so that its rows are judged here.
    let users = setup.ok("user_list", json!({ "filter": "username==nobody-of-this-name" })).await;
    assert_eq!(users["total"], 0, "{users}");
    assert!(sent(&setup, "/api/v1/users").is_empty(), "{:?}", sent(&setup, "/api/v1/users"));
}

#[tokio::test]
async fn forms_of_one_name_find_each_other() {
    let mac = |id: &str, name: &str| json!({ "id": id, "general": { "name": name }, "hardware": { "processorType": name } });
    let rows = [
        mac("1", "Dan\u{2019}s MacBook Pro"),
        mac("2", "Dan's MacBook Pro"),
        mac("3", "Zoe\u{308} \u{2013} iMac"),
        mac("4", "Lab\u{a0}Mac\u{2011}08"),
        mac("5", "Dans MacBook Pro"),
    ];
    let setup = with_rows(COMPUTERS, &rows).await;
    let mut cases: Vec<(Value, String, &[&str])> = Vec::new();
    for field in ["general.name", "hardware.processorType"] {
        cases.push((
            json!([[field, "eq", "dan's macbook pro"]]),
            format!("{field}==\"dan's macbook pro\""),
            &["1", "2"],
        ));
        cases.push((json!([[field, "eq", "Dan\u{2018}s MacBook Pro"]]), String::new(), &["1", "2"]));
        cases.push((
            json!([[field, "in", "Zoë - iMac", "Lab Mac-08"]]),
            format!("{field}=in=(\"Zoë - iMac\",\"Lab Mac-08\")"),
            &["3", "4"],
        ));
        cases.push((json!([[field, "contains", "n's "]]), format!("{field}==\"*n's *\""), &["1", "2"]));
        cases.push((json!([[field, "starts_with", "Zoë -"]]), format!("{field}==\"Zoë -*\""), &["3"]));
        cases.push((json!([[field, "ends_with", "-08"]]), String::new(), &["4"]));
        cases.push((json!([[field, "ne", "Dan's MacBook Pro"]]), String::new(), &["3", "4", "5"]));
    }
    let cases: Vec<(Value, &str, &[&str])> = cases
        .iter()
        .map(|(conditions, filter, expected)| (conditions.clone(), filter.as_str(), *expected))
        .collect();
    finds(&setup, &cases).await;
    let filters = sent(&setup, COMPUTERS);
    assert!(filters.contains(&"general.name==dan*s*macbook*pro".to_owned()), "{filters:?}");
}
