//! Where a registry is and how it is reached, and the client that this gives.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;
use wharfinger_domain::registry::RegistryKind;

use crate::distribution::Distribution;
use crate::harbor::Harbor;
use crate::http::Http;
use crate::{Reach, RegistryClient, RegistryError};

/// How a registry is reached.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// What kind of server it is.
    pub kind: RegistryKind,
    /// Its address: `http` or `https`, a host, and a path when it does not live at the root.
    pub url: Url,
    /// Who asks; nobody when `None`.
    pub credential: Option<Credential>,
    /// PEM certificates to trust in place of the system's.
    pub ca_bundle_pem: Option<String>,
    /// Takes any certificate.
    pub skip_tls_verify: bool,
    /// Where it may be.
    pub reach: Arc<Reach>,
    /// Repositories that it is said to have, of a distribution registry: it need not list all that it has, or any.
    pub declared: Vec<String>,
}

/// A user name and its secret. `Debug` does not show the secret.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The user name, or a robot's full name.
    pub username: String,
    /// The password, or the robot's secret.
    pub secret: SecretString,
}

/// How much time and room a registry gets. The defaults suit registries of tens of thousands of repositories.
#[derive(Debug, Clone)]
pub struct Limits {
    /// To connect, TLS included.
    pub connect_timeout: Duration,
    /// For one request from its first byte to the answer's last.
    pub request_timeout: Duration,
    /// The largest answer, after decompression.
    pub body_bytes: usize,
    /// Requests to one registry at a time: a Harbor has few database connections to spare.
    pub concurrency: usize,
    /// How often a request that failed in passing is sent again.
    pub retries: usize,
    /// The pause before the first of them; it doubles, and is shortened or lengthened at random.
    pub retry_delay: Duration,
    /// The most rows that one list may have.
    pub rows: usize,
    /// Names of a distribution registry that are asked for at a time; most give no more than a thousand.
    pub names: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(15),
            body_bytes: 8 << 20,
            concurrency: 4,
            retries: 2,
            retry_delay: Duration::from_millis(300),
            rows: 1_000_000,
            names: 1000,
        }
    }
}

/// A client for a registry. Nothing is sent yet: [`RegistryClient::prove`] finds out whether it answers.
///
/// A process installs rustls' crypto provider before the first call; without one this fails.
pub fn connect(endpoint: &Endpoint, limits: &Limits) -> Result<Arc<dyn RegistryClient>, RegistryError> {
    let http = Http::new(endpoint, limits)?;
    Ok(match endpoint.kind {
        RegistryKind::Harbor => Arc::new(Harbor::new(http)),
        RegistryKind::Distribution => {
            Arc::new(Distribution::new(http, endpoint.credential.is_some(), endpoint.declared.clone()))
        }
    })
}
