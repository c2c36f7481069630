//! Loads what the resolvers of one request ask for at the same time, each kind of thing in a constant number of statements,
//! however many there are of it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Error, Result};
use wharfinger_app::App;
use wharfinger_app::call::Call;
use wharfinger_app::record::{
    BindingRecord, ClusterRecord, NamespaceRecord, Page, Paged, RegistryFilter, RegistryHealth, RegistryRecord,
    RepositoryRecord, SealedCredential, SpaceRecord, SyncRecord, WorkspaceRecord,
};
use wharfinger_domain::id::{
    BindingId, ClusterId, NamespaceId, RegistryId, RepositoryId, SpaceId, SyncId, WorkspaceId,
};
use wharfinger_domain::registry::Owner;

use crate::error::fail;

/// How many associated registries are read at once. Far more than there are workspaces that associate one.
const ASSOCIATED: u32 = 100_000;

/// Loads on behalf of one call.
pub(crate) struct Batch {
    app: Arc<App>,
    call: Arc<Call>,
}

/// How a registry fares.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct HealthOf(pub(crate) RegistryId);

/// The last walk of a registry.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LastSyncOf(pub(crate) RegistryId);

/// The credential of a registry, sealed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CredentialOf(pub(crate) RegistryId);

/// The bindings of a space.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BindingsOf(pub(crate) SpaceId);

/// The bindings to a workspace.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct BindingsTo(pub(crate) WorkspaceId);

/// The namespaces of a workspace.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct NamespacesOf(pub(crate) WorkspaceId);

/// The registries that a workspace has associated.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct AssociatedOf(pub(crate) WorkspaceId);

/// The beginning of the list of repositories of a space.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct RepositoriesOf {
    pub(crate) space: SpaceId,
    pub(crate) first: u32,
}

impl Batch {
    pub(crate) fn new(app: Arc<App>, call: Arc<Call>) -> Self {
        Self { app, call }
    }
}

/// What is known by its own id, and may be seen by the caller.
macro_rules! by_id {
    ($($id:ty => $record:ty: $use_case:ident;)*) => {$(
        impl Loader<$id> for Batch {
            type Value = $record;
            type Error = Error;

            async fn load(&self, ids: &[$id]) -> Result<HashMap<$id, $record>> {
                self.app.$use_case(&self.call, ids.to_vec()).await.map_err(fail)
            }
        }
    )*};
}

/// What is found by another way.
macro_rules! by_key {
    ($($key:ty => $value:ty: $method:ident;)*) => {$(
        impl Loader<$key> for Batch {
            type Value = $value;
            type Error = Error;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, $value>> {
                self.$method(keys).await
            }
        }
    )*};
}

by_id! {
    RegistryId => RegistryRecord: registries_by_id;
    SpaceId => SpaceRecord: spaces_by_id;
    RepositoryId => RepositoryRecord: repositories_by_id;
    WorkspaceId => WorkspaceRecord: workspaces_by_id;
    NamespaceId => NamespaceRecord: namespaces_by_id;
    BindingId => BindingRecord: bindings_by_id;
}

by_key! {
    SyncId => SyncRecord: syncs;
    ClusterId => ClusterRecord: clusters;
    HealthOf => RegistryHealth: health;
    LastSyncOf => SyncRecord: last_syncs;
    CredentialOf => SealedCredential: credentials;
    BindingsOf => Vec<BindingRecord>: bindings_of;
    BindingsTo => Vec<BindingRecord>: bindings_to;
    NamespacesOf => Vec<NamespaceRecord>: namespaces_of;
    AssociatedOf => Vec<RegistryRecord>: associated;
    RepositoriesOf => Paged<RepositoryRecord>: repositories_of;
}

impl Batch {
    async fn syncs(&self, ids: &[SyncId]) -> Result<HashMap<SyncId, SyncRecord>> {
        self.app.syncs_by_id(ids.to_vec()).await.map_err(fail)
    }

