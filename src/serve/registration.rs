//! Keeps `caBundle` right in the registrations of the webhook: looked at again and again, since certificates change and so
//! do registrations. A failure stops nothing; it is logged, counted, and shows when the API server cannot call the webhook.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use wharfinger_app::clusters::Watched;

use super::Product;

/// Between two looks. A look is one small request.
const LOOK: Duration = Duration::from_secs(10);

/// The clusters whose registration could not be kept at the last look.
type Failing = Arc<Mutex<BTreeSet<String>>>;

/// One registration and what is to be in it.
#[derive(Clone)]
struct Registration {
    cluster: Watched,
    name: String,
    authority: PathBuf,
    failing: Failing,
}

impl Product {
    /// Keeps the registrations that are configured; `made` is the authority of the product's own certificate.
    pub(super) fn keep_registrations(&self, watched: &[Watched], made: Option<PathBuf>) {
        let failing = Failing::default();
        let shown = Arc::clone(&failing);
        let help = "Clusters in whose registration of the webhook caBundle could not be kept right at the last look";
        #[expect(clippy::cast_precision_loss, reason = "nobody has so many clusters")]
        let count = move || shown.lock().unwrap_or_else(PoisonError::into_inner).len() as f64;
        self.metrics.gauge("registrations_failing", help, count);
        let Some(authority) = self.config.webhook.authority.clone().or(made) else { return };
        for cluster in watched {
            let configured = self.config.clusters.iter().find(|it| it.name == cluster.name);
            let Some(name) = configured.and_then(|it| it.registration.clone()) else { continue };
            let (cluster, authority, failing) = (cluster.clone(), authority.clone(), Arc::clone(&failing));
            let registration = Registration { cluster, name, authority, failing };
            self.supervisor.keep("registration", move || registration.clone().follow());
        }
    }
}

impl Registration {
    /// Looks at the registration until it is dropped. A failure is logged when it begins and when it changes.
    async fn follow(self) {
        let mut failure = None;
        loop {
            let now = self.look().await.err();
            if let Some(error) = &now
                && failure != now
            {
                let (cluster, registration) = (&self.cluster.name, &self.name);
                tracing::error!(%error, cluster, registration, "caBundle could not be kept right; it is tried again");
            }
            self.note(now.is_some());
            failure = now;
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn look(&self) -> Result<(), String> {
        let path = self.authority.clone();
        let read = tokio::task::spawn_blocking(move || std::fs::read(path)).await.map_err(|error| error.to_string())?;
        let file = self.authority.display();
        let authority = read.map_err(|error| format!("cannot read {file}: {error}"))?;
        if !is_authority(&authority) {
            // An API server that is given this trusts nobody, and with `Fail` no pod would be created any more.
            return Err(format!(
                "{file} holds no certificates in PEM; put the authority of the webhook's certificate there"
            ));
        }
        let changed = self.cluster.cluster.trust_in_registration(&self.name, &authority).await;
        if changed.map_err(|error| error.to_string())? {
            tracing::info!(
                cluster = self.cluster.name,
                registration = self.name,
                "set caBundle to the webhook's authority"
            );
        }
        Ok(())
    }

    fn note(&self, fails: bool) {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        if fails {
            failing.insert(self.cluster.name.clone());
        } else {
            failing.remove(&self.cluster.name);
        }
    }
}

/// Whether this is PEM with certificates and nothing else.
fn is_authority(pem: &[u8]) -> bool {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    certificates.is_ok_and(|all| !all.is_empty()) && !pem.windows(8).any(|text| text == b"PRIVATE ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_certificates_are_handed_to_an_api_server() {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::default().self_signed(&key).unwrap().pem();
        assert!(is_authority(certificate.as_bytes()));
        assert!(is_authority(certificate.repeat(2).as_bytes()), "two while the authority changes");
        assert!(!is_authority(format!("{certificate}{}", key.serialize_pem()).as_bytes()));
        assert!(!is_authority(b""));
        assert!(!is_authority(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"));
    }
}
