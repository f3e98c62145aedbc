//! What each fault of a tenant becomes, and how often a call was sent for it.

use super::*;

#[derive(Debug, PartialEq)]
enum Becomes {
    Fine,
    Jamf(u16),
    Operator,
    Unreachable,
    Unknown,
}

fn kind(result: &Result<Reply, Error>) -> Becomes {
    match result {
        Ok(_) => Becomes::Fine,
        Err(Error::Jamf(error)) => Becomes::Jamf(error.status),
        Err(Error::Operator(_)) => Becomes::Operator,
        Err(Error::Unreachable { .. }) => Becomes::Unreachable,
        Err(Error::Unknown { .. }) => Becomes::Unknown,
        Err(other) => panic!("{other:?}"),
    }
}

type Answer = fn() -> Response;

const LOGIN: &str = "<!DOCTYPE html><html><head><title>Login</title></head></html>";
const EDGE: &str =
    "<html><head><title>504</title></head><body><h1>504</h1><p>The edge gave up.</p></body></html>";

async fn outcome(
    tool: &'static str,
    arguments: Value,
    line: &str,
    answer: Answer,
) -> (Becomes, usize, String) {
    let fake = Fake::start(move |_| async move { answer() }).await;
    let result = send_to(&fake.tenant(), tool, arguments).await;
    let text = result.as_ref().err().map(ToString::to_string).unwrap_or_default();
    (kind(&result), fake.count(line), text)
}

#[tokio::test]
async fn reads_are_sent_again_only_where_it_can_help() {
    let table: [(&str, Answer, Becomes, usize); 16] = [
        ("400", || json_of(400, &json!({"errors": []})), Becomes::Jamf(400), 1),
        ("403", || json_of(403, &json!({"errors": [{"code": "INVALID_PRIVILEGE"}]})), Becomes::Jamf(403), 1),
        ("404", || json_of(404, &json!({"errors": []})), Becomes::Jamf(404), 1),
        ("409", || json_of(409, &json!({"errors": []})), Becomes::Jamf(409), 1),
        ("408", || json_of(408, &json!({})), Becomes::Jamf(408), 3),
        ("429", || json_of(429, &json!({})), Becomes::Jamf(429), 3),
        ("500", || json_of(500, &json!({"errors": []})), Becomes::Jamf(500), 2),
        ("501", || json_of(501, &json!({})), Becomes::Jamf(501), 1),
        ("502", || page(502, EDGE), Becomes::Unreachable, 3),
        ("503", || page(503, LOGIN), Becomes::Unreachable, 3),
        ("504", || page(504, EDGE), Becomes::Unreachable, 3),
        ("login", || page(200, LOGIN), Becomes::Unreachable, 1),
        (
            "redirect",
            || Response::builder().status(302).header("location", "/sso").body(Body::empty()).unwrap(),
            Becomes::Operator,
            1,
        ),
        ("cut", cut_off, Becomes::Unreachable, 3),
        ("shape", || json_of(418, &json!([1])), Becomes::Jamf(418), 1),
        ("fine", || json_of(200, &json!({"id": "1"})), Becomes::Fine, 1),
    ];
    for (name, answer, becomes, times) in table {
        let (is, sent, text) =
            outcome("building_get", json!({"id": "1"}), "GET /api/v1/buildings/1", answer).await;
        assert_eq!((is, sent), (becomes, times), "{name}: {text}");
    }
}

