//! Files plans for the tests of the approvals page, through the store's own functions.
//!
//! Usage: `approvals-plans STATE KIND`; prints the id. Kinds: `erase`, `many`, `critical`, `markup`, `short`, `secret`, `asks`, `window`,
//! `kept` (a secret that was kept for the plan given as a third argument).
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a helper of tests fails by panicking"
)]

use jamf_pro_mcp::plan::{
    Basis, Change, Confirmation, Content, Plan, Reach, Reference, Requester, Target, Undo, Window,
};
use jamf_pro_mcp::store::Store;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::json;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (state, kind) = (arguments.first().unwrap(), arguments.get(1).unwrap());
    let store = Store::open(state.as_ref()).unwrap();
    if kind == "kept" {
        let value = SecretString::from("482 913");
        store
            .keep_secret("demo", arguments.get(2).unwrap(), "Device lock PIN", "MB-Ines-Soto", &value)
            .unwrap();
        return;
    }
    let mut plan = one(&uuid::Uuid::new_v4().simple().to_string());
    match kind.as_str() {
        "erase" => {}
        "many" => many(&mut plan),
        "critical" => critical(&mut plan),
        "markup" => markup(&mut plan),
        "short" => plan.expires = Timestamp::now() + SignedDuration::from_secs(4),
        "secret" => secret(&mut plan),
        "window" => window(&mut plan),
        "asks" => plan.asks = vec!["body.pin".to_owned(), "body.certificateData".to_owned()],
        other => panic!("no kind of plan is called {other}"),
    }
    let exact = json!({ "id": plan.targets.iter().map(|target| &target.management_id).collect::<Vec<_>>() });
    plan.hash = plan.digest(&exact);
    let steps: Vec<String> = plan.targets.iter().map(|target| target.name.clone()).collect();
    store.file_plan(&plan, &exact, &plan.id, &steps).unwrap();
    println!("{}", plan.id);
}

fn device(number: usize, name: &str, serial: &str, owner: &str) -> Target {
    let days = i64::try_from(number % 60).unwrap();
    Target {
        kind: "computer".to_owned(),
        id: number.to_string(),
        management_id: format!("00000000-0000-4000-8000-{number:012}"),
        name: name.to_owned(),
        serial: serial.to_owned(),
        owner: owner.to_owned(),
        model: "MacBook Pro (14-inch, 2024)".to_owned(),
        last_contact: (Timestamp::now() - SignedDuration::from_hours(days * 24 + 3)).to_string(),
        ..Target::default()
    }
}

fn one(id: &str) -> Plan {
    Plan {
        id: id.to_owned(),
        hash: String::new(),
        tenant: "demo".to_owned(),
        tenant_url: "https://example.jamfcloud.com/".to_owned(),
        tenant_label: Some("simulated".to_owned()),
        tool: "computer_erase".to_owned(),
        title: "Erase MB-Ines-Soto (C02XK1ZZJGH5)".to_owned(),
        about: "Erase one computer: all data on it is lost.".to_owned(),
        risk: "destructive".to_owned(),
        requester: Requester {
            who: "ines".to_owned(),
            client: Some("claude-code 2.1.9".to_owned()),
            transport: "stdio".to_owned(),
        },
        reason: Some(
            "The person left the company and asked for the laptop to be wiped before it is handed on."
                .to_owned(),
        ),
        ticket: Some("CHG-20417".to_owned()),
        arguments: json!({ "id": 17, "body": { "pin": "(made by the server)", "obliterationBehavior": "Default" } }),
        targets: vec![device(17, "MB-Ines-Soto", "C02XK1ZZJGH5", "ines.soto@example.com")],
        reach: Reach {
            devices: Some(1),
            fleet: Some(420),
            sentence: "Affects 1 of 420 computers.".to_owned(),
            ..Reach::default()
        },
        basis: Basis::default(),
        changes: Vec::new(),
        references: Vec::new(),
        not_checked: vec!["Whether the data is backed up anywhere.".to_owned()],
        warnings: vec!["It was in contact 3 hours ago: somebody is probably working on it.".to_owned()],
        undo: Undo {
            possible: false,
            note: "The data on the computer does not come back. The record in Jamf Pro stays.".to_owned(),
        },
        is_loss: true,
        asks: Vec::new(),
        undoes: None,
        window: None,
        by_window: None,
        calls: Vec::new(),
        confirmation: Confirmation {
            what: "the serial number".to_owned(),
            expected: "C02XK1ZZJGH5".to_owned(),
        },
        approvals_needed: 1,
        second_minutes: None,
        takes_other_person: false,
        delay_minutes: None,
        made: Timestamp::now() - SignedDuration::from_secs(95),
        expires: Timestamp::now() + SignedDuration::from_mins(42),
    }
}

fn many(plan: &mut Plan) {
    plan.is_loss = false;
    plan.tool = "computer_restart".to_owned();
    plan.title = "Restart 200 Macs of group “Lab – all floors”".to_owned();
    plan.about = "Restart computers; unsaved work is lost.".to_owned();
    plan.targets = (1..=200)
        .map(|number| {
            device(
                number,
                &format!("LAB-{number:03}"),
                &format!("C02LAB{number:06}"),
                &format!("student{number}@example.com"),
            )
        })
        .collect();
    plan.reach = Reach {
        devices: Some(200),
        fleet: Some(420),
        sentence: "Affects up to 200 of 420 computers (48%), through the group \"Lab – all floors\"."
            .to_owned(),
        ..Reach::default()
    };
    plan.warnings = vec!["This is close to half of the fleet.".to_owned()];
    plan.confirmation = Confirmation { what: "the number of devices".to_owned(), expected: "200".to_owned() };
}

