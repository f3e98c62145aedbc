//! Who can approve: whose account asked, changes that take two people, new passkeys, recovery.

use super::*;

impl Here {
    async fn sign_in(&self, person: &mut Authenticator) -> String {
        let (_, signed_in) = self.declare(json!({ "word": "sign_in" }), "", person).await;
        signed_in["session"].as_str().unwrap().to_owned()
    }
}

/// Let a day pass since everything that waits for one.
pub(super) fn pass_a_day(store: &Store) {
    let rows = rusqlite::Connection::open(store.path()).unwrap();
    for set in ["approvers SET enrolled = enrolled", "recovery SET announced = announced"] {
        rows.execute(&format!("UPDATE {set} - 24 * 3600000"), []).unwrap();
    }
}

/// An erasure that Ada asked for.
fn asked_by_ada(plan: &mut Plan) {
    plan.requester.who = "ada".to_owned();
    plan.takes_other_person = true;
}

/// Three people: Ada, whose account is `ada`, Ben, who makes no calls, and Cleo with another account.
async fn three(here: &Here) -> (Authenticator, String, Authenticator, Authenticator) {
    let (mut ada, session) = here.first().await;
    let mut enrolled = Vec::new();
    for (number, name, account) in [(2, "Ben", ""), (3, "Cleo", "cleo")] {
        let invite = json!({ "word": "invite", "of": name, "typed": account });
        let (_, invited) = here.declare(invite, &session, &mut ada).await;
        let person = Authenticator::new(number);
        here.enroll(invited["code"].as_str().unwrap(), "", &person).await;
        enrolled.push(person);
    }
    pass_a_day(&here.store);
    let cleo = enrolled.pop().unwrap();
    (ada, session, enrolled.pop().unwrap(), cleo)
}

#[tokio::test]
async fn who_asked_is_not_one_of_the_two_people_and_does_not_approve_an_erasure_alone() {
    let here = Here::open().await;
    let (mut ada, session, mut ben, mut cleo) = three(&here).await;
    let known = here.ask("plans", &session, None).await.1;
    let accounts: Vec<_> =
        known["people"].as_array().unwrap().iter().map(|one| one["account"].clone()).collect();
    assert_eq!(accounts, ["ada", "", "cleo"]);

    let critical = here.file("critical", |plan| plan.requester.who = "ada".to_owned());
    let told = here.refusal("say", &session, approve(&critical)).await;
    assert!(
        told.contains("you asked for this (ada)") && told.contains("the approval of two other people"),
        "{told}"
    );
    assert!(told.ends_with("ben, cleo"), "{told}");
    let (his, hers) = (&here.sign_in(&mut ben).await, &here.sign_in(&mut cleo).await);
    here.declare(approve(&critical), his, &mut ben).await;
    assert!(!here.stands(&critical));
    here.declare(approve(&critical), hers, &mut cleo).await;
    assert!(here.stands(&critical));

    let erasure = here.file("destructive", asked_by_ada);
    assert!(here.refusal("say", &session, approve(&erasure)).await.contains("another person"));
    // The page asks the person who signed in; what counts is the passkey that signs.
    let (status, told) = here.declare(approve(&erasure), his, &mut ada).await;
    assert!(status == 403 && told["error"].as_str().unwrap().contains("you asked for this"), "{told}");
    assert_eq!(here.store.plan(&erasure.id).unwrap().unwrap().state, PlanState::Waiting);
    here.declare(approve(&erasure), his, &mut ben).await;
    assert!(here.stands(&erasure));

    let other = here.file("destructive", |_| {});
    here.declare(approve(&other), &session, &mut ada).await;
    assert!(here.stands(&other), "any approver approves what one person approves");
}

