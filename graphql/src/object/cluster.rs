//! Kubernetes clusters.

use async_graphql::{Context, Enum, ID, Object, Result};
use wharfinger_app::record::ClusterRecord;
use wharfinger_domain::rights::Action;

use super::namespace::EnforcementMode;
use super::replica::Replica;
use crate::ids;
use crate::loader::ReplicasOf;
use crate::scope::scope;

/// What becomes of images from hosts that no registry has.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_domain::cluster::UnknownRegistries")]
pub(crate) enum UnknownRegistries {
    /// They may be used.
    Allow,
    /// They may be used, with a warning.
    Warn,
    /// They may not be used.
    Deny,
}

/// A cluster.
pub(crate) struct Cluster(ClusterRecord);

impl From<ClusterRecord> for Cluster {
    fn from(record: ClusterRecord) -> Self {
        Self(record)
    }
}

impl Cluster {
    /// Whether the viewer may see clusters.
    pub(crate) fn is_visible(ctx: &Context<'_>) -> bool {
        scope(ctx).call.permits(Action::ReadClusters, None)
    }
}

/// A Kubernetes cluster whose API server asks this gate.
#[Object]
impl Cluster {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        ids::encode(self.0.cluster.id)
    }

    /// Its name, unique; the last part of the webhook's path.
    async fn name(&self) -> &str {
        &self.0.cluster.name
    }

    /// What the webhook does with a denial, where the workspace does not say.
    async fn mode(&self) -> EnforcementMode {
        self.0.cluster.mode.into()
    }

    /// What becomes of images from hosts that no registry has.
    async fn unknown_registries(&self) -> UnknownRegistries {
        self.0.cluster.unknown_registries.into()
    }

    /// The same for hosts that are IP literals or single labels.
    async fn unnamed_hosts(&self) -> UnknownRegistries {
        self.0.cluster.unnamed_hosts.into()
    }

    /// The running copies of the product that serve it, by name.
    async fn replicas(&self, ctx: &Context<'_>) -> Result<Vec<Replica>> {
        let scope = scope(ctx);
        let found = scope.load.load_one(ReplicasOf(self.0.cluster.id)).await?.unwrap_or_default();
        let now = scope.call.at;
        Ok(found.into_iter().map(|record| Replica { record, now }).collect())
    }

    /// Grows by one with every change of the settings.
    async fn revision(&self) -> i32 {
        self.0.revision
    }
}
