//! Loads what the resolvers of one request ask for at the same time, each kind of thing in a constant number of statements,
//! however many there are of it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Error, Result};
use wharfinger_app::App;
use wharfinger_app::call::Call;
use wharfinger_app::error::AppError;
use wharfinger_app::members::MemberRecord;
use wharfinger_app::record::{
    BindingFilter, BindingRecord, ClusterRecord, GroupRecord, Member, MembershipRecord, NameKey, NamespaceKey,
    NamespaceRecord, Page, Paged, RegistryHealth, RegistryRecord, ReplicaRecord, RepositoryRecord, SealedCredential,
    SpaceFilter, SpaceKey, SpaceOrder, SpaceRecord, SyncRecord, TagKey, TagOrder, TagRecord, UserRecord, Within,
    WorkspaceRecord,
};
use wharfinger_domain::id::{
    BindingId, ClusterId, GroupId, MembershipId, NamespaceId, RegistryId, RepositoryId, SpaceId, SyncId, UserId,
    WorkspaceId,
};

use crate::error::fail;

/// The pages that were found.
type Found<P, W, R> = Result<HashMap<PageOf<P, W>, Paged<R>>>;

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

/// The replicas that serve a cluster.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ReplicasOf(pub(crate) ClusterId);

/// The first host of the registry of a space.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct HostOf(pub(crate) SpaceId);

/// The groups that a user is in.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct GroupsOf(pub(crate) UserId);

/// A page of members.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct MembersWanted(pub(crate) Page<Within<WorkspaceId, MembershipId>>);

/// A page of a list below this parent. What is asked in the same words of many parents is read in one statement.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct PageOf<P, W> {
    pub(crate) parent: P,
    pub(crate) wanted: W,
}

/// A page of spaces.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct SpacesWanted {
    pub(crate) filter: SpaceFilter,
    pub(crate) order: SpaceOrder,
    pub(crate) page: Page<Within<RegistryId, SpaceKey>>,
}

/// A page of the bindings of a space.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct BindingsWanted(pub(crate) Page<Within<SpaceId, BindingId>>);

/// A page of the bindings to a workspace.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct BindingsToWanted {
    pub(crate) filter: BindingFilter,
    pub(crate) page: Page<Within<WorkspaceId, BindingId>>,
}

/// A page of the registries that a workspace has associated.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct AssociatedWanted(pub(crate) Page<Within<WorkspaceId, NameKey>>);

/// A page of namespaces.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct NamespacesWanted {
    pub(crate) search: Option<String>,
    pub(crate) page: Page<Within<WorkspaceId, NamespaceKey>>,
}

/// A page of repositories.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct RepositoriesWanted {
    pub(crate) search: Option<String>,
    pub(crate) page: Page<Within<SpaceId, NameKey>>,
}

/// A page of tags.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct TagsWanted {
    pub(crate) search: Option<String>,
    pub(crate) order: TagOrder,
    pub(crate) page: Page<Within<RepositoryId, TagKey>>,
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
    SyncId => SyncRecord: syncs_by_id;
    UserId => UserRecord: users_by_id;
    GroupId => GroupRecord: groups_by_id;
}

by_key! {
    ClusterId => ClusterRecord: clusters;
    HealthOf => RegistryHealth: health;
    LastSyncOf => SyncRecord: last_syncs;
    CredentialOf => SealedCredential: credentials;
    ReplicasOf => Vec<ReplicaRecord>: replicas_of;
    HostOf => String: hosts_of;
    GroupsOf => Vec<GroupRecord>: groups_of;
    Member => MemberRecord: members;
    PageOf<WorkspaceId, MembersWanted> => Paged<MembershipRecord>: members_of;
    PageOf<RegistryId, SpacesWanted> => Paged<SpaceRecord>: space_pages;
    PageOf<SpaceId, BindingsWanted> => Paged<BindingRecord>: bindings_of;
    PageOf<WorkspaceId, BindingsToWanted> => Paged<BindingRecord>: bindings_to;
    PageOf<WorkspaceId, AssociatedWanted> => Paged<RegistryRecord>: associated_by;
    PageOf<WorkspaceId, NamespacesWanted> => Paged<NamespaceRecord>: namespaces_of;
    PageOf<SpaceId, RepositoriesWanted> => Paged<RepositoryRecord>: repository_pages;
    PageOf<RepositoryId, TagsWanted> => Paged<TagRecord>: tag_pages;
}

impl Batch {
    async fn clusters(&self, ids: &[ClusterId]) -> Result<HashMap<ClusterId, ClusterRecord>> {
        let all = self.app.clusters(&self.call).await.map_err(fail)?;
        let found = all.into_iter().map(|record| (record.cluster.id, record));
        Ok(found.filter(|(id, _)| ids.contains(id)).collect())
    }

    async fn health(&self, keys: &[HealthOf]) -> Result<HashMap<HealthOf, RegistryHealth>> {
        let ids = keys.iter().map(|key| key.0).collect();
        Ok(keyed(self.app.registry_health(&self.call, ids).await.map_err(fail)?, HealthOf))
    }

    async fn last_syncs(&self, keys: &[LastSyncOf]) -> Result<HashMap<LastSyncOf, SyncRecord>> {
        let ids = keys.iter().map(|key| key.0).collect();
        Ok(keyed(self.app.last_syncs(&self.call, ids).await.map_err(fail)?, LastSyncOf))
    }

