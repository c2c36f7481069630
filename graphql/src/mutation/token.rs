//! Makes and revokes tokens.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use secrecy::ExposeSecret as _;
use wharfinger_app::tokens::TokenInput;

use super::settle;
use super::user_error::{UserError, user_errors};
use crate::ids;
use crate::object::token::{ApiToken, TokenScope};
use crate::scalar::DateTime;
use crate::scope::scope;

/// A token to be made.
#[derive(InputObject)]
struct CreateApiTokenInput {
    /// What it is called.
    name: String,
    /// What it may be used for, at most.
    scopes: Vec<TokenScope>,
    /// The one workspace that it is for; all that the viewer has rights in when it is left out.
    workspace_id: Option<ID>,
    /// When it ends: within 366 days.
    expires_at: DateTime,
}

/// What became of it.
#[derive(SimpleObject)]
struct CreateApiTokenPayload {
    /// The token; null when it was not made.
    token: Option<ApiToken>,
    /// Its text. Shown this once.
    secret: Option<String>,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

/// A token to be revoked.
#[derive(InputObject)]
struct RevokeApiTokenInput {
    /// Which one.
    token_id: ID,
}

/// What became of it.
#[derive(SimpleObject)]
struct RevokeApiTokenPayload {
    /// The id of the token that opens nothing any more; null when nothing was done.
    revoked_token_id: Option<ID>,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub(super) struct TokenMutation;

#[Object]
impl TokenMutation {
    /// Makes a token of the viewer's, who has to have signed in.
    async fn create_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token to be made.")] input: CreateApiTokenInput,
    ) -> Result<CreateApiTokenPayload> {
        let scope = scope(ctx);
        let workspace = input.workspace_id.as_ref().map(ids::decode).transpose()?;
        let scopes = input.scopes.into_iter().map(Into::into).collect();
        let new = TokenInput { name: input.name, scopes, workspace, expires_at: input.expires_at.0 };
        let made = settle(ctx, scope.app.create_token(&scope.call, new).await).await?;
        Ok(match made {
            Ok((record, secret)) => {
                let secret = Some(secret.expose_secret().to_owned());
                CreateApiTokenPayload { token: Some(record.into()), secret, user_errors: Vec::new() }
            }
            Err(errors) => CreateApiTokenPayload { token: None, secret: None, user_errors: user_errors(errors) },
        })
    }

    /// Revokes a token: one's own, or, as an administrator of the platform, anybody's.
    async fn revoke_api_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token to be revoked.")] input: RevokeApiTokenInput,
    ) -> Result<RevokeApiTokenPayload> {
        let scope = scope(ctx);
        let id = ids::decode(&input.token_id)?;
        let done = settle(ctx, scope.app.revoke_token(&scope.call, id).await).await?;
        Ok(match done {
            Ok(id) => RevokeApiTokenPayload { revoked_token_id: Some(ids::encode(id)), user_errors: Vec::new() },
            Err(errors) => RevokeApiTokenPayload { revoked_token_id: None, user_errors: user_errors(errors) },
        })
    }
}
