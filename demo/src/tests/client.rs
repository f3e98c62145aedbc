//! A small client for the tests: one token, JSON in and out.

use serde_json::Value;

use crate::{Options, Tenant};

pub(super) struct Client {
    pub(super) tenant: Tenant,
    pub(super) http: reqwest::Client,
    pub(super) token: String,
}

/// An answer: its status, its body as JSON where it is JSON, and as text.
#[derive(Debug)]
pub(super) struct Got {
    pub(super) status: u16,
    pub(super) json: Value,
    pub(super) text: String,
    pub(super) kind: String,
}

impl Client {
    pub(super) async fn new(options: Options) -> Self {
        Self::of(Tenant::start(options).await.unwrap()).await
    }

    pub(super) async fn of(tenant: Tenant) -> Self {
        // Built with the server, reqwest has TLS and wants to know whose; a second one is refused, which does not matter.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut client = Self { tenant, http, token: String::new() };
        client.token = client.fresh_token("/api/v1/oauth/token").await;
        client
    }

    /// A small tenant with defaults.
    pub(super) async fn small() -> Self {
        Self::new(Options { computers: 5, ..Options::default() }).await
    }

    pub(super) async fn fresh_token(&self, path: &str) -> String {
        let secret = self.tenant.client_secret();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", self.tenant.client_id()),
            ("client_secret", secret),
        ];
        let url = format!("{}{path}", self.tenant.url());
        let answer = self.http.post(url).form(&form).send().await.unwrap();
        let body: Value = answer.json().await.unwrap();
        body["access_token"].as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.tenant.url());
        self.http.request(method.parse().unwrap(), url).bearer_auth(&self.token)
    }

    /// Ask the control; the path is below its address.
    pub(super) async fn control(&self, method: &str, path: &str, body: Option<Value>) -> Got {
        let url = format!("{}/{path}", self.tenant.control_url());
        let request = self.http.request(method.parse().unwrap(), url);
        self.send(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    pub(super) async fn send(&self, request: reqwest::RequestBuilder) -> Got {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let kind = answer.headers().get("content-type").map_or("", |v| v.to_str().unwrap()).to_owned();
        let text = answer.text().await.unwrap();
        Got { status, json: serde_json::from_str(&text).unwrap_or_default(), text, kind }
    }

    pub(super) async fn get(&self, path: &str) -> Got {
        self.send(self.request("GET", path)).await
    }

    pub(super) async fn delete(&self, path: &str) -> Got {
        self.send(self.request("DELETE", path)).await
    }

    pub(super) async fn write(&self, method: &str, path: &str, body: Value) -> Got {
        self.send(self.request(method, path).json(&body)).await
    }

    /// Create; the answer is the id.
    pub(super) async fn create(&self, path: &str, body: Value) -> String {
        let got = self.write("POST", path, body).await;
        assert_eq!(got.status, 201, "{}", got.text);
        got.json["id"].as_str().unwrap().to_owned()
    }

    /// A list with query parameters that need encoding.
    pub(super) async fn list(&self, path: &str, query: &[(&str, &str)]) -> Got {
        self.send(self.request("GET", path).query(query)).await
    }
}

/// The values of a field of every row.
pub(super) fn column(got: &Got, pointer: &str) -> Vec<String> {
    let rows = got.json["results"].as_array().unwrap();
    rows.iter().map(|r| r.pointer(pointer).map(crate::store::id_text).unwrap_or_default()).collect()
}
