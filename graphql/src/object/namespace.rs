//! Namespaces of clusters.

use async_graphql::{Context, Enum, ID, InputObject, Object, OneofObject, Result};
use wharfinger_app::namespaces::NamespaceName as AppNamespaceName;
use wharfinger_app::record::NamespaceRecord;
use wharfinger_domain::cluster::EnforcementMode as DomainMode;
use wharfinger_domain::id::NamespaceId;

use super::workspace::Workspace;
use crate::error::{bad_input, fail};
use crate::ids;
use crate::scope::scope;

/// Where the mapping of a namespace to its workspace comes from.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NamespaceSource {
    /// It was written through this API.
    Assigned,
}

/// What the webhook does with a denial.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EnforcementMode {
    /// It denies the pod.
    Enforce,
    /// It admits the pod with a warning.
    Warn,
    /// It admits the pod and records what would have been denied.
    Audit,
    /// It admits the pod.
    Off,
    /// The namespace is exempt: a listed exemption with a reason.
    Exempt,
}

impl From<DomainMode> for EnforcementMode {
    fn from(mode: DomainMode) -> Self {
        match mode {
            DomainMode::Enforce => Self::Enforce,
            DomainMode::Warn => Self::Warn,
            DomainMode::Audit => Self::Audit,
            DomainMode::Off => Self::Off,
        }
    }
}

/// A namespace, by its id or its name.
#[derive(OneofObject)]
pub(crate) enum NamespaceRef {
    /// By its global id.
    Id(ID),
    /// By its cluster and name.
    Name(NamespaceName),
}

/// A namespace, as Kubernetes names it.
#[derive(InputObject)]
pub(crate) struct NamespaceName {
    /// The cluster's name.
    #[graphql(default_with = "Some(\"default\".to_owned())")]
    cluster: Option<String>,
    /// The namespace's name.
    name: String,
}

impl From<NamespaceName> for AppNamespaceName {
    fn from(name: NamespaceName) -> Self {
        Self { cluster: name.cluster.unwrap_or_else(|| "default".to_owned()), name: name.name }
    }
}

impl NamespaceRef {
    /// The name that is meant. An id that names nothing, or nothing that the viewer may see, is refused in the same words.
    pub(crate) async fn into_name(self, ctx: &Context<'_>) -> Result<AppNamespaceName> {
        let id: NamespaceId = match self {
            Self::Name(name) => return Ok(name.into()),
            Self::Id(id) => ids::decode(&id)?,
        };
        let found = scope(ctx).load.load_one(id).await?.filter(|record| record.gone_at.is_none());
        let record = found.ok_or_else(|| bad_input("there is no such namespace"))?;
        let (cluster, name) = (record.namespace.cluster.into(), record.namespace.name.into());
        Ok(AppNamespaceName { cluster, name })
    }
}

/// A namespace.
pub(crate) struct Namespace(NamespaceRecord);

impl From<NamespaceRecord> for Namespace {
    fn from(record: NamespaceRecord) -> Self {
        Self(record)
    }
}

/// A Kubernetes namespace; one that was deleted and made again is another one.
#[Object]
impl Namespace {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        ids::encode(self.0.namespace.id)
    }

    /// The name of its cluster.
    async fn cluster(&self) -> &str {
        &self.0.namespace.cluster
    }

    /// Its name in that cluster.
    async fn name(&self) -> &str {
        &self.0.namespace.name
    }

    /// The UID that Kubernetes gave it.
    async fn uid(&self) -> Option<&str> {
        Some(&self.0.namespace.uid)
    }

    /// The workspace that it is in.
    async fn workspace(&self, ctx: &Context<'_>) -> Option<Result<Workspace>> {
        let workspace = self.0.namespace.workspace?;
        scope(ctx).load.load_one(workspace).await.map(|found| found.map(Workspace::from)).transpose()
    }

    /// Where the mapping comes from; null for a namespace in no workspace.
    async fn source(&self) -> Option<NamespaceSource> {
        self.0.namespace.workspace.map(|_| NamespaceSource::Assigned)
    }

    /// What the webhook does here with a denial.
    async fn mode(&self, ctx: &Context<'_>) -> Result<EnforcementMode> {
        let scope = scope(ctx);
        let mode = scope.app.namespace_mode(&scope.call, &self.0).map_err(fail)?;
        Ok(mode.map_or(EnforcementMode::Exempt, Into::into))
    }
}
