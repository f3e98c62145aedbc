//! What the store promises to everybody who uses it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::*;
use crate::approvals::passkeys::Passkeys;
use crate::approvals::quorum::{Decision, Proof, answers, decide, may, verify};
use crate::approvals::{Statement, Word};
use crate::config::GateConfig;
use crate::error::Error;
use crate::plan::{Basis, Confirmation, Plan, Reach, Requester, Undo, digest};

#[path = "tests/people.rs"]
mod people;

pub(crate) fn plan(risk: &str, tool: &str) -> Plan {
    let now = Timestamp::now();
    let mut plan = Plan {
        id: random_id(),
        hash: String::new(),
        tenant: "demo".to_owned(),
        tenant_url: "https://example.jamfcloud.com/".to_owned(),
        tenant_label: None,
        tool: tool.to_owned(),
        title: "Lock".to_owned(),
        about: "Lock devices.".to_owned(),
        risk: risk.to_owned(),
        requester: Requester { who: "anna".to_owned(), client: None, transport: "stdio".to_owned() },
        reason: None,
        ticket: None,
        arguments: json!({}),
        targets: Vec::new(),
        reach: Reach::default(),
        basis: Basis::default(),
        changes: Vec::new(),
        references: Vec::new(),
        not_checked: Vec::new(),
        warnings: Vec::new(),
        undo: Undo { possible: false, note: String::new() },
        is_loss: false,
        asks: Vec::new(),
        confirmation: Confirmation { what: "the serial number".to_owned(), expected: "C02XX".to_owned() },
        approvals_needed: if risk == "critical" { 2 } else { 1 },
        second_minutes: None,
        takes_other_person: false,
        delay_minutes: None,
        undoes: None,
        window: None,
        by_window: None,
        calls: Vec::new(),
        made: now,
        expires: now + SignedDuration::from_mins(60),
    };
    plan.hash = plan.digest(&exact());
    plan
}

fn exact() -> Value {
    json!({ "devices": ["a"] })
}

fn plan_record(store: &Store, plan: &Plan) {
    store.file_plan(plan, &exact(), &plan.id, &["one".to_owned(), "two".to_owned()]).unwrap();
}

fn says(plan: &Plan, means: Means, who: &str) -> Decision {
    Decision {
        means,
        credential: format!("{}:{who}", means.as_str()),
        approver: who.to_owned(),
        verdict: Verdict::Approve,
        runs: false,
        typed: "C02XX".to_owned(),
        note: None,
        proof: Some("signed".to_owned()),
        hash: plan.hash.clone(),
        answers: BTreeMap::new(),
    }
}

pub(super) fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    (folder, store)
}

fn enroll(store: &Store, who: &str) {
    let by = store
        .approvers()
        .unwrap()
        .first()
        .map(|first| Voucher::Passkey { credential: first.credential.clone(), proof: "signed".to_owned() });
    assert!(
        store.enroll(&format!("passkey:{who}"), who, b"key", 0, &by.unwrap_or(Voucher::Code), None).unwrap()
    );
    pass_a_day(store);
}

/// New passkeys count after a day.
fn pass_a_day(store: &Store) {
    let back = "UPDATE approvers SET enrolled = enrolled - 24 * 3600000";
    store.write(|transaction| transaction.execute(back, [])).unwrap();
}

#[test]
fn a_plan_for_two_people_is_run_where_both_want_that() {
    for (second, runs) in [(true, true), (false, false)] {
        let (_folder, store) = store();
        for who in ["ann", "bob"] {
            enroll(&store, who);
        }
        let plan = plan("critical", "api_role_delete");
        plan_record(&store, &plan);
        let settings = GateConfig::default();
        for (who, runs) in [("ann", true), ("bob", second)] {
            assert!(store.plans_to_run(&plan.tenant_key()).unwrap().is_empty(), "it waits for {who}");
            let said = Decision { runs, ..says(&plan, Means::Passkey, who) };
            decide(&store, &settings, &plan.id, said).unwrap();
        }
        let to_run = store.plans_to_run(&plan.tenant_key()).unwrap();
        assert_eq!(to_run.len(), usize::from(runs));
        assert_eq!(store.plan(&plan.id).unwrap().unwrap().runs, runs);
    }
}

