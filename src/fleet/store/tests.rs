use serde_json::json;

use super::*;
use crate::fleet::parts::{Part, Source};
use crate::fleet::tables::{Names, Value};

const HOUR: Duration = Duration::from_secs(3600);

fn in_memory() -> Store {
    Store::open(Path::new("/nowhere"), "t at http://localhost", FleetStorage::Memory, 14).unwrap().unwrap()
}

fn on_disk(state: &Path) -> Store {
    Store::open(state, "t at http://localhost", FleetStorage::Disk, 14).unwrap().unwrap()
}

fn computers() -> &'static Source {
    &Part::find("computers").unwrap().sources[0]
}

fn applications() -> &'static Source {
    &Part::find("applications").unwrap().sources[0]
}

fn computer(id: &str, name: &str) -> Record {
    let json = json!({
        "id": id,
        "general": { "name": name, "assetTag": "", "supervised": false },
        "storage": { "disks": [{ "partitions": [{ "name": "Data", "partitionType": "BOOT", "sizeMegabytes": 10 }] }] },
        "extensionAttributes": [{ "definitionId": "3", "name": "Battery", "dataType": "INTEGER", "values": ["7"] }],
        "hardware": { "extensionAttributes": [{ "definitionId": "4", "name": "Note", "dataType": "STRING", "values": ["password=hunter2hunter2"] }] },
    });
    Record { id: id.to_owned(), json, row_digest: None }
}

fn page(store: &Store, objects: Vec<Record>, next_offset: u64) -> Page {
    Page {
        objects: Box::new(objects.into_iter()),
        read_at: now(),
        revision: store.revision().unwrap(),
        next_offset,
        total: Some(3),
    }
}

fn names(store: &Store) -> String {
    let rows = store.select("SELECT id, name FROM computers ORDER BY id", &[]).unwrap();
    let text = |value: &Value| if let Value::Text(text) = value { text.clone() } else { "NULL".to_owned() };
    rows.iter().map(|row| format!("{}={}", text(&row[0]), text(&row[1]))).collect::<Vec<_>>().join(" ")
}

/// Load these computers from beginning to end.
fn load(store: &Store, objects: Vec<Record>) {
    let lease = store.lease("computers").unwrap().unwrap();
    let load = store.begin(computers(), HOUR).unwrap();
    assert!(store.keep(&lease, &load, page(store, objects, 3), &Names::default()).unwrap());
    assert!(store.finish(&lease, &load, None).unwrap());
}

#[test]
fn what_was_read_is_kept_and_what_is_gone_is_deleted() {
    let store = in_memory();
    load(&store, vec![computer("1", "a"), computer("2", "b"), computer("3", "c")]);
    assert_eq!(names(&store), "1=a 2=b 3=c");
    let one = |sql: &str| store.select(sql, &[]).unwrap();
    let text = |text: &str| Value::Text(text.to_owned());
    assert_eq!(
        one(
            "SELECT asset_tag, supervised, managed, boot_size_mb, extension_attributes->>'Battery' FROM computers WHERE id = '2'"
        ),
        [[Value::Null, Value::Integer(0), Value::Null, Value::Integer(10), text("7")]]
    );
    assert_eq!(
        one(
            "SELECT name, number, values_count FROM computer_extension_attributes WHERE device_id = '2' ORDER BY name"
        ),
        [
            [text("Battery"), Value::Real(7.0), Value::Integer(1)],
            [text("Note"), Value::Null, Value::Integer(1)]
        ]
    );
    let kept = format!("{:?}", one("SELECT value FROM computer_extension_attributes"));
    let shown = format!("{:?}", one("SELECT extension_attributes FROM computers"));
    assert!(!kept.contains("hunter2") && !shown.contains("hunter2"), "{kept} {shown}");

    load(&store, vec![computer("1", "a"), computer("3", "new")]);
    assert_eq!(names(&store), "1=a 3=new");
    assert_eq!(one("SELECT count(*) FROM computer_extension_attributes"), [[Value::Integer(4)]]);
    assert_eq!(one("SELECT count(*) FROM computer_disks"), [[Value::Integer(2)]]);
    assert_eq!(
        one("SELECT complete, rows, missing FROM fleet_parts WHERE part = 'computers'"),
        [[Value::Integer(1), Value::Integer(2), Value::Null]]
    );
    assert!(store.select("DELETE FROM computers RETURNING id", &[]).is_err());
    assert_eq!(names(&store), "1=a 3=new");
}

