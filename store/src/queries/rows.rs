//! Rows as the database gives them, and the records they stand for.

use diesel::prelude::*;
use wharfinger_domain::binding::{Binding, BindingScope};
use wharfinger_domain::cluster::Cluster;
use wharfinger_domain::exemption::Exemption;
use wharfinger_domain::id::{
    BindingId, ClusterId, ExemptionId, NamespaceId, RegistryId, RepositoryId, SpaceId, WorkspaceId,
};
use wharfinger_domain::namespace::Namespace;
use wharfinger_domain::registry::Registry;
use wharfinger_domain::space::Space;
use wharfinger_domain::time::Timestamp;
use wharfinger_domain::workspace::Workspace;

use super::schema::{bindings, clusters, exemptions, namespaces, registries, repositories, spaces, tags, workspaces};
use super::{from_json, instant, micros, owner, to_json};
use crate::Result;
use crate::bindings::BindingRecord;
use crate::clusters::ClusterRecord;
use crate::exemptions::ExemptionRecord;
use crate::namespaces::NamespaceRecord;
use crate::registries::RegistryRecord;
use crate::repositories::{RepositoryRecord, TagRecord};
use crate::spaces::SpaceRecord;
use crate::word::{Word, read_optional};
use crate::workspaces::WorkspaceRecord;

#[derive(Queryable, Selectable)]
#[diesel(table_name = clusters)]
pub(super) struct ClusterRow {
    id: i64,
    name: String,
    mode: String,
    unknown_registries: String,
    unnamed_hosts: String,
    revision: i32,
}

impl ClusterRow {
    pub(super) fn record(self) -> Result<ClusterRecord> {
        let cluster = Cluster {
            id: ClusterId(self.id),
            name: self.name.into(),
            mode: Word::read(&self.mode)?,
            unknown_registries: Word::read(&self.unknown_registries)?,
            unnamed_hosts: Word::read(&self.unnamed_hosts)?,
        };
        Ok(ClusterRecord { cluster, revision: self.revision })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = workspaces)]
pub(super) struct WorkspaceRow {
    id: i64,
    name: String,
    display_name: Option<String>,
    external_id: Option<String>,
    mode: Option<String>,
    created_at: i64,
    revision: i32,
}

