//! The page's checks of requests and its API, asked as its script asks, with passkeys in software.

use jiff::{SignedDuration, Timestamp};
use reqwest::Client;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::approvals::authenticator::Authenticator;
use crate::approvals::quorum::verify;
use crate::audit::Audit;
use crate::config::ApprovalsConfig;
use crate::plan::{Basis, Confirmation, Plan, Reach, Requester, Undo};
use crate::store::{State as PlanState, Voucher, random_id};

#[path = "tests/people.rs"]
mod people;

use people::pass_a_day;

const SERIAL: &str = "C02XK1ZZJGH5";

struct Here {
    folder: TempDir,
    store: Store,
    audit: Audit,
    copies: tokio::net::UdpSocket,
    origin: String,
    port: u16,
    client: Client,
}

impl Here {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let audit = Audit::open(folder.path(), "demo").unwrap();
        let copies = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut config = Config { state: Some(folder.path().to_owned()), ..Config::default() };
        config.audit.syslog = Some(copies.local_addr().unwrap().to_string());
        config.tenants.insert(
            "demo".to_owned(),
            serde_json::from_value(
                json!({ "url": "https://demo.example", "client_id": "x", "secret": { "env": "X" } }),
            )
            .unwrap(),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        config.approvals.port = port;
        let site = Site::on_this_machine(port).unwrap();
        let origin = site.origin().to_owned();
        let page = Page::new(site, store.clone(), Logs::start(&config).unwrap(), &config);
        tokio::spawn(crate::http::run(listener, page.router(), CancellationToken::new()));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { folder, store, audit, copies, origin, port, client }
    }

    async fn ask(&self, path: &str, session: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("http://127.0.0.1:{}/approvals/api/{path}", self.port);
        let request = match &body {
            Some(body) => {
                self.client.post(url).body(body.to_string()).header("content-type", "application/json")
            }
            None => self.client.get(url),
        };
        let answer = request
            .header("host", self.origin.trim_start_matches("http://"))
            .header("origin", &self.origin)
            .header(origin::OURS, "1")
            .header("authorization", format!("Bearer {session}"))
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
    }