#[test]
fn an_answer_does_not_take_the_place_of_a_newer_write() {
    let store = in_memory();
    load(&store, vec![computer("1", "a"), computer("2", "b"), computer("3", "c")]);
    let lease = store.lease("computers").unwrap().unwrap();
    let begun = store.begin(computers(), HOUR).unwrap();
    // The answer is on its way while this program writes.
    let answer = page(&store, vec![computer("1", "a"), computer("2", "b"), computer("3", "c")], 3);
    let changed = |ids: &[&str]| Changed::Objects(ids.iter().map(|id| (*id).to_owned()).collect());
    let deleted = Changed::Deleted(vec!["3".to_owned()]);
    let due = store.note_changes(&[(computers(), changed(&["2", "9"])), (computers(), deleted)]).unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(store.outdated(computers()).unwrap(), ["2", "9"]);
    let late = page(&store, vec![computer("2", "too old")], 0);
    store.note_changes(&[(computers(), changed(&["2"]))]).unwrap();
    store.put(computers(), late, &[], &Names::default()).unwrap();
    assert_eq!(store.outdated(computers()).unwrap(), ["2", "9"], "it was written again meanwhile");
    let written = page(&store, vec![computer("2", "written"), computer("9", "created")], 0);
    store.put(computers(), written, &[], &Names::default()).unwrap();
    assert_eq!(store.outdated(computers()).unwrap(), [""; 0]);
    assert!(store.keep(&lease, &begun, answer, &Names::default()).unwrap());
    assert!(store.finish(&lease, &begun, None).unwrap());
    assert_eq!(names(&store), "1=a 2=written 9=created");
    assert_eq!(store.status_of(Part::find("computers").unwrap()).unwrap().objects(), 3);
    drop(lease);
    // What is asked for afterwards is newer than the write.
    load(&store, vec![computer("1", "a"), computer("2", "later")]);
    assert_eq!(names(&store), "1=a 2=later");
}

#[test]
fn an_interrupted_load_says_how_far_it_is_and_goes_on_in_another_process() {
    let state = tempfile::tempdir().unwrap();
    let store = on_disk(state.path());
    let lease = store.lease("computers").unwrap().unwrap();
    let load = store.begin(computers(), HOUR).unwrap();
    assert!(store.keep(&lease, &load, page(&store, vec![computer("1", "a")], 1), &Names::default()).unwrap());
    // A process that is killed releases nothing.
    std::mem::forget(lease);
    let other = on_disk(state.path());
    let part = Part::find("computers").unwrap();
    let status = other.status_of(part).unwrap();
    assert!(!status.is_complete() && status.as_of().is_none());
    assert_eq!(status.missing(), ["computers: 1 of 3 rows read so far"]);
    assert!(other.lease("computers").unwrap().is_none(), "the lease runs on for a while");
    other.write(|transaction| transaction.execute("UPDATE fleet_leases SET until = 1", [])).unwrap();
    let taken = other.lease("computers").unwrap().unwrap();
    let resumed = other.begin(computers(), HOUR).unwrap();
    assert_eq!(resumed.next_offset, 1);
    let rest = page(&other, vec![computer("2", "b"), computer("3", "c")], 3);
    assert!(other.keep(&taken, &resumed, rest, &Names::default()).unwrap());
    assert!(other.finish(&taken, &resumed, None).unwrap());
    assert_eq!(names(&store), "1=a 2=b 3=c");
    assert!(store.status_of(part).unwrap().is_complete());

    // A load that began too long ago begins anew.
    let _ = other.begin(computers(), HOUR).unwrap();
    other
        .write(|transaction| {
            transaction
                .execute("UPDATE fleet_sources SET next_offset = 2, load_began = '2020-01-01T00:00:00Z'", [])
        })
        .unwrap();
    assert_eq!(other.begin(computers(), HOUR).unwrap().next_offset, 0);
}

