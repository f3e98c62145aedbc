//! Places at the tenant, the token they share, and calls that are given up.

use super::*;

async fn slow_rows() -> Response {
    tokio::time::sleep(Duration::from_millis(20)).await;
    json_of(200, &json!({"id": "1"}))
}

/// Send `count` reads at once; answers how many went well.
async fn at_once(tenant: &Tenant, count: usize) -> usize {
    let calls = (0..count).map(|_| send_to(tenant, "building_get", json!({"id": "1"})));
    futures::future::join_all(calls).await.iter().filter(|result| result.is_ok()).count()
}

#[tokio::test]
async fn many_calls_on_an_ended_token_share_one_and_keep_to_five_places() {
    let fake = Fake::start(|_| slow_rows()).await;
    fake.shared.lifetime.store(1, Ordering::SeqCst);
    let tenant = fake.tenant();
    assert_eq!(at_once(&tenant, 1).await, 1);
    fake.shared.lifetime.store(3600, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(at_once(&tenant, 200).await, 200);
    assert_eq!(fake.tokens(), 2);
    assert!(fake.shared.most.load(Ordering::SeqCst) <= 5);
}

#[tokio::test]
async fn tokens_of_a_second_serve_a_crowd() {
    let fake = Fake::start(|_| slow_rows()).await;
    fake.shared.lifetime.store(1, Ordering::SeqCst);
    assert_eq!(at_once(&fake.tenant(), 200).await, 200);
    assert!(fake.tokens() <= 10, "{}", fake.tokens());
}

#[tokio::test]
async fn a_token_of_no_length_is_not_asked_for_again_and_again() {
    let fake = Fake::start(|_| slow_rows()).await;
    fake.shared.lifetime.store(0, Ordering::SeqCst);
    let tenant = fake.tenant();
    assert_eq!(at_once(&tenant, 20).await, 20);
    assert!(fake.tokens() <= 2, "{}", fake.tokens());
}

#[tokio::test]
async fn a_token_endpoint_that_stumbles_once_costs_nobody_a_call() {
    let fake = Fake::start(|_| slow_rows()).await;
    fake.shared.token_faults.lock().unwrap().push(page(503, "<html></html>"));
    let tenant = fake.tenant();
    assert_eq!(at_once(&tenant, 20).await, 20);
    assert_eq!(fake.tokens(), 2);
}

#[tokio::test]
async fn wrong_credentials_are_the_operators_and_asked_once() {
    let fake = Fake::start(|_| slow_rows()).await;
    for _ in 0..5 {
        fake.shared.token_faults.lock().unwrap().push(json_of(401, &json!({"error": "invalid_client"})));
    }
    let tenant = fake.tenant();
    let error = send_to(&tenant, "building_get", json!({"id": "1"})).await.unwrap_err();
    assert!(matches!(error, Error::Operator(_)) && !error.to_string().contains("secret\""), "{error}");
    assert_eq!(at_once(&tenant, 20).await, 0);
    assert_eq!(fake.tokens(), 1);
}

#[tokio::test]
async fn the_older_token_path_is_found_and_remembered() {
    let fake = Fake::start(|seen| async move {
        match seen.path.as_str() {
            "/api/oauth/token" => json_of(200, &json!({"access_token": "old", "expires_in": 1})),
            _ => json_of(200, &json!({"id": "1"})),
        }
    })
    .await;
    fake.shared.token_faults.lock().unwrap().push(json_of(404, &json!({"errors": []})));
    let tenant = fake.tenant();
    assert_eq!(at_once(&tenant, 1).await, 1);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(at_once(&tenant, 1).await, 1);
    assert_eq!((fake.tokens(), fake.count("POST /api/oauth/token")), (1, 2));
}

#[tokio::test]
async fn a_read_given_up_is_hung_up_on() {
    let fake = Fake::start(|_| std::future::pending()).await;
    let (tenant, call) = (fake.tenant(), call());
    let cancelled = call.cancelled.clone();
    let task = tokio::spawn(async move {
        let request = request("building_get", json!({"id": "1"}));
        tenant.send(action("building_get"), &request, &call).await
    });
    until(|| fake.count("GET /api/v1/buildings/1") == 1).await;
    cancelled.cancel();
    assert!(matches!(task.await.unwrap(), Err(Error::Cancelled)));
    until(|| fake.shared.hung_up.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test]
async fn a_write_that_has_left_goes_on_and_one_that_has_not_never_leaves() {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let held = gate.clone();
    let fake = Fake::start(move |_| {
        let gate = held.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            json_of(201, &json!({"id": "1"}))
        }
    })
    .await;
    let tenant = fake.tenant();
    let write = |call: Call| {
        let tenant = tenant.clone();
        tokio::spawn(async move {
            let request = request("building_create", json!({"body": {"name": "North"}}));
            tenant.send(action("building_create"), &request, &call).await
        })
    };
    let leaving: Vec<Call> = (0..5).map(|_| call()).collect();
    let left: Vec<_> = leaving.iter().cloned().map(write).collect();
    until(|| fake.count("POST /api/v1/buildings") == 5).await;
    let waiting = call();
    let queued = write(waiting.clone());
    tokio::task::yield_now().await;
    waiting.cancelled.cancel();
    assert!(matches!(queued.await.unwrap(), Err(Error::Cancelled)));
    leaving.iter().for_each(|call| call.cancelled.cancel());
    gate.add_permits(5);
    for task in left {
        task.await.unwrap().unwrap();
    }
    assert_eq!(fake.count("POST /api/v1/buildings"), 5);
}

#[tokio::test]
async fn a_call_whose_time_is_over_does_not_leave() {
    let fake = Fake::start(|_| slow_rows()).await;
    let tenant = fake.tenant();
    assert_eq!(at_once(&tenant, 1).await, 1);
    let late = Call { deadline: Instant::now(), ..call() };
    let request = request("building_create", json!({"body": {"name": "North"}}));
    assert!(tenant.send(action("building_create"), &request, &late).await.is_err());
    assert_eq!(fake.count("POST /api/v1/buildings"), 0);
}

#[tokio::test]
async fn a_write_is_waited_for_longer_than_a_read() {
    let fake = Fake::start(|_| async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        json_of(201, &json!({"id": "1"}))
    })
    .await;
    let tenant = fake.tenant_with_silence(Duration::from_millis(100));
    tenant.sign_in(&call()).await.unwrap();
    send_to(&tenant, "building_create", json!({"body": {"name": "North"}})).await.unwrap();
    send_to(&tenant, "building_get", json!({"id": "1"})).await.unwrap_err();
}