#[test]
fn of_all_who_apply_a_plan_one_does_and_once() {
    let (folder, store) = store();
    let plan = plan("destructive", "device_lock");
    plan_record(&store, &plan);
    assert!(!store.claim(&plan.id, &plan.hash).unwrap(), "nobody approved it");
    decide(&store, &GateConfig::default(), &plan.id, says(&plan, Means::Terminal, "bob")).unwrap();
    let path = folder.path().to_owned();
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let (path, id, hash) = (path.clone(), plan.id.clone(), plan.hash.clone());
            std::thread::spawn(move || {
                let store = Store::open(&path).unwrap();
                let got = store.claim(&id, &hash).unwrap();
                // The winner lives on until all others have tried.
                (got, store)
            })
        })
        .collect();
    let done: Vec<_> = tries.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(done.iter().filter(|(got, _)| *got).count(), 1);
    let (_, winner) = done.iter().find(|(got, _)| *got).unwrap();
    assert!(winner.finish_plan(&plan.id, State::Applied, "done").unwrap());
    drop(done);
    assert!(!store.claim(&plan.id, &plan.hash).unwrap());
    assert_eq!(store.plan(&plan.id).unwrap().unwrap().state, State::Applied);
}

#[test]
fn a_plan_is_ended_by_who_applies_it_and_outdated_only_before() {
    let (folder, store) = store();
    let plan = plan("destructive", "device_lock");
    plan_record(&store, &plan);
    decide(&store, &GateConfig::default(), &plan.id, says(&plan, Means::Terminal, "bob")).unwrap();
    let state = || store.plan(&plan.id).unwrap().unwrap().state;
    let other = Store::open(folder.path()).unwrap();
    assert!(other.claim(&plan.id, &plan.hash).unwrap());
    assert!(!store.outdate_plan(&plan.id, "too late").unwrap());
    assert!(!store.finish_plan(&plan.id, State::Failed, "not mine").unwrap());
    store.release_plan(&plan.id).unwrap();
    assert_eq!(state(), State::Applying);
    // Nothing was begun: it is as it was.
    other.release_plan(&plan.id).unwrap();
    assert_eq!(state(), State::Approved);
    assert!(other.claim(&plan.id, &plan.hash).unwrap());
    other.note_step(&plan.id, 0, StepState::Sent, None, None).unwrap();
    other.release_plan(&plan.id).unwrap();
    assert_eq!(state(), State::Interrupted, "while that process lives");
    let unclear = store.find_unclear_call(&plan.tenant_key(), &plan.id).unwrap().unwrap();
    assert_eq!((unclear.sent, unclear.targets), (1, 2));
    let steps = store.plan(&plan.id).unwrap().unwrap().steps;
    let targets: Vec<String> = steps.iter().map(|step| step.target.clone()).collect();
    let on = |tool: &str| store.find_unclear_targets(&plan.tenant_key(), tool, &targets).unwrap();
    assert_eq!(on("device_lock").iter().map(|(target, _)| target).collect::<Vec<_>>(), [&targets[0]]);
    assert!(on("device_restart").is_empty());
    assert!(store.claim(&plan.id, &plan.hash).unwrap());
    assert!(store.finish_plan(&plan.id, State::Unknown, "one is not known").unwrap());
    assert!(!store.outdate_plan(&plan.id, "too late").unwrap());
    assert_eq!(state(), State::Unknown);
    assert!(store.find_unclear_call(&plan.tenant_key(), "another").unwrap().is_none());
}

#[test]
fn a_plan_whose_process_ended_is_interrupted_and_can_be_gone_on_with() {
    let (folder, store) = store();
    let plan = plan("destructive", "device_lock");
    plan_record(&store, &plan);
    decide(&store, &GateConfig::default(), &plan.id, says(&plan, Means::Terminal, "bob")).unwrap();
    let other = Store::open(folder.path()).unwrap();
    assert!(other.claim(&plan.id, &plan.hash).unwrap());
    other.note_step(&plan.id, 0, StepState::Sent, None, None).unwrap();
    assert_eq!(store.plan(&plan.id).unwrap().unwrap().state, State::Applying);
    assert!(!store.claim(&plan.id, &plan.hash).unwrap());
    drop(other);
    let found = store.plan(&plan.id).unwrap().unwrap();
    assert_eq!(found.state, State::Interrupted);
    let states: Vec<StepState> = found.steps.iter().map(|step| step.state).collect();
    assert_eq!(states, [StepState::Sent, StepState::Waiting]);
    assert!(store.claim(&plan.id, &plan.hash).unwrap());
}

