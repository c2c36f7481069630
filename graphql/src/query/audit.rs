//! Asks for what was done.

use async_graphql::{Context, Object, Result};
use wharfinger_app::record::AuditEventRecord;

use crate::access::{Access, directive};
use crate::connection::{Listing, Uncounted};
use crate::error::fail;
use crate::object::audit::{AuditEvent, AuditFilter};
use crate::scope::scope;

#[derive(Default)]
pub(super) struct AuditQuery;

#[Object]
impl AuditQuery {
    /// What was done and refused, the newest first; for administrators of workspaces what concerns these.
    #[graphql(
        directive = directive::access::apply(vec![Access::Admin, Access::Auditor, Access::WorkspaceAdmin]),
        directive = directive::cost::apply(2)
    )]
    async fn audit_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<AuditFilter>,
    ) -> Result<Uncounted<AuditEvent>> {
        let scope = scope(ctx);
        let listing = Listing::uncounted(ctx, "audit", first, after.as_deref())?;
        let filter = filter.unwrap_or_default().try_into()?;
        let paged = scope.app.page_audit(&scope.call, filter, listing.page.clone()).await.map_err(fail)?;
        listing.connection(ctx, paged, |record: &AuditEventRecord| record.id).map(Uncounted)
    }
}
