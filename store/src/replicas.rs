//! What the replicas say of themselves, for whoever asks how the product fares.

use std::collections::HashMap;

use wharfinger_domain::id::ClusterId;
use wharfinger_domain::revision::Revision;
use wharfinger_domain::time::Timestamp;

use crate::Result;

/// What a replica says of itself and of a cluster it serves, by its own clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaRecord {
    /// The cluster.
    pub cluster: ClusterId,
    /// Its name.
    pub name: String,
    /// The revision in force on it.
    pub revision: Revision,
    /// When the store last confirmed that one.
    pub confirmed_at: Timestamp,
    /// Whether it has listed the namespaces of the cluster.
    pub namespaces_synced: bool,
    /// When the certificate of its webhook ends.
    pub certificate_expires_at: Option<Timestamp>,
    /// Whether it was ready.
    pub ready: bool,
    /// When it said so.
    pub seen_at: Timestamp,
}

/// What can be done with replicas.
pub trait Replicas {
    /// Notes what a replica says, in place of what it said before.
    fn report_replica(&mut self, record: &ReplicaRecord) -> Result<()>;

    /// The replicas that serve each of these clusters, by name, in one statement; without those that have none.
    fn replicas_of(&mut self, clusters: &[ClusterId]) -> Result<HashMap<ClusterId, Vec<ReplicaRecord>>>;

    /// Forgets those that have said nothing since this instant. Gives their number.
    fn forget_replicas(&mut self, before: Timestamp) -> Result<usize>;

    /// Forgets what a replica that stops has said.
    fn forget_replica(&mut self, name: &str) -> Result<()>;
}