#[test]
fn weaker_ways_end_when_a_passkey_is_enrolled_and_never_do_for_critical() {
    let (_folder, store) = store();
    let settings = GateConfig::default();
    let (grave, critical) = (plan("destructive", "device_lock"), plan("critical", "account_delete"));
    let may = |means, plan: &Plan, settings: &GateConfig| {
        may(means, plan, &Passkeys::of(&store).unwrap(), settings).is_ok()
    };
    assert!(may(Means::Terminal, &grave, &settings) && may(Means::Elicitation, &grave, &settings));
    assert!(!may(Means::Passkey, &grave, &settings));
    assert!(!may(Means::Terminal, &critical, &settings) && !may(Means::Elicitation, &critical, &settings));
    enroll(&store, "Bob");
    assert!(!may(Means::Terminal, &grave, &settings) && !may(Means::Elicitation, &grave, &settings));
    assert!(may(Means::Passkey, &grave, &settings) && may(Means::Passkey, &critical, &settings));
    let says_so = GateConfig { terminal: Some(true), elicitation: Some(true), ..GateConfig::default() };
    assert!(!may(Means::Terminal, &grave, &says_so) && !may(Means::Elicitation, &grave, &says_so));
    assert!(store.remove_approver("passkey:Bob").unwrap());
    assert!(!may(Means::Terminal, &grave, &settings), "taking it away brings nothing back");
    assert!(!may(Means::Passkey, &grave, &settings));
}

#[test]
fn critical_takes_two_people_and_not_two_passkeys() {
    let (_folder, store) = store();
    let settings = GateConfig::default();
    enroll(&store, "Bob");
    store
        .enroll(
            "passkey:Bob2",
            "bob ",
            b"key",
            0,
            &Voucher::Passkey { credential: "passkey:Bob".to_owned(), proof: String::new() },
            None,
        )
        .unwrap();
    enroll(&store, "Carol");
    let plan = plan("critical", "account_delete");
    plan_record(&store, &plan);
    let say = |who: &str, name: &str| {
        let said = Decision { approver: name.to_owned(), ..says(&plan, Means::Passkey, who) };
        decide(&store, &settings, &plan.id, said)
    };
    assert_eq!(say("Bob", "Bob").unwrap().state, State::Waiting);
    assert!(say("Bob", "Bob").unwrap_err().to_string().contains("already"));
    assert_eq!(say("Bob2", "bob ").unwrap().state, State::Waiting, "the same person");
    assert_eq!(say("Carol", "Carol").unwrap().state, State::Approved);
    let found = store.plan(&plan.id).unwrap().unwrap();
    assert!(verify(&store, &settings, &found, &signed).is_ok());
    assert!(
        verify(&store, &settings, &found, &|_, _, _| Err(Error::not_allowed("forged"))).is_err(),
        "signatures are looked at again"
    );
}

/// A proof that is right, and was signed now.
fn signed(_: &Approver, approval: &Approval, plan: &Plan) -> Result<Statement, Error> {
    Ok(Statement {
        word: Word::Approve,
        of: plan.id.clone(),
        hash: plan.hash.clone(),
        typed: plan.confirmation.expected.clone(),
        secrets_mark: approval.proof.clone().unwrap_or_default(),
        at: Timestamp::now(),
    })
}

#[test]
fn a_delay_is_waited_for() {
    let (_folder, store) = store();
    enroll(&store, "Bob");
    let mut plan =
        Plan { approvals_needed: 1, delay_minutes: Some(30), ..plan("critical", "account_delete") };
    plan.hash = plan.digest(&exact());
    plan_record(&store, &plan);
    let found = decide(&store, &GateConfig::default(), &plan.id, says(&plan, Means::Passkey, "Bob")).unwrap();
    assert_eq!(found.state, State::Approved);
    assert!(
        found.ready.unwrap() > Timestamp::now() + SignedDuration::from_mins(29)
            && found.expires > plan.expires
    );
    assert!(!store.claim(&plan.id, &plan.hash).unwrap());
    let told = verify(&store, &GateConfig::default(), &found, &signed).unwrap_err().to_string();
    assert!(told.contains("delay is not over"), "{told}");
    // Somebody with a shell moves the row back; what was signed says when.
    store.write(|transaction| transaction.execute("UPDATE approvals SET at = 0", [])).unwrap();
    store.write(|transaction| transaction.execute("UPDATE plans SET ready = 1", [])).unwrap();
    let found = store.plan(&plan.id).unwrap().unwrap();
    let told = verify(&store, &GateConfig::default(), &found, &signed).unwrap_err().to_string();
    assert!(told.contains("delay is not over"), "{told}");
    let long_ago = |approver: &Approver, approval: &Approval, plan: &Plan| {
        let at = Timestamp::now() - SignedDuration::from_mins(31);
        signed(approver, approval, plan).map(|statement| Statement { at, ..statement })
    };
    verify(&store, &GateConfig::default(), &found, &long_ago).unwrap();
}

