//! Changes what is declared of spaces.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use wharfinger_app::spaces::VisibilityInput;

use super::settle;
use super::user_error::{UserError, user_errors};
use crate::access::{Access, directive};
use crate::ids;
use crate::object::space::{RegistrySpace, SpaceVisibility};
use crate::scope::scope;

/// What is declared of the visibility of a space.
#[derive(InputObject)]
struct SetSpaceVisibilityInput {
    /// The space.
    space_id: ID,
    /// What it is to be.
    visibility: SpaceVisibility,
    /// Why.
    reason: String,
    /// Whether only to try.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// What became of it.
#[derive(SimpleObject)]
struct SetSpaceVisibilityPayload {
    /// The space; null when nothing was changed.
    space: Option<RegistrySpace>,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct SpaceMutation;

#[Object]
impl SpaceMutation {
    /// Treats a public space as private, or ends that; for a registry that knows no visibility, declares a space public.
    #[graphql(directive = directive::access::apply(vec![Access::Admin]))]
    async fn set_space_visibility(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is declared.")] input: SetSpaceVisibilityInput,
    ) -> Result<SetSpaceVisibilityPayload> {
        let scope = scope(ctx);
        let declared = VisibilityInput {
            space: ids::decode(&input.space_id)?,
            visibility: input.visibility.into(),
            reason: input.reason,
            dry_run: input.dry_run.unwrap_or(false),
        };
        let done = settle(ctx, scope.app.set_space_visibility(&scope.call, declared).await).await?;
        Ok(match done {
            Ok(record) => SetSpaceVisibilityPayload { space: Some(record.into()), user_errors: Vec::new() },
            Err(errors) => SetSpaceVisibilityPayload { space: None, user_errors: user_errors(errors) },
        })
    }
}