impl WorkspaceRow {
    pub(super) fn record(self) -> Result<WorkspaceRecord> {
        let mode = read_optional(self.mode.as_deref())?;
        Ok(WorkspaceRecord {
            workspace: Workspace { id: WorkspaceId(self.id), name: self.name.into(), mode },
            display_name: self.display_name,
            external_id: self.external_id,
            created_at: Timestamp::from_micros(self.created_at),
            revision: self.revision,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = registries)]
pub(super) struct RegistryRow {
    pub(super) id: i64,
    owner_id: Option<i64>,
    name: String,
    kind: String,
    endpoint: String,
    scheme: String,
    skip_tls_verify: bool,
    ca_bundle_pem: Option<String>,
    exclusive: bool,
    resting_reason: Option<String>,
    created_at: i64,
    revision: i32,
}

impl RegistryRow {
    pub(super) fn record(self, hosts: Vec<Box<str>>) -> Result<RegistryRecord> {
        let registry = Registry {
            id: RegistryId(self.id),
            name: self.name.into(),
            kind: Word::read(&self.kind)?,
            owner: owner(self.owner_id),
            scheme: Word::read(&self.scheme)?,
            hosts,
            exclusive: self.exclusive,
            resting: self.resting_reason.is_some(),
        };
        Ok(RegistryRecord {
            registry,
            endpoint: self.endpoint,
            skip_tls_verify: self.skip_tls_verify,
            ca_bundle_pem: self.ca_bundle_pem,
            resting_reason: self.resting_reason,
            created_at: Timestamp::from_micros(self.created_at),
            revision: self.revision,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = spaces)]
pub(super) struct SpaceRow {
    id: i64,
    registry_id: i64,
    upstream_id: Option<String>,
    path: String,
    upstream_visibility: Option<String>,
    declared_visibility: Option<String>,
    proxy_cache: bool,
    present: bool,
    repository_count: i64,
    binding_count: i64,
    visibility_changed_at: Option<i64>,
    walked_at: Option<i64>,
    first_seen_at: i64,
    revision: i32,
}

impl SpaceRow {
    pub(super) fn record(self) -> Result<SpaceRecord> {
        let space = Space {
            id: SpaceId(self.id),
            registry: RegistryId(self.registry_id),
            path: self.path.into(),
            upstream_visibility: read_optional(self.upstream_visibility.as_deref())?,
            declared_visibility: read_optional(self.declared_visibility.as_deref())?,
            present: self.present,
        };
        Ok(SpaceRecord {
            space,
            upstream_id: self.upstream_id,
            proxy_cache: self.proxy_cache,
            repository_count: self.repository_count,
            binding_count: self.binding_count,
            visibility_changed_at: instant(self.visibility_changed_at),
            walked_at: instant(self.walked_at),
            first_seen_at: Timestamp::from_micros(self.first_seen_at),
            revision: self.revision,
        })
    }
}

/// What of a space can be written.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = spaces, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(super) struct SpaceValues {
    registry_id: i64,
    upstream_id: Option<String>,
    path: String,
    upstream_visibility: Option<String>,
    declared_visibility: Option<String>,
    public: bool,
    proxy_cache: bool,
    present: bool,
    visibility_changed_at: Option<i64>,
    first_seen_at: i64,
}

impl SpaceValues {
    pub(super) fn of(record: &SpaceRecord) -> Self {
        let space = &record.space;
        Self {
            registry_id: space.registry.0,
            upstream_id: record.upstream_id.clone(),
            path: space.path.to_string(),
            upstream_visibility: space.upstream_visibility.map(|visibility| visibility.word().to_owned()),
            declared_visibility: space.declared_visibility.map(|visibility| visibility.word().to_owned()),
            public: space.is_public(),
            proxy_cache: record.proxy_cache,
            present: space.present,
            visibility_changed_at: micros(record.visibility_changed_at),
            first_seen_at: record.first_seen_at.as_micros(),
        }
    }
}

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = repositories)]
pub(in super::super) struct RepositoryRow {
    id: i64,
    space_id: i64,
    path: String,
    pull_count: Option<i64>,
    updated_at: Option<i64>,
    declared: bool,
    tag_count: i64,
    latest_tag: Option<String>,
    latest_digest: Option<String>,
    latest_media_type: Option<String>,
    latest_size: Option<i64>,
    latest_platforms: Option<String>,
    latest_pushed_at: Option<i64>,
}

impl RepositoryRow {
    pub(in super::super) fn record(self) -> Result<RepositoryRecord> {
        let latest = match (self.latest_tag, self.latest_digest) {
            (Some(name), Some(digest)) => Some(TagRecord {
                name,
                digest,
                media_type: self.latest_media_type,
                size_bytes: self.latest_size,
                platforms: from_json(
                    self.latest_platforms.as_deref().unwrap_or("[]"),
                    "repositories.latest_platforms",
                )?,
                pushed_at: instant(self.latest_pushed_at),
            }),
            _ => None,
        };
        Ok(RepositoryRecord {
            id: RepositoryId(self.id),
            space: SpaceId(self.space_id),
            path: self.path,
            pull_count: self.pull_count,
            updated_at: instant(self.updated_at),
            declared: self.declared,
            tag_count: self.tag_count,
            latest,
        })
    }
}

/// What of a repository can be written.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = repositories, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(super) struct RepositoryValues {
    space_id: i64,
    path: String,
    pull_count: Option<i64>,
    updated_at: Option<i64>,
    declared: bool,
    walk: Option<i64>,
    tag_count: i64,
    latest_tag: Option<String>,
    latest_digest: Option<String>,
    latest_media_type: Option<String>,
    latest_size: Option<i64>,
    latest_platforms: Option<String>,
    latest_pushed_at: Option<i64>,
}

impl RepositoryValues {
    pub(super) fn of(record: &RepositoryRecord, walk: Option<Timestamp>) -> Result<Self> {
        let latest = record.latest.as_ref();
        Ok(Self {
            space_id: record.space.0,
            path: record.path.clone(),
            pull_count: record.pull_count,
            updated_at: micros(record.updated_at),
            declared: record.declared,
            walk: micros(walk),
            tag_count: record.tag_count,
            latest_tag: latest.map(|tag| tag.name.clone()),
            latest_digest: latest.map(|tag| tag.digest.clone()),
            latest_media_type: latest.and_then(|tag| tag.media_type.clone()),
            latest_size: latest.and_then(|tag| tag.size_bytes),
            latest_platforms: latest.map(|tag| to_json(&tag.platforms)).transpose()?,
            latest_pushed_at: latest.and_then(|tag| micros(tag.pushed_at)),
        })
    }
}

