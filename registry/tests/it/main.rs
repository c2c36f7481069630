//! The clients against a Harbor that answers as a real one was recorded to, and against a real distribution registry.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod distribution;
mod harbor;
mod harbor_contents;
mod transport;

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use wharfinger_domain::registry::RegistryKind;
use wharfinger_registry::{
    Credential, Endpoint, Limits, ObservedRepository, ObservedSpace, Reach, RegistryClient, RegistryError, connect,
};

/// An endpoint without a credential.
fn endpoint(kind: RegistryKind, url: &str) -> Endpoint {
    // Every test of the process asks for the same one; all but the first find it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Endpoint {
        kind,
        url: url.parse().unwrap(),
        credential: None,
        ca_bundle_pem: None,
        skip_tls_verify: false,
        reach: Arc::new(reach()),
        declared: Vec::new(),
    }
}

/// What the tests start is on this machine.
fn reach() -> Reach {
    Reach { open: vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()], ..Reach::default() }
}

fn credential(username: &str, secret: &str) -> Credential {
    Credential { username: username.to_owned(), secret: secret.to_owned().into() }
}

/// Limits that let a test fail soon.
fn limits() -> Limits {
    Limits { retry_delay: Duration::from_millis(2), request_timeout: Duration::from_secs(10), ..Limits::default() }
}

fn client(kind: RegistryKind, url: &str, who: Option<(&str, &str)>) -> Arc<dyn RegistryClient> {
    let credential = who.map(|(name, secret)| credential(name, secret));
    connect(&Endpoint { credential, ..endpoint(kind, url) }, &limits()).unwrap()
}

async fn all_spaces(client: &dyn RegistryClient) -> Result<Vec<ObservedSpace>, RegistryError> {
    client.spaces().try_concat().await
}

async fn all_repositories(
    client: &dyn RegistryClient,
    space: &ObservedSpace,
) -> Result<Vec<ObservedRepository>, RegistryError> {
    client.repositories(space).try_concat().await
}

fn named<'s>(spaces: &'s [ObservedSpace], path: &str) -> &'s ObservedSpace {
    spaces.iter().find(|space| space.path == path).unwrap()
}