#[tokio::test]
async fn writes_are_never_sent_twice_and_do_not_claim_what_nobody_knows() {
    let table: [(&str, Answer, Becomes); 17] = [
        ("400", || json_of(400, &json!({"errors": []})), Becomes::Jamf(400)),
        ("403", || json_of(403, &json!({})), Becomes::Jamf(403)),
        (
            "409",
            || json_of(409, &json!({"errors": [{"code": "DUPLICATE_FIELD", "field": "name"}]})),
            Becomes::Jamf(409),
        ),
        ("429", || json_of(429, &json!({})), Becomes::Jamf(429)),
        ("501", || json_of(501, &json!({})), Becomes::Jamf(501)),
        ("408", || json_of(408, &json!({})), Becomes::Unknown),
        ("500", || json_of(500, &json!({"errors": []})), Becomes::Unknown),
        ("502", || page(502, EDGE), Becomes::Unknown),
        ("503", || page(503, LOGIN), Becomes::Unknown),
        ("504", || page(504, EDGE), Becomes::Unknown),
        ("507", || json_of(507, &json!({})), Becomes::Unknown),
        ("520", || json_of(520, &json!({})), Becomes::Unknown),
        ("524", || page(524, EDGE), Becomes::Unknown),
        ("login", || page(200, LOGIN), Becomes::Unknown),
        ("cut", cut_off, Becomes::Unknown),
        (
            "redirect",
            || Response::builder().status(302).header("location", "/sso").body(Body::empty()).unwrap(),
            Becomes::Operator,
        ),
        ("fine", || json_of(201, &json!({"id": "1"})), Becomes::Fine),
    ];
    for (name, answer, becomes) in table {
        let body = json!({"body": {"name": "North"}});
        let (is, sent, text) = outcome("building_create", body, "POST /api/v1/buildings", answer).await;
        assert_eq!((is, sent), (becomes, 1), "{name}: {text}");
        if text.contains("unknown") {
            assert!(
                text.contains("`building_list`") && !text.contains("Nothing was changed"),
                "{name}: {text}"
            );
        }
    }
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_leaves_a_write_unknown() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let writes = Arc::new(AtomicUsize::new(0));
    let count = writes.clone();
    let server = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut buffer = vec![0; 8192];
            let mut read = socket.read(&mut buffer).await.unwrap();
            if buffer[..read].starts_with(b"POST /api/v1/oauth/token") {
                while !buffer[..read].ends_with(b"client_secret=secret") {
                    read += socket.read(&mut buffer[read..]).await.unwrap();
                }
                let body = r#"{"access_token":"t","expires_in":60}"#;
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
                let answer = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
                socket.write_all(answer.as_bytes()).await.unwrap();
            } else if read > 0 {
                count.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    let tenant = Tenant::new(&config(&url)).unwrap();
    let result = send_to(&tenant, "building_create", json!({"body": {"name": "North"}})).await;
    assert_eq!(kind(&result), Becomes::Unknown, "{result:?}");
    assert_eq!(writes.load(Ordering::SeqCst), 1);
    server.abort();
}

#[tokio::test]
async fn what_was_never_sent_says_so() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let tenant = Tenant::new(&config(&url)).unwrap();
    let result = send_to(&tenant, "building_create", json!({"body": {"name": "North"}})).await;
    assert_eq!(kind(&result), Becomes::Unreachable, "{result:?}");
    assert!(result.unwrap_err().to_string().contains("not reachable"));
}

#[tokio::test]
async fn a_read_that_recovers_is_answered() {
    let fake = Fake::start(|seen| async move {
        match seen.before {
            0 => page(503, LOGIN),
            1 => cut_off(),
            _ => json_of(200, &json!({"id": "1"})),
        }
    })
    .await;
    send_to(&fake.tenant(), "building_get", json!({"id": "1"})).await.unwrap();
    assert_eq!(fake.count("GET /api/v1/buildings/1"), 3);
}

#[tokio::test]
async fn a_wait_that_does_not_fit_is_told_at_once() {
    for wait in ["100", "1000000000"] {
        let fake = Fake::start(move |_| async move {
            Response::builder().status(503).header("retry-after", wait).body(Body::empty()).unwrap()
        })
        .await;
        let error = send_to(&fake.tenant(), "building_get", json!({"id": "1"})).await.unwrap_err();
        assert_eq!(fake.count("GET /api/v1/buildings/1"), 1, "{wait}");
        let Error::Unreachable { retry_after: Some(_), message } = error else { panic!("{error:?}") };
        assert!(message.text.contains("asks to wait"), "{message}");
    }
}

