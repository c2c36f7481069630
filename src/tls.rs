//! Certificates of the listeners: given in files and taken up anew when these change, or made by the product from an
//! authority of its own and renewed in time. A certificate that cannot be used never takes the place of one that can.

mod authority;
mod chain;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use ring::digest::{SHA256, digest};
use rustls::ServerConfig;
use thiserror::Error;
use wharfinger_app::random::{Clock, Random};
use wharfinger_domain::time::Timestamp;

use self::authority::{Authority, LEAF_RENEWAL};
pub use self::authority::{CA_CERTIFICATE, CA_KEY};
use self::chain::Chain;
use crate::secret_file::SecretFileError;

/// How often files are looked at. They are read and compared, because a volume of Kubernetes swaps a link two levels up
/// and leaves the files' times and numbers to chance.
const LOOK: Duration = Duration::from_secs(5);

/// Protocols in the order in which they are preferred.
const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Why a certificate cannot be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {source}")]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is in a file is not what should be.
    #[error("{path}: {sentence}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to put there.
        sentence: String,
    },
    /// The key of the product's own authority cannot be had.
    #[error(transparent)]
    Key(#[from] SecretFileError),
    /// A certificate cannot be made.
    #[error("cannot make the webhook's certificate: {0}")]
    Made(#[from] rcgen::Error),
}

/// Where a certificate comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// Files that somebody else writes.
    Files {
        /// PEM file: the certificate, then what leads to its authority.
        certificate: PathBuf,
        /// PEM file of its key.
        key: PathBuf,
    },
    /// The product's own authority. The certificate and its key are kept in memory only and made anew at each start.
    Made {
        /// Where the authority is kept.
        directory: PathBuf,
        /// The DNS names and IP addresses of the certificate.
        names: Vec<String>,
    },
}

/// A certificate ready to serve with.
struct Loaded {
    config: Arc<ServerConfig>,
    not_after: Timestamp,
    /// What it was loaded from; `None` for one that was made.
    digest: Option<Vec<u8>>,
}

/// What is known of the certificate in use.
struct State {
    not_after: Timestamp,
    digest: Option<Vec<u8>>,
    /// The last failure to replace it, logged once.
    failure: Option<String>,
}

/// The certificate of one listener.
pub struct ServerTls {
    source: Source,
    config: RustlsConfig,
    random: Arc<dyn Random>,
    state: Mutex<State>,
}

impl std::fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerTls").field("source", &self.source).finish_non_exhaustive()
    }
}

impl ServerTls {
    /// Loads or makes the certificate.
    pub fn load(source: Source, now: Timestamp, random: Arc<dyn Random>) -> Result<Self, TlsError> {
        let Loaded { config, not_after, digest } = source.load(now, &*random)?;
        let state = Mutex::new(State { not_after, digest, failure: None });
        Ok(Self { source, config: RustlsConfig::from_config(config), random, state })
    }

    /// What a listener serves with; it follows every renewal.
    pub fn rustls(&self) -> RustlsConfig {
        self.config.clone()
    }

    /// The last instant at which the certificate in use is valid.
    pub fn expires_at(&self) -> Timestamp {
        self.state().not_after
    }

    /// Where the authority is that clients must trust, for a certificate that the product made.
    pub fn authority(&self) -> Option<PathBuf> {
        match &self.source {
            Source::Files { .. } => None,
            Source::Made { directory, .. } => Some(directory.join(CA_CERTIFICATE)),
        }
    }

    /// Looks for a newer certificate until it is dropped.
    pub async fn follow(self: Arc<Self>, clock: Arc<dyn Clock>) {
        loop {
            tokio::time::sleep(LOOK).await;
            let (tls, now) = (Arc::clone(&self), clock.now());
            // Files may lie on a slow disk, and keys take a while to make.
            if let Err(error) = tokio::task::spawn_blocking(move || tls.refresh(now)).await {
                tracing::error!(%error, "looking for a newer certificate failed");
            }
        }
    }

