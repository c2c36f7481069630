//! Names what a registry does not list by itself.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::settle;
use super::user_error::{UserError, user_errors};
use crate::access::{Access, directive};
use crate::ids;
use crate::object::space::{RegistrySpace, SpaceVisibility};
use crate::scope::scope;

/// A space of a registry that knows none.
#[derive(InputObject)]
struct DeclareSpaceInput {
    /// The registry, which is no Harbor.
    registry_id: ID,
    /// A prefix of repository paths in whole components, such as `team` or `team/group`. A space inside another takes over
    /// what lies in it.
    path: String,
    /// Whether everybody may use it, which only a platform administrator can say.
    #[graphql(default_with = "Some(SpaceVisibility::Private)")]
    visibility: Option<SpaceVisibility>,
}

/// What became of it.
#[derive(SimpleObject)]
struct DeclareSpacePayload {
    /// The space; null when it was not named.
    space: Option<RegistrySpace>,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

/// Repositories of a registry whose catalogue is closed.
#[derive(InputObject)]
struct DeclareRepositoriesInput {
    /// The registry, which is no Harbor.
    registry_id: ID,
    /// Their paths below the host, without tags; at most 500. Where a path lies in no space yet, its first component becomes a
    /// private one.
    paths: Vec<String>,
}

/// What became of it.
#[derive(SimpleObject)]
struct DeclareRepositoriesPayload {
    /// How many of them were not known.
    added_count: i32,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct DeclarationMutation;

#[Object]
impl DeclarationMutation {
    /// Names a space of a registry that cannot list its own. It stays, whatever a walk sees; inside a space of an association it
    /// goes with that. Outside of all of them, only a platform administrator names one there.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::WorkspaceAdmin]))]
    async fn declare_space(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The space.")] input: DeclareSpaceInput,
    ) -> Result<DeclareSpacePayload> {
        let (scope, id) = (scope(ctx), ids::decode(&input.registry_id)?);
        let visibility = input.visibility.unwrap_or(SpaceVisibility::Private).into();
        let done = scope.app.declare_space(&scope.call, id, input.path, visibility).await;
        Ok(match settle(ctx, done).await? {
            Ok(record) => DeclareSpacePayload { space: Some(record.into()), user_errors: Vec::new() },
            Err(errors) => DeclareSpacePayload { space: None, user_errors: user_errors(errors) },
        })
    }

    /// Names repositories of a registry whose catalogue is closed. They stay, whatever a walk sees.
    #[graphql(directive = directive::access::apply(vec![Access::Admin, Access::WorkspaceAdmin]))]
    async fn declare_repositories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The repositories.")] input: DeclareRepositoriesInput,
    ) -> Result<DeclareRepositoriesPayload> {
        let (scope, id) = (scope(ctx), ids::decode(&input.registry_id)?);
        let done = scope.app.declare_repositories(&scope.call, id, input.paths).await;
        let (added, user_errors) = match settle(ctx, done).await? {
            Ok(added) => (added, Vec::new()),
            Err(errors) => (0, user_errors(errors)),
        };
        Ok(DeclareRepositoriesPayload { added_count: i32::try_from(added).unwrap_or(i32::MAX), user_errors })
    }
}
