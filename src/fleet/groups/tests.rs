//! Groups over records.

use proptest::prelude::*;

use super::*;

const NOW: &str = "2026-11-24T12:00:00Z";

fn criterion(name: &str, operator: &str, value: &str) -> Criterion {
    Criterion {
        name: name.to_owned(),
        operator: operator.to_owned(),
        value: value.to_owned(),
        ..Criterion::default()
    }
}

fn or(criterion: Criterion) -> Criterion {
    Criterion { is_or: true, ..criterion }
}

fn id(number: u64) -> ObjectId {
    ObjectId::Number(number)
}

fn group(number: u64, name: &str, criteria: Vec<Criterion>) -> Group {
    Group {
        kind: GroupKind::Computer,
        id: id(number),
        name: name.to_owned(),
        members: Members::Criteria(criteria),
    }
}

fn mac() -> Record {
    let of = |column| Fact::Column { table: "computers", column };
    let app = |column| Fact::Column { table: "computer_applications", column };
    let texts = |texts: &[&str]| texts.iter().map(|text| Some((*text).to_owned())).collect::<Vec<_>>();
    Record::new(id(7))
        .with(of("name"), texts(&["Anna's Mac"]))
        .with(of("os_version"), texts(&["15.6.1"]))
        .with(of("managed"), texts(&["1"]))
        .with(of("last_check_in"), vec![None])
        .with(Fact::Attribute("Update Ring".to_owned()), texts(&["Ring 1"]))
        .with(app("name"), texts(&["Google Chrome.app", "Slack.app"]))
        .with(app("version"), texts(&["141.0", "4.40"]))
}

fn judged_of(groups: Vec<Group>, of: u64) -> Known<bool> {
    let groups = Groups::new(groups);
    let mac = mac();
    groups.of(GroupKind::Computer, &mac, NOW.parse().unwrap()).is_in(&id(of))
}

fn judged(criteria: Vec<Criterion>) -> Known<bool> {
    judged_of(vec![group(1, "One", criteria)], 1)
}

fn assert_unknown(judged: &Known<bool>, because: &str) {
    let reasons = judged.reasons().map(ToString::to_string).unwrap_or_default();
    assert!(reasons.contains(because), "{judged:?} is not unknown because of {because}");
}

#[test]
fn names_of_criteria_lead_to_facts_and_to_extension_attributes() {
    assert!(judged(vec![]).is_true(), "no criteria are everybody");
    assert!(judged(vec![criterion("operating system version", "less than", "15.7")]).is_true());
    assert!(judged(vec![criterion("Managed", "is", "Managed")]).is_true());
    assert!(judged(vec![criterion("Update Ring", "is", "ring 1")]).is_true());
    assert!(judged(vec![criterion("Update Ring", "is not", "ring 1")]).is_false());
    assert_unknown(
        &judged(vec![criterion("Cached Packages", "has", "x")]),
        "\"Cached Packages\" is no criterion",
    );
    assert_unknown(&judged(vec![criterion("Model", "is", "iMac")]), "`model` of `computers` was not read");
    assert_unknown(&judged(vec![criterion("Model", "equals", "iMac")]), "\"equals\"");
    assert_unknown(
        &judged(vec![criterion("Last Check-in", "more than x days ago", "3")]),
        "nothing is reported",
    );
    assert_unknown(&judged(vec![criterion("Model", "member of", "x")]), "membership of another kind");
}

#[test]
fn what_is_unknown_does_not_hide_what_is_decided() {
    let unknown = || criterion("Cached Packages", "has", "x");
    let (yes, no) = (criterion("Computer Name", "like", "anna"), criterion("Computer Name", "like", "ben"));
    assert!(judged(vec![unknown(), no.clone()]).is_false());
    assert!(judged(vec![unknown(), or(yes.clone())]).is_true());
    assert_unknown(&judged(vec![unknown(), yes]), "Cached Packages");
    assert_unknown(&judged(vec![unknown(), or(no)]), "Cached Packages");
}

