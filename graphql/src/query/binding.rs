//! Asks for bindings.

use async_graphql::{Context, Object, Result};

use crate::connection::{Connection, Listing};
use crate::error::fail;
use crate::object::binding::{Binding, BindingFilter};
use crate::scope::scope;

#[derive(Default)]
pub(super) struct BindingQuery;

#[Object]
impl BindingQuery {
    /// The bindings that the viewer may see, in the order they were made.
    async fn bindings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<BindingFilter>,
    ) -> Result<Connection<Binding>> {
        let scope = scope(ctx);
        let listing = Listing::new(ctx, "bindings", first, after.as_deref())?;
        let (filter, page) = (filter.unwrap_or_default().try_into()?, listing.page.clone());
        let paged = scope.app.page_bindings(&scope.call, filter, page).await.map_err(fail)?;
        listing.connection(ctx, paged, |record| record.binding.id)
    }
}
