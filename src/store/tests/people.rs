//! Who can approve what: the person who asked, another one, the same one twice.

use super::*;

/// Let an hour pass since everything that was said to a plan.
fn pass_an_hour(store: &Store, plan: &Plan) {
    let rows = Connection::open(store.path()).unwrap();
    rows.execute("UPDATE approvals SET at = at - 3600000 WHERE plan = ?1", [&plan.id]).unwrap();
}

#[test]
fn where_nobody_else_can_approve_the_same_person_approves_twice_an_hour_apart() {
    let (_folder, store) = store();
    let settings = GateConfig::default();
    let wide = Plan { approvals_needed: 2, second_minutes: Some(60), ..plan("destructive", "policy_update") };
    let wide = Plan { hash: wide.digest(&exact()), ..wide };
    plan_record(&store, &wide);
    let approve = || decide(&store, &settings, &wide.id, says(&wide, Means::Terminal, "anna"));
    let proof: Proof<'_> = &|_, _, _| Err(Error::internal("there is no passkey"));
    let stands = || verify(&store, &settings, &store.plan(&wide.id).unwrap().unwrap(), proof);
    let first = approve().unwrap();
    assert_eq!(first.state, State::Waiting);
    assert!(first.expires > wide.expires + SignedDuration::from_mins(59), "there is time for the second one");
    assert!(stands().is_err());
    let soon = approve().unwrap_err().to_string();
    assert!(soon.contains("counts from"), "{soon}");
    pass_an_hour(&store, &wide);
    assert_eq!(approve().unwrap().state, State::Approved);
    stands().unwrap();

    // The client cannot ask for a second one.
    let asked = decide(&store, &settings, &wide.id, says(&wide, Means::Elicitation, "anna")).unwrap_err();
    assert!(asked.to_string().contains("second approval"), "{asked}");
}

#[test]
fn where_another_person_can_approve_nobody_approves_twice() {
    let (_folder, store) = store();
    let settings = GateConfig::default();
    let wide = Plan { approvals_needed: 2, second_minutes: Some(60), ..plan("destructive", "policy_update") };
    let wide = Plan { hash: wide.digest(&exact()), ..wide };
    plan_record(&store, &wide);
    store.enroll("k1", "Anna", b"key", 0, &Voucher::Code, None).unwrap();
    let voucher = Voucher::Passkey { credential: "k1".to_owned(), proof: "signed".to_owned() };
    store.enroll("k2", "Ben", b"key", 0, &voucher, None).unwrap();
    pass_a_day(&store);
    let by = |credential: &str, name: &str| {
        let credential = credential.to_owned();
        decide(&store, &settings, &wide.id, Decision { credential, ..says(&wide, Means::Passkey, name) })
    };
    by("k1", "Anna").unwrap();
    pass_an_hour(&store, &wide);
    assert!(by("k1", "Anna").unwrap_err().to_string().contains("another person"));
    assert_eq!(by("k2", "Ben").unwrap().state, State::Approved);
}

/// What approvals of these people, one by one, make of a plan that `anna` asked for. `None` is refused.
fn decided(people: &[(&str, Option<&str>)], plan: &Plan, said: &[&str]) -> Vec<Option<State>> {
    let (_folder, store) = store();
    for (name, account) in people {
        let first = store.approvers().unwrap().into_iter().next();
        let by =
            first.map(|first| Voucher::Passkey { credential: first.credential, proof: "signed".to_owned() });
        store.enroll(name, name, b"key", 0, &by.unwrap_or(Voucher::Code), *account).unwrap();
    }
    pass_a_day(&store);
    plan_record(&store, plan);
    let settings = GateConfig::default();
    said.iter()
        .map(|name| {
            let credential = (*name).to_owned();
            let decision = Decision { credential, ..says(plan, Means::Passkey, name) };
            let state =
                decide(&store, &settings, &plan.id, decision).ok().map(|plan_record| plan_record.state);
            if state == Some(State::Approved) {
                let found = store.plan(&plan.id).unwrap().unwrap();
                verify(&store, &settings, &found, &signed).unwrap();
            }
            state
        })
        .collect()
}

#[test]
fn another_person_than_asked_approves_where_there_is_one_and_nobody_is_locked_out() {
    let hashed = |plan: Plan| Plan { hash: plan.digest(&exact()), ..plan };
    let erase = hashed(Plan { takes_other_person: true, ..plan("destructive", "computer_erase") });
    let critical = hashed(plan("critical", "account_delete"));
    let wide = hashed(Plan {
        approvals_needed: 2,
        second_minutes: Some(60),
        ..plan("destructive", "policy_update")
    });
    let who = erase.requester.who.as_str();
    let (anna, ben, unknown) = (("Anna", Some(who)), ("Ben", Some("")), ("Cleo", None));
    let (waiting, approved) = (Some(State::Waiting), Some(State::Approved));
    for (people, plan, said, what) in [
        (vec![anna], &erase, vec!["Anna"], vec![approved]),
        (vec![anna, ben], &erase, vec!["Anna", "Ben"], vec![None, approved]),
        // An approver of an earlier version is not the person who asked where that person is known.
        (vec![anna, unknown], &erase, vec!["Anna", "Cleo"], vec![None, approved]),
        // Where nobody knows, two people are needed, of whom one did not ask.
        (vec![ben, unknown], &erase, vec!["Cleo", "Ben"], vec![waiting, approved]),
        (vec![ben, unknown], &erase, vec!["Ben"], vec![approved]),
        (vec![unknown, ("Dora", None)], &erase, vec!["Cleo", "Dora"], vec![waiting, approved]),
        (vec![unknown, ("Dora", None)], &critical, vec!["Cleo", "Dora"], vec![waiting, approved]),
        (vec![anna, ben, unknown], &critical, vec!["Anna", "Ben", "Cleo"], vec![None, waiting, approved]),
        // Two names of one account are one person.
        (
            vec![ben, ("Dora", Some("d")), ("Eve", Some("d"))],
            &critical,
            vec!["Dora", "Eve", "Ben"],
            vec![waiting, waiting, approved],
        ),
        // Only Ben can approve it, so he does it twice, an hour apart; who asked does not help.
        (vec![anna, ben], &wide, vec!["Ben", "Anna", "Ben"], vec![waiting, None, None]),
    ] {
        assert_eq!(decided(&people, plan, &said), what, "{people:?}: {said:?} to {}", plan.tool);
    }
}
