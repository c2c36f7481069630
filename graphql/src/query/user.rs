//! Asks for users and for the own tokens.

use async_graphql::{Context, Object, Result};
use wharfinger_app::record::{TokenRecord, UserRecord};

use crate::access::{Access, directive};
use crate::connection::{Connection, Listing};
use crate::error::fail;
use crate::object::token::ApiToken;
use crate::object::user::User;
use crate::scope::scope;

#[derive(Default)]
pub(super) struct UserQuery;

#[Object]
impl UserQuery {
    /// All users, by name.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::Auditor]))]
    async fn users(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "A part of the name or of the display name, letters of either case.")] search: Option<String>,
    ) -> Result<Connection<User>> {
        let scope = scope(ctx);
        let listing = Listing::new(ctx, "users", first, after.as_deref())?;
        let paged = scope.app.page_users(&scope.call, search, listing.page.clone()).await.map_err(fail)?;
        listing.connection(ctx, paged, UserRecord::key)
    }

    /// The viewer's own tokens, the newest first.
    async fn api_tokens(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
    ) -> Result<Connection<ApiToken>> {
        let scope = scope(ctx);
        let listing = Listing::new(ctx, "tokens", first, after.as_deref())?;
        let paged = scope.app.page_tokens(&scope.call, listing.page.clone()).await.map_err(fail)?;
        listing.connection(ctx, paged, |record: &TokenRecord| record.id)
    }
}