#[derive(Queryable, Selectable, QueryableByName, Insertable, Clone, PartialEq, Eq)]
#[diesel(table_name = tags, treat_none_as_default_value = false)]
pub(in super::super) struct TagRow {
    pub(super) repository_id: i64,
    pub(super) name: String,
    digest: String,
    media_type: Option<String>,
    size: Option<i64>,
    platforms: String,
    pushed_at: i64,
}

/// Stands for the instant of a push that nobody knows.
pub(super) const NEVER_PUSHED: i64 = i64::MIN;

impl TagRow {
    pub(super) fn of(repository: i64, tag: &TagRecord) -> Result<Self> {
        Ok(Self {
            repository_id: repository,
            name: tag.name.clone(),
            digest: tag.digest.clone(),
            media_type: tag.media_type.clone(),
            size: tag.size_bytes,
            platforms: to_json(&tag.platforms)?,
            pushed_at: micros(tag.pushed_at).unwrap_or(NEVER_PUSHED),
        })
    }

    pub(super) fn record(self) -> Result<TagRecord> {
        Ok(TagRecord {
            name: self.name,
            digest: self.digest,
            media_type: self.media_type,
            size_bytes: self.size,
            platforms: from_json(&self.platforms, "tags.platforms")?,
            pushed_at: instant((self.pushed_at != NEVER_PUSHED).then_some(self.pushed_at)),
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = namespaces)]
pub(super) struct NamespaceRow {
    id: i64,
    cluster_id: i64,
    name: String,
    uid: String,
    workspace_id: Option<i64>,
    first_seen_at: i64,
    gone_at: Option<i64>,
}

impl NamespaceRow {
    pub(super) fn record(self, cluster: String) -> NamespaceRecord {
        let namespace = Namespace {
            id: NamespaceId(self.id),
            cluster: cluster.into(),
            name: self.name.into(),
            uid: self.uid.into(),
            workspace: self.workspace_id.map(WorkspaceId),
        };
        NamespaceRecord {
            namespace,
            cluster: ClusterId(self.cluster_id),
            first_seen_at: Timestamp::from_micros(self.first_seen_at),
            gone_at: instant(self.gone_at),
        }
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = bindings)]
pub(super) struct BindingRow {
    id: i64,
    space_id: i64,
    workspace_id: i64,
    scope: Option<String>,
    reason: Option<String>,
    created_at: i64,
    created_by: String,
    not_before: Option<i64>,
    expires_at: Option<i64>,
    revision: i32,
}

impl BindingRow {
    pub(super) fn record(self) -> Result<BindingRecord> {
        let scope = self.scope.as_deref().map(|text| from_json::<BindingScope>(text, "bindings.scope")).transpose()?;
        let binding = Binding {
            id: BindingId(self.id),
            space: SpaceId(self.space_id),
            workspace: WorkspaceId(self.workspace_id),
            not_before: instant(self.not_before),
            expires_at: instant(self.expires_at),
            scope,
        };
        Ok(BindingRecord {
            binding,
            reason: self.reason,
            created_at: Timestamp::from_micros(self.created_at),
            created_by: self.created_by,
            revision: self.revision,
        })
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = exemptions)]
pub(super) struct ExemptionRow {
    id: i64,
    namespace: String,
    uid: String,
    reason: String,
    expires_at: i64,
    created_by: String,
    created_at: i64,
}

impl ExemptionRow {
    pub(super) fn record(self, cluster: String) -> ExemptionRecord {
        let id = ExemptionId(self.id);
        let exemption = Exemption {
            id: Some(id),
            cluster: cluster.into(),
            namespace: self.namespace.into(),
            uid: Some(self.uid.into()),
            reason: self.reason.into(),
            expires_at: Some(Timestamp::from_micros(self.expires_at)),
        };
        ExemptionRecord {
            exemption,
            id,
            created_by: self.created_by,
            created_at: Timestamp::from_micros(self.created_at),
        }
    }
}
