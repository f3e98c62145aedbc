//! Walks over many pages: outages in the middle, and going on after one that lasts.

use std::collections::BTreeSet;

use super::*;

/// A page of computers after the first ones.
fn is_late_page(seen: &Seen) -> bool {
    let page = seen.path.split(['?', '&']).find_map(|part| part.strip_prefix("page="));
    seen.path.contains("/computers-inventory?") && page.is_some_and(|page| page.parse::<u32>().unwrap() >= 3)
}

fn ids(answer: &Value) -> Vec<String> {
    answer["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_survives_an_outage() {
    let setup = Setup::start().await;
    let left = Arc::new(AtomicUsize::new(6));
    let outage = left.clone();
    setup.proxy.script(move |seen| {
        let is_next = is_late_page(seen)
            && outage.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if is_next { Reply::Instead(503, "text/html", "<html></html>".to_owned()) } else { Reply::Pass }
    });
    let arguments = json!({ "all": true, "page_size": 50, "fields": ["id"] });
    let answer = setup.ok("computer_list", arguments).await;
    assert_eq!(left.load(Ordering::SeqCst), 0);
    assert_eq!(
        (answer["shown"].clone(), answer["next"].clone()),
        (answer["total"].clone(), Value::Null),
        "{answer}"
    );
    assert_eq!(
        ids(&answer).into_iter().collect::<BTreeSet<_>>().len() as u64,
        answer["total"].as_u64().unwrap()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_walk_is_resumed_where_it_ended() {
    let setup = Setup::start().await;
    setup.proxy.script(|seen| {
        if is_late_page(seen) {
            Reply::Instead(503, "text/html", "<html></html>".to_owned())
        } else {
            Reply::Pass
        }
    });
    let arguments = json!({ "all": true, "page_size": 50, "fields": ["id"] });
    let first = setup.ok("computer_list", arguments.clone()).await;
    assert!(first["notes"].to_string().contains("INCOMPLETE"), "{first}");
    let mut all = ids(&first);
    assert_eq!(all.len(), 150, "{first}");
    setup.proxy.script(|_| Reply::Pass);
    let mut rest = arguments;
    for (name, value) in first["next"].as_object().unwrap() {
        rest[name] = value.clone();
    }
    let second = setup.ok("computer_list", rest).await;
    assert_eq!(second["next"], Value::Null, "{second}");
    all.extend(ids(&second));
    let different: BTreeSet<&String> = all.iter().collect();
    assert_eq!((different.len(), all.len() as u64), (all.len(), first["total"].as_u64().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_file_is_continued_in_another_one() {
    let mut setup = Setup::start().await;
    let folder = setup.state().join("files");
    std::fs::create_dir(&folder).unwrap();
    setup.set("JAMF_PRO_MCP_FILES", folder.to_str().unwrap());
    let left = Arc::new(AtomicUsize::new(2));
    // The second page and the third: an error that is not worth waiting for.
    setup.proxy.script(move |seen| {
        let is_next = seen.path.contains("/computers-inventory?")
            && seen.path.contains("page=1")
            && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if is_next { Reply::Instead(500, "application/json", "{}".to_owned()) } else { Reply::Pass }
    });
    let arguments = json!({ "save": true, "page_size": 200, "fields": ["id"] });
    let first = setup.ok("computer_list", arguments.clone()).await;
    assert!(first["notes"].to_string().contains("INCOMPLETE"), "{first}");
    let mut rest = arguments;
    for (name, value) in first["next"].as_object().unwrap() {
        rest[name] = value.clone();
    }
    let second = setup.ok("computer_list", rest).await;
    let rows = |answer: &Value| answer["saved"].as_u64().unwrap();
    assert_eq!(rows(&first) + rows(&second), first["total"].as_u64().unwrap(), "{first} {second}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_walk_with_a_condition_says_where_to_go_on() {
    let options = jamf_pro_demo::Options { computers: 1_300, ..jamf_pro_demo::Options::default() };
    let setup = Setup::of(options).await;
    setup.proxy.script(|seen| {
        if seen.path.contains("/computers-inventory?") && seen.path.contains("page=1&") {
            Reply::Instead(400, "application/json", "{}".to_owned())
        } else {
            Reply::Pass
        }
    });
    let condition = json!([["hardware.totalRamMegabytes", "ge", 1]]);
    let arguments = json!({ "all": true, "fields": ["id"], "where": condition, "page_size": 50 });
    let first = setup.ok("computer_list", arguments.clone()).await;
    assert!(first["notes"].to_string().contains("INCOMPLETE"), "{first}");
    let mut all = ids(&first);
    let mut next = first["next"].clone();
    setup.proxy.script(|_| Reply::Pass);
    // As many answers as it takes, each going on where the one before ended.
    while let Some(further) = next.as_object() {
        let mut arguments = arguments.clone();
        for (name, value) in further {
            arguments[name] = value.clone();
        }
        let answer = setup.ok("computer_list", arguments).await;
        all.extend(ids(&answer));
        assert!(answer["next"] != next, "it goes on: {answer}");
        next = answer["next"].clone();
    }
    let whole =
        setup.ok("computer_list", json!({ "page_size": 1, "fields": ["id"], "where": condition })).await;
    let different: BTreeSet<&String> = all.iter().collect();
    assert_eq!((different.len(), all.len() as u64), (all.len(), whole["total"].as_u64().unwrap()));
}