#[test]
fn what_was_typed_is_sent_as_it_was_signed_and_the_first_ones_counts() {
    let (_folder, store) = store();
    let settings = GateConfig::default();
    enroll(&store, "Bob");
    let by = Voucher::Passkey { credential: "passkey:Bob".to_owned(), proof: String::new() };
    store.enroll("passkey:Carol", "Carol", b"key", 0, &by, None).unwrap();
    pass_a_day(&store);
    let mut plan = plan("critical", "account_create");
    plan.asks = vec!["body.password".to_owned()];
    plan.hash = plan.digest(&exact());
    plan_record(&store, &plan);
    let say = |who: &str, place: &str, secret: &str| {
        let answers = BTreeMap::from([(place.to_owned(), SecretString::from(secret.to_owned()))]);
        let proof = Some(Statement::secrets_mark(&answers, &store).unwrap());
        decide(&store, &settings, &plan.id, Decision { proof, answers, ..says(&plan, Means::Passkey, who) })
    };
    assert!(say("Bob", "body.username", "root").unwrap_err().to_string().contains("does not ask"));
    say("Bob", "body.password", "of Bob").unwrap();
    assert!(say("Bob", "body.password", "of Bob, later").is_err());
    say("Carol", "body.password", "of Carol").unwrap();
    let found = store.plan(&plan.id).unwrap().unwrap();
    let sent = answers(&store, &settings, &found, &signed).unwrap();
    assert_eq!(sent["body.password"].expose_secret(), "of Bob");
    // Somebody with a shell puts another one there, or none.
    let other = store.0.seal.seal(&format!("answer {} body.password", plan.id), b"of Mallory").unwrap();
    store.write(|transaction| transaction.execute("UPDATE answers SET sealed = ?1", [&other])).unwrap();
    let told = answers(&store, &settings, &found, &signed).unwrap_err().to_string();
    assert!(told.contains("signed for"), "{told}");
    store.write(|transaction| transaction.execute("DELETE FROM answers", [])).unwrap();
    assert!(answers(&store, &settings, &found, &signed).is_err());
}

#[test]
fn what_is_typed_shown_or_changed_wrong_approves_nothing() {
    let (_folder, store) = store();
    let settings = GateConfig::default();
    let plan = plan("destructive", "device_lock");
    plan_record(&store, &plan);
    let typed = Decision { typed: "yes".to_owned(), ..says(&plan, Means::Terminal, "bob") };
    assert!(
        decide(&store, &settings, &plan.id, typed).unwrap_err().to_string().contains("the serial number")
    );
    let hash = Decision { hash: digest(&["other"]), ..says(&plan, Means::Terminal, "bob") };
    assert!(decide(&store, &settings, &plan.id, hash).is_err());
    assert!(decide(&store, &settings, "no such plan", says(&plan, Means::Terminal, "bob")).is_err());
    // Somebody with a shell changes what is to be sent.
    store
        .write(|transaction| transaction.execute("UPDATE plans SET exact = '{\"devices\":[\"all\"]}'", []))
        .unwrap();
    let found = store.plan(&plan.id).unwrap().unwrap();
    assert!(!found.is_whole());
    assert!(decide(&store, &settings, &plan.id, says(&plan, Means::Terminal, "bob")).is_err());
    assert!(verify(&store, &settings, &found, &signed).is_err());
}

#[test]
fn a_rejection_is_the_last_word() {
    let (_folder, store) = store();
    let settings = GateConfig::default();
    let plan = plan("destructive", "device_lock");
    plan_record(&store, &plan);
    decide(&store, &settings, &plan.id, says(&plan, Means::Terminal, "bob")).unwrap();
    let no = Decision { verdict: Verdict::Reject, ..says(&plan, Means::Terminal, "bob") };
    assert_eq!(decide(&store, &settings, &plan.id, no).unwrap().state, State::Rejected);
    assert!(decide(&store, &settings, &plan.id, says(&plan, Means::Terminal, "carol")).is_err());
    assert!(!store.claim(&plan.id, &plan.hash).unwrap());
}

