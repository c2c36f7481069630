//! Asks for registries.

use async_graphql::{Context, ID, Object, OneofObject, Result};
use wharfinger_app::record::{RegistryFilter, RegistryRecord};

use crate::access::{Access, directive};
use crate::connection::{Connection, Listing};
use crate::error::fail;
use crate::ids;
use crate::object::registry::{Registry, RegistryScope};
use crate::scope::scope;

/// A registry, by its id or, for one of the platform, by its name.
#[derive(OneofObject)]
pub(super) enum RegistryRef {
    /// By its global id.
    Id(ID),
    /// By its name among the platform's.
    Name(String),
}

#[derive(Default)]
pub(super) struct RegistryQuery;

#[Object]
impl RegistryQuery {
    /// A registry; null when there is none or the viewer may not see it.
    async fn registry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] by: RegistryRef,
    ) -> Option<Result<Registry>> {
        find(ctx, by).await.map(|found| found.map(Registry::from)).transpose()
    }

    /// The registries that the viewer may see, by name.
    async fn registries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "A part of the name or of the endpoint, letters of either case.")] search: Option<String>,
        #[graphql(desc = "Only those of the platform, or only those of workspaces.", name = "scope")] owned_by: Option<
            RegistryScope,
        >,
    ) -> Result<Connection<Registry>> {
        let scope = scope(ctx);
        let listing = Listing::new(ctx, "registries", first, after.as_deref())?;
        let platform = owned_by.map(|owner| owner == RegistryScope::Platform);
        let filter = RegistryFilter { search, platform, ..RegistryFilter::default() };
        let page = listing.page.clone();
        let paged = scope.app.page_registries(&scope.call, filter, page).await.map_err(fail)?;
        listing.connection(ctx, paged, RegistryRecord::key)
    }

    /// The hosts that a registry once had and nobody has released, in order: known, with nothing behind them.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::Auditor]))]
    async fn retired_hosts(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let scope = scope(ctx);
        scope.app.retired_hosts(&scope.call).await.map_err(fail)
    }
}

async fn find(ctx: &Context<'_>, by: RegistryRef) -> Result<Option<RegistryRecord>> {
    let scope = scope(ctx);
    match by {
        RegistryRef::Id(id) => scope.load.load_one(ids::decode::<wharfinger_domain::id::RegistryId>(&id)?).await,
        RegistryRef::Name(name) => scope.app.registry_by_name(&scope.call, name).await.map_err(fail),
    }
}
