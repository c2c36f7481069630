//! Asks for namespaces.

use async_graphql::{Context, Object, Result};
use wharfinger_app::record::NamespaceRecord;
use wharfinger_domain::id::NamespaceId;

use crate::connection::{Connection, Listing};
use crate::error::fail;
use crate::ids;
use crate::object::namespace::{Namespace, NamespaceRef};
use crate::scope::scope;

#[derive(Default)]
pub(super) struct NamespaceQuery;

#[Object]
impl NamespaceQuery {
    /// A namespace; null when there is none or the viewer may not see it.
    async fn namespace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] by: NamespaceRef,
    ) -> Option<Result<Namespace>> {
        find(ctx, by).await.map(|found| found.map(Namespace::from)).transpose()
    }

    /// The namespaces that the viewer may see, by cluster and name; those that are gone are not in it.
    async fn namespaces(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "A part of the name, letters of either case.")] search: Option<String>,
        #[graphql(desc = "Only those in a workspace, or only those in none.")] assigned: Option<bool>,
    ) -> Result<Connection<Namespace>> {
        let scope = scope(ctx);
        let listing = Listing::new(ctx, "namespaces", first, after.as_deref())?;
        let page = listing.page.clone();
        let paged = scope.app.page_namespaces(&scope.call, search, assigned, None, page).await.map_err(fail)?;
        listing.connection(ctx, paged, NamespaceRecord::key)
    }
}

async fn find(ctx: &Context<'_>, by: NamespaceRef) -> Result<Option<NamespaceRecord>> {
    let scope = scope(ctx);
    match by {
        NamespaceRef::Id(id) => scope.load.load_one(ids::decode::<NamespaceId>(&id)?).await,
        NamespaceRef::Name(name) => scope.app.namespace_by_name(&scope.call, name.into()).await.map_err(fail),
    }
}