#[test]
fn what_is_too_late_is_expired() {
    let (_folder, store) = store();
    let mut plan = plan("destructive", "device_lock");
    plan.expires = Timestamp::now() - SignedDuration::from_secs(1);
    plan.hash = plan.digest(&exact());
    plan_record(&store, &plan);
    assert_eq!(store.plan(&plan.id).unwrap().unwrap().state, State::Expired);
    assert!(decide(&store, &GateConfig::default(), &plan.id, says(&plan, Means::Terminal, "bob")).is_err());
    assert!(store.plans(&Filter { open: true, ..Filter::default() }).unwrap().is_empty());
    assert!(store.open_plan_for("demo", "anna", &plan.id).unwrap().is_none());
}

#[test]
fn secrets_are_shown_until_a_person_has_them_and_are_nowhere_in_the_file() {
    let (_folder, store) = store();
    let secret = SecretString::from("canary-123456");
    store.keep_secret("demo", "plan", "device lock PIN", "C02XX", &secret).unwrap();
    let file = |store: &Store| {
        let mut bytes = std::fs::read(store.path()).unwrap();
        bytes.extend(std::fs::read(store.path().with_extension("sqlite-wal")).unwrap_or_default());
        String::from_utf8_lossy(&bytes).contains("canary")
    };
    assert!(!file(&store));
    assert!(store.secrets_of("plan").unwrap()[0].shown.is_none());
    let shown = store.show_secrets("plan", "bob").unwrap();
    assert_eq!(shown[0].value.expose_secret(), "canary-123456");
    assert_eq!(store.secrets_of("plan").unwrap()[0].shown.as_ref().unwrap().1, "bob");
    // However old it is by now.
    store.forget_older_than(0).unwrap();
    assert_eq!(store.show_secrets("plan", "eve").unwrap()[0].value.expose_secret(), "canary-123456");
    assert_eq!(store.erase_secrets("another", &[shown[0].id.clone()]).unwrap(), 0);
    assert_eq!(store.erase_secrets("plan", &[shown[0].id.clone()]).unwrap(), 1);
    assert!(store.show_secrets("plan", "bob").unwrap().is_empty());
    assert!(!store.secrets_of("plan").unwrap()[0].is_kept && store.unconfirmed_secrets().unwrap().is_empty());
    assert!(!file(&store));
}

#[test]
fn the_first_passkey_takes_a_code_and_later_ones_a_passkey() {
    let (_folder, store) = store();
    let code = store.new_enrollment_code("anna").unwrap();
    assert!(store.has_enrollment_code().unwrap());
    assert!(store.use_enrollment_code("WRONG").unwrap().is_none());
    assert_eq!(store.use_enrollment_code(&code.to_lowercase()).unwrap().as_deref(), Some("anna"));
    assert!(store.use_enrollment_code(&code).unwrap().is_none());
    let code = store.new_enrollment_code("anna").unwrap();
    (0..5).for_each(|_| assert!(store.use_enrollment_code("WRONG").unwrap().is_none()));
    assert!(store.use_enrollment_code(&code).unwrap().is_none());
    enroll(&store, "Bob");
    assert!(!store.enroll("x", "Mallory", b"key", 0, &Voucher::Code, None).unwrap());
    let unknown = Voucher::Passkey { credential: "no such".to_owned(), proof: String::new() };
    assert!(!store.enroll("x", "Mallory", b"key", 0, &unknown, None).unwrap());
    enroll(&store, "Carol");
    assert_eq!(store.approvers().unwrap().len(), 2);
    assert!(store.note_use("passkey:Bob", 5).unwrap() && !store.note_use("passkey:Bob", 5).unwrap());
}

#[test]
fn the_same_call_is_begun_once() {
    let (folder, store) = store();
    let first = begun(&store, "anna", 60);
    assert!(matches!(store.begin_call("demo", "anna", "k", 60).unwrap(), PriorCall::Running));
    begun(&store, "bert", 60).end(None).unwrap();
    first.mark_sent().end(Some("created 7")).unwrap();
    assert!(
        matches!(store.begin_call("demo", "anna", "k", 60).unwrap(), PriorCall::Done { outcome, .. } if outcome == "created 7")
    );
    let second = begun(&store, "anna", 0);
    second.end(None).unwrap();
    let other = Store::open(folder.path()).unwrap();
    let third = begun(&store, "anna", 60);
    assert!(matches!(other.begin_call("demo", "anna", "k", 60).unwrap(), PriorCall::Running));
    // It was interrupted before anything was sent, and after.
    drop(third);
    drop(begun(&store, "anna", 60).mark_sent());
    assert!(matches!(store.begin_call("demo", "anna", "k", 60).unwrap(), PriorCall::Unknown));
    assert!(matches!(other.begin_call("demo", "anna", "k", 60).unwrap(), PriorCall::Unknown));
}

