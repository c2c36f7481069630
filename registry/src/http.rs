//! The way to a registry: one place that makes the HTTP client, and one that sends a request, with a bound on everything
//! that a server could stretch. It keeps no cookies. It follows a few redirects, each under the rules that hold for the
//! address that was entered, and takes no credential to another place.

pub(crate) mod challenge;
mod connector;
mod guard;
mod redirect;
mod reply;
mod trust;

use std::sync::atomic::{AtomicU64, Ordering};

use backon::{ExponentialBuilder, Retryable};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Method, Response, StatusCode};
use secrecy::ExposeSecret as _;
use tokio::sync::Semaphore;
use url::Url;

use crate::quoted::quoted;
use crate::{Credential, Endpoint, Limits, RegistryError};
use connector::Connector;
pub(crate) use reply::{ErrorItem, Reply};

/// A connection to one registry.
pub(crate) struct Http {
    /// For requests to the base's own place; elsewhere there are few.
    client: reqwest::Client,
    connector: Connector,
    base: Url,
    basic: Option<HeaderValue>,
    pub(crate) limits: Limits,
    permits: Semaphore,
    sent: AtomicU64,
}

/// A request that may be sent more than once.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: Method,
    url: Url,
    headers: HeaderMap,
}

impl Call {
    fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: HeaderMap::new() }
    }

    /// A `GET` of an address that the registry named; whoever calls this has looked at its host.
    pub(crate) fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.insert(name, HeaderValue::from_static(value));
        self
    }

    pub(crate) fn authorization(mut self, value: Option<HeaderValue>) -> Self {
        if let Some(value) = value {
            self.headers.insert(AUTHORIZATION, value);
        }
        self
    }

    pub(crate) fn accept(mut self, value: &'static str) -> Self {
        self.headers.insert(ACCEPT, HeaderValue::from_static(value));
        self
    }

    /// Path and query, for messages.
    pub(crate) fn what(&self) -> String {
        quoted(&self.url[url::Position::BeforePath..])
    }
}

impl Http {
    pub(crate) fn new(endpoint: &Endpoint, limits: &Limits) -> Result<Self, RegistryError> {
        let connector = Connector::new(endpoint, limits)?;
        Ok(Self {
            client: connector.client(connector.base())?,
            base: connector.base().clone(),
            basic: endpoint.credential.as_ref().map(basic).transpose()?,
            permits: Semaphore::new(limits.concurrency.max(1)),
            sent: AtomicU64::new(0),
            limits: limits.clone(),
            connector,
        })
    }

    /// The credential as a header, if there is one.
    pub(crate) fn basic(&self) -> Option<HeaderValue> {
        self.basic.clone()
    }

    /// Whether tokens may come from a service on this host.
    pub(crate) fn sends_tokens(&self, host: &str) -> bool {
        self.connector.reach().realms.iter().any(|realm| realm.eq_ignore_ascii_case(host))
    }

    /// The address that was configured.
    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// A `GET` of a path below the base, percent-encoded, with its query.
    pub(crate) fn get(&self, path: &str) -> Result<Call, RegistryError> {
        self.call(Method::GET, path)
    }

    /// A `HEAD` of such a path.
    pub(crate) fn head(&self, path: &str) -> Result<Call, RegistryError> {
        self.call(Method::HEAD, path)
    }

    fn call(&self, method: Method, path: &str) -> Result<Call, RegistryError> {
        let text = format!("{}{path}", self.base.as_str().trim_end_matches('/'));
        let url = Url::parse(&text).map_err(|error| RegistryError::InvalidEndpoint(error.to_string()))?;
        Ok(Call::new(method, url))
    }

    /// Sends a request, and again when it failed in passing. Every answer below 500 comes back as a reply, except
    /// redirects and the wish for fewer requests.
    pub(crate) async fn send(&self, call: Call) -> Result<Reply, RegistryError> {
        let backoff = ExponentialBuilder::new()
            .with_jitter()
            .with_min_delay(self.limits.retry_delay)
            .with_max_times(self.limits.retries);
        let attempt = || self.attempt(&call);
        let notify = |error: &RegistryError, pause: std::time::Duration| {
            tracing::debug!(%error, ?pause, what = call.what(), "a registry's answer failed in passing");
        };
        match attempt.retry(backoff).when(RegistryError::is_passing).notify(notify).await {
            Err(RegistryError::TlsUntrusted { host, reason, .. }) => {
                let issuer = self.connector.issuer(&call.url).await;
                Err(RegistryError::TlsUntrusted { host, issuer, reason })
            }
            outcome => outcome,
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Reply, RegistryError> {
        // The semaphore is never closed, so that a permit always comes.
        let _permit = self.permits.acquire().await.ok();
        let mut call = call.clone();
        for left in (0..=redirect::MOST).rev() {
            let response = self.exchange(&call).await?;
            let status = response.status();
            if status.is_redirection() {
                call = redirect::follow(&call, response.headers(), left, self.basic.is_some())?;
                continue;
            }
            if status == StatusCode::TOO_MANY_REQUESTS {
                return Err(RegistryError::RateLimited);
            }
            let reply = self.read(&call, response).await?;
            return if status.is_server_error() { Err(reply.failed()) } else { Ok(reply) };
        }
        Err(RegistryError::Redirected { to: quoted(call.url.as_str()) })
    }

    /// How many requests were sent until now.
    pub(crate) fn requests(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    async fn exchange(&self, call: &Call) -> Result<Response, RegistryError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let is_here = redirect::is_same_place(&self.base, &call.url);
        let client = if is_here { self.client.clone() } else { self.connector.client(&call.url)? };
        let request = client.request(call.method.clone(), call.url.clone()).headers(call.headers.clone());
        request.send().await.map_err(|error| self.failure(&call.url, &error))
    }

    async fn read(&self, call: &Call, mut response: Response) -> Result<Reply, RegistryError> {
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&call.url, &error))? {
            if body.len() + chunk.len() > self.limits.body_bytes {
                let limit = format!("{} bytes", self.limits.body_bytes);
                return Err(RegistryError::TooLarge { what: call.what(), limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, headers, body, what: call.what() })
    }

    fn failure(&self, url: &Url, error: &reqwest::Error) -> RegistryError {
        let host = host(url);
        if let Some(closed) = trust::find::<guard::Closed>(error) {
            return closed.told(host);
        }
        if let Some(reason) = trust::untrusted(error) {
            return RegistryError::TlsUntrusted { host, issuer: None, reason };
        }
        if error.is_timeout() {
            let time = if error.is_connect() { self.limits.connect_timeout } else { self.limits.request_timeout };
            return RegistryError::TimedOut { host, seconds: time.as_secs() };
        }
        RegistryError::Unreachable { host, reason: quoted(&trust::root_cause(error)) }
    }
}

/// `host[:port]` of an address.
fn host(url: &Url) -> String {
    url[url::Position::BeforeHost..url::Position::AfterPort].to_owned()
}

fn basic(credential: &Credential) -> Result<HeaderValue, RegistryError> {
    let Credential { username, secret } = credential;
    if username.contains(':') {
        return Err(RegistryError::InvalidEndpoint("a user name cannot contain a colon".to_owned()));
    }
    let text = format!("Basic {}", STANDARD.encode(format!("{username}:{}", secret.expose_secret())));
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| RegistryError::InvalidEndpoint("the credential does not fit into a header".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}