#[tokio::test]
async fn a_write_that_is_turned_away_says_when_to_come_back() {
    let fake = Fake::start(|_| async {
        Response::builder().status(429).header("retry-after", "60").body(Body::empty()).unwrap()
    })
    .await;
    let (tenant, call) = (fake.tenant(), call());
    let request = request("building_create", json!({"body": {"name": "North"}}));
    let error = tenant.send(action("building_create"), &request, &call).await.unwrap_err();
    assert!(error.to_string().contains("60 s"), "{error}");
    assert_eq!(call.tracker.outcome(), crate::outcome::Outcome::Failed);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_the_call_sent_again_as_it_was() {
    let fake = Fake::start(|seen| async move {
        match seen.token() {
            "Bearer t0" => json_of(401, &json!({"errors": [{"code": "INVALID_TOKEN", "field": null}]})),
            _ => json_of(201, &json!({"id": "1"})),
        }
    })
    .await;
    send_to(&fake.tenant(), "building_create", json!({"body": {"name": "North"}})).await.unwrap();
    let posts: Vec<ReceivedRequest> =
        fake.requests().into_iter().filter(|seen| seen.path == "/api/v1/buildings").collect();
    assert_eq!(posts.len(), 2);
    assert_eq!(posts[0].body, posts[1].body);
    assert_eq!(fake.tokens(), 2);
}

#[tokio::test]
async fn tokens_refused_for_ever_end_and_do_not_blame_a_privilege() {
    let fake = Fake::start(|_| async { json_of(401, &json!({"errors": [{"code": "INVALID_TOKEN"}]})) }).await;
    let result = send_to(&fake.tenant(), "building_get", json!({"id": "1"})).await;
    assert_eq!(kind(&result), Becomes::Operator, "{result:?}");
    assert_eq!((fake.count("GET /api/v1/buildings/1"), fake.tokens()), (2, 2));
}

#[tokio::test]
async fn a_401_that_means_not_allowed_costs_one_token_in_a_while() {
    let page_of_classic = "<html><head><title>Status page</title></head><body><p>Unauthorized</p><p>The request requires user authentication</p></body></html>";
    let fake = Fake::start(move |_| async move { page(401, page_of_classic) }).await;
    let tenant = fake.tenant();
    let error = send_to(&tenant, "policy_get", json!({"id": 1})).await.unwrap_err();
    assert!(error.to_string().contains("not permitted"), "{error}");
    assert_eq!((fake.count("GET /JSSResource/policies/id/1"), fake.tokens()), (2, 2));
    send_to(&tenant, "policy_get", json!({"id": 1})).await.unwrap_err();
    assert_eq!((fake.count("GET /JSSResource/policies/id/1"), fake.tokens()), (3, 2));
}

#[tokio::test]
async fn a_classic_delete_that_answers_400_may_have_been_done() {
    let answer: Answer = || page(400, "<html><body><p>Bad Request</p></body></html>");
    let (is, sent, text) =
        outcome("policy_delete", json!({"id": "1"}), "DELETE /JSSResource/policies/id/1", answer).await;
    assert_eq!((is, sent), (Becomes::Unknown, 1), "{text}");
}

#[tokio::test]
async fn an_export_is_a_read_whatever_its_method() {
    let answer: Answer = || page(503, LOGIN);
    let (is, sent, text) =
        outcome("building_export", json!({}), "POST /api/v1/buildings/export", answer).await;
    assert_eq!((is, sent), (Becomes::Unreachable, 3), "{text}");
    assert!(!text.contains("may have been made"), "{text}");
}

#[tokio::test]
async fn every_request_of_a_fan_out_waits_for_the_end_of_an_outage() {
    // Every path is away for three requests, once the call was answered: 60 requests are 180 attempts that fail.
    let fake = Fake::start(|seen| async move {
        let is_away = seen.path != "/api/v1/buildings/1" && seen.before < 3;
        if is_away { page(503, LOGIN) } else { json_of(200, &json!({"id": "1"})) }
    })
    .await;
    let (tenant, call) =
        (fake.tenant(), Call { deadline: Instant::now() + Duration::from_secs(120), ..call() });
    let ask = async |number: usize| {
        let request = request("building_get", json!({"id": number.to_string()}));
        tenant.send(action("building_get"), &request, &call).await
    };
    ask(1).await.unwrap();
    let answers = futures::future::join_all((2..62).map(ask)).await;
    let failed: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert!(failed.is_empty(), "{} of 60 failed: {:?}", failed.len(), failed.first());
    assert_eq!(fake.count("GET /api/v1/buildings/61"), 4);
}
