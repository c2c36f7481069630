//! Kubernetes clusters and their settings.

use wharfinger_domain::cluster::{Cluster, EnforcementMode, UnknownRegistries};
use wharfinger_domain::id::ClusterId;

use crate::Result;

/// A cluster as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterRecord {
    /// The cluster.
    pub cluster: Cluster,
    /// Grows by one with every change of the settings.
    pub revision: i32,
}

/// The settings that hold for all of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterSettings {
    /// What the webhook does with a denial, where the workspace does not say.
    pub mode: EnforcementMode,
    /// What becomes of images from hosts that no registry has.
    pub unknown_registries: UnknownRegistries,
    /// The same for hosts that are IP literals or single labels.
    pub unnamed_hosts: UnknownRegistries,
}

/// What can be done with clusters.
pub trait Clusters {
    /// The cluster of this name; made with these settings when there is none. True when it was made just now.
    fn ensure_cluster(&mut self, name: &str, settings: ClusterSettings) -> Result<(ClusterRecord, bool)>;

    /// Every cluster, by name.
    fn clusters(&mut self) -> Result<Vec<ClusterRecord>>;

    /// The cluster of this name.
    fn cluster_by_name(&mut self, name: &str) -> Result<Option<ClusterRecord>>;

    /// The cluster with this id.
    fn cluster_by_id(&mut self, id: ClusterId) -> Result<Option<ClusterRecord>>;

    /// Sets the settings. False, and nothing done, when the cluster is not at this revision.
    fn update_cluster(&mut self, id: ClusterId, revision: i32, settings: ClusterSettings) -> Result<bool>;
}
