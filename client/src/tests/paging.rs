//! Walks over pages: nothing lost, nothing twice, nothing silent.

use proptest::prelude::*;

use super::*;

/// A page as the tenant would give it, of rows `0..total`, never more than `ceiling` of them.
fn rows(seen: &ReceivedRequest, total: usize, ceiling: usize) -> Response {
    let size = seen.number("page-size").min(ceiling);
    let first = seen.number("page") * size;
    let rows: Vec<Value> =
        (first..(first + size).min(total)).map(|id| json!({ "id": id.to_string() })).collect();
    json_of(200, &json!({ "totalCount": total, "results": rows }))
}

fn all(page_size: u32) -> Walk {
    Walk { offset: 0, page_size, all: true, budget: 1_000_000 }
}

fn ids(listing: &Listing) -> Vec<usize> {
    let id =
        |row: &String| serde_json::from_str::<Value>(row).unwrap()["id"].as_str().unwrap().parse().unwrap();
    listing.rows.iter().map(id).collect()
}

#[tokio::test]
async fn a_walk_reads_everything_in_a_stable_order() {
    let fake = Fake::start(|seen| async move { rows(&seen, 250, 2000) }).await;
    let listing = list(&fake.tenant(), "building_list", json!({}), &all(100)).await.unwrap();
    assert_eq!(ids(&listing), (0..250).collect::<Vec<_>>());
    assert_eq!((listing.total, listing.next_offset, listing.notes.len()), (Some(250), None, 0));
    let pages = fake.requests().into_iter().filter(|seen| seen.path.ends_with("/buildings"));
    assert!(pages.into_iter().all(|seen| seen.query.contains(&("sort".to_owned(), "id:asc".to_owned()))));
}

#[tokio::test]
async fn a_silent_limit_of_the_page_is_noticed_and_nothing_is_lost() {
    let fake = Fake::start(|seen| async move { rows(&seen, 250, 60) }).await;
    let listing = list(&fake.tenant(), "building_list", json!({}), &all(200)).await.unwrap();
    assert_eq!(ids(&listing), (0..250).collect::<Vec<_>>());
    assert!(listing.notes.iter().any(|note| note.contains("limits")), "{:?}", listing.notes);
}

#[tokio::test]
async fn a_page_that_fails_leaves_what_came_before_and_a_place_to_go_on() {
    let fake = Fake::start(|seen| async move {
        match seen.number("page") {
            3 if seen.before < 4 => json_of(400, &json!({"errors": []})),
            _ => rows(&seen, 500, 2000),
        }
    })
    .await;
    let tenant = fake.tenant();
    let first = list(&tenant, "building_list", json!({}), &all(100)).await.unwrap();
    assert!(first.failed.is_some());
    assert_eq!((ids(&first).len(), first.next_offset), (300, Some(300)));
    let rest = Walk { offset: 300, ..all(100) };
    let rest = list(&tenant, "building_list", json!({}), &rest).await.unwrap();
    assert_eq!([ids(&first), ids(&rest)].concat(), (0..500).collect::<Vec<_>>());
}

#[tokio::test]
async fn large_pages_that_time_out_shrink_at_once_and_lose_nothing() {
    for page_of_edge in ["<html><h1>504</h1></html>", "<html><h1>504</h1><p>The edge gave up.</p></html>"] {
        let fake = Fake::start(move |seen| async move {
            if seen.number("page-size") > 100 { page(504, page_of_edge) } else { rows(&seen, 730, 2000) }
        })
        .await;
        let listing = list(&fake.tenant(), "building_list", json!({}), &all(400)).await.unwrap();
        assert_eq!(ids(&listing), (0..730).collect::<Vec<_>>());
        let refused = fake.requests().iter().filter(|seen| seen.number("page-size") > 100).count();
        assert_eq!(refused, 2, "400 and 200, once each");
        assert!(listing.notes.iter().any(|note| note.contains("timed out")), "{:?}", listing.notes);
    }
}

#[tokio::test]
async fn a_walk_that_has_to_shrink_far_is_not_taken_for_an_outage() {
    let fake = Fake::start(|seen| async move {
        if seen.number("page-size") > 30 { page(504, "<html></html>") } else { rows(&seen, 60, 2000) }
    })
    .await;
    let listing = list(&fake.tenant(), "building_list", json!({}), &all(1000)).await.unwrap();
    assert_eq!(ids(&listing), (0..60).collect::<Vec<_>>());
}

#[tokio::test]
async fn pages_that_never_come_shrink_too() {
    let fake = Fake::start(|seen| async move {
        if seen.number("page-size") > 50 {
            std::future::pending::<()>().await;
        }
        rows(&seen, 120, 2000)
    })
    .await;
    let tenant = fake.tenant_with_silence(Duration::from_millis(200));
    let listing = list(&tenant, "building_list", json!({}), &all(100)).await.unwrap();
    assert_eq!(ids(&listing), (0..120).collect::<Vec<_>>());
    assert_eq!(fake.requests().iter().filter(|seen| seen.number("page-size") == 100).count(), 1);
}

#[tokio::test]
async fn a_walk_goes_on_anywhere_without_reading_row_by_row() {
    let fake = Fake::start(|seen| async move { rows(&seen, 400, 2000) }).await;
    let from = Walk { offset: 137, ..all(100) };
    let listing = list(&fake.tenant(), "building_list", json!({}), &from).await.unwrap();
    assert_eq!(ids(&listing), (137..400).collect::<Vec<_>>());
    assert!(fake.count("GET /api/v1/buildings") <= 4, "{}", fake.count("GET /api/v1/buildings"));
}

