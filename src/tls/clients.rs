//! Which clients a listener lets in: those with a certificate of an authority that is named, and perhaps of a name that is.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use super::{TlsError, unusable};

/// Which clients a listener lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clients {
    /// PEM file of the authorities that a client's certificate must be from.
    pub authority: PathBuf,
    /// The names, one of which must be the certificate's common name or one of its DNS names; every name will do when there
    /// are none.
    pub names: Vec<String>,
}

impl Clients {
    /// What judges clients, by what the file of authorities has now.
    pub(super) fn verifier(
        &self,
        pem: &[u8],
        provider: Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
        let wrong = |what: String| unusable(&self.authority, what);
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| wrong(format!("is not PEM: {error}")))?;
            roots.add(certificate).map_err(|error| wrong(format!("holds what is no authority: {error}")))?;
        }
        if roots.is_empty() {
            let words = "holds no certificate; put those of the authorities of clients there, as PEM";
            return Err(wrong(words.to_owned()));
        }
        let chain = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
        let chain = chain.map_err(|error| wrong(format!("cannot be used: {error}")))?;
        if self.names.is_empty() { Ok(chain) } else { Ok(Arc::new(Named { chain, names: self.names.clone() })) }
    }
}

/// Lets those in whom the chain of their certificates lets in, and of them only those with one of these names.
#[derive(Debug)]
struct Named {
    chain: Arc<dyn ClientCertVerifier>,
    names: Vec<String>,
}

impl ClientCertVerifier for Named {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chain.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let verified = self.chain.verify_client_cert(end_entity, intermediates, now)?;
        if has_name(end_entity, &self.names) {
            return Ok(verified);
        }
        Err(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

/// Whether one of these names is the certificate's common name or one of its DNS names.
fn has_name(certificate: &CertificateDer<'_>, names: &[String]) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { return false };
    let wanted = |name: &str| names.iter().any(|other| other == name);
    let alternatives = certificate.subject_alternative_name().ok().flatten();
    let mut alternatives = alternatives.iter().flat_map(|names| &names.value.general_names);
    certificate.subject().iter_common_name().any(|name| name.as_str().is_ok_and(wanted))
        || alternatives.any(|name| matches!(name, GeneralName::DNSName(name) if wanted(name)))
}
