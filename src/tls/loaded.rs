//! A listener's TLS as it is made from files, or from the product's own authority.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use wharfinger_app::random::Random;
use wharfinger_domain::time::Timestamp;

use super::authority::{Authority, CA_KEY};
use super::chain::{self, Chain};
use super::clients::Clients;
use super::{Source, TlsError, unusable};

/// Protocols in the order in which they are preferred.
const ALPN: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// A certificate ready to serve with.
pub(super) struct Loaded {
    pub(super) config: Arc<ServerConfig>,
    pub(super) not_after: Timestamp,
    /// Of the files that it was loaded from.
    pub(super) digest: Vec<u8>,
}

/// What is in the files that a listener's TLS is made from; nothing for a file that is not named.
pub(super) struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
    authorities: Vec<u8>,
}

impl Files {
    pub(super) fn read(source: &Source, clients: Option<&Clients>) -> Result<Self, TlsError> {
        let (certificate, key) = match source {
            Source::Files { certificate, key } => (read(certificate)?, read(key)?),
            Source::Made { .. } => (Vec::new(), Vec::new()),
        };
        let authorities = clients.map_or(Ok(Vec::new()), |clients| read(&clients.authority))?;
        Ok(Self { certificate, key, authorities })
    }

    pub(super) fn digest(&self) -> Vec<u8> {
        let all = [&*self.certificate, b"\0", &self.key, b"\0", &self.authorities].concat();
        digest(&SHA256, &all).as_ref().to_vec()
    }
}

impl Loaded {
    pub(super) fn make(
        source: &Source,
        clients: Option<&Clients>,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<Self, TlsError> {
        let files = Files::read(source, clients)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = match clients {
            Some(clients) => clients.verifier(&files.authorities, Arc::clone(&provider))?,
            None => WebPkiClientVerifier::no_client_auth(),
        };
        let (chain, key, not_after) = source.pair(&files, now, random)?;
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.and_then(|config| config.with_client_cert_verifier(verifier).with_single_cert(chain, key));
        let mut config = config.map_err(|error| source.unmatched(&error))?;
        config.alpn_protocols = ALPN.iter().map(|protocol| protocol.to_vec()).collect();
        Ok(Self { config: Arc::new(config), not_after, digest: files.digest() })
    }
}

impl Source {
    /// The certificate with what leads to its authority, its key, and the last instant at which it is valid.
    fn pair(
        &self,
        files: &Files,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>, Timestamp), TlsError> {
        match self {
            Self::Files { certificate, key } => {
                let chain = Chain::read(certificate, &files.certificate, now)?;
                Ok((chain.certificates, chain::key(key, &files.key)?, chain.not_after))
            }
            Self::Made { directory, names } => {
                let leaf = Authority::read_or_make(directory, now, random)?.issue(names, now)?;
                Ok((vec![leaf.certificate], leaf.key, leaf.not_after))
            }
        }
    }

    /// Why the certificate and the key cannot be used together.
    fn unmatched(&self, error: &rustls::Error) -> TlsError {
        let (certificate, key) = match self {
            Self::Files { certificate, key } => (certificate, key),
            Self::Made { directory, .. } => return unusable(&directory.join(CA_KEY), error.to_string()),
        };
        let sentence = match error {
            rustls::Error::InconsistentKeys(_) => {
                format!(
                    "is not the key of the certificate in {}; put the files of one pair there",
                    certificate.display()
                )
            }
            error => format!("cannot be used with the certificate in {}: {error}", certificate.display()),
        };
        unusable(key, sentence)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })
}