/// Somebody with a shell gives a person another account, so that the own approval of that person would count.
#[tokio::test]
async fn an_account_that_was_changed_in_the_store_takes_the_passkey_its_approvals() {
    let here = Here::open().await;
    let (mut ada, session, ..) = three(&here).await;
    let rows = rusqlite::Connection::open(here.store.path()).unwrap();
    rows.execute("UPDATE approvers SET principal = '' WHERE name = 'Ada'", []).unwrap();
    let erasure = here.file("destructive", asked_by_ada);
    let (status, whole) = here.declare(approve(&erasure), &session, &mut ada).await;
    assert_eq!((status, &whole["state"]), (200, &json!("approved")), "the row says so");
    let told = here.held(&erasure).unwrap_err().to_string();
    assert!(told.contains("no enrollment of the passkey of Ada as it is in the store"), "{told}");
}

fn open(whole: &Value) -> &Value {
    &whole["waiting_changes"][0]
}

#[tokio::test]
async fn a_new_passkey_counts_a_day_after_its_enrollment() {
    let here = Here::open().await;
    let (mut ada, session) = here.first().await;
    let invite = json!({ "word": "invite", "of": "Ben", "typed": "" });
    let (_, invited) = here.declare(invite, &session, &mut ada).await;
    let mut ben = Authenticator::new(2);
    let his = here.enroll(invited["code"].as_str().unwrap(), "", &ben).await;
    let people = here.ask("plans", &his, None).await.1["people"].clone();
    assert!(people[0]["counts_from"].is_null() && people[1]["counts_from"].is_string(), "{people}");

    let plan = here.file("destructive", |_| {});
    for word in [approve(&plan), json!({ "word": "invite", "of": "Mallory" })] {
        let told = here.refusal("say", &his, word).await;
        assert!(told.contains("counts from") && told.contains("24 hours"), "{told}");
    }
    // What counts is the passkey that signs, not the one that signed in.
    let (status, told) = here.declare(approve(&plan), &session, &mut ben).await;
    assert!(status == 403 && told["error"].as_str().unwrap().contains("counts from"), "{told}");
    let other = here.file("destructive", |_| {});
    let no = json!({ "word": "reject", "of": other.id, "hash": other.hash });
    assert_eq!(here.declare(no, &his, &mut ben).await.1["state"], "rejected");

    // Somebody with a shell writes the approval into the store.
    let (_, signed) = here.declare(approve(&plan), &session, &mut ada).await;
    assert_eq!(signed["state"], "approved");
    let rows = rusqlite::Connection::open(here.store.path()).unwrap();
    rows.execute("UPDATE approvers SET enrolled = enrolled + 1000 WHERE name = 'Ben'", []).unwrap();
    pass_a_day(&here.store);
    assert!(here.ask("plans", &his, None).await.1["people"][1]["counts_from"].is_string());
    rows.execute("UPDATE approvers SET enrolled = enrolled - 1000 WHERE name = 'Ben'", []).unwrap();
    let plan = here.file("destructive", |_| {});
    assert_eq!(here.declare(approve(&plan), &his, &mut ben).await.0, 200);
    assert!(here.stands(&plan));
}