fn window(plan: &mut Plan) {
    many(plan);
    plan.tool = "plan_window".to_owned();
    plan.title = "Restart 200 Macs of group “Lab – all floors” for 60 minutes".to_owned();
    plan.window = Some(Window {
        tools: vec!["computer_restart".to_owned()],
        until: plan.expires,
        minutes: 0,
        at_most: 200,
        once: true,
    });
}

fn critical(plan: &mut Plan) {
    plan.is_loss = false;
    plan.tool = "policy_update".to_owned();
    plan.title = "Change the policy “Install Security Agent”".to_owned();
    plan.about = "Change a policy and whom it runs on.".to_owned();
    plan.risk = "critical".to_owned();
    plan.targets = Vec::new();
    plan.reach = Reach {
        devices: Some(420),
        fleet: Some(420),
        sentence: "Affects up to 420 of 420 computers (100%).".to_owned(),
        ..Reach::default()
    };
    let change = |field: &str, before: &str, after: &str, lines: &[&str]| Change {
        field: field.to_owned(),
        before: before.to_owned(),
        after: after.to_owned(),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
    };
    plan.changes = vec![
        change("scope.all_computers", "no", "yes", &[]),
        change("general.frequency", "Once per computer", "Ongoing", &[]),
        change(
            "scripts",
            "install-agent.sh (parameter 4: https://packages.example.com/agent/stable/latest.pkg)",
            "",
            &[],
        ),
        change(
            "files_processes.run_command",
            "(6 lines)",
            "(6 lines)",
            &[
                "  #!/bin/zsh",
                "- installer -pkg agent.pkg -target /",
                "+ rm -rf /Users",
                "  … 4 unchanged lines",
            ],
        ),
    ];
    let content = |reader: &str, id: &str, name: &str, about: &str, lines: &[&str]| Content {
        reader: reader.to_owned(),
        kind: reader.trim_end_matches("_get").to_owned(),
        id: id.to_owned(),
        name: name.to_owned(),
        about: about.to_owned(),
        digest: "0".repeat(64),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
    };
    plan.basis.content = vec![
        content(
            "script_get",
            "12",
            "install-agent.sh",
            &format!("4 lines, SHA-256 {}", "ab".repeat(32)),
            &["#!/bin/zsh", "set -e", "curl -fsSL -o agent.pkg \"$4\"", "installer -pkg agent.pkg -target /"],
        ),
        content(
            "package_get",
            "81",
            "Agent",
            "file agent.pkg; CONTENT UNKNOWN: Jamf Pro has no hash of it",
            &[],
        ),
    ];
    plan.references = vec![
        Reference {
            kind: "smart_group".to_owned(),
            id: "14".to_owned(),
            name: "Agent missing".to_owned(),
            how: "scope".to_owned(),
        },
        Reference {
            kind: "static_group".to_owned(),
            id: "3".to_owned(),
            name: "Executives".to_owned(),
            how: "exclusion".to_owned(),
        },
    ];
    plan.not_checked = vec![
        "Limitations by LDAP group: this server cannot see who is in them.".to_owned(),
        "Whether the script does harm when it runs again.".to_owned(),
    ];
    plan.undo = Undo {
        possible: true,
        note: "The policy is put back as it was. What it did on computers stays.".to_owned(),
    };
    plan.confirmation = Confirmation { what: "the number of devices".to_owned(), expected: "420".to_owned() };
    plan.approvals_needed = 2;
}

fn markup(plan: &mut Plan) {
    let hostile = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script><b>Approve all</b>";
    plan.title = format!("Erase {hostile}");
    plan.reason = Some(hostile.to_owned());
    plan.targets = vec![device(17, hostile, "C02XK1ZZJGH5", "<a href=javascript:alert(1)>x</a>")];
    plan.warnings = vec![hostile.to_owned()];
    plan.basis.content = vec![Content {
        reader: "script_get".to_owned(),
        kind: hostile.to_owned(),
        id: hostile.to_owned(),
        name: hostile.to_owned(),
        about: hostile.to_owned(),
        digest: String::new(),
        lines: vec![hostile.to_owned()],
    }];
    plan.changes = vec![Change {
        field: hostile.to_owned(),
        before: hostile.to_owned(),
        after: hostile.to_owned(),
        lines: vec![hostile.to_owned()],
    }];
}

fn secret(plan: &mut Plan) {
    plan.is_loss = false;
    plan.tool = "computer_filevault_key_get".to_owned();
    plan.title = "Show the FileVault recovery key of MB-Ines-Soto (C02XK1ZZJGH5)".to_owned();
    plan.about = "Get the personal recovery key of one computer.".to_owned();
    plan.risk = "secret".to_owned();
    plan.undo = Undo { possible: false, note: "What was seen is seen.".to_owned() };
    plan.warnings = Vec::new();
}
