//! Makes the HTTP client from an endpoint: whom it trusts, how long it waits, what it refuses to do. What guards the
//! addresses that it may connect to belongs here too.

use std::sync::Arc;

use reqwest::redirect::Policy;
use reqwest::tls::TlsInfo;
use reqwest::{Certificate, ClientBuilder};
use rustls::crypto::CryptoProvider;
use url::Url;

use super::guard::Guard;
use crate::http::trust;
use crate::{Endpoint, Limits, Reach, RegistryError};

const USER_AGENT: &str = concat!("wharfinger/", env!("CARGO_PKG_VERSION"));

/// The settings that every client of an endpoint shares.
#[derive(Debug)]
pub(super) struct Connector {
    base: Url,
    authorities: Vec<Certificate>,
    skip_verification: bool,
    reach: Arc<Reach>,
    limits: Limits,
}

fn invalid(reason: impl Into<String>) -> RegistryError {
    RegistryError::InvalidEndpoint(reason.into())
}

impl Connector {
    pub(super) fn new(endpoint: &Endpoint, limits: &Limits) -> Result<Self, RegistryError> {
        let base = checked(&endpoint.url)?;
        let authorities = match endpoint.ca_bundle_pem.as_deref() {
            None => Vec::new(),
            Some(pem) => authorities(pem)?,
        };
        let (skip_verification, reach) = (endpoint.skip_tls_verify, Arc::clone(&endpoint.reach));
        Ok(Self { base, authorities, skip_verification, reach, limits: limits.clone() })
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    pub(super) fn reach(&self) -> &Reach {
        &self.reach
    }

    /// A client for requests to where this leads, and to nowhere else.
    pub(super) fn client(&self, url: &Url) -> Result<reqwest::Client, RegistryError> {
        let builder = self.builder(url)?.tls_danger_accept_invalid_certs(self.skip_verification);
        let builder = if self.authorities.is_empty() || self.skip_verification {
            builder
        } else {
            builder.tls_certs_only(self.authorities.clone())
        };
        builder.build().map_err(|error| invalid(trust::root_cause(&error)))
    }

    /// Who issued the certificate that a server shows, for the message that it is not trusted. Sends no credential.
    pub(super) async fn issuer(&self, url: &Url) -> Option<String> {
        let client = self.builder(url).ok()?.tls_danger_accept_invalid_certs(true).tls_info(true).build().ok()?;
        let mut root = url.clone();
        root.set_path("/");
        root.set_query(None);
        let response = client.head(root).send().await.ok()?;
        trust::issuer(response.extensions().get::<TlsInfo>()?.peer_certificate()?)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place where the client is made")]
    fn builder(&self, url: &Url) -> Result<ClientBuilder, RegistryError> {
        let guard = Guard::new(Arc::clone(&self.reach), url);
        guard.judge_literal(url).map_err(|closed| closed.told(super::host(url)))?;
        // Without a provider the client would panic when it is built.
        if CryptoProvider::get_default().is_none() {
            return Err(invalid("no crypto provider is installed in this process"));
        }
        let builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .dns_resolver(Arc::new(guard))
            .redirect(Policy::none())
            // A proxy from the environment would be a way that nobody configured here.
            .no_proxy()
            .connect_timeout(self.limits.connect_timeout)
            .timeout(self.limits.request_timeout);
        Ok(builder)
    }
}

/// The address without what does not belong into it.
fn checked(url: &Url) -> Result<Url, RegistryError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(invalid("its address must begin with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("enter the user name and the secret apart from the address"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(invalid("its address must end before the question mark"));
    }
    Ok(url.clone())
}

fn authorities(pem: &str) -> Result<Vec<Certificate>, RegistryError> {
    let certificates = Certificate::from_pem_bundle(pem.as_bytes()).map_err(|error| {
        invalid(format!("the certificates of its authorities are no PEM: {}", trust::root_cause(&error)))
    })?;
    if certificates.is_empty() {
        return Err(invalid("the PEM text for its authorities holds no certificate"));
    }
    Ok(certificates)
}