#[tokio::test]
async fn where_two_people_have_passkeys_a_change_takes_both() {
    let here = Here::open().await;
    let (mut ada, session, mut ben, mut cleo) = three(&here).await;
    let invite = json!({ "word": "invite", "of": "Dora", "typed": "dora" });
    let (status, waits) = here.declare(invite, &session, &mut ada).await;
    assert_eq!((status, waits), (200, json!({ "waits": true })), "no code for one person");
    let whole = here.ask("plans", &session, None).await.1;
    let change = open(&whole).clone();
    assert_eq!(change["by"], "Ada");
    assert!(change["sentence"].as_str().unwrap().contains("Dora"), "{change}");
    let confirm = json!({ "word": "confirm", "of": change["id"], "hash": change["hash"] });
    assert!(here.refusal("say", &session, confirm.clone()).await.contains("another person"));
    // Ben signs in, and Ada signs once more in his session.
    let his = &here.sign_in(&mut ben).await;
    let (status, told) = here.declare(confirm.clone(), his, &mut ada).await;
    assert!(status == 403 && told["error"].as_str().unwrap().contains("another person"), "{told}");
    let (status, made) = here.declare(confirm.clone(), his, &mut ben).await;
    assert_eq!((status, &made["name"]), (200, &json!("Dora")), "{made}");
    let dora = Authenticator::new(4);
    here.enroll(made["code"].as_str().unwrap(), "", &dora).await;
    assert_eq!(here.store.approvers().unwrap().len(), 4);
    assert!(here.refusal("say", his, confirm).await.contains("does not wait any more"), "it is made once");

    // Taking one away takes two as well, and anybody drops what waits.
    let all = here.store.approvers().unwrap();
    let credential = |name: &str| all.iter().find(|one| one.name == name).unwrap().credential.clone();
    for is_dropped in [true, false] {
        let remove = json!({ "word": "remove", "of": credential("Ben") });
        assert_eq!(here.declare(remove, &session, &mut ada).await.1, json!({ "waits": true }));
        let change = open(&here.ask("plans", his, None).await.1).clone();
        assert_eq!(here.store.approvers().unwrap().len(), 4);
        if is_dropped {
            let cancel = json!({ "word": "cancel", "of": change["id"] });
            assert_eq!(here.declare(cancel, his, &mut ben).await.1, json!({ "canceled": true }));
            continue;
        }
        let confirm = json!({ "word": "confirm", "of": change["id"], "hash": change["hash"] });
        let hers = here.sign_in(&mut cleo).await;
        assert_eq!(here.declare(confirm, &hers, &mut cleo).await.1, json!({ "removed": true }));
    }
    assert_eq!(here.ask("plans", his, None).await.0, 401);
    assert!(here.log().contains("change asked for") && here.log().contains("change dropped"));
}

/// Somebody with a shell writes a change into the store that nobody signed, and has the next person sign it.
#[tokio::test]
async fn a_change_that_nobody_signed_is_not_shown_and_not_made() {
    let here = Here::open().await;
    let (mut ada, session, _, mut cleo) = three(&here).await;
    let invite = json!({ "word": "invite", "of": "Dora", "typed": "" });
    here.declare(invite, &session, &mut ada).await;
    let change = open(&here.ask("plans", &session, None).await.1).clone();
    let rows = rusqlite::Connection::open(here.store.path()).unwrap();
    rows.execute("UPDATE approver_changes SET proof = replace(proof, 'Dora', 'Mallory')", []).unwrap();
    assert_eq!(here.ask("plans", &session, None).await.1["waiting_changes"], json!([]));
    let confirm = json!({ "word": "confirm", "of": change["id"], "hash": change["hash"] });
    assert!(here.refusal("say", &session, confirm.clone()).await.contains("was not signed"));
    // The right one, under the name of another passkey.
    let all = here.store.approvers().unwrap();
    let put = "UPDATE approver_changes SET proof = replace(proof, 'Mallory', 'Dora'), credential = ?1";
    rows.execute(put, [&all[1].credential]).unwrap();
    assert!(here.refusal("say", &session, confirm.clone()).await.contains("was not signed"));
    rows.execute(put, [&all[0].credential]).unwrap();
    let hers = here.sign_in(&mut cleo).await;
    assert_eq!(here.declare(confirm, &hers, &mut cleo).await.0, 200);
}

#[tokio::test]
async fn a_recovery_is_shown_and_anybody_cancels_it() {
    let here = Here::open().await;
    let (_, session, mut ben, _) = three(&here).await;
    here.store.announce_recovery("root (uid 0)").unwrap();
    let recovery = here.ask("plans", &session, None).await.1["recovery"].clone();
    assert_eq!(recovery["who"], "root (uid 0)");
    let from: Timestamp = recovery["from"].as_str().unwrap().parse().unwrap();
    assert!(from > Timestamp::now() + SignedDuration::from_hours(23), "{recovery}");
    let cancel = json!({ "word": "cancel", "of": "recovery" });
    assert_eq!(here.declare(cancel, &session, &mut ben).await.1, json!({ "canceled": true }));
    assert!(here.ask("plans", &session, None).await.1["recovery"].is_null());
    assert!(here.log().contains("recovery canceled"));
}
