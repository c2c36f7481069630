//! Asks for clusters.

use async_graphql::{Context, Object, Result};
use wharfinger_app::record::{ClusterRecord, NameKey};

use crate::access::{Access, directive};
use crate::connection::{Connection, Listing, page_of};
use crate::error::fail;
use crate::object::cluster::Cluster;
use crate::scope::scope;

#[derive(Default)]
pub(super) struct ClusterQuery;

#[Object]
impl ClusterQuery {
    /// The clusters whose API servers ask this gate, by name.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::Auditor]))]
    async fn clusters(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> Result<Connection<Cluster>> {
        let scope = scope(ctx);
        let listing = Listing::new(ctx, "clusters", first, after.as_deref())?;
        let all = scope.app.clusters(&scope.call).await.map_err(fail)?;
        let paged = page_of(all, &listing.page, key, |key| (key.name.clone(), key.id));
        listing.connection(ctx, paged, key)
    }
}

/// Where a cluster stands in the list.
fn key(record: &ClusterRecord) -> NameKey {
    NameKey { name: record.cluster.name.to_string(), id: record.cluster.id.0 }
}
