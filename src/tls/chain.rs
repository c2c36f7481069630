//! Certificates and keys as they lie in PEM files, with what can be told to be wrong with them before anybody connects.

use std::path::Path;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use wharfinger_domain::time::Timestamp;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{TlsError, shown, unusable};

/// Microseconds in a second.
const SECOND: i64 = 1_000_000;

/// A certificate that is valid now, and what leads to its authority.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) certificates: Vec<CertificateDer<'static>>,
    pub(super) not_after: Timestamp,
}

impl Chain {
    /// Reads the chain that lies in this file.
    pub(super) fn read(path: &Path, pem: &[u8], now: Timestamp) -> Result<Self, TlsError> {
        let certificates = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| unusable(path, format!("is not PEM: {error}")))?;
        let first = certificates.first().ok_or_else(|| {
            unusable(path, "holds no certificate; put one there that begins with `-----BEGIN CERTIFICATE-----`")
        })?;
        let (not_before, not_after) =
            validity(first).ok_or_else(|| unusable(path, "its first certificate cannot be read"))?;
        if now > not_after {
            return Err(unusable(path, format!("the certificate expired at {}; renew it", shown(not_after))));
        }
        if now < not_before {
            let sentence = format!("the certificate is valid from {} only; check the clock", shown(not_before));
            return Err(unusable(path, sentence));
        }
        Ok(Self { certificates, not_after })
    }
}

/// The key that lies in this file.
pub(super) fn key(path: &Path, pem: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    let sentence = "holds no key; put one there that begins with `-----BEGIN PRIVATE KEY-----` and has no password";
    PrivateKeyDer::from_pem_slice(pem).map_err(|_| unusable(path, sentence))
}

/// The first and the last instant at which a certificate is valid; `None` when it cannot be read.
pub(super) fn validity(certificate: &[u8]) -> Option<(Timestamp, Timestamp)> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let at = |seconds: i64| Timestamp::from_micros(seconds.saturating_mul(SECOND));
    let validity = certificate.validity();
    Some((at(validity.not_before.timestamp()), at(validity.not_after.timestamp())))
}

/// Whether a certificate is of this public key, given as the bits that its algorithm makes.
pub(super) fn has_public_key(certificate: &[u8], bits: &[u8]) -> bool {
    let parsed = X509Certificate::from_der(certificate);
    parsed.is_ok_and(|(_, certificate)| *certificate.public_key().subject_public_key.data == *bits)
}
