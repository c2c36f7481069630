//! Changes which workspaces namespaces are in.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use wharfinger_app::namespaces::Assignment;

use super::settle;
use super::user_error::{UserError, user_errors};
use crate::access::{Access, directive};
use crate::ids;
use crate::object::namespace::NamespaceName;
use crate::scope::scope;

/// Which namespaces are to be in which workspace.
#[derive(InputObject)]
struct NamespaceAssignmentInput {
    /// The namespaces, at most 500.
    namespaces: Vec<NamespaceName>,
    /// The workspace; null puts them into none.
    workspace_id: Option<ID>,
}

/// An assignment of namespaces.
#[derive(InputObject)]
struct AssignNamespacesInput {
    /// What is to be assigned.
    assignment: NamespaceAssignmentInput,
    /// Whether only to try.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// What became of it; a namespace whose UID is not known yet is not found.
#[derive(SimpleObject)]
struct AssignNamespacesPayload {
    /// How many namespaces are in another workspace than before.
    assigned_count: i32,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct NamespaceMutation;

#[Object]
impl NamespaceMutation {
    /// Puts namespaces into a workspace, or into none; all or nothing.
    #[graphql(directive = directive::access::apply(vec![Access::Admin]))]
    async fn assign_namespaces(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be assigned.")] input: AssignNamespacesInput,
    ) -> Result<AssignNamespacesPayload> {
        let scope = scope(ctx);
        let assignment = Assignment {
            workspace: input.assignment.workspace_id.as_ref().map(ids::decode).transpose()?,
            namespaces: input.assignment.namespaces.into_iter().map(Into::into).collect(),
            dry_run: input.dry_run.unwrap_or(false),
        };
        let done = settle(ctx, scope.app.assign_namespaces(&scope.call, assignment).await).await?;
        let (count, errors) = done.map_or_else(|errors| (0, errors), |count| (count, Vec::new()));
        let assigned_count = i32::try_from(count).unwrap_or(i32::MAX);
        Ok(AssignNamespacesPayload { assigned_count, user_errors: user_errors(errors) })
    }
}
