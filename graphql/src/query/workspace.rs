//! Asks for workspaces.

use async_graphql::{Context, ID, Object, OneofObject, Result};
use wharfinger_app::record::WorkspaceRecord;
use wharfinger_domain::id::WorkspaceId;

use crate::connection::{Connection, Listing};
use crate::error::fail;
use crate::ids;
use crate::object::workspace::Workspace;
use crate::scope::scope;

/// A workspace, by its id or its name.
#[derive(OneofObject)]
pub(super) enum WorkspaceRef {
    /// By its global id.
    Id(ID),
    /// By its name.
    Name(String),
}

#[derive(Default)]
pub(super) struct WorkspaceQuery;

#[Object]
impl WorkspaceQuery {
    /// A workspace; null when there is none or the viewer may not see it.
    async fn workspace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] by: WorkspaceRef,
    ) -> Option<Result<Workspace>> {
        find(ctx, by).await.map(|found| found.map(Workspace::from)).transpose()
    }

    /// The workspaces that the viewer may see, by name.
    async fn workspaces(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many at most, up to 100.", default = 20)] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "A part of the name or of the display name, letters of either case.")] search: Option<String>,
    ) -> Result<Connection<Workspace>> {
        let scope = scope(ctx);
        let listing = Listing::new(ctx, "workspaces", first, after.as_deref())?;
        let page = listing.page.clone();
        let paged = scope.app.page_workspaces(&scope.call, search, page).await.map_err(fail)?;
        listing.connection(ctx, paged, WorkspaceRecord::key)
    }
}

async fn find(ctx: &Context<'_>, by: WorkspaceRef) -> Result<Option<WorkspaceRecord>> {
    let scope = scope(ctx);
    match by {
        WorkspaceRef::Id(id) => scope.load.load_one(ids::decode::<WorkspaceId>(&id)?).await,
        WorkspaceRef::Name(name) => scope.app.workspace_by_name(&scope.call, name).await.map_err(fail),
    }
}
