//! An authority for the certificates that clients of the product show.

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};

/// An authority of clients.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate, as PEM.
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for this purpose with its key, as PEM.
    pub(crate) fn issue(&self, common_name: &str, dns_names: &[&str], purpose: ExtendedKeyUsagePurpose) -> String {
        let key = KeyPair::generate().unwrap();
        let dns_names: Vec<_> = dns_names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(dns_names).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.extended_key_usages = vec![purpose];
        key.serialize_pem() + &params.signed_by(&key, &self.issuer).unwrap().pem()
    }

    /// A certificate of a client with its key, as PEM.
    pub(crate) fn client(&self, common_name: &str) -> String {
        self.issue(common_name, &[], ExtendedKeyUsagePurpose::ClientAuth)
    }
}
