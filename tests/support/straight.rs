//! Requests that go straight to a tenant: nothing between the catalogue's encoder and the simulated tenant's handlers.

use jamf_pro_demo::Tenant;
use serde_json::Value;

/// A signed-in client of a tenant.
pub(crate) struct Straight {
    pub(crate) http: reqwest::Client,
    pub(crate) base: String,
    token: String,
}

impl Straight {
    pub(crate) async fn to(tenant: &Tenant) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            tenant.client_id(),
            tenant.client_secret()
        );
        let request = http
            .post(format!("{}/api/v1/oauth/token", tenant.url()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        let answer: Value =
            serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
        Self { http, base: tenant.url(), token: answer["access_token"].as_str().unwrap().to_owned() }
    }

    /// What a path answers to a read in JSON; null where it answers something else.
    pub(crate) async fn read(&self, path: &str) -> Value {
        let (status, text) = self.sent(self.http.get(format!("{}{path}", self.base))).await;
        if status == 200 { serde_json::from_str(&text).unwrap_or_default() } else { Value::Null }
    }

    /// Status and body that a request is answered with, sent with the token.
    pub(crate) async fn sent(&self, request: reqwest::RequestBuilder) -> (u16, String) {
        let request = request.bearer_auth(&self.token);
        let request = request.header("accept", "application/json, */*;q=0.5");
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned())
    }
}
