//! The running copies of the product that serve a cluster.

use async_graphql::Object;
use wharfinger_app::record::ReplicaRecord;
use wharfinger_app::replicas::SILENT;
use wharfinger_domain::time::Timestamp;

use crate::scalar::{DateTime, Revision};

/// A replica, as it last spoke of itself, and the instant it is asked about.
pub(crate) struct Replica {
    pub(crate) record: ReplicaRecord,
    pub(crate) now: Timestamp,
}

/// A running copy of the product that serves this cluster. One that has said nothing for ten minutes is left out.
#[Object]
impl Replica {
    /// Its name: that of the pod or the machine, and the number of the process.
    async fn name(&self) -> &str {
        &self.record.name
    }

    /// The revision that its answers followed when it last spoke of itself.
    async fn policy_revision(&self) -> Revision {
        self.record.revision.into()
    }

    /// Seconds since the store last confirmed that revision to it.
    async fn snapshot_age(&self) -> f64 {
        self.now.since(self.record.confirmed_at).as_secs_f64()
    }

    /// Whether it has listed the namespaces of the cluster.
    async fn namespaces_synced(&self) -> bool {
        self.record.namespaces_synced
    }

    /// When the certificate of its webhook ends.
    async fn certificate_expires_at(&self) -> Option<DateTime> {
        self.record.certificate_expires_at.map(DateTime::from)
    }

    /// Whether it is ready, as far as is known: one that is silent for half a minute is not.
    async fn ready(&self) -> bool {
        self.record.ready && self.now.since(self.record.seen_at) < SILENT
    }
}
