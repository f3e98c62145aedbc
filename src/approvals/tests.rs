use super::authenticator::Authenticator;
use super::*;

const HERE: &str = "http://localhost:8724";

fn site() -> Site {
    Site::on_this_machine(8724).unwrap()
}

fn enroll(authenticator: &Authenticator) -> Key {
    let (options, enrollment) = site().enroll("Ada", &[]).unwrap();
    site().key_of(&enrollment, authenticator.create(&options, HERE)).unwrap()
}

fn approval() -> Statement {
    Statement {
        word: Word::Approve,
        of: "plan-1".to_owned(),
        hash: "ab".repeat(32),
        typed: "C02XK1ZZJGH5".to_owned(),
        secrets_mark: String::new(),
        at: "2026-05-04T08:00:00Z".parse().unwrap(),
    }
}

fn error_text(error: Result<impl Sized, Error>) -> String {
    error.err().unwrap().to_string()
}

#[test]
fn a_statement_is_signed_and_proven_again_later() {
    let mut authenticator = Authenticator::new(1);
    let key = enroll(&authenticator);
    let (options, question) = site().ask(approval(), std::slice::from_ref(&key)).unwrap();
    assert_eq!(options["publicKey"]["userVerification"], "required");
    let signed = site().verify_signature(question, authenticator.sign(&options, HERE)).unwrap();
    assert_eq!(signed.credential, key.credential);
    let kept = serde_json::to_string(&signed.proof).unwrap();
    let proof: Proof = serde_json::from_str(&kept).unwrap();
    assert_eq!(proof.statement, approval());
    proof.prove(&key).unwrap();
    // With any counter that the store has by then.
    proof.prove(&Key { counter: 99, ..key }).unwrap();
    assert!(error_text(proof.prove(&enroll(&Authenticator::new(2)))).contains("not enrolled"));
}

#[test]
fn a_proof_is_good_for_its_own_statement_alone() {
    let mut authenticator = Authenticator::new(1);
    let key = enroll(&authenticator);
    let (options, question) = site().ask(approval(), std::slice::from_ref(&key)).unwrap();
    let proof = site().verify_signature(question, authenticator.sign(&options, HERE)).unwrap().proof;
    let changes: [fn(&mut Statement); 6] = [
        |statement| statement.word = Word::Reject,
        |statement| statement.of = "plan-2".to_owned(),
        |statement| statement.hash = "cd".repeat(32),
        |statement| statement.typed = "C02XK1ZZJGH6".to_owned(),
        |statement| statement.secrets_mark = "x".to_owned(),
        |statement| statement.at = "2026-05-03T08:00:00Z".parse().unwrap(),
    ];
    for change in changes {
        let mut other = proof.clone();
        change(&mut other.statement);
        assert!(error_text(other.prove(&key)).contains("another question"));
    }
    for (origin, why) in [
        ("http://localhost:9999", "question"),
        ("https://evil.example", "another"),
        ("http://evil.example", "no page"),
    ] {
        let moved = Proof { origin: origin.to_owned(), ..proof.clone() };
        assert!(error_text(moved.prove(&key)).contains(why), "{origin}");
    }
}

#[test]
fn an_answer_to_an_earlier_question_is_refused() {
    let mut authenticator = Authenticator::new(1);
    let key = enroll(&authenticator);
    let (options, _) = site().ask(approval(), std::slice::from_ref(&key)).unwrap();
    let earlier = authenticator.sign(&options, HERE);
    let (_, question) = site().ask(approval(), &[key]).unwrap();
    assert!(error_text(site().verify_signature(question, earlier)).contains("another question"));
}

#[test]
fn another_page_cannot_ask() {
    let mut authenticator = Authenticator::new(1);
    let key = enroll(&authenticator);
    for origin in ["https://evil.example", "http://localhost:8725", "http://127.0.0.1:8724"] {
        let (options, question) = site().ask(approval(), std::slice::from_ref(&key)).unwrap();
        assert!(
            error_text(site().verify_signature(question, authenticator.sign(&options, origin)))
                .contains("another site"),
            "{origin}"
        );
    }
    let (mut options, question) = site().ask(approval(), &[key]).unwrap();
    options["publicKey"]["rpId"] = "evil.example".into();
    assert!(
        error_text(site().verify_signature(question, authenticator.sign(&options, HERE)))
            .contains("another site")
    );
}

#[test]
fn the_person_must_have_been_verified() {
    let mut authenticator = Authenticator::new(1);
    let key = enroll(&authenticator);
    authenticator.verifies = false;
    let (options, question) = site().ask(approval(), &[key]).unwrap();
    assert!(
        error_text(site().verify_signature(question, authenticator.sign(&options, HERE))).contains("PIN")
    );
    let (options, enrollment) = site().enroll("Ada", &[]).unwrap();
    assert!(error_text(site().key_of(&enrollment, authenticator.create(&options, HERE))).contains("PIN"));
}

#[test]
fn a_counter_that_goes_back_is_refused() {
    let mut authenticator = Authenticator::new(1);
    authenticator.counter = 5;
    let mut key = enroll(&authenticator);
    assert_eq!(key.counter, 5);
    let (options, question) = site().ask(approval(), std::slice::from_ref(&key)).unwrap();
    key.counter = site().verify_signature(question, authenticator.sign(&options, HERE)).unwrap().counter;
    assert_eq!(key.counter, 6);
    authenticator.counter = 5;
    let (options, question) = site().ask(approval(), &[key]).unwrap();
    assert!(
        error_text(site().verify_signature(question, authenticator.sign(&options, HERE)))
            .contains("counter went back")
    );
}

#[test]
fn a_stranger_is_refused_and_nonsense_is_borne() {
    let key = enroll(&Authenticator::new(1));
    let (options, question) = site().ask(approval(), std::slice::from_ref(&key)).unwrap();
    assert!(
        error_text(site().verify_signature(question.clone(), Authenticator::new(2).sign(&options, HERE)))
            .contains("not enrolled")
    );
    for nonsense in [Value::Null, serde_json::json!({}), serde_json::json!({ "rawId": 7 }), "x".into()] {
        assert!(
            error_text(site().verify_signature(question.clone(), nonsense))
                .contains("not what a browser answers")
        );
    }
    let mut forged = Authenticator::new(1).sign(&options, HERE);
    forged["response"]["signature"] = base64url(&[0x30, 0x06, 2, 1, 1, 2, 1, 1]);
    assert!(site().verify_signature(question, forged).is_err());
    assert!(error_text(site().ask(approval(), &[])).contains("approvals enroll"));
    let damaged = Key { public: b"{}".to_vec(), ..key };
    assert!(error_text(site().ask(approval(), &[damaged])).contains("damaged"));
}

#[test]
fn a_site_is_a_name() {
    assert_eq!(site().origin(), HERE);
    assert_eq!(Site::under_name("mcp.example.com:8443").unwrap().origin(), "https://mcp.example.com:8443");
    assert_eq!(Site::under_name("mcp.example.com:443").unwrap().origin(), "https://mcp.example.com");
    for address in ["10.0.0.1", "[::1]", "", "a b"] {
        assert!(Site::under_name(address).is_err(), "{address}");
    }
}
