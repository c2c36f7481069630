//! This process as one replica of several: what it is called, how it fares, and how it takes its leave.

use std::sync::Arc;
use std::time::Duration;

use wharfinger_app::clusters::Watched;
use wharfinger_app::replicas::Standing;

use super::Product;
use crate::tls::ServerTls;

/// Where Linux tells the name of the machine; in a pod, the pod's.
const HOST_NAME: &str = "/proc/sys/kernel/hostname";

/// How long the leave may take. When it takes longer, the others find out for themselves.
const LEAVE: Duration = Duration::from_secs(2);

/// What this replica is called: the machine's or the pod's name, and the number of the process, which tells two on one
/// machine apart.
pub(super) fn name() -> String {
    let host = std::fs::read_to_string(HOST_NAME).unwrap_or_default();
    let host = Some(host.trim()).filter(|host| !host.is_empty()).unwrap_or("replica");
    format!("{host}-{}", std::process::id())
}

impl Product {
    /// Keeps telling the others how this replica fares, and its leases.
    pub(super) fn keep_replica(&self, name: String, watched: &[Watched], webhook: &Arc<ServerTls>) {
        let (readiness, certificate) = (self.readiness.clone(), Arc::clone(webhook));
        let standing = Arc::new(Standing {
            name,
            ready: Box::new(move || readiness.missing().is_empty()),
            certificate_expires_at: Box::new(move || Some(certificate.expires_at())),
            clusters: watched.iter().map(|watched| (watched.id, watched.name.clone())).collect(),
        });
        let readiness = self.readiness.clone();
        self.metrics.gauge("ready", "Whether this replica is ready: 1 or 0", move || {
            if readiness.missing().is_empty() { 1.0 } else { 0.0 }
        });
        let app = Arc::clone(&self.app);
        #[expect(clippy::cast_precision_loss, reason = "there are as many as clusters, and one more")]
        let held = move || app.leases_held() as f64;
        let meaning = "Tasks that this replica does for all that share the database; 0 where the database is its own";
        self.metrics.gauge("leases_held", meaning, held);
        let follower = Arc::clone(&self.app);
        self.supervisor.keep("replica", move || Arc::clone(&follower).follow_replica(Arc::clone(&standing)));
    }

    /// Gives back what this replica holds, so that another need not wait.
    pub(super) async fn retire(&self, name: String) {
        match tokio::time::timeout(LEAVE, self.app.retire(name)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(error = %error, "this replica could not take its leave"),
            Err(_) => tracing::warn!("taking leave took too long"),
        }
    }
}