#[test]
fn who_lost_the_lease_or_was_cleared_away_keeps_nothing() {
    let state = tempfile::tempdir().unwrap();
    let (first, second) = (on_disk(state.path()), on_disk(state.path()));
    let lost = first.lease("computers").unwrap().unwrap();
    let load = first.begin(computers(), HOUR).unwrap();
    first.write(|transaction| transaction.execute("UPDATE fleet_leases SET until = 1", [])).unwrap();
    let taken = second.lease("computers").unwrap().unwrap();
    let late = || page(&first, vec![computer("1", "a")], 1);
    assert!(!first.keep(&lost, &load, late(), &Names::default()).unwrap());
    assert!(!first.finish(&lost, &load, None).unwrap() && !lost.renew().unwrap());
    drop(lost);
    assert!(first.lease("computers").unwrap().is_none(), "the end of a lost lease does not end another's");

    let load = second.begin(computers(), HOUR).unwrap();
    assert!(second.keep(&taken, &load, late(), &Names::default()).unwrap() && taken.renew().unwrap());
    first.clear().unwrap();
    assert!(!second.keep(&taken, &load, late(), &Names::default()).unwrap());
    assert_eq!(names(&second), "");
}

#[test]
fn an_application_of_many_computers_is_kept_once() {
    let store = in_memory();
    let with = |id: &str, versions: &[&str]| {
        let all: Vec<_> = versions
            .iter()
            .map(|version| json!({ "name": "Chrome.app", "version": version, "path": "/A" }))
            .collect();
        Record { id: id.to_owned(), json: json!({ "id": id, "applications": all }), row_digest: None }
    };
    let lease = store.lease("applications").unwrap().unwrap();
    for objects in
        [vec![with("1", &["1", "2"]), with("2", &["1"])], vec![with("1", &["1"]), with("2", &["1"])]]
    {
        let load = store.begin(applications(), HOUR).unwrap();
        assert!(store.keep(&lease, &load, page(&store, objects, 2), &Names::default()).unwrap());
        assert!(store.finish(&lease, &load, None).unwrap());
    }
    let one = |sql: &str| store.select(sql, &[]).unwrap();
    assert_eq!(one("SELECT count(*) FROM computer_applications WHERE version = '1'"), [[Value::Integer(2)]]);
    assert_eq!(
        one("SELECT app_id, version, installations FROM applications"),
        [[Value::Text("1".to_owned()), Value::Text("1".to_owned()), Value::Integer(2)]]
    );
}

/// Millions of links are counted in the order of an index: a sort of them takes seconds.
#[test]
fn versions_of_applications_are_counted_without_a_sort() {
    let store = in_memory();
    for (table, columns) in [
        ("computer_applications", "name, version"),
        ("computer_applications", "version, name"),
        ("computer_applications", "name, bundle_id, version, short_version"),
        ("mobile_device_applications", "name, version"),
    ] {
        let sql = format!("EXPLAIN QUERY PLAN SELECT {columns}, count(*) FROM {table} GROUP BY {columns}");
        let steps = format!("{:?}", store.select(&sql, &[]).unwrap());
        assert!(!steps.contains("GROUP BY"), "{sql}: {steps}");
    }
}