#[tokio::test]
async fn a_slow_tenant_is_not_taken_for_a_dead_one() {
    let fake = Fake::start(|_| async {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        json_of(200, &json!({"id": "1"}))
    })
    .await;
    let tenant = fake.tenant();
    tenant.sign_in(&call()).await.unwrap();
    let waiting = |patience: Duration| {
        let (tenant, call) = (tenant.clone(), Call { deadline: Instant::now() + patience, ..call() });
        tokio::spawn(async move {
            let request = request("building_get", json!({"id": "1"}));
            tenant.send(action("building_get"), &request, &call).await
        })
    };
    let at_work: Vec<_> = (0..5).map(|_| waiting(Duration::from_secs(20))).collect();
    until(|| fake.count("GET /api/v1/buildings/1") == 5).await;
    let in_line: Vec<_> = (0..35).map(|_| waiting(Duration::from_millis(100))).collect();
    for call in in_line {
        let error = call.await.unwrap().unwrap_err();
        assert!(
            matches!(error, Error::Busy { .. }) && error.to_string().contains("a place in the queue"),
            "{error}"
        );
    }
    send_to(&tenant, "building_get", json!({"id": "1"})).await.unwrap();
    for call in at_work {
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_dead_tenant_is_left_alone_for_a_while() {
    let fake = Fake::start(|_| async { page(503, "<html></html>") }).await;
    let tenant = fake.tenant();
    for _ in 0..2 {
        send_to(&tenant, "building_get", json!({"id": "1"})).await.unwrap_err();
    }
    let before = fake.requests().len();
    let error = send_to(&tenant, "building_get", json!({"id": "1"})).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { retry_after: Some(_), .. }), "{error}");
    assert_eq!(fake.requests().len(), before);
}

#[tokio::test]
async fn reads_after_a_write_stay_on_its_node_for_the_same_caller() {
    let fake = Fake::start(|seen| async move {
        let mut response = json_of(200, &json!({"id": "1"}));
        if seen.line.starts_with("POST") {
            let cookies = ["jpro-ingress=node7; Path=/; HttpOnly", "other=1; Path=/"];
            for cookie in cookies {
                response.headers_mut().append("set-cookie", cookie.parse().unwrap());
            }
        }
        response
    })
    .await;
    let tenant = fake.tenant();
    send_to(&tenant, "building_get", json!({"id": "1"})).await.unwrap();
    send_to(&tenant, "building_create", json!({"body": {"name": "North"}})).await.unwrap();
    send_to(&tenant, "building_get", json!({"id": "1"})).await.unwrap();
    let other = Call { caller: "another".into(), ..call() };
    tenant.send(action("building_get"), &request("building_get", json!({"id": "1"})), &other).await.unwrap();
    let cookies: Vec<Option<String>> = fake
        .requests()
        .iter()
        .filter(|seen| seen.line.starts_with("GET"))
        .map(|seen| seen.headers.get("cookie").map(|value| value.to_str().unwrap().to_owned()))
        .collect();
    assert_eq!(cookies, [None, Some("jpro-ingress=node7".to_owned()), None]);
}

#[tokio::test]
async fn the_token_is_given_back_at_the_end() {
    let fake = Fake::start(|_| async { Response::builder().status(204).body(Body::empty()).unwrap() }).await;
    let tenant = fake.tenant();
    tenant.close().await;
    assert!(fake.requests().is_empty());
    tenant.sign_in(&call()).await.unwrap();
    tenant.close().await;
    assert_eq!(fake.count("POST /api/v1/auth/invalidate-token"), 1);
}

#[tokio::test]
async fn a_timeout_says_what_was_waited_for_and_how_long() {
    let fake = Fake::start(|_| std::future::pending()).await;
    let tenant = fake.tenant();
    tenant.sign_in(&call()).await.unwrap();
    let read = async |patience: Duration| {
        let call = Call { deadline: Instant::now() + patience, ..call() };
        let request = request("building_get", json!({"id": "1"}));
        tenant.send(action("building_get"), &request, &call).await.unwrap_err().to_string()
    };
    let said = read(Duration::from_millis(1200)).await;
    assert!(said.starts_with("the tenant did not answer within 1 s"), "{said}");
    let said = read(Duration::ZERO).await;
    assert!(said.contains("before the tenant was asked"), "{said}");
    // A secret that does not come keeps the token waiting.
    let config = ClientConfig { credentials: Arc::new(LockedKeychain), ..config(&fake.url) };
    let tenant = Tenant::new(&config).unwrap();
    let call = Call { deadline: Instant::now() + Duration::from_millis(1200), ..call() };
    let request = request("building_get", json!({"id": "1"}));
    let said = tenant.send(action("building_get"), &request, &call).await.unwrap_err().to_string();
    assert!(said.contains("waited 1 s for an access token"), "{said}");
}