#[tokio::test]
async fn one_page_from_anywhere_is_as_long_as_asked() {
    let fake = Fake::start(|seen| async move { rows(&seen, 400, 2000) }).await;
    let page = Walk { offset: 137, all: false, ..all(100) };
    let listing = list(&fake.tenant(), "building_list", json!({}), &page).await.unwrap();
    assert_eq!((ids(&listing), listing.next_offset), ((137..237).collect::<Vec<_>>(), Some(237)));
}

#[tokio::test]
async fn rows_that_come_twice_and_totals_that_move_are_told() {
    let fake = Fake::start(|seen| async move {
        let page = seen.number("page");
        let ids: &[u32] = [&[1, 2, 3][..], &[3, 4, 5], &[6]].get(page).copied().unwrap_or_default();
        let rows: Vec<Value> = ids.iter().map(|id| json!({ "id": id.to_string() })).collect();
        json_of(200, &json!({ "totalCount": if page == 0 { 6 } else { 7 }, "results": rows }))
    })
    .await;
    let listing = list(&fake.tenant(), "building_list", json!({}), &all(3)).await.unwrap();
    assert_eq!(ids(&listing), [1, 2, 3, 4, 5, 6]);
    assert!(listing.notes.iter().any(|note| note.contains("twice")), "{:?}", listing.notes);
    assert!(listing.notes.iter().any(|note| note.contains("7 at the end")), "{:?}", listing.notes);
}

#[tokio::test]
async fn a_total_that_counts_more_than_there_is_ends_and_is_told() {
    let fake = Fake::start(|seen| async move {
        let rows = if seen.number("page") == 0 { json!([{"id": "1"}, {"id": "2"}]) } else { json!([]) };
        json_of(200, &json!({ "totalCount": 90, "results": rows }))
    })
    .await;
    let listing = list(&fake.tenant(), "building_list", json!({}), &all(50)).await.unwrap();
    assert_eq!((ids(&listing), listing.next_offset), (vec![1, 2], None));
    assert_eq!(listing.notes, ["the tenant counts 90 rows but gave 2 different ones"]);
}

#[tokio::test]
async fn a_login_page_or_another_shape_is_never_an_empty_list() {
    for answer in [
        || page(200, "<html><title>Login</title></html>"),
        || json_of(200, &json!({"message": "hello"})),
        || json_of(200, &json!({"errors": [], "warnings": []})),
        || json_of(200, &json!({})),
        || with_type(200, "application/json", ""),
        || with_type(200, "application/json", "{\"totalCount\": 3, \"results\": [{\"id\""),
    ] as [fn() -> Response; 6]
    {
        let fake = Fake::start(move |_| async move { answer() }).await;
        let result = list(&fake.tenant(), "building_list", json!({}), &all(100)).await;
        assert!(matches!(result, Err(Error::Unreachable { .. })), "{result:?}");
    }
    let fake = Fake::start(|_| async { empty_list() }).await;
    let listing = list(&fake.tenant(), "building_list", json!({}), &all(100)).await.unwrap();
    assert_eq!((listing.total, listing.rows.len()), (Some(0), 0));
}

#[tokio::test]
async fn a_whole_list_is_cut_here() {
    let fake = Fake::start(|_| async {
        let rows: Vec<Value> = (0..30).map(|id| json!({ "id": id.to_string(), "name": "x" })).collect();
        json_of(200, &json!({ "size": 30, "policies": rows }))
    })
    .await;
    let page = Walk { offset: 10, page_size: 8, all: false, budget: 10_000 };
    let listing = list(&fake.tenant(), "policy_list", json!({}), &page).await.unwrap();
    assert_eq!((ids(&listing), listing.next_offset), ((10..18).collect::<Vec<_>>(), Some(18)));
    assert_eq!(listing.total, Some(30));
}

#[tokio::test]
async fn progress_is_told_page_by_page() {
    let fake = Fake::start(|seen| async move { rows(&seen, 250, 2000) }).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let teller = told.clone();
    let call = Call {
        progress: Some(Arc::new(move |step: crate::Step| {
            teller.lock().unwrap().push((step.done, step.total))
        })),
        ..call()
    };
    let wanted = FieldSelection { fields: Vec::new(), hidden: &[] };
    let request = request("building_list", json!({}));
    fake.tenant().list(action("building_list"), &request, &wanted, &all(100), &call).await.unwrap();
    assert_eq!(*told.lock().unwrap(), [(100, Some(250)), (200, Some(250)), (250, Some(250))]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn however_a_list_is_cut_going_on_reads_every_row_once(
        total in 0_usize..160, page_size in 1_u32..90, budget in 10_usize..900, ceiling in 1_usize..120,
        every in any::<bool>(), fails in prop::collection::vec(any::<bool>(), 0..12),
    ) {
        // A tail exactly as long as the limit cannot be told from a limited page; no limit of Jamf's is near the sizes asked for.
        prop_assume!((1..total).all(|page| page * page_size as usize + ceiling != total));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let fails = Arc::new(Mutex::new(fails));
            let fake = Fake::start(move |seen| {
                let fails = fails.lock().unwrap().pop().unwrap_or(false);
                async move { if fails { json_of(400, &json!({"errors": []})) } else { rows(&seen, total, ceiling) } }
            }).await;
            let tenant = fake.tenant();
            let (mut offset, mut got) = (Some(0), Vec::new());
            while let Some(at) = offset {
                let walk = Walk { offset: at, page_size, all: every, budget };
                // A first page that fails is an error, and the caller asks again.
                if let Ok(listing) = list(&tenant, "building_list", json!({}), &walk).await {
                    got.extend(ids(&listing));
                    assert!(listing.next_offset.is_none_or(|next| next > at), "it goes on");
                    offset = listing.next_offset;
                }
            }
            assert_eq!(got, (0..total).collect::<Vec<_>>());
        });
    }
}
