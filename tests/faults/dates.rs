//! Days and moments that the calendar does not have.

use serde_json::json;

use crate::setup::Setup;

#[tokio::test]
async fn a_day_that_does_not_exist_is_refused_in_conditions_and_arguments() {
    let mut setup = Setup::start().await;
    setup.set("JAMF_PRO_MCP_ALLOW", "read,device,write,destructive");
    let before = setup.proxy.seen().len();
    let wrong = ["2026-02-31", "2026-02-29", "2026-04-31"];
    for day in wrong {
        for (tool, arguments) in [
            ("computer_list", json!({ "where": [["general.reportDate", "lt", day]] })),
            ("computer_list", json!({ "where": [["general.reportDate", "ge", format!("{day}T10:20:30Z")]] })),
            ("computer_list", json!({ "filter": format!("general.reportDate<{day}") })),
            ("computer_list", json!({ "filter": format!("general.reportDate<{day}T10:20:30Z,id==1") })),
            ("computer_list", json!({ "where": [["purchasing.leaseDate", "eq", day]] })),
            ("computer_list", json!({ "where": [["purchasing.leaseDate", "in", "2026-01-31", day]] })),
            ("computer_update", json!({ "id": "1", "body": { "purchasing": { "leaseDate": day } } })),
            (
                "policy_update",
                json!({ "id": "6", "body": { "general": {
                    "name": "x", "date_time_limitations": { "activation_date": format!("{day} 08:00:00") },
                } } }),
            ),
        ] {
            let printed = setup.call(tool, arguments.clone()).await;
            assert!(!printed.success, "{tool} {arguments}: {printed:?}");
            let said = printed.text();
            assert!(said.contains("such as 2026-01-31"), "{tool} {arguments}: {said}");
        }
    }
    let asked = setup.proxy.seen().split_off(before);
    let asked: Vec<&str> = asked
        .iter()
        .map(|seen| seen.path.as_str())
        .filter(|path| path.contains("inventory") || path.contains("policies"))
        .collect();
    assert_eq!(asked, [""; 0], "nothing is sent");
    setup
        .ok("computer_list", json!({ "where": [["general.reportDate", "lt", "2028-02-29"]], "page_size": 1 }))
        .await;
}
