//! Makes and changes users.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use secrecy::{ExposeSecret as _, SecretString};
use wharfinger_app::error::UserError as AppUserError;
use wharfinger_app::record::UserRecord;
use wharfinger_app::users::{UserChange, UserInput};

use super::settle;
use super::user_error::{UserError, user_errors};
use crate::access::{Access, directive};
use crate::ids;
use crate::object::user::User;
use crate::object::viewer::PlatformRole;
use crate::scope::scope;

/// A user to be made.
#[derive(InputObject)]
struct CreateUserInput {
    /// The name to sign in with: lower-case letters, digits and inner hyphens, at most 63. Never given twice.
    name: String,
    /// What it is called in a user interface.
    display_name: Option<String>,
    /// Where to write to it.
    email: Option<String>,
    /// Its role over the whole platform.
    #[graphql(default_with = "PlatformRole::None")]
    platform_role: PlatformRole,
    /// The groups that it is in, at most 500.
    #[graphql(default)]
    groups: Vec<String>,
}

/// What is to be changed of a user; what is left out stays.
#[derive(InputObject)]
struct UpdateUserInput {
    /// Which user.
    user_id: ID,
    /// The revision that the change is of.
    revision: i32,
    /// What it is called in a user interface.
    display_name: Option<String>,
    /// Where to write to it.
    email: Option<String>,
    /// Its role over the whole platform.
    platform_role: Option<PlatformRole>,
    /// The groups that it is in, at most 500.
    groups: Option<Vec<String>>,
    /// Whether it may not sign in, nor use its sessions and tokens.
    disabled: Option<bool>,
}

/// Whose password is to be reset.
#[derive(InputObject)]
struct ResetPasswordInput {
    /// Which user.
    user_id: ID,
}

/// What became of it.
#[derive(SimpleObject)]
struct CreateUserPayload {
    /// The user; null when it was not made.
    user: Option<User>,
    /// The password to sign in with for the first time, when another is to be set. Shown this once.
    one_time_password: Option<String>,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

/// What became of it.
#[derive(SimpleObject)]
struct UpdateUserPayload {
    /// The user; null when it was not changed.
    user: Option<User>,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

/// What became of it.
#[derive(SimpleObject)]
struct ResetPasswordPayload {
    /// The user; null when nothing was done.
    user: Option<User>,
    /// The password to sign in with for the next time, when another is to be set. Shown this once.
    one_time_password: Option<String>,
    /// What is to be put right.
    user_errors: Vec<UserError>,
}

/// A user with the password that is shown this once, or what is to be put right.
type Made = Result<(UserRecord, SecretString), Vec<AppUserError>>;

fn parts(made: Made) -> (Option<User>, Option<String>, Vec<UserError>) {
    match made {
        Ok((record, password)) => (Some(record.into()), Some(password.expose_secret().to_owned()), Vec::new()),
        Err(errors) => (None, None, user_errors(errors)),
    }
}

#[derive(Default)]
pub(super) struct UserMutation;

#[Object]
impl UserMutation {
    /// Makes a user, who sets a password when signing in for the first time.
    #[graphql(directive = directive::access::apply(vec![Access::Admin]))]
    async fn create_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The user to be made.")] input: CreateUserInput,
    ) -> Result<CreateUserPayload> {
        let scope = scope(ctx);
        let CreateUserInput { name, display_name, email, platform_role, groups } = input;
        let input = UserInput { display_name, email, platform_role: platform_role.into(), groups };
        let made = settle(ctx, scope.app.create_user(&scope.call, name, input).await).await?;
        let (user, one_time_password, user_errors) = parts(made);
        Ok(CreateUserPayload { user, one_time_password, user_errors })
    }

    /// Changes a user.
    #[graphql(directive = directive::access::apply(vec![Access::Admin]))]
    async fn update_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be changed.")] input: UpdateUserInput,
    ) -> Result<UpdateUserPayload> {
        let scope = scope(ctx);
        let (id, platform_role) = (ids::decode(&input.user_id)?, input.platform_role.map(Into::into));
        let UpdateUserInput { revision, display_name, email, groups, disabled, .. } = input;
        let change = UserChange { display_name, email, platform_role, groups, disabled };
        let done = settle(ctx, scope.app.update_user(&scope.call, id, revision, change).await).await?;
        Ok(match done {
            Ok(record) => UpdateUserPayload { user: Some(record.into()), user_errors: Vec::new() },
            Err(errors) => UpdateUserPayload { user: None, user_errors: user_errors(errors) },
        })
    }

    /// Gives a user a one-time password in place of the one it has, and ends its sessions.
    #[graphql(directive = directive::access::apply(vec![Access::Admin]))]
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: ResetPasswordInput,
    ) -> Result<ResetPasswordPayload> {
        let scope = scope(ctx);
        let made = settle(ctx, scope.app.reset_password(&scope.call, ids::decode(&input.user_id)?).await).await?;
        let (user, one_time_password, user_errors) = parts(made);
        Ok(ResetPasswordPayload { user, one_time_password, user_errors })
    }
}
