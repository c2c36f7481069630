//! Changes workspaces.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use wharfinger_app::workspaces::NewWorkspace;

use super::settle;
use super::user_error::{UserError, user_errors};
use crate::access::{Access, directive};
use crate::ids;
use crate::object::workspace::Workspace;
use crate::scope::scope;

/// A workspace to be made.
#[derive(InputObject)]
struct CreateWorkspaceInput {
    /// Its name, unique: lower-case letters, digits and inner hyphens, at most 63.
    name: String,
    /// What it is called in a user interface.
    display_name: Option<String>,
}

/// What became of it.
#[derive(SimpleObject)]
struct CreateWorkspacePayload {
    /// The workspace; null when it was not made.
    workspace: Option<Workspace>,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

/// What is to be changed of a workspace.
#[derive(InputObject)]
struct UpdateWorkspaceInput {
    /// The workspace.
    workspace_id: ID,
    /// The revision that was read: the change is refused when somebody else was faster.
    revision: i32,
    /// What it is to be called in a user interface; null: its name alone.
    display_name: Option<String>,
}

/// What became of it.
#[derive(SimpleObject)]
struct UpdateWorkspacePayload {
    /// The workspace as it is now; null when it was not changed.
    workspace: Option<Workspace>,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct WorkspaceMutation;

#[Object]
impl WorkspaceMutation {
    /// Makes a workspace.
    #[graphql(directive = directive::access::apply(vec![Access::Admin]))]
    async fn create_workspace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workspace to be made.")] input: CreateWorkspaceInput,
    ) -> Result<CreateWorkspacePayload> {
        let scope = scope(ctx);
        let new = NewWorkspace { name: input.name, display_name: input.display_name };
        let done = settle(ctx, scope.app.create_workspace(&scope.call, new).await).await?;
        Ok(match done {
            Ok(record) => CreateWorkspacePayload { workspace: Some(record.into()), user_errors: Vec::new() },
            Err(errors) => CreateWorkspacePayload { workspace: None, user_errors: user_errors(errors) },
        })
    }

    /// Changes what a workspace is called in a user interface.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::WorkspaceAdmin]))]
    async fn update_workspace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be changed.")] input: UpdateWorkspaceInput,
    ) -> Result<UpdateWorkspacePayload> {
        let scope = scope(ctx);
        let id = ids::decode(&input.workspace_id)?;
        let done = scope.app.update_workspace(&scope.call, id, input.revision, input.display_name).await;
        Ok(match settle(ctx, done).await? {
            Ok(record) => UpdateWorkspacePayload { workspace: Some(record.into()), user_errors: Vec::new() },
            Err(errors) => UpdateWorkspacePayload { workspace: None, user_errors: user_errors(errors) },
        })
    }
}
