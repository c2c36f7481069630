//! Workspaces.

use async_graphql::{Context, Enum, ID, Object, Result};
use wharfinger_app::record::{
    BindingRecord, MembershipRecord, NamespaceRecord, Paged, RegistryRecord, Within, WorkspaceRecord,
};
use wharfinger_domain::id::{MembershipId, WorkspaceId};
use wharfinger_domain::rights::Action;

use super::binding::{Binding, BindingFilter};
use super::namespace::Namespace;
use super::registry::Registry;
use super::user::Membership;
use crate::access::{Access, directive};
use crate::connection::{Connection, Listing};
use crate::error::fail;
use crate::ids;
use crate::loader::{AssociatedWanted, BindingsToWanted, MembersWanted, NamespacesWanted, PageOf};
use crate::scope::scope;

/// A role in one workspace.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_domain::caller::WorkspaceRole")]
pub(crate) enum WorkspaceRole {
    /// Also manages members and associates registries.
    Admin,
    /// Deploys.
    Editor,
    /// Reads.
    Viewer,
}

/// A workspace.
pub(crate) struct Workspace(WorkspaceRecord);

impl From<WorkspaceRecord> for Workspace {
    fn from(record: WorkspaceRecord) -> Self {
        Self(record)
    }
}

/// A tenant of the platform.
#[Object]
impl Workspace {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        ids::encode(self.0.workspace.id)
    }

    /// Its name, unique.
    async fn name(&self) -> &str {
        &self.0.workspace.name
    }

    /// What it is called in a user interface.
    async fn display_name(&self) -> Option<&str> {
        self.0.display_name.as_deref()
    }

    /// The id by which another platform knows it, as it stands in namespace labels.
    async fn external_id(&self) -> Option<&str> {
        self.0.external_id.as_deref()
    }

    /// Its namespaces, by cluster and name.
    async fn namespaces(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "A part of the name, letters of either case.")] search: Option<String>,
    ) -> Result<Connection<Namespace>> {
        let parent = self.0.workspace.id;
        let listing = Listing::new(ctx, "namespaces of a workspace", first, after.as_deref())?;
        let wanted = NamespacesWanted { search, page: listing.page.clone() };
        let paged = scope(ctx).load.load_one(PageOf { parent, wanted }).await?.unwrap_or_else(Paged::empty);
        listing.connection(ctx, paged, |record: &NamespaceRecord| Within { parent, key: record.key() })
    }

    /// The bindings to it, in the order they were made.
    async fn bindings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<BindingFilter>,
    ) -> Result<Connection<Binding>> {
        let parent = self.0.workspace.id;
        let listing = Listing::new(ctx, "bindings to a workspace", first, after.as_deref())?;
        let filter = filter.unwrap_or_default().try_into()?;
        let wanted = BindingsToWanted { filter, page: listing.page.clone() };
        let paged = scope(ctx).load.load_one(PageOf { parent, wanted }).await?.unwrap_or_else(Paged::empty);
        listing.connection(ctx, paged, |record: &BindingRecord| Within { parent, key: record.binding.id })
    }

    /// The registries that it has associated, by name.
    async fn associated_registries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> Result<Connection<Registry>> {
        let parent = self.0.workspace.id;
        let listing = Listing::new(ctx, "registries of a workspace", first, after.as_deref())?;
        let wanted = AssociatedWanted(listing.page.clone());
        let paged = scope(ctx).load.load_one(PageOf { parent, wanted }).await?.unwrap_or_else(Paged::empty);
        listing.connection(ctx, paged, |record: &RegistryRecord| Within { parent, key: record.key() })
    }

    /// Its members, in the order they came. Those that a group makes are behind the group.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::Auditor, Access::WorkspaceAdmin]))]
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> Result<Connection<Membership>> {
        let parent = self.0.workspace.id;
        scope(ctx).call.require(Action::ReadMembers, Some(parent)).map_err(fail)?;
        let listing = Listing::new(ctx, "members of a workspace", first, after.as_deref())?;
        let wanted = MembersWanted(listing.page.clone());
        let paged = scope(ctx).load.load_one(PageOf { parent, wanted }).await?.unwrap_or_else(Paged::empty);
        members(ctx, &listing, paged).await
    }

    /// Grows by one with every change; to be named by whoever changes it.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// The role that the viewer has in it; null when it has none.
    async fn viewer_role(&self, ctx: &Context<'_>) -> Option<WorkspaceRole> {
        scope(ctx).call.caller.role_in(self.0.workspace.id).map(Into::into)
    }

    /// Whether the viewer may associate a registry with it.
    async fn viewer_can_associate_registry(&self, ctx: &Context<'_>) -> bool {
        scope(ctx).call.permits(Action::ManageAssociatedRegistry, Some(self.0.workspace.id))
    }

    /// Whether the viewer may change what it is called.
    async fn viewer_can_update(&self, ctx: &Context<'_>) -> bool {
        scope(ctx).call.permits(Action::RenameWorkspace, Some(self.0.workspace.id))
    }

    /// Whether the viewer may manage its members.
    async fn viewer_can_manage_members(&self, ctx: &Context<'_>) -> bool {
        scope(ctx).call.permits(Action::ManageMembers, Some(self.0.workspace.id))
    }
}

/// The members that these records are of.
async fn members(
    ctx: &Context<'_>,
    listing: &Listing<Within<WorkspaceId, MembershipId>>,
    paged: Paged<MembershipRecord>,
) -> Result<Connection<Membership>> {
    let found = scope(ctx).load.load_many(paged.items.iter().map(|record| record.member)).await?;
    let known = |record: &MembershipRecord| found.get(&record.member).cloned();
    let items = paged.items.into_iter().filter_map(|record| Some((record, known(&record)?))).collect();
    let paged = Paged { items, has_next: paged.has_next, total: paged.total };
    let key = |(record, _): &(MembershipRecord, _)| Within { parent: record.workspace, key: record.id };
    listing.connection_of(ctx, paged, key, |(record, member)| Membership {
        workspace: record.workspace,
        subject: member.into(),
        role: record.role,
    })
}