    async fn right(&self, path: &str, session: &str, body: Value) -> Value {
        let (status, answer) = self.ask(path, session, Some(body)).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    async fn refusal(&self, path: &str, session: &str, body: Value) -> String {
        let (status, answer) = self.ask(path, session, Some(body)).await;
        assert_ne!(status, 200, "{path}: {answer}");
        answer["error"].as_str().unwrap().to_owned()
    }

    /// Enroll with a code; answers the session.
    async fn enroll(&self, code: &str, name: &str, authenticator: &Authenticator) -> String {
        let asked = self.right("enroll", "", json!({ "code": code, "name": name })).await;
        let made = authenticator.create(&asked["options"], &self.origin);
        let done =
            self.right("enrolled", "", json!({ "question": asked["question"], "credential": made })).await;
        done["session"].as_str().unwrap().to_owned()
    }

    async fn first(&self) -> (Authenticator, String) {
        let ada = Authenticator::new(1);
        let session = self.enroll(&self.store.new_enrollment_code("ada").unwrap(), "Ada", &ada).await;
        (ada, session)
    }

    async fn declare(
        &self,
        statement: Value,
        session: &str,
        authenticator: &mut Authenticator,
    ) -> (u16, Value) {
        let asked = self.right("say", session, statement).await;
        let signed = authenticator.sign(&asked["options"], &self.origin);
        self.ask("said", session, Some(json!({ "question": asked["question"], "credential": signed }))).await
    }

    fn file(&self, risk: &str, change: impl FnOnce(&mut Plan)) -> Plan {
        let now = Timestamp::now();
        let mut plan = Plan {
            id: random_id(),
            hash: String::new(),
            tenant: "demo".to_owned(),
            tenant_url: "https://example.jamfcloud.com/".to_owned(),
            tenant_label: None,
            tool: "computer_erase".to_owned(),
            title: "Erase a computer".to_owned(),
            about: "Erase one computer.".to_owned(),
            risk: risk.to_owned(),
            requester: Requester { who: "anna".to_owned(), client: None, transport: "stdio".to_owned() },
            reason: None,
            ticket: None,
            arguments: json!({}),
            targets: Vec::new(),
            reach: Reach::default(),
            basis: Basis::default(),
            changes: Vec::new(),
            references: Vec::new(),
            not_checked: Vec::new(),
            warnings: Vec::new(),
            undo: Undo { possible: false, note: String::new() },
            is_loss: false,
            asks: Vec::new(),
            undoes: None,
            window: None,
            by_window: None,
            calls: Vec::new(),
            confirmation: Confirmation { what: "the serial number".to_owned(), expected: SERIAL.to_owned() },
            approvals_needed: if risk == "critical" { 2 } else { 1 },
            second_minutes: None,
            takes_other_person: false,
            delay_minutes: None,
            made: now,
            expires: now + SignedDuration::from_mins(60),
        };
        change(&mut plan);
        plan.hash = plan.digest(&json!({ "exact": "CANARY" }));
        self.store.file_plan(&plan, &json!({ "exact": "CANARY" }), &plan.id, &["one".to_owned()]).unwrap();
        plan
    }

    fn log(&self) -> String {
        self.audit.verify().unwrap();
        self.audit.tail(50).unwrap().join("\n")
    }

    /// Whether the gate would apply it.
    fn stands(&self, plan: &Plan) -> bool {
        self.held(plan).is_ok()
    }

    /// Waits for a copy of a record that holds this text.
    async fn copied(&self, text: &str) {
        let mut buffer = [0; 4096];
        while !String::from_utf8_lossy(&buffer).contains(text) {
            let copy = tokio::time::timeout(Duration::from_secs(10), self.copies.recv(&mut buffer));
            copy.await.expect("no copy arrives").unwrap();
        }
    }

    fn held(&self, plan: &Plan) -> Result<(), Error> {
        let pages = Pages::new(&ApprovalsConfig { port: self.port, ..ApprovalsConfig::default() });
        let plan_record = self.store.plan(&plan.id).unwrap().unwrap();
        verify(&self.store, &GateConfig::default(), &plan_record, &|approver, approval, plan| {
            crate::approvals::records::verify_enrollment(&Logs::in_folder(self.folder.path()), approver)?;
            pages.prove(approver, approval, plan)
        })
    }
}

fn approve(plan: &Plan) -> Value {
    json!({ "word": "approve", "of": plan.id, "hash": plan.hash, "typed": SERIAL })
}

#[tokio::test]
async fn the_first_passkey_takes_a_code_and_the_next_ones_an_invitation() {
    let here = Here::open().await;
    assert_eq!(here.ask("state", "", None).await.1, json!({ "enrolled": false }));
    let code = here.store.new_enrollment_code("anna").unwrap();
    assert!(
        here.refusal("enroll", "", json!({ "code": code, "name": " \u{202e} " }))
            .await
            .contains("a name has")
    );
    assert!(
        here.refusal("enroll", "", json!({ "code": "WRONG", "name": "Eve" }))
            .await
            .contains("wrong, used or too old")
    );
    let mut ada = Authenticator::new(1);
    let session = here.enroll(&code, "Ada", &ada).await;
    assert_eq!(here.ask("state", "", None).await.1, json!({ "enrolled": true }));
    assert!(here.log().contains("a passkey of \\\"Ada\\\" is enrolled, with a code from the terminal"));

    // Codes from the terminal open nothing any more.
    let another = here.store.new_enrollment_code("anna").unwrap();
    assert!(here.refusal("enroll", "", json!({ "code": another, "name": "Eve" })).await.contains("invite"));

    let (_, invited) = here.declare(json!({ "word": "invite", "of": "Ben" }), &session, &mut ada).await;
    let code = invited["code"].as_str().unwrap();
    here.enroll(code, "Somebody Else", &Authenticator::new(2)).await;
    let names: Vec<String> =
        here.store.approvers().unwrap().into_iter().map(|approver| approver.name).collect();
    assert_eq!(names, ["Ada", "Ben"], "the name is the invited one");
    assert!(here.log().contains("invited by Ada"));
}

#[tokio::test]
async fn five_wrong_codes_end_a_code() {
    let here = Here::open().await;
    let code = here.store.new_enrollment_code("anna").unwrap();
    for _ in 0..5 {
        here.refusal("enroll", "", json!({ "code": "WRONG", "name": "Eve" })).await;
    }
    assert!(here.refusal("enroll", "", json!({ "code": code, "name": "Ada" })).await.contains("wrong"));
}

#[tokio::test]
async fn an_approval_holds_before_the_gate_and_a_forged_one_does_not() {
    let here = Here::open().await;
    let (mut ada, session) = here.first().await;
    let plan = here.file("destructive", |_| {});
    assert!(here.refusal("say", "", approve(&plan)).await.contains("sign in"));
    let wrong = json!({ "word": "approve", "of": plan.id, "hash": plan.hash, "typed": "C02" });
    assert!(here.refusal("say", &session, wrong).await.contains("not the serial number"));
    let other = json!({ "word": "approve", "of": plan.id, "hash": "00", "typed": SERIAL });
    assert!(here.refusal("say", &session, other).await.contains("not the one that was shown"));

    let (status, whole) = here.declare(approve(&plan), &session, &mut ada).await;
    assert_eq!((status, &whole["state"]), (200, &json!("approved")), "{whole}");
    assert!(!whole.to_string().contains("CANARY"), "exact arguments are not shown");
    assert!(here.stands(&plan));
    assert!(here.log().contains("\"phase\":\"approved\""));

    // The same row for another plan, as somebody with a shell could write it.
    let victim = here.file("destructive", |_| {});
    let mut approval = here.store.plan(&plan.id).unwrap().unwrap().approvals.remove(0);
    approval.hash.clone_from(&victim.hash);
    let plan_record = here.store.plan(&victim.id).unwrap().unwrap();
    here.store.write_approval(&plan_record, &approval, &BTreeMap::new(), None, |_| true).unwrap();
    assert_eq!(here.store.plan(&victim.id).unwrap().unwrap().state, PlanState::Approved);
    assert!(!here.stands(&victim), "the store says approved, the signature does not");
}

#[tokio::test]
async fn a_question_is_answered_once() {
    let here = Here::open().await;
    let (mut ada, session) = here.first().await;
    let plan = here.file("destructive", |_| {});
    let asked = here.right("say", &session, approve(&plan)).await;
    let answer =
        json!({ "question": asked["question"], "credential": ada.sign(&asked["options"], &here.origin) });
    here.right("said", &session, answer.clone()).await;
    assert!(here.refusal("said", &session, answer.clone()).await.contains("answered already"));
    let another = here.file("destructive", |_| {});
    let asked = here.right("say", &session, approve(&another)).await;
    let mut replayed = answer;
    replayed["question"] = asked["question"].clone();
    assert!(here.refusal("said", &session, replayed).await.contains("another question"));
    assert_eq!(here.store.plan(&another.id).unwrap().unwrap().state, PlanState::Waiting);
}

#[tokio::test]
async fn critical_plans_take_two_people() {
    let here = Here::open().await;
    let (mut ada, session) = here.first().await;
    let (_, invited) = here.declare(json!({ "word": "invite", "of": "ada " }), &session, &mut ada).await;
    let mut second = Authenticator::new(2);
    here.enroll(invited["code"].as_str().unwrap(), "", &second).await;
    let (_, invited) = here.declare(json!({ "word": "invite", "of": "Ben" }), &session, &mut ada).await;
    let mut ben = Authenticator::new(3);
    here.enroll(invited["code"].as_str().unwrap(), "", &ben).await;
    pass_a_day(&here.store);

    let plan = here.file("critical", |_| {});
    let (_, whole) = here.declare(approve(&plan), &session, &mut ada).await;
    assert_eq!(whole["state"], "waiting");
    let (status, said) = here.declare(approve(&plan), &session, &mut ada).await;
    assert!(status == 403 && said["error"].as_str().unwrap().contains("another person"), "{said}");
    let (_, whole) = here.declare(approve(&plan), &session, &mut second).await;
    assert_eq!(whole["state"], "waiting", "two passkeys of one person are one person");
    assert!(!here.stands(&plan));
    let (_, whole) = here.declare(approve(&plan), &session, &mut ben).await;
    assert_eq!(whole["state"], "approved");
    assert!(here.stands(&plan));
}

#[tokio::test]
async fn rejected_and_expired_plans_cannot_be_approved() {
    let here = Here::open().await;
    let (mut ada, session) = here.first().await;
    let plan = here.file("destructive", |_| {});
    let no = json!({ "word": "reject", "of": plan.id, "hash": plan.hash, "typed": "not her Mac" });
    let (_, whole) = here.declare(no, &session, &mut ada).await;
    assert_eq!(
        (&whole["state"], &whole["approvals"][0]["note"]),
        (&json!("rejected"), &json!("not her Mac"))
    );
    assert!(here.refusal("say", &session, approve(&plan)).await.contains("rejected"));

    let over =
        here.file("destructive", |plan| plan.expires = Timestamp::now() - SignedDuration::from_secs(1));
    assert!(here.refusal("say", &session, approve(&over)).await.contains("expired"));
    let soon =
        here.file("destructive", |plan| plan.expires = Timestamp::now() + SignedDuration::from_millis(300));
    let asked = here.right("say", &session, approve(&soon)).await;
    tokio::time::sleep(Duration::from_millis(350)).await;
    let late =
        json!({ "question": asked["question"], "credential": ada.sign(&asked["options"], &here.origin) });
    assert!(here.refusal("said", &session, late).await.contains("expired"));
}

#[tokio::test]
async fn a_copied_passkey_does_not_count() {
    let here = Here::open().await;
    let mut ada = Authenticator::new(1);
    ada.counter = 7;
    let session = here.enroll(&here.store.new_enrollment_code("anna").unwrap(), "Ada", &ada).await;
    let mut copy = ada.clone();
    let sign_in = json!({ "word": "sign_in" });
    assert_eq!(here.declare(sign_in.clone(), &session, &mut ada).await.0, 200);
    let (status, said) = here.declare(sign_in, &session, &mut copy).await;
    assert!(status == 403 && said["error"].as_str().unwrap().contains("counter"), "{said}");
}

#[tokio::test]
async fn whose_passkey_is_removed_sees_and_says_nothing_more() {
    let here = Here::open().await;
    let (mut ada, session) = here.first().await;
    let credential = here.store.approvers().unwrap().remove(0).credential;
    let last = json!({ "word": "remove", "of": credential });
    assert!(here.refusal("say", &session, last).await.contains("last passkey"));
    let (_, invited) = here.declare(json!({ "word": "invite", "of": "Ben" }), &session, &mut ada).await;
    let mut ben = Authenticator::new(2);
    let his = here.enroll(invited["code"].as_str().unwrap(), "", &ben).await;
    assert_eq!(here.ask("plans", &his, None).await.0, 200);
    let credential = here.store.approvers().unwrap().remove(1).credential;
    // Asked before, answered after.
    let pending = here.right("say", &his, json!({ "word": "sign_in" })).await;
    let (_, removed) = here.declare(json!({ "word": "remove", "of": credential }), &session, &mut ada).await;
    assert_eq!(removed, json!({ "removed": true }));
    assert_eq!(here.ask("plans", &his, None).await.0, 401);
    let late =
        json!({ "question": pending["question"], "credential": ben.sign(&pending["options"], &here.origin) });
    assert!(here.refusal("said", &his, late).await.contains("not enrolled here any more"));
    assert!(here.log().contains("\"phase\":\"removed\""));
}

#[tokio::test]
async fn secrets_go_to_who_approved_and_come_from_who_approves() {
    let here = Here::open().await;
    let (mut ada, session) = here.first().await;
    let plan = here.file("destructive", |plan| plan.asks = vec!["body.pin".to_owned()]);
    let mut statement = approve(&plan);
    statement["answers"] = json!({ "body.pin": "CANARY-135790" });
    assert_eq!(here.declare(statement, &session, &mut ada).await.0, 200);
    assert_eq!(here.store.answers(&plan.id).unwrap()["body.pin"].expose_secret(), "CANARY-135790");

    here.store.keep_secret("demo", &plan.id, "PIN", "MB-1", &SecretString::from("CANARY-482913")).unwrap();
    let (_, invited) = here.declare(json!({ "word": "invite", "of": "Ben" }), &session, &mut ada).await;
    let mut ben = Authenticator::new(2);
    here.enroll(invited["code"].as_str().unwrap(), "", &ben).await;
    let show = json!({ "word": "show", "of": plan.id });
    let (status, said) = here.declare(show.clone(), &session, &mut ben).await;
    assert!(status == 403 && said["error"].as_str().unwrap().contains("who approved"), "{said}");
    let (_, shown) = here.declare(show.clone(), &session, &mut ada).await;
    assert_eq!(shown["secrets"][0]["value"], "CANARY-482913");
    // An answer can be lost on its way: it is shown again until she has it.
    let (_, again) = here.declare(show.clone(), &session, &mut ada).await;
    assert_eq!(again["secrets"][0]["value"], "CANARY-482913");
    let have = json!({ "receipt": again["receipt"] });
    assert_eq!(here.ask("have", "", Some(have.clone())).await.0, 401);
    let (status, whole) = here.ask("have", &session, Some(have.clone())).await;
    assert!(status == 200 && whole["secrets"][0]["is_kept"] == json!(false), "{whole}");
    assert_eq!(here.ask("have", &session, Some(have)).await.0, 400);
    let (_, gone) = here.declare(show, &session, &mut ada).await;
    assert_eq!(gone["secrets"], json!([]));
    assert!(here.log().contains("secrets erased") && !here.log().contains("CANARY"));
}

#[tokio::test]
async fn who_has_a_plan_run_gets_its_secrets_without_another_signature_and_nobody_else_does() {
    let here = Here::open().await;
    let (mut ada, session) = here.first().await;
    let (_, invited) = here.declare(json!({ "word": "invite", "of": "Ben" }), &session, &mut ada).await;
    let ben = Authenticator::new(2);
    let his = here.enroll(invited["code"].as_str().unwrap(), "", &ben).await;
    let plan = here.file("destructive", |_| {});
    let mut statement = approve(&plan);
    statement["word"] = json!("approve_and_run");
    let (status, whole) = here.declare(statement, &session, &mut ada).await;
    assert!(status == 200 && whole["approvals"][0]["runs"] == json!(true), "{whole}");
    // No server of this tenant runs here, and the page says so.
    assert!(whole["notice"].as_str().unwrap().contains("No server for tenant demo runs"), "{whole}");
    assert!(here.stands(&plan), "it is an approval like any other");
    assert!(here.store.plan(&plan.id).unwrap().unwrap().runs);
    here.store.keep_secret("demo", &plan.id, "PIN", "MB-1", &SecretString::from("CANARY-482913")).unwrap();
    let collect = json!({ "token": whole["collect"] });
    assert_eq!(here.ask("collect", "", Some(collect.clone())).await.0, 401);
    assert_eq!(here.ask("collect", &his, Some(collect.clone())).await.0, 403);
    let (_, shown) = here.ask("collect", &session, Some(collect)).await;
    assert_eq!(shown["secrets"][0]["value"], "CANARY-482913", "{shown}");
    let have = json!({ "receipt": shown["receipt"] });
    assert_eq!(here.ask("have", &session, Some(have)).await.0, 200);
    assert!(here.log().contains("secrets shown") && here.log().contains("to be run at once"));
}

#[tokio::test]
async fn a_plan_of_another_process_is_written_into_the_log_of_its_own_tenant() {
    let here = Here::open().await;
    let (mut ada, session) = here.first().await;
    let plan = here.file("destructive", |plan| plan.tenant = "other".to_owned());
    assert_eq!(here.declare(approve(&plan), &session, &mut ada).await.0, 200);
    let other = Audit::open(here.folder.path(), "other").unwrap();
    assert!(other.tail(1).unwrap().remove(0).contains(&plan.hash));
    assert!(!here.log().contains(&plan.hash));
    // Copies go where the configuration says, and who may approve is said in every log of the folder.
    here.copied(&plan.hash).await;
    let invite = json!({ "word": "invite", "of": "Ben" });
    here.declare(invite, &session, &mut ada).await;
    assert!(other.tail(1).unwrap().remove(0).contains("invites") && here.log().contains("invites"));
    other.verify().unwrap();
}

/// Somebody with a shell writes a passkey of their own into the store, and signs with it as it should be.
#[tokio::test]
async fn a_passkey_whose_enrollment_is_not_on_record_approves_nothing() {
    let here = Here::open().await;
    here.first().await;
    let by = Voucher::Passkey {
        credential: here.store.approvers().unwrap().remove(0).credential,
        proof: "forged".to_owned(),
    };
    let mut mallory = Authenticator::new(9);
    let site = Site::on_this_machine(here.port).unwrap();
    let (options, enrollment) = site.enroll("Mallory", &[]).unwrap();
    let key = site.key_of(&enrollment, mallory.create(&options, &here.origin)).unwrap();
    assert!(here.store.enroll(&key.credential, "Mallory", &key.public, key.counter, &by, Some("")).unwrap());
    pass_a_day(&here.store);
    let (_, signed_in) = here.declare(json!({ "word": "sign_in" }), "", &mut mallory).await;
    let plan = here.file("destructive", |_| {});
    let session = signed_in["session"].as_str().unwrap();
    let (_, whole) = here.declare(approve(&plan), session, &mut mallory).await;
    assert_eq!(whole["state"], "approved", "the row says so");
    let refused = here.held(&plan).unwrap_err().to_string();
    assert!(refused.contains("no enrollment of the passkey of Mallory"), "{refused}");
}

#[tokio::test]
async fn nonsense_is_refused_and_nothing_is_read_without_a_session() {
    let here = Here::open().await;
    for path in ["plans", "plans/x", "plans/../state"] {
        assert_ne!(here.ask_raw(path).await, 200, "{path}");
    }
    for body in [json!({}), json!({ "word": "own" }), json!({ "word": "sign_in", "extra": 1 }), json!([1])] {
        assert!(here.refusal("say", "", body).await.contains("not what the approvals page sends"));
    }
    assert!(here.refusal("say", "", json!({ "word": "sign_in" })).await.contains("approvals enroll"));
    assert!(
        here.refusal("said", "", json!({ "question": "x", "credential": {} })).await.contains("begin again")
    );
}

impl Here {
    async fn ask_raw(&self, path: &str) -> u16 {
        let url = format!("http://127.0.0.1:{}/approvals/api/{path}", self.port);
        self.client
            .get(url)
            .header("host", self.origin.trim_start_matches("http://"))
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    }
}

#[tokio::test]
async fn characters_that_are_not_seen_are_written_out_in_the_arguments() {
    let here = Here::open().await;
    let (_, session) = here.first().await;
    let plan = here.file("destructive", |plan| {
        plan.arguments = json!({ "body": { "message": "a\u{202e}\u{200d}\u{7f}b" } })
    });
    let (_, whole) = here.ask(&format!("plans/{}", plan.id), &session, None).await;
    let sections = whole["view"]["sections"].as_array().unwrap();
    let items = sections.iter().flat_map(|section| section["items"].as_array().unwrap());
    let arguments =
        items.filter(|item| item["name"] == "Arguments").map(|item| item["text"].as_str().unwrap());
    let arguments: Vec<&str> = arguments.collect();
    assert!(arguments.len() == 1 && arguments[0].contains(r"a\u{202e}\u{200d}\u{7f}b"), "{arguments:?}");
}