    async fn credentials(&self, keys: &[CredentialOf]) -> Result<HashMap<CredentialOf, SealedCredential>> {
        let ids = keys.iter().map(|key| key.0).collect();
        Ok(keyed(self.app.credential_status(&self.call, ids).await.map_err(fail)?, CredentialOf))
    }

    async fn replicas_of(&self, keys: &[ReplicasOf]) -> Result<HashMap<ReplicasOf, Vec<ReplicaRecord>>> {
        let clusters = keys.iter().map(|key| key.0).collect();
        Ok(keyed(self.app.replicas_of(&self.call, clusters).await.map_err(fail)?, ReplicasOf))
    }

    async fn groups_of(&self, keys: &[GroupsOf]) -> Result<HashMap<GroupsOf, Vec<GroupRecord>>> {
        let users = keys.iter().map(|key| key.0).collect();
        Ok(keyed(self.app.groups_of(&self.call, users).await.map_err(fail)?, GroupsOf))
    }

    async fn members(&self, members: &[Member]) -> Result<HashMap<Member, MemberRecord>> {
        self.app.members(&self.call, members.to_vec()).await.map_err(fail)
    }

    async fn members_of(
        &self,
        keys: &[PageOf<WorkspaceId, MembersWanted>],
    ) -> Found<WorkspaceId, MembersWanted, MembershipRecord> {
        let Self { app, call } = self;
        pages(keys, |ids, MembersWanted(page)| app.membership_pages(call, ids, page)).await
    }

    async fn hosts_of(&self, keys: &[HostOf]) -> Result<HashMap<HostOf, String>> {
        let spaces = keys.iter().map(|key| key.0).collect();
        Ok(keyed(self.app.hosts_of_spaces(&self.call, spaces).await.map_err(fail)?, HostOf))
    }

    async fn space_pages(
        &self,
        keys: &[PageOf<RegistryId, SpacesWanted>],
    ) -> Found<RegistryId, SpacesWanted, SpaceRecord> {
        let Self { app, call } = self;
        pages(keys, |ids, wanted| app.space_pages(call, ids, wanted.filter, wanted.order, wanted.page)).await
    }

    async fn bindings_of(
        &self,
        keys: &[PageOf<SpaceId, BindingsWanted>],
    ) -> Found<SpaceId, BindingsWanted, BindingRecord> {
        let Self { app, call } = self;
        pages(keys, |spaces, BindingsWanted(page)| app.binding_pages_of_spaces(call, spaces, page)).await
    }

    async fn bindings_to(
        &self,
        keys: &[PageOf<WorkspaceId, BindingsToWanted>],
    ) -> Found<WorkspaceId, BindingsToWanted, BindingRecord> {
        let Self { app, call } = self;
        pages(keys, |ids, wanted| app.binding_pages_of_workspaces(call, ids, wanted.filter, wanted.page)).await
    }

    async fn associated_by(
        &self,
        keys: &[PageOf<WorkspaceId, AssociatedWanted>],
    ) -> Found<WorkspaceId, AssociatedWanted, RegistryRecord> {
        let Self { app, call } = self;
        pages(keys, |owners, AssociatedWanted(page)| app.registry_pages(call, owners, page)).await
    }

    async fn namespaces_of(
        &self,
        keys: &[PageOf<WorkspaceId, NamespacesWanted>],
    ) -> Found<WorkspaceId, NamespacesWanted, NamespaceRecord> {
        let Self { app, call } = self;
        pages(keys, |ids, wanted| app.namespace_pages(call, ids, wanted.search, wanted.page)).await
    }

    async fn repository_pages(
        &self,
        keys: &[PageOf<SpaceId, RepositoriesWanted>],
    ) -> Found<SpaceId, RepositoriesWanted, RepositoryRecord> {
        let Self { app, call } = self;
        pages(keys, |spaces, wanted| app.repository_pages(call, spaces, wanted.search, wanted.page)).await
    }

    async fn tag_pages(&self, keys: &[PageOf<RepositoryId, TagsWanted>]) -> Found<RepositoryId, TagsWanted, TagRecord> {
        let Self { app, call } = self;
        pages(keys, |ids, wanted| app.tag_pages(call, ids, wanted.search, wanted.order, wanted.page)).await
    }
}

/// Reads the pages of many parents, those that are wanted in the same words at once: one field of a document asks in one
/// way, so that there are as many readings as the document has such fields.
async fn pages<P, W, R, F>(keys: &[PageOf<P, W>], read: impl Fn(Vec<P>, W) -> F) -> Found<P, W, R>
where
    P: Copy + Eq + Hash,
    W: Clone + Eq + Hash,
    F: Future<Output = Result<HashMap<P, Paged<R>>, AppError>>,
{
    let mut alike: HashMap<&W, Vec<P>> = HashMap::new();
    for key in keys {
        alike.entry(&key.wanted).or_default().push(key.parent);
    }
    let mut found = HashMap::with_capacity(keys.len());
    for (wanted, parents) in alike {
        let pages = read(parents, wanted.clone()).await.map_err(fail)?;
        found.extend(keyed(pages, |parent| PageOf { parent, wanted: wanted.clone() }));
    }
    Ok(found)
}

/// The same under another key.
fn keyed<I, K: Eq + Hash, V>(found: HashMap<I, V>, key: impl Fn(I) -> K) -> HashMap<K, V> {
    found.into_iter().map(|(id, value)| (key(id), value)).collect()
}