#[test]
fn a_title_and_a_version_are_known_where_one_application_makes_no_difference() {
    let both = |operator: &str, version: &str| {
        judged(vec![
            criterion("Application Title", "is", "Google Chrome.app"),
            criterion("Application Version", operator, version),
        ])
    };
    assert!(both("is", "141.0").is_true(), "one application has both");
    assert!(both("is", "99.0").is_false(), "no application has that version");
    assert_unknown(&both("is", "4.40"), "one and the same application");
    assert_unknown(&both("is not", "4.40"), "one and the same application");
    assert!(both("is not", "99.0").is_true(), "no application has that version");
    assert!(both("is not", "141.0").is_false(), "Chrome has it, so in neither way");
    let version = |value| criterion("Application Version", "is", value);
    let absent = criterion("Application Title", "does not have", "Firefox.app");
    assert!(judged(vec![absent, version("4.40")]).is_true(), "what is absent has no row");
    let titles = ["Google Chrome.app", "Slack.app"].map(|title| criterion("Application Title", "has", title));
    assert!(judged(titles.to_vec()).is_true(), "two titles are two rows");
    assert_unknown(&judged([&titles[..], &[version("4.40")]].concat()), "one and the same application");
    let either = [titles[0].clone(), or(version("4.40"))];
    assert!(judged(either.to_vec()).is_true(), "`or` asks for no row together");
}

#[test]
fn groups_ask_for_groups() {
    let ring = || group(2, "Ring 1", vec![criterion("Update Ring", "is", "Ring 1")]);
    let asks =
        |operator: &str, name: &str| group(1, "One", vec![criterion("Computer Group", operator, name)]);
    assert!(judged_of(vec![asks("member of", "Ring 1"), ring()], 1).is_true());
    assert!(judged_of(vec![asks("not member of", "ring 1"), ring()], 1).is_false());
    assert_unknown(&judged_of(vec![asks("member of", "Gone")], 1), "no group has that name");
    assert_unknown(&judged_of(vec![asks("is", "Ring 1"), ring()], 1), "asks for no membership");
    let listed = |number, ids: &[u64]| Group {
        members: Members::Listed(ids.iter().copied().map(id).collect()),
        ..group(number, "Pilot", vec![])
    };
    assert!(judged_of(vec![asks("member of", "Pilot"), listed(3, &[7])], 1).is_true());
    assert!(judged_of(vec![asks("member of", "Pilot"), listed(3, &[8])], 1).is_false());
    assert_unknown(
        &judged_of(vec![asks("member of", "Pilot"), listed(3, &[8]), listed(4, &[7])], 1),
        "several groups",
    );
    assert!(judged_of(vec![asks("member of", "Pilot"), listed(3, &[7]), listed(4, &[7])], 1).is_true());
    assert_unknown(&judged_of(vec![], 5), "no group with the id 5");
    let unread =
        Group { members: Members::Unknown(Reasons::one("not permitted")), ..group(3, "Pilot", vec![]) };
    assert_unknown(&judged_of(vec![asks("member of", "Pilot"), unread], 1), "not permitted");
}

#[test]
fn circles_are_found_and_named() {
    let asks = |number, name: &str, other: &str| {
        group(number, name, vec![criterion("Computer Group", "member of", other)])
    };
    let circle = || {
        vec![asks(1, "Circle A", "Circle B"), asks(2, "Circle B", "Circle A"), asks(3, "Outside", "Circle A")]
    };
    assert_eq!(Groups::new(circle()).circles(), [["Circle A", "Circle B"]]);
    for of in 1..=3 {
        assert_unknown(&judged_of(circle(), of), "\"Circle A\", \"Circle B\"");
    }
    assert_eq!(Groups::new([asks(1, "Self", "Self")]).circles(), [["Self"]]);
    let no = criterion("Computer Name", "is", "ben");
    let mut broken = circle();
    broken[0].members = Members::Criteria(vec![criterion("Computer Group", "member of", "Circle B"), no]);
    for of in 1..=3 {
        assert!(judged_of(broken.clone(), of).is_false(), "another criterion decides it");
    }
}