fn begun(store: &Store, who: &str, seconds: u32) -> RunningCall {
    match store.begin_call("demo", who, "k", seconds).unwrap() {
        PriorCall::None(begun) => begun,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_end_of_a_plan_that_cannot_be_written_does_not_leave_it_being_applied() {
    let (folder, store) = store();
    let plan = plan("destructive", "device_lock");
    plan_record(&store, &plan);
    decide(&store, &GateConfig::default(), &plan.id, says(&plan, Means::Terminal, "bob")).unwrap();
    assert!(store.claim(&plan.id, &plan.hash).unwrap() && !store.claim(&plan.id, &plan.hash).unwrap());
    assert_eq!(store.plan(&plan.id).unwrap().unwrap().state, State::Applying);
    let disk = Connection::open(store.path()).unwrap();
    disk.execute_batch("CREATE TRIGGER full BEFORE UPDATE ON plans BEGIN SELECT raise(FAIL, 'full'); END")
        .unwrap();
    assert!(store.release_plan(&plan.id).is_err());
    assert_eq!(store.plan(&plan.id).unwrap().unwrap().state, State::Interrupted);
    disk.execute_batch("DROP TRIGGER full").unwrap();
    store.settle().unwrap();
    let other = Store::open(folder.path()).unwrap();
    assert_eq!(other.plan(&plan.id).unwrap().unwrap().state, State::Approved);
}

#[test]
fn one_plan_is_open_for_a_call_however_many_processes_ask() {
    let (folder, _store) = store();
    let ids: std::collections::BTreeSet<String> = std::thread::scope(|scope| {
        let file = || {
            let store = Store::open(folder.path()).unwrap();
            let plan = plan("destructive", "device_lock");
            store.file_plan(&plan, &exact(), "key", &[]).unwrap().0.plan.id
        };
        let asked: Vec<_> = (0..6).map(|_| scope.spawn(file)).collect();
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!(ids.len(), 1, "{ids:?}");
}

#[test]
fn copies_are_encrypted_and_come_back_whole() {
    let (_folder, store) = store();
    let copy = Snapshot {
        id: random_id(),
        tenant: "demo".to_owned(),
        tool: "building_delete".to_owned(),
        object: "7".to_owned(),
        call: "c".to_owned(),
        who: "anna".to_owned(),
        note: "comes back".to_owned(),
        made: Timestamp::now(),
        done: None,
        restored: None,
    };
    store.keep_copy(&copy, &json!({ "name": "canary" })).unwrap();
    store.note_copy(&copy.id, false).unwrap();
    let (found, content) = store.copy("demo", &copy.id).unwrap().unwrap();
    assert_eq!((found.object.as_str(), content), ("7", json!({ "name": "canary" })));
    assert!(found.done.is_some());
    assert!(store.copy("other", &copy.id).unwrap().is_none());
    assert!(!String::from_utf8_lossy(&std::fs::read(store.path()).unwrap()).contains("canary"));
}

#[test]
fn a_file_of_a_newer_version_is_left_alone() {
    let (folder, store) = store();
    store.write(|transaction| transaction.pragma_update(None, "user_version", 999)).unwrap();
    drop(store);
    let refused = Store::open(folder.path()).unwrap_err().to_string();
    assert!(refused.contains("newer version"), "{refused}");
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let (_folder, store) = store();
    store.write(|transaction| transaction.pragma_update(None, "max_page_count", 1)).unwrap();
    let large = Value::String("x".repeat(4_000_000));
    let plan = plan("destructive", "device_lock");
    let refused = store.file_plan(&plan, &large, "key", &[]).unwrap_err().to_string();
    assert!(refused.contains("nothing that needs it is done"), "{refused}");
    assert!(store.plan(&plan.id).unwrap().is_none());
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, store) = store();
    plan_record(&store, &plan("destructive", "device_lock"));
    for entry in std::fs::read_dir(folder.path().join("store")).unwrap().flatten() {
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", entry.path().display());
    }
}