    async fn clusters(&self, ids: &[ClusterId]) -> Result<HashMap<ClusterId, ClusterRecord>> {
        let all = self.app.clusters(&self.call).await.map_err(fail)?;
        let found = all.into_iter().map(|record| (record.cluster.id, record));
        Ok(found.filter(|(id, _)| ids.contains(id)).collect())
    }

    async fn health(&self, keys: &[HealthOf]) -> Result<HashMap<HealthOf, RegistryHealth>> {
        let ids = keys.iter().map(|key| key.0).collect();
        Ok(keyed(self.app.registry_health(ids).await.map_err(fail)?, HealthOf))
    }

    async fn last_syncs(&self, keys: &[LastSyncOf]) -> Result<HashMap<LastSyncOf, SyncRecord>> {
        let ids = keys.iter().map(|key| key.0).collect();
        Ok(keyed(self.app.last_syncs(ids).await.map_err(fail)?, LastSyncOf))
    }

    async fn credentials(&self, keys: &[CredentialOf]) -> Result<HashMap<CredentialOf, SealedCredential>> {
        let ids = keys.iter().map(|key| key.0).collect();
        let records = self.app.registries_by_id(&self.call, ids).await.map_err(fail)?.into_values().collect();
        Ok(keyed(self.app.credential_status(&self.call, records).await.map_err(fail)?, CredentialOf))
    }

    async fn bindings_of(&self, keys: &[BindingsOf]) -> Result<HashMap<BindingsOf, Vec<BindingRecord>>> {
        let ids = keys.iter().map(|key| key.0).collect();
        Ok(keyed(self.app.bindings_of_spaces(&self.call, ids).await.map_err(fail)?, BindingsOf))
    }

    async fn bindings_to(&self, keys: &[BindingsTo]) -> Result<HashMap<BindingsTo, Vec<BindingRecord>>> {
        let ids = keys.iter().map(|key| key.0).collect();
        Ok(keyed(self.app.bindings_of_workspaces(&self.call, ids).await.map_err(fail)?, BindingsTo))
    }

    async fn namespaces_of(&self, keys: &[NamespacesOf]) -> Result<HashMap<NamespacesOf, Vec<NamespaceRecord>>> {
        let ids = keys.iter().map(|key| key.0).collect();
        Ok(keyed(self.app.namespaces_of_workspaces(&self.call, ids).await.map_err(fail)?, NamespacesOf))
    }

    /// One workspace is asked for alone; several share one reading of all associations.
    async fn associated(&self, keys: &[AssociatedOf]) -> Result<HashMap<AssociatedOf, Vec<RegistryRecord>>> {
        let owned_by = if let [only] = keys { Some(only.0) } else { None };
        let filter = RegistryFilter { platform: Some(false), owned_by, ..RegistryFilter::default() };
        let found = self.app.page_registries(&self.call, filter, Page::first(ASSOCIATED)).await.map_err(fail)?;
        let mut of: HashMap<_, Vec<_>> = HashMap::new();
        for record in found.items {
            if let Owner::Workspace(workspace) = record.registry.owner {
                of.entry(AssociatedOf(workspace)).or_default().push(record);
            }
        }
        Ok(of)
    }

    async fn repositories_of(
        &self,
        keys: &[RepositoriesOf],
    ) -> Result<HashMap<RepositoriesOf, Paged<RepositoryRecord>>> {
        let mut by_length: HashMap<u32, Vec<SpaceId>> = HashMap::new();
        for key in keys {
            by_length.entry(key.first).or_default().push(key.space);
        }
        let mut found = HashMap::new();
        // One field asks with one length: there are as many as the document has such fields.
        for (first, spaces) in by_length {
            let pages = self.app.first_repositories_of(&self.call, spaces, first).await.map_err(fail)?;
            found.extend(keyed(pages, |space| RepositoriesOf { space, first }));
        }
        Ok(found)
    }
}

/// The same under another key.
fn keyed<I, K: Eq + Hash, V>(found: HashMap<I, V>, key: impl Fn(I) -> K) -> HashMap<K, V> {
    found.into_iter().map(|(id, value)| (key(id), value)).collect()
}
