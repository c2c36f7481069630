//! How the server is reached: the address, whom to trust, and one connection to it.

use std::error::Error;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::DatabaseUrl;
use crate::{Result, StoreError};

/// A server that does not acknowledge what it was sent for so long is taken for gone.
const SILENCE: Duration = Duration::from_secs(30);

/// A connection that has to be driven.
pub(super) type Driver = tokio_postgres::Connection<
    tokio_postgres::Socket,
    <MakeRustlsConnect as tokio_postgres::tls::MakeTlsConnect<tokio_postgres::Socket>>::Stream,
>;

/// A server, and how to speak to it.
#[derive(Clone)]
pub(crate) struct Server {
    config: Config,
    tls: MakeRustlsConnect,
    pub(super) patience: Duration,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl Server {
    /// Reads the address and the certificates of the authorities to trust: those of the file, or else those of the system.
    pub(crate) fn new(url: &DatabaseUrl, trust: Option<&Path>, patience: Duration) -> Result<Self> {
        let mut config = url.config()?;
        if config.get_application_name().is_none() {
            config.application_name("wharfinger");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(patience);
        }
        config.tcp_user_timeout(SILENCE);
        Ok(Self { config, tls: MakeRustlsConnect::new(tls(trust)?), patience })
    }

    /// Opens a connection, within the time that one waits.
    pub(super) async fn connect(&self) -> Result<(Client, Driver)> {
        let connecting = tokio::time::timeout(self.patience, self.config.connect(self.tls.clone()));
        let connected = connecting.await.map_err(|_| StoreError::unavailable("the server took too long to answer"))?;
        connected.map_err(|error| StoreError::unavailable(told(&error)))
    }
}

fn tls(trust: Option<&Path>) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    match trust {
        Some(path) => {
            let unreadable = |why: &str| {
                let shown = path.display();
                StoreError::unavailable(format!("{shown} has no certificates of authorities to trust: {why}"))
            };
            let certificates = CertificateDer::pem_file_iter(path).map_err(|error| unreadable(&error.to_string()))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| unreadable(&error.to_string()))?;
                roots.add(certificate).map_err(|error| unreadable(&error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(unreadable("it is empty"));
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = versions.map_err(|error| StoreError::internal(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// What went wrong, with what was behind it, and what helps where that is not plain.
pub(super) fn told(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    if text.contains("certificate") {
        text.push_str(
            "; name the file with the certificate of the authority that signed the server's, and the server by the name \
             in it",
        );
    }
    text
}
