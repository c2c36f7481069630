//! People who sign in to the running product.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use wharfinger_store::{StoreError, Transaction};

use super::platform::Platform;

/// A session, as a browser has it.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The cookie, its name first.
    pub(crate) cookie: String,
}

impl Platform {
    /// Signs in. Gives the session, or the status and the answer.
    pub(crate) async fn sign_in(
        &self,
        name: &str,
        password: &str,
        new_password: Option<&str>,
    ) -> Result<Session, (u16, Value)> {
        let form = json!({ "name": name, "password": password, "newPassword": new_password });
        let url = format!("http://{}/session", self.addresses().api);
        let answer = self.http().post(url).header("x-csrf", "1").json(&form).send().await.unwrap();
        let status = answer.status();
        let cookies = answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        let cookie = cookies.map(|cookie| cookie.split(';').next().unwrap_or(cookie).to_owned()).next();
        match cookie.filter(|_| status.is_success()) {
            Some(cookie) => Ok(Session { cookie }),
            None => Err((status.as_u16(), answer.json().await.unwrap_or_default())),
        }
    }

    /// Asks in a session. Gives the status and the answer.
    pub(crate) async fn ask_in(&self, session: &Session, query: &str, variables: Value) -> (u16, Value) {
        let url = format!("http://{}/graphql", self.addresses().api);
        let body = json!({ "query": query, "variables": variables });
        let request = self.http().post(url).header("cookie", &session.cookie).header("x-csrf", "1");
        let answer = request.json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// Asks with a token. Gives the status and the answer.
    pub(crate) async fn ask_by(&self, token: &str, query: &str, variables: Value) -> (u16, Value) {
        let url = format!("http://{}/graphql", self.addresses().api);
        let body = json!({ "query": query, "variables": variables });
        let answer = self.http().post(url).bearer_auth(token).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// Asks without a proof of anybody. Gives the status and the answer.
    pub(crate) async fn ask_nobody(&self, query: &str, variables: Value) -> (u16, Value) {
        let url = format!("http://{}/graphql", self.addresses().api);
        let body = json!({ "query": query, "variables": variables });
        let answer = self.http().post(url).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// Lets everybody try again who would have to wait a quarter of an hour.
    pub(crate) async fn forget_failures(&self) {
        let forget = |tx: &mut dyn Transaction| {
            let subjects = ["account:admin", "account:ada", "address:127.0.0.1"];
            subjects.iter().try_for_each(|subject| tx.forget_sign_in_failures(subject))
        };
        self.store().write::<_, StoreError, _>(forget).await.unwrap();
    }

    /// Makes a token of whoever has the session, good for a day.
    pub(crate) async fn token_of(&self, session: &Session, scopes: &[&str]) -> String {
        let query = "mutation($input: CreateApiTokenInput!) { createApiToken(input: $input) {
            secret userErrors { message } } }";
        #[expect(clippy::disallowed_methods, reason = "the product reads the same clock")]
        let end = DateTime::<Utc>::from(SystemTime::now() + Duration::from_hours(24));
        let input = json!({
            "name": "tests", "scopes": scopes, "expiresAt": end.to_rfc3339_opts(SecondsFormat::Micros, true),
        });
        let (status, answer) = self.ask_in(session, query, json!({ "input": input })).await;
        let secret = answer["data"]["createApiToken"]["secret"].as_str();
        secret.unwrap_or_else(|| panic!("no token: {status} {answer}")).to_owned()
    }
}
