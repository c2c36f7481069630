//! Namespaces of clusters and the workspaces they are in. A row stands for one UID; a namespace made again under the same
//! name is another row, in no workspace.

use std::collections::HashMap;

use wharfinger_domain::id::{ClusterId, NamespaceId, WorkspaceId};
use wharfinger_domain::namespace::Namespace;
use wharfinger_domain::time::Timestamp;

use crate::page::Within;
use crate::sight::Sight;
use crate::{Page, Paged, Result};

/// A namespace as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamespaceRecord {
    /// What decisions need of it.
    pub namespace: Namespace,
    /// The cluster it is in.
    pub cluster: ClusterId,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// When it was seen to be gone, or going; `None` while it is there.
    pub gone_at: Option<Timestamp>,
}

impl NamespaceRecord {
    /// Where it stands in a list of namespaces.
    pub fn key(&self) -> NamespaceKey {
        let namespace = &self.namespace;
        NamespaceKey { cluster: namespace.cluster.to_string(), name: namespace.name.to_string(), id: namespace.id }
    }
}

/// A namespace before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamespaceChange {
    /// As it was; `None` for one that is new.
    pub before: Option<NamespaceRecord>,
    /// As it is.
    pub after: NamespaceRecord,
}

impl NamespaceChange {
    /// Whether it is in another workspace than before.
    pub fn is_policy(&self) -> bool {
        let before = self.before.as_ref().and_then(|before| before.namespace.workspace);
        before != self.after.namespace.workspace
    }
}

/// Which namespaces a list has. Those that are gone are in none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamespaceFilter {
    /// A part of the name, letters of either case.
    pub search: Option<String>,
    /// Only those in a workspace, or only those in none.
    pub assigned: Option<bool>,
    /// Only those within this.
    pub sight: Sight,
}

impl NamespaceFilter {
    /// All namespaces that are there within this.
    pub fn seen_with(sight: Sight) -> Self {
        Self { sight, ..Self::default() }
    }
}

/// Where a namespace stands in a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NamespaceKey {
    /// The name of its cluster.
    pub cluster: String,
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: NamespaceId,
}

/// What can be done with namespaces.
pub trait Namespaces {
    /// Takes in everything that a cluster has: `(name, UID)` of each namespace that is not terminating. Gives those that
    /// are new, and those that are gone with the mappings that ended thereby.
    fn record_listing(
        &mut self,
        cluster: ClusterId,
        seen: &[(String, String)],
        at: Timestamp,
    ) -> Result<Vec<NamespaceChange>>;

    /// Takes in that a namespace is there. Gives it when it is new, and the one of the same name that is gone thereby.
    fn record_seen(&mut self, cluster: ClusterId, name: &str, uid: &str, at: Timestamp)
    -> Result<Vec<NamespaceChange>>;

    /// Takes in that a namespace is terminating or gone, and ends its mapping. `None` when that was known, or the UID was
    /// not.
    fn record_gone(&mut self, cluster: ClusterId, uid: &str, at: Timestamp) -> Result<Option<NamespaceChange>>;

    /// The namespace with this id, gone ones included.
    fn namespace(&mut self, sight: &Sight, id: NamespaceId) -> Result<Option<NamespaceRecord>>;

    /// The namespace that has this name now.
    fn namespace_by_name(&mut self, sight: &Sight, cluster: &str, name: &str) -> Result<Option<NamespaceRecord>>;

    /// The namespaces that have these names now: `(cluster, name)`, as far as they exist and are seen.
    fn namespaces_by_name(&mut self, sight: &Sight, names: &[(String, String)]) -> Result<Vec<NamespaceRecord>>;

    /// The namespaces with these ids, as far as they exist and are seen, gone ones included.
    fn namespaces_by_id(&mut self, sight: &Sight, ids: &[NamespaceId])
    -> Result<HashMap<NamespaceId, NamespaceRecord>>;

    /// This page of the namespaces of each of these workspaces, by cluster and name, in one statement; without those that
    /// have none.
    fn namespace_pages(
        &mut self,
        workspaces: &[WorkspaceId],
        filter: &NamespaceFilter,
        page: &Page<Within<WorkspaceId, NamespaceKey>>,
    ) -> Result<HashMap<WorkspaceId, Paged<NamespaceRecord>>>;

    /// A page of namespaces, by cluster and name.
    fn page_namespaces(
        &mut self,
        filter: &NamespaceFilter,
        page: &Page<NamespaceKey>,
    ) -> Result<Paged<NamespaceRecord>>;

    /// Puts namespaces into a workspace, or (`None`) into none. Those that are gone are left alone. Gives those that are
    /// in another workspace than before.
    fn assign_namespaces(
        &mut self,
        ids: &[NamespaceId],
        workspace: Option<WorkspaceId>,
    ) -> Result<Vec<NamespaceChange>>;
}
