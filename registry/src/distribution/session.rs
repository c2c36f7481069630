//! Signing in to a distribution registry: a request goes out as it is, and again with what the registry's challenge asks
//! for. Tokens are kept by scope until the registry refuses one, so that no clock is needed.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use url::Url;

use crate::RegistryError;
use crate::http::challenge::{self, Bearer, Challenge};
use crate::http::{Call, Http, Reply};
use crate::quoted::quoted;

/// A connection that signs in as it goes.
pub(super) struct Session {
    pub(super) http: Http,
    has_credential: bool,
    wants_basic: AtomicBool,
    tokens: Mutex<HashMap<String, HeaderValue>>,
}

#[derive(Deserialize)]
struct TokenBody {
    #[serde(default)]
    token: String,
    #[serde(default)]
    access_token: String,
}

impl Session {
    pub(super) fn new(http: Http, has_credential: bool) -> Self {
        Self { http, has_credential, wants_basic: AtomicBool::new(false), tokens: Mutex::default() }
    }

    /// A `GET` for which a token of this scope is needed, where tokens are.
    pub(super) async fn get(&self, path: &str, scope: &str) -> Result<Reply, RegistryError> {
        self.send(self.http.get(path)?, scope).await
    }

    /// Sends a request; a 401 that comes back is what the registry says to a caller who has signed in.
    pub(super) async fn send(&self, call: Call, scope: &str) -> Result<Reply, RegistryError> {
        let known = self.known(scope);
        let presented_basic = known.is_some() && self.wants_basic.load(Ordering::Relaxed);
        let reply = self.http.send(call.clone().authorization(known)).await?;
        if reply.status != StatusCode::UNAUTHORIZED {
            return Ok(reply);
        }
        let authorization = match challenge::read(&reply) {
            Some(Challenge::Basic) if self.has_credential && !presented_basic => {
                self.wants_basic.store(true, Ordering::Relaxed);
                self.http.basic()
            }
            Some(Challenge::Bearer(bearer)) => Some(self.token(&bearer, scope).await?),
            _ => return Ok(reply),
        };
        self.http.send(call.authorization(authorization)).await
    }

    fn known(&self, scope: &str) -> Option<HeaderValue> {
        if self.wants_basic.load(Ordering::Relaxed) {
            return self.http.basic();
        }
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(scope).cloned()
    }

    async fn token(&self, bearer: &Bearer, scope: &str) -> Result<HeaderValue, RegistryError> {
        let url = self.realm(bearer, scope)?;
        let reply = self.http.send(Call::get(url).authorization(self.http.basic())).await?;
        match reply.status {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(RegistryError::Unauthorized),
            _ => return Err(reply.failed()),
        }
        let body: TokenBody = reply.json()?;
        let token = if body.token.is_empty() { body.access_token } else { body.token };
        let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
            .ok()
            .filter(|_| !token.is_empty())
            .ok_or_else(|| reply.malformed("it holds no token"))?;
        value.set_sensitive(true);
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).insert(scope.to_owned(), value.clone());
        Ok(value)
    }

    /// The token service's address, which must be no less protected, and on the registry's own host or on one that an
    /// operator has listed: the credential goes there.
    fn realm(&self, bearer: &Bearer, scope: &str) -> Result<Url, RegistryError> {
        let base = self.http.base();
        let foreign = || RegistryError::ForeignRealm { realm: quoted(&bearer.realm) };
        let mut url = Url::parse(&bearer.realm).map_err(|_| foreign())?;
        let same_host = url.host() == base.host() && url.host().is_some();
        let as_protected = url.scheme() == "https" || (url.scheme() == "http" && base.scheme() == "http");
        let is_listed = url.scheme() == "https" && url.host_str().is_some_and(|host| self.http.sends_tokens(host));
        if !(same_host || is_listed) || !as_protected || !url.username().is_empty() || url.password().is_some() {
            return Err(foreign());
        }
        let asked = bearer.scope.as_deref().unwrap_or(scope);
        let mut query = url.query_pairs_mut();
        if let Some(service) = &bearer.service {
            query.append_pair("service", service);
        }
        if !asked.is_empty() {
            query.append_pair("scope", asked);
        }
        drop(query);
        Ok(url)
    }
}
