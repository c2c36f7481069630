//! The product's own certificate authority, for installations without another: made at first start and kept in the data
//! directory, so that the webhook's `caBundle` stays right through restarts. It signs the webhook's certificate only.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use wharfinger_app::random::Random;
use wharfinger_domain::time::Timestamp;

use super::{TlsError, chain, unusable};
use crate::secret_file::SecretFile;

/// The authority's certificate: what goes into the webhook's `caBundle`.
pub const CA_CERTIFICATE: &str = "webhook-ca.pem";

/// The authority's key.
pub const CA_KEY: &str = "webhook-ca.key";

const DAY: Duration = Duration::from_hours(24);

/// The authority outlives any installation that is not looked after; it is made anew from its key when it nears its end.
const CA_LIFE: Duration = Duration::from_hours(24 * 3650);

/// How long a certificate of the webhook is valid.
const LEAF_LIFE: Duration = Duration::from_hours(24 * 90);

/// A certificate with less than this left is renewed.
pub(super) const LEAF_RENEWAL: Duration = Duration::from_hours(24 * 30);

/// How far the clocks of API servers may be behind ours.
const CLOCK_SKEW: Duration = Duration::from_hours(1);

/// The authority: its name and its key.
pub(super) struct Authority(Issuer<'static, KeyPair>);

/// A certificate of the webhook.
pub(super) struct Leaf {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) key: PrivateKeyDer<'static>,
    pub(super) not_after: Timestamp,
}

impl Authority {
    /// The authority of this data directory.
    pub(super) fn read_or_make(directory: &Path, now: Timestamp, random: &dyn Random) -> Result<Self, TlsError> {
        let fresh = KeyPair::generate()?;
        let file = SecretFile::read_or_make(directory, CA_KEY, random, || fresh.serialize_pem())?;
        let key = KeyPair::from_pem(file.reveal()).map_err(|error| unusable(file.path(), error.to_string()))?;
        let path = directory.join(CA_CERTIFICATE);
        if let Some(pem) = read_certificate(&path, &key, now)? {
            let issuer = Issuer::from_ca_cert_pem(&pem, key).map_err(|error| unusable(&path, error.to_string()))?;
            return Ok(Self(issuer));
        }
        let params = ca_params(now);
        write_certificate(&path, &params.self_signed(&key)?.pem())?;
        tracing::info!(path = %path.display(), "made the authority of the webhook's certificate; its caBundle is this file");
        Ok(Self(Issuer::new(params, key)))
    }

    /// A new certificate with these names, and a key of its own.
    pub(super) fn issue(&self, names: &[String], now: Timestamp) -> Result<Leaf, TlsError> {
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "Wharfinger webhook");
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let not_after = set_validity(&mut params, now, LEAF_LIFE);
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.0)?.der().clone();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok(Leaf { certificate, key, not_after })
    }
}

fn ca_params(now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Wharfinger webhook authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    set_validity(&mut params, now, CA_LIFE);
    params
}

/// Sets from when to when, and gives the latter. Certificates tell seconds.
fn set_validity(params: &mut CertificateParams, now: Timestamp, life: Duration) -> Timestamp {
    let seconds = Duration::from_secs(u64::try_from(now.as_micros() / 1_000_000).unwrap_or(0));
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + seconds.saturating_sub(CLOCK_SKEW);
    params.not_after = epoch + seconds + life;
    Timestamp::from_micros(0).saturating_add(seconds + life)
}

/// The authority's certificate if it is there, is of this key, and outlives what it signs.
fn read_certificate(path: &Path, key: &KeyPair, now: Timestamp) -> Result<Option<String>, TlsError> {
    let pem = match fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })?,
    };
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| unusable(path, "holds no certificate; remove it to have it made anew from its key"))?;
    let (_, not_after) = chain::validity(&certificate).ok_or_else(|| unusable(path, "cannot be read; remove it"))?;
    let of_this_key = chain::has_public_key(&certificate, key.public_key_raw());
    Ok((of_this_key && not_after.since(now) > LEAF_LIFE + DAY).then_some(pem))
}

/// Writes a file that everybody may read, whole or not at all.
fn write_certificate(path: &Path, pem: &str) -> Result<(), TlsError> {
    let draft = path.with_extension("pem.new");
    fs::write(&draft, pem)
        .and_then(|()| fs::rename(&draft, path))
        .map_err(|source| TlsError::Unwritable { path: path.to_owned(), source })
}