#[test]
fn what_was_not_changed_is_not_read_again_and_what_is_gone_goes() {
    let store = in_memory();
    let with = |id: &str, reported: &str, names: &[&str]| {
        let all: Vec<_> = names.iter().map(|name| json!({ "name": name })).collect();
        let json = json!({ "id": id, "general": { "reportDate": reported }, "applications": all });
        Record { id: id.to_owned(), json, row_digest: None }
    };
    let kept = || {
        let sql = "SELECT computer_id || ' ' || name FROM computer_applications ORDER BY 1";
        format!("{:?}", store.select(sql, &[]).unwrap())
    };
    load(&store, vec![computer("1", "a"), computer("2", "b"), computer("3", "c")]);
    let lease = store.lease("applications").unwrap().unwrap();
    let read = |objects: Vec<Record>| {
        let load = store.begin(applications(), HOUR).unwrap();
        assert!(store.keep(&lease, &load, page(&store, objects, 3), &Names::default()).unwrap());
        assert!(store.finish(&lease, &load, None).unwrap());
        load.since
    };
    let (early, late) = ("2026-11-20T07:00:00Z", "2026-11-20T09:00:00Z");
    assert_eq!(
        read(vec![with("1", early, &["A", "B"]), with("2", late, &["A"]), with("3", early, &["C"])]),
        None
    );
    let before = store.status_of(Part::find("applications").unwrap()).unwrap();
    std::thread::sleep(Duration::from_millis(1100));

    // One reported again without an application; the others are as they were.
    let since = read(vec![with("1", "2026-11-20T10:00:00Z", &["A"])]);
    assert_eq!(since.as_deref(), Some("2026-11-20T08:50:00Z"));
    let now = kept();
    assert!(
        now.contains("1 A") && !now.contains("1 B") && now.contains("2 A") && now.contains("3 C"),
        "{now}"
    );
    let after = store.status_of(Part::find("applications").unwrap()).unwrap();
    assert!(after.is_complete() && after.as_of() > before.as_of(), "{before:?} {after:?}");

    // A computer that the list does not have any more, read later than its applications.
    load(&store, vec![computer("1", "a"), computer("2", "b")]);
    assert_eq!(read(Vec::new()).as_deref(), Some("2026-11-20T09:50:00Z"));
    assert!(kept().contains("2 A") && !kept().contains("3 C"), "{}", kept());

    // After a day everything is read.
    let ago = written(Timestamp::now() - jiff::SignedDuration::from_hours(25));
    store.write(|transaction| transaction.execute("UPDATE fleet_sources SET whole_at = ?1", [ago])).unwrap();
    assert_eq!(read(vec![with("1", late, &["A"])]), None);
    assert!(!kept().contains("2 A"), "{}", kept());
}

#[test]
fn a_part_that_failed_says_why_and_keeps_what_it_had() {
    let store = in_memory();
    load(&store, vec![computer("1", "a")]);
    store.fail(computers(), "the API role lacks Read Computers", true).unwrap();
    let status = store.status_of(Part::find("computers").unwrap()).unwrap();
    assert!(!status.is_complete() && status.as_of().is_some());
    assert_eq!(status.missing(), ["computers: the API role lacks Read Computers"]);
    assert_eq!(names(&store), "1=a");
}

#[cfg(unix)]
#[test]
fn the_file_is_private_and_one_that_cannot_be_used_is_made_anew() {
    use std::os::unix::fs::PermissionsExt;
    let state = tempfile::tempdir().unwrap();
    let store = on_disk(state.path());
    load(&store, vec![computer("1", "a")]);
    let path = store.path().unwrap().to_owned();
    for file in path.parent().unwrap().read_dir().unwrap() {
        let mode = file.as_ref().unwrap().metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.unwrap().path());
    }
    drop(store);
    assert_eq!(names(&on_disk(state.path())), "1=a");
    let stem = path.file_name().unwrap().to_str().unwrap().split('.').next().unwrap();
    let older = path.with_file_name(format!("{stem}.00000000.sqlite"));
    let others = path.with_file_name("other+1.00000000.sqlite");
    std::fs::write(&older, "").unwrap();
    std::fs::write(&others, "").unwrap();
    let forgotten = path.with_file_name("other+2.00000000.sqlite");
    let file = std::fs::File::create(&forgotten).unwrap();
    file.set_modified(std::time::SystemTime::now() - Duration::from_secs(15 * 86_400)).unwrap();
    std::fs::write(&path, "this is no database, whatever its name says ".repeat(100)).unwrap();
    assert_eq!(names(&on_disk(state.path())), "");
    assert!(!older.exists() && others.exists() && !forgotten.exists());
}

#[test]
fn what_nobody_read_again_is_forgotten() {
    let state = tempfile::tempdir().unwrap();
    let store = on_disk(state.path());
    load(&store, vec![computer("1", "a")]);
    assert_eq!(names(&on_disk(state.path())), "1=a");
    let ago = written(Timestamp::now() - jiff::SignedDuration::from_hours(15 * 24));
    store.write(|transaction| transaction.execute("UPDATE fleet_sources SET as_of = ?1", [ago])).unwrap();
    let store = on_disk(state.path());
    assert_eq!(names(&store), "");
    assert!(Store::open(state.path(), "t", FleetStorage::Off, 14).unwrap().is_none());
}
