//! `approvals recover`: the operator begins anew where too few people have their passkeys, a day after it was announced.

use jamf_pro_mcp::store::Voucher;

use super::*;

/// What a command says in a terminal where this is typed.
async fn typed(tenant: &Tenant, state: &Path, arguments: &str, text: &str) -> String {
    // `script` is a terminal.
    let command = format!("'{}' {arguments}", binary::under_test().display());
    let mut terminal = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .env("JAMF_PRO_URL", tenant.url())
        .env("JAMF_PRO_CLIENT_ID", tenant.client_id())
        .env("JAMF_PRO_CLIENT_SECRET", tenant.client_secret())
        .env("JAMF_PRO_MCP_STATE", state)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut input = terminal.stdin.take().unwrap();
    input.write_all(format!("{text}\n").as_bytes()).await.unwrap();
    let done = tokio::time::timeout(Duration::from_secs(20), terminal.wait_with_output()).await;
    String::from_utf8_lossy(&done.unwrap().unwrap().stdout).into_owned()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_recovery_is_announced_and_carried_out_a_day_later() {
    let (tenant, state) = world().await;
    let recover = async |text: &str| typed(&tenant, state.path(), "approvals recover", text).await;
    assert!(recover("recover").await.contains("nothing to recover"));

    let store = Store::open(state.path()).unwrap();
    store.enroll("k1", "Bob", b"key", 0, &Voucher::Code, Some("")).unwrap();
    let by = Voucher::Passkey { credential: "k1".to_owned(), proof: "signed".to_owned() };
    store.enroll("k2", "Carol", b"key", 0, &by, Some("")).unwrap();
    let told = recover("yes").await;
    assert!(told.contains("Bob, Carol") && told.contains("left as it is"), "{told}");
    assert!(recover("recover").await.contains("announced"));
    let log = || Audit::open(state.path(), "default").unwrap().tail(20).unwrap().join("\n");
    assert!(log().contains("recovery announced"), "{}", log());

    // Nothing of it for a day; a person who lists the approvers sees it.
    let told = recover("recover").await;
    assert!(told.contains("can be carried out from"), "{told}");
    assert_eq!(store.approvers().unwrap().len(), 2);
    let listed = typed(&tenant, state.path(), "approvals approvers", "").await;
    assert!(listed.contains("RECOVERY") && listed.contains("counts from"), "{listed}");

    // Canceled, it begins anew.
    assert!(store.cancel_recovery().unwrap());
    assert!(recover("recover").await.contains("announced"));
    let rows = rusqlite::Connection::open(store.path()).unwrap();
    rows.execute("UPDATE recovery SET announced = announced - 24 * 3600000", []).unwrap();
    let told = recover("recover").await;
    assert!(told.contains("nobody canceled it") && told.contains("Code:"), "{told}");
    assert!(store.approvers().unwrap().is_empty() && store.has_enrollment_code().unwrap());
    assert_eq!(log().matches("\"phase\":\"removed\"").count(), 2, "{}", log());
    // The passkeys are gone, and the weaker ways are not back.
    let mut host = Host::start(&tenant, state.path(), "2025-06-18", false).await;
    let serial = serials(&mut host, 1).await.remove(0);
    let answer = host.call("device_restart", json!({ "devices": [serial], "body": {} }), None).await;
    assert!(text(&answer).contains("approvals enroll"), "{answer}");
}
