//! Questions wait for parts that are loaded in the background: for some time, and never in vain.

use jamf_pro_mcp::fleet::readiness::{NotYet, Readiness};

use super::*;

const INVENTORY: &str = "/api/v4/computers-inventory";
const LONG: Duration = Duration::from_secs(30);

async fn fleet_of(world: &World) -> Fleet {
    world.calls.fleets().of(world.calls.tenants().next().unwrap()).await.unwrap().unwrap()
}

async fn ready(fleet: &Fleet, part: &'static Part, wait: Duration) -> Readiness {
    fleet.ready(&[part], None, wait, &Watch::default()).await.unwrap()
}

fn not_yet(readiness: Readiness) -> NotYet {
    let Readiness::NotYet(not_yet) = readiness else { panic!("{readiness:?}") };
    not_yet
}

fn statuses(readiness: Readiness) -> Vec<jamf_pro_mcp::fleet::store::PartStatus> {
    let Readiness::Ready(statuses) = readiness else { panic!("{readiness:?}") };
    statuses
}

/// Ask for the computers of a cold fleet with short patience until the first page of them was read.
async fn wait_for_the_first_page(world: &World, fleet: &Fleet) -> NotYet {
    world.faults(&format!("slow=2s@{INVENTORY}"));
    loop {
        let not_yet = not_yet(ready(fleet, part("computers"), Duration::from_millis(50)).await);
        if not_yet.sources[0].read == Some(500) {
            return not_yet;
        }
    }
}

#[tokio::test]
async fn a_cold_question_learns_how_far_the_load_is_and_the_next_one_gets_its_answer() {
    let world = tenant(Options { computers: 1010, ..Options::default() }).await;
    let fleet = fleet_of(&world).await;
    let first = wait_for_the_first_page(&world, &fleet).await;
    let source = first.sources[0];
    assert_eq!((source.source, source.read, source.total), ("computers", Some(500), Some(1010)));
    assert!(source.left.is_some_and(|left| left < Duration::from_secs(50)), "{first:?}");
    assert!(first.to_string().starts_with("500 of 1,010 computers read, less than a minute more"), "{first}");
    // Nobody waits now, and the load goes on.
    world.faults("");
    let statuses = statuses(ready(&fleet, part("computers"), LONG).await);
    assert!(statuses[0].is_complete() && statuses[0].objects() == 1010, "{statuses:?}");
    assert_eq!(world.tenant.log().count_at(INVENTORY), 3, "each page is read once");
}

#[tokio::test]
async fn callers_at_the_same_time_share_one_load_and_its_progress() {
    let world = tenant(Options { computers: 510, ..Options::default() }).await;
    let fleet = fleet_of(&world).await;
    world.faults(&format!("slow=100ms@{INVENTORY}"));
    let (read, elsewhere) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let watches = (0..10).map(|_| {
        let (read, elsewhere) = (read.clone(), elsewhere.clone());
        let note = move |progress: jamf_pro_mcp::fleet::load::Progress| {
            read.fetch_max(progress.read, Ordering::Relaxed);
            elsewhere.fetch_add(u64::from(progress.is_elsewhere), Ordering::Relaxed);
        };
        Watch { progress: Some(Arc::new(note)), ..Watch::default() }
    });
    let watches: Vec<Watch> = watches.collect();
    let parts = [part("computers"), part("users")];
    let waits = watches.iter().map(|watch| fleet.ready(&parts, None, LONG, watch));
    for readiness in futures::future::join_all(waits).await {
        assert!(statuses(readiness.unwrap()).iter().all(|status| status.is_complete()));
    }
    assert_eq!(world.tenant.log().count_at(INVENTORY), 2, "two pages, read once");
    assert_eq!(read.load(Ordering::Relaxed), 510);
    assert_eq!(
        elsewhere.load(Ordering::Relaxed),
        0,
        "they wait for one load, and not for that of another one"
    );
}

#[tokio::test]
async fn what_the_tenant_refuses_is_said_and_waits_for_nothing() {
    let world = tenant(Options { computers: 30, ..Options::default() }).await;
    let fleet = fleet_of(&world).await;
    world.faults("403@/api/v2/mobile-devices");
    let parts = [part("group_members"), part("computers")];
    let readiness = fleet.ready(&parts, None, LONG, &Watch::default()).await.unwrap();
    let statuses = statuses(readiness);
    assert!(!statuses[0].is_complete() && statuses[1].is_complete(), "{statuses:?}");
    assert!(statuses[0].missing()[0].starts_with("mobile device groups of devices: "), "{statuses:?}");
    let sent = world.tenant.log().entries().len();
    assert!(!self::statuses(ready(&fleet, part("group_members"), LONG).await)[0].is_complete());
    assert_eq!(world.tenant.log().entries().len(), sent, "it is not tried again at once");
}

#[tokio::test]
async fn loads_end_with_the_server_and_leave_what_they_read() {
    let world = tenant(Options { computers: 1510, ..Options::default() }).await;
    let fleet = fleet_of(&world).await;
    wait_for_the_first_page(&world, &fleet).await;
    world.calls.close().await;
    let status = fleet.store().status_of(part("computers")).unwrap();
    assert_eq!(status.missing(), ["computers: 500 of 1510 rows read so far"]);
    assert!(fleet.store().lease("computers").unwrap().is_some(), "another process can go on at once");
}

#[tokio::test]
async fn a_fleet_that_is_off_is_none() {
    let world = world_of(Options { computers: 10, ..Options::default() }, |config| {
        config.fleet.storage = FleetStorage::Off;
    });
    let world = world.await;
    assert!(world.calls.fleets().of(world.calls.tenants().next().unwrap()).await.unwrap().is_none());
    assert!(!world.state.path().join("fleet").exists());
}

#[tokio::test]
async fn a_start_makes_no_file_and_asks_the_tenant_nothing() {
    let world = tenant(Options { computers: 10, ..Options::default() }).await;
    world.calls.fleets().start().await;
    assert!(!world.state.path().join("fleet").exists());
    assert_eq!(world.tenant.log().entries().len(), 0);
    fleet_of(&world).await;
    assert!(world.state.path().join("fleet").exists());
}
