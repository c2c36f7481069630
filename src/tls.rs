//! Certificates of the listeners: given in files and taken up anew when these change, or made by the product from an
//! authority of its own and renewed in time. So are the authorities of clients, where a listener asks for them. What cannot be
//! used never takes the place of what can.

mod authority;
mod chain;
mod clients;
mod loaded;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use thiserror::Error;
use wharfinger_app::random::{Clock, Random};
use wharfinger_domain::time::Timestamp;

use self::authority::LEAF_RENEWAL;
pub use self::authority::{CA_CERTIFICATE, CA_KEY};
pub use self::clients::Clients;
use self::loaded::{Files, Loaded};
use crate::secret_file::SecretFileError;

/// How often files are looked at. They are read and compared, because a volume of Kubernetes swaps a link two levels up
/// and leaves the files' times and numbers to chance.
const LOOK: Duration = Duration::from_secs(5);

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

/// What is known of the certificate in use.
struct State {
    not_after: Timestamp,
    digest: Vec<u8>,
    /// The last failure to replace it, logged once.
    failure: Option<String>,
}

/// The certificate of one listener, and whom it lets in.
pub struct ServerTls {
    source: Source,
    clients: Option<Clients>,
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
    /// Loads or makes the certificate. With `clients` only they are let in; without, whoever connects.
    pub fn load(
        source: Source,
        clients: Option<Clients>,
        now: Timestamp,
        random: Arc<dyn Random>,
    ) -> Result<Self, TlsError> {
        let Loaded { config, not_after, digest } = Loaded::make(&source, clients.as_ref(), now, &*random)?;
        let state = Mutex::new(State { not_after, digest, failure: None });
        Ok(Self { source, clients, config: RustlsConfig::from_config(config), random, state })
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
        match Loaded::make(&self.source, self.clients.as_ref(), now, &*self.random) {
            Ok(Loaded { config, not_after, digest }) => {
                self.config.reload_from_config(config);
                *self.state() = State { not_after, digest, failure: None };
                tracing::info!(source = %self.source, expires_at = %shown(not_after), "took up newer certificates");
                true
            }
            Err(error) => {
                let failure = Some(error.to_string());
                let mut state = self.state();
                if state.failure != failure {
                    tracing::error!(%error, source = %self.source, "the new certificates cannot be used; the old ones stay");
                    state.failure = failure;
                }
                false
            }
        }
    }

    fn is_outdated(&self, now: Timestamp) -> bool {
        let is_same =
            Files::read(&self.source, self.clients.as_ref()).is_ok_and(|files| files.digest() == self.state().digest);
        let is_old = matches!(self.source, Source::Made { .. }) && self.expires_at().since(now) < LEAF_RENEWAL;
        !is_same || is_old
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Nothing that holds the lock can leave the state half written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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

fn unusable(path: &Path, sentence: impl Into<String>) -> TlsError {
    TlsError::Unusable { path: path.to_owned(), sentence: sentence.into() }
}

/// An instant as a log shows it.
fn shown(at: Timestamp) -> String {
    chrono::DateTime::from_timestamp_micros(at.as_micros()).map_or_else(String::new, |at| at.to_rfc3339())
}

#[cfg(test)]
mod tests;
