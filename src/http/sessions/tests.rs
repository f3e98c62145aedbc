//! Which sessions stay in memory, and whose they are.

use super::*;

fn place(sessions: &Sessions, id: &str, who: &str) -> (Result<Place, Full>, CancellationToken) {
    let end = CancellationToken::new();
    (sessions.place(id, Some(&Principal(who.to_owned())), end.clone()), end)
}

#[tokio::test]
async fn the_idlest_session_of_the_principal_with_most_makes_room() {
    let sessions = Sessions::new(8, Duration::from_secs(300), None);
    let bens: Vec<_> = (0..2).map(|number| place(&sessions, &format!("b{number}"), "ben")).collect();
    let annas: Vec<_> = (0..20).map(|number| place(&sessions, &format!("a{number}"), "anna")).collect();
    assert!(bens.iter().all(|(place, end)| place.is_ok() && !end.is_cancelled()), "nobody else's goes");
    let gone = annas.iter().filter(|(_, end)| end.is_cancelled()).count();
    assert_eq!(gone, 14, "a quarter stays free for others");
    assert!(annas.iter().take(14).all(|(_, end)| end.is_cancelled()), "the idlest go first");
    let (third, _) = place(&sessions, "b2", "ben");
    assert!(third.is_ok() && sessions.open().len() <= 8);
}

#[tokio::test]
async fn a_call_under_way_keeps_its_session_and_one_principal_cannot_take_all_places() {
    let sessions = Sessions::new(4, Duration::from_secs(300), None);
    let busy: Vec<_> = (0..3).map(|number| place(&sessions, &format!("a{number}"), "anna")).collect();
    let _calls: Vec<_> = busy.iter().map(|(place, _)| place.as_ref().unwrap().call()).collect();
    assert!(place(&sessions, "a3", "anna").0.is_err());
    let (bens, end) = place(&sessions, "b0", "ben");
    assert!(bens.is_ok());
    let (again, _) = place(&sessions, "b1", "ben");
    assert!(again.is_ok() && end.is_cancelled());
    assert!(busy.iter().all(|(_, end)| !end.is_cancelled()));
    drop(busy);
    assert_eq!(sessions.open().len(), 1, "a place is free again when its session has ended");
}

#[tokio::test(start_paused = true)]
async fn an_idle_session_goes_from_memory_unless_its_client_listens() {
    let sessions = Sessions::new(32, Duration::from_secs(300), None);
    let asker = Asker::new("anna".into());
    let begin = |id: &str, is_greeted| {
        ASKER.sync_scope(asker.clone(), || sessions.begin(id.into(), is_greeted).map(|_| ())).unwrap();
    };
    begin("used", true);
    begin("abandoned", false);
    let listening = place(&sessions, "listening", "anna");
    let has = |id: &str| sessions.open().contains_key(id);
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert!(has("used") && !has("abandoned"));
    tokio::time::sleep(Duration::from_secs(300)).await;
    assert!(!has("used") && has("sse listening"));
    drop(listening);
}

#[tokio::test]
async fn a_session_is_none_for_another_principal_in_memory_and_in_the_store() {
    let state = tempfile::tempdir().unwrap();
    let store = Store::open(state.path()).unwrap();
    let sessions = Sessions::new(8, Duration::from_secs(300), Some(store));
    let asker = |who: &str| Asker::new(who.into());
    let id: SessionId = "id".into();
    let transport = ASKER.sync_scope(asker("anna"), || sessions.begin(id.clone(), false)).unwrap();
    let parameters = rmcp::model::InitializeRequestParams::default();
    SessionStore::store(&sessions, &id, &SessionState::new(parameters)).await.unwrap();
    sessions.use_session(&id).await.unwrap();
    let knows = async |who: &str| {
        let in_memory = ASKER.scope(asker(who), sessions.has_session(&id)).await.unwrap();
        let in_store = ASKER.scope(asker(who), sessions.load(&id)).await.unwrap().is_some();
        (in_memory, in_store)
    };
    assert_eq!((knows("anna").await, knows("ben").await), ((true, true), (false, false)));

    let delete = async |who: &str| {
        let mut router = axum::Router::new()
            .fallback(|| async { StatusCode::ACCEPTED })
            .layer(axum::middleware::from_fn_with_state(sessions.clone(), serve_as_asker));
        let mut request = Request::new(axum::body::Body::empty());
        *request.method_mut() = Method::DELETE;
        request.headers_mut().insert("mcp-session-id", HeaderValue::from_static("id"));
        request.extensions_mut().insert(Principal(who.to_owned()));
        tower_service::Service::call(&mut router, request).await.unwrap().status()
    };
    assert_eq!(delete("ben").await, StatusCode::NOT_FOUND);
    assert_eq!(knows("anna").await, (true, true), "another principal ends nothing");
    assert_eq!(delete("anna").await, StatusCode::ACCEPTED);
    assert_eq!(knows("anna").await, (true, false));
    // The end of its worker takes it out of memory.
    drop(transport);
    sessions.close_session(&id).await.unwrap();
    assert_eq!(knows("anna").await, (false, false));
}