#[test]
fn a_long_chain_of_groups_is_judged() {
    let many = 5_000;
    let mut groups: Vec<Group> = (0..many)
        .map(|at| {
            let next = criterion("Computer Group", "member of", &format!("G{}", at + 1));
            group(at + 1, &format!("G{at}"), vec![next])
        })
        .collect();
    groups.push(group(many + 1, &format!("G{many}"), vec![]));
    assert!(judged_of(groups, 1).is_true());
}

#[test]
fn kinds_are_kept_apart() {
    let user = Group {
        kind: GroupKind::User,
        ..group(1, "Staff", vec![criterion("Email Address", "like", "@example.com")])
    };
    let groups = Groups::new([user, group(1, "Staff", vec![])]);
    let email = Fact::Column { table: "users", column: "email" };
    let anna = Record::new(id(3)).with(email, vec![Some("anna@example.com".to_owned())]);
    assert!(groups.of(GroupKind::User, &anna, NOW.parse().unwrap()).is_in(&id(1)).is_true());
    assert!(
        groups.of(GroupKind::MobileDevice, &anna, NOW.parse().unwrap()).is_in(&id(1)).reasons().is_some()
    );
}

#[test]
fn criteria_lead_to_columns_that_the_tables_have() {
    let kept: BTreeSet<(&str, &str)> = crate::fleet::tables::tables()
        .flat_map(|table| table.columns.iter().map(|column| (table.name, column.name)))
        .collect();
    let kinds = [GroupKind::Computer, GroupKind::MobileDevice, GroupKind::User];
    let mut missing = BTreeSet::new();
    for (_, fact) in kinds.into_iter().flat_map(facts_of) {
        let Fact::Column { table, column } = fact else { continue };
        if !kept.contains(&(table, column)) {
            missing.insert((table, column));
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

/// Facts that criteria below ask for, with values that each can have.
const ASKED: &[(&str, &str, &str, &[&str])] = &[
    ("Computer Name", "computers", "name", &["Anna", "Ben", ""]),
    ("Operating System Version", "computers", "os_version", &["15.6", "15.6.0", "26.1", ""]),
    ("Total RAM MB", "computers", "ram_mb", &["8192", "16384"]),
    ("Application Title", "computer_applications", "name", &["Slack.app", "Zoom.app"]),
    ("Application Version", "computer_applications", "version", &["1.0", "2.0", ""]),
];

const ASKING: &[&str] =
    &["is", "is not", "like", "not like", "has", "does not have", "less than", "greater than or equal"];

/// A record with two rows in each table, whose values are picked by numbers.
fn record(picked: &[usize], is_read: &[bool]) -> Record {
    let mut record = Record::new(id(7));
    for (at, (_, table, column, values)) in ASKED.iter().enumerate().filter(|(at, _)| is_read[*at]) {
        let rows = if *table == "computers" { 1 } else { 2 };
        let value = |row: usize| values[picked[at * 2 + row] % values.len()];
        let values = (0..rows).map(|row| Some(value(row).to_owned()).filter(|value| !value.is_empty()));
        record = record.with(Fact::Column { table, column }, values.collect());
    }
    record
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_known_stays_so_when_more_is_read(
        picked in prop::collection::vec(0..12_usize, ASKED.len() * 2),
        is_read in prop::collection::vec(any::<bool>(), ASKED.len()),
        asked in prop::collection::vec((0..ASKED.len(), 0..ASKING.len(), 0..12_usize, any::<bool>()), 1..5),
    ) {
        let criteria = asked.into_iter().map(|(which, operator, value, is_or)| {
            let (name, _, _, values) = ASKED[which];
            Criterion { is_or, ..criterion(name, ASKING[operator], values[value % values.len()]) }
        });
        let groups = Groups::new([group(1, "One", criteria.collect())]);
        let now = NOW.parse().unwrap();
        let (part, whole) = (record(&picked, &is_read), record(&picked, &[true; ASKED.len()]));
        let part = groups.of(GroupKind::Computer, &part, now).is_in(&id(1));
        let whole = groups.of(GroupKind::Computer, &whole, now).is_in(&id(1));
        if let Known::Known(is_in) = part {
            prop_assert!(whole == Known::Known(is_in), "{is_in} with a part, {whole:?} with all");
        }
    }
}
