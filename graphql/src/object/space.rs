//! Spaces of registries.

use async_graphql::{Context, Enum, Error, ID, InputObject, Object, Result};
use wharfinger_app::record::{
    BindingRecord, Paged, RepositoryRecord, SpaceFilter as SpaceFilterRecord, SpaceOrder as SpaceOrderRecord,
    SpaceRecord, Within,
};
use wharfinger_domain::rights::Action;

use super::Direction;
use super::binding::Binding;
use super::registry::Registry;
use super::repository::Repository;
use crate::access::{Access, directive};
use crate::connection::{Connection, Listing};
use crate::error::{Code, coded, internal};
use crate::ids;
use crate::loader::{BindingsWanted, PageOf, RepositoriesWanted};
use crate::scalar::DateTime;
use crate::scope::scope;

/// Whether everybody may use a space's images.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "wharfinger_domain::space::Visibility")]
pub(crate) enum SpaceVisibility {
    /// For everybody.
    Public,
    /// For the workspaces that it is bound to.
    Private,
}

/// Which spaces a list has; every part that is given must hold.
#[derive(InputObject, Default)]
pub(crate) struct SpaceFilter {
    /// A part of the name, letters of either case.
    search: Option<String>,
    /// Only those with this visibility, as decisions use it.
    visibility: Option<SpaceVisibility>,
    /// Only those bound to this workspace, expired bindings included.
    bound_to_workspace_id: Option<ID>,
    /// Only those that are bound to nobody.
    unbound_only: Option<bool>,
    /// Only those that are there, or only those that are gone.
    present: Option<bool>,
}

/// What spaces are ordered by; equal ones by name.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Default)]
#[graphql(remote = "wharfinger_app::record::SpaceOrderField")]
pub(crate) enum SpaceOrderField {
    /// By name alone.
    #[default]
    Name,
    /// Private ones first.
    Visibility,
    /// By the number of repositories.
    RepositoryCount,
    /// By the number of bindings, for administrators and auditors.
    BindingCount,
}

/// The order of a list of spaces.
#[derive(InputObject, Debug, Clone, Copy)]
pub(crate) struct SpaceOrder {
    /// By what.
    pub(crate) field: SpaceOrderField,
    /// In which direction.
    direction: Direction,
}

impl Default for SpaceOrder {
    fn default() -> Self {
        Self { field: SpaceOrderField::Name, direction: Direction::Asc }
    }
}

impl SpaceOrder {
    /// Names the order in cursors.
    pub(crate) fn name(self) -> String {
        format!("spaces {:?} {:?}", self.field, self.direction)
    }
}

impl From<SpaceOrder> for SpaceOrderRecord {
    fn from(order: SpaceOrder) -> Self {
        Self { field: order.field.into(), descending: order.direction == Direction::Desc }
    }
}

impl TryFrom<SpaceFilter> for SpaceFilterRecord {
    type Error = Error;

    fn try_from(filter: SpaceFilter) -> Result<Self> {
        Ok(Self {
            search: filter.search,
            visibility: filter.visibility.map(Into::into),
            bound_to: filter.bound_to_workspace_id.as_ref().map(ids::decode).transpose()?,
            unbound_only: filter.unbound_only.unwrap_or(false),
            present: filter.present,
            ..Self::default()
        })
    }
}

/// A space.
pub(crate) struct RegistrySpace(SpaceRecord);

impl From<SpaceRecord> for RegistrySpace {
    fn from(record: SpaceRecord) -> Self {
        Self(record)
    }
}

/// A subtree of one registry that is shared as a unit; in Harbor a project.
#[Object]
impl RegistrySpace {
    /// The global id.
    pub(crate) async fn id(&self) -> ID {
        ids::encode(self.0.space.id)
    }

    /// The path that its repositories begin with.
    async fn name(&self) -> &str {
        &self.0.space.path
    }

    /// The registry that it is a part of.
    async fn registry(&self, ctx: &Context<'_>) -> Result<Registry> {
        let found = scope(ctx).load.load_one(self.0.space.registry).await?;
        found.map(Registry::from).ok_or_else(|| internal("the registry of a space is not there"))
    }

    /// What decisions use: the registry's own word, unless an administrator has overridden a public space to private.
    async fn visibility(&self) -> SpaceVisibility {
        self.0.space.visibility().into()
    }

    /// What the registry itself says; null for a registry that knows no visibility.
    async fn upstream_visibility(&self) -> Option<SpaceVisibility> {
        self.0.space.upstream_visibility.map(Into::into)
    }

    /// Whether it is a proxy cache, whose repositories carry the path of the upstream.
    async fn proxy_cache(&self) -> bool {
        self.0.proxy_cache
    }

    /// False once it has vanished from its registry; its bindings stay until they are removed.
    async fn present(&self) -> bool {
        self.0.space.present
    }

    /// Grows with every binding made or removed and every change of what is declared.
    async fn revision(&self) -> i32 {
        self.0.revision
    }

    /// Its repositories, by path.
    #[graphql(directive = directive::cost::apply(2))]
    async fn repositories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "A part of the path, letters of either case.")] search: Option<String>,
    ) -> Result<Connection<Repository>> {
        let (space, load) = (self.0.space.id, &scope(ctx).load);
        let listing = Listing::new(ctx, "repositories of a space", first, after.as_deref())?;
        let wanted = RepositoriesWanted { search, page: listing.page.clone() };
        let paged = load.load_one(PageOf { parent: space, wanted }).await?.unwrap_or_else(Paged::empty);
        listing.connection(ctx, paged, |record: &RepositoryRecord| Within { parent: space, key: record.key() })
    }

    /// Its bindings, in the order they were made; members see only those to their own workspaces.
    async fn bindings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> Result<Connection<Binding>> {
        let parent = self.0.space.id;
        let listing = Listing::new(ctx, "bindings of a space", first, after.as_deref())?;
        let wanted = BindingsWanted(listing.page.clone());
        let paged = scope(ctx).load.load_one(PageOf { parent, wanted }).await?.unwrap_or_else(Paged::empty);
        listing.connection(ctx, paged, |record: &BindingRecord| Within { parent, key: record.binding.id })
    }

    /// How many repositories are known of it.
    async fn repository_count(&self) -> i32 {
        i32::try_from(self.0.repository_count).unwrap_or(i32::MAX)
    }

    /// To how many workspaces it is bound, expired bindings included.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::Auditor]))]
    async fn binding_count(&self, ctx: &Context<'_>) -> Result<i32> {
        if !scope(ctx).call.permits(Action::CountBindings, None) {
            return Err(coded(Code::Forbidden, "this needs a right that you do not have"));
        }
        Ok(i32::try_from(self.0.binding_count).unwrap_or(i32::MAX))
    }

    /// When the visibility that decisions use last changed; null when it has not since it was first seen.
    async fn visibility_changed_at(&self) -> Option<DateTime> {
        self.0.visibility_changed_at.map(DateTime::from)
    }

    /// Whether the viewer may bind it.
    async fn viewer_can_bind(&self, ctx: &Context<'_>) -> bool {
        scope(ctx).call.permits(Action::BindSpaces, None)
    }
}