    /// Takes up a newer certificate if there is one; true when it did. One that cannot be used is logged once and left.
    pub fn refresh(&self, now: Timestamp) -> bool {
        if !self.is_outdated(now) {
            self.state().failure = None;
            return false;
        }
        match self.source.load(now, &*self.random) {
            Ok(Loaded { config, not_after, digest }) => {
                self.config.reload_from_config(config);
                *self.state() = State { not_after, digest, failure: None };
                tracing::info!(source = %self.source, expires_at = %shown(not_after), "took up a newer certificate");
                true
            }
            Err(error) => {
                let failure = Some(error.to_string());
                let mut state = self.state();
                if state.failure != failure {
                    tracing::error!(%error, source = %self.source, "the new certificate cannot be used; the old one stays");
                    state.failure = failure;
                }
                false
            }
        }
    }

    fn is_outdated(&self, now: Timestamp) -> bool {
        match &self.source {
            Source::Files { certificate, key } => match read_pair(certificate, key) {
                Ok((certificate, key)) => self.state().digest != Some(digest_of(&certificate, &key)),
                Err(_) => true,
            },
            Source::Made { .. } => self.expires_at().since(now) < LEAF_RENEWAL,
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Nothing that holds the lock can leave the state half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source {
    fn load(&self, now: Timestamp, random: &dyn Random) -> Result<Loaded, TlsError> {
        match self {
            Self::Files { certificate, key } => {
                let (chain_pem, key_pem) = read_pair(certificate, key)?;
                let chain = Chain::read(certificate, &chain_pem, now)?;
                let digest = Some(digest_of(&chain_pem, &key_pem));
                let (not_after, key_der) = (chain.not_after, chain::key(key, &key_pem)?);
                let config =
                    server_config(chain.certificates, key_der).map_err(|error| unmatched(certificate, key, &error))?;
                Ok(Loaded { config, not_after, digest })
            }
            Self::Made { directory, names } => {
                let leaf = Authority::read_or_make(directory, now, random)?.issue(names, now)?;
                let certificate = vec![leaf.certificate];
                let config = server_config(certificate, leaf.key)
                    .map_err(|error| unusable(&directory.join(CA_KEY), error.to_string()))?;
                Ok(Loaded { config, not_after: leaf.not_after, digest: None })
            }
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Files { certificate, .. } => certificate.display().fmt(f),
            Self::Made { directory, .. } => directory.join(CA_CERTIFICATE).display().fmt(f),
        }
    }
}

fn server_config(
    chain: Vec<rustls::pki_types::CertificateDer<'static>>,
    key: rustls::pki_types::PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = ALPN.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(Arc::new(config))
}

fn read_pair(certificate: &Path, key: &Path) -> Result<(Vec<u8>, Vec<u8>), TlsError> {
    let read = |path: &Path| fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source });
    Ok((read(certificate)?, read(key)?))
}

fn digest_of(certificate: &[u8], key: &[u8]) -> Vec<u8> {
    digest(&SHA256, &[certificate, b"\0", key].concat()).as_ref().to_vec()
}

fn unusable(path: &Path, sentence: impl Into<String>) -> TlsError {
    TlsError::Unusable { path: path.to_owned(), sentence: sentence.into() }
}

fn unmatched(certificate: &Path, key: &Path, error: &rustls::Error) -> TlsError {
    let sentence = match error {
        rustls::Error::InconsistentKeys(_) => {
            format!("is not the key of the certificate in {}; put the files of one pair there", certificate.display())
        }
        error => format!("cannot be used with the certificate in {}: {error}", certificate.display()),
    };
    unusable(key, sentence)
}

/// An instant as a log shows it.
fn shown(at: Timestamp) -> String {
    chrono::DateTime::from_timestamp_micros(at.as_micros()).map_or_else(String::new, |at| at.to_rfc3339())
}

#[cfg(test)]
mod tests;
