//! What can be changed, one file for each noun: every mutation takes one input and gives one payload, in which a caller finds
//! what it is to put right.

mod binding;
mod declaration;
mod host;
mod member;
mod namespace;
mod registry;
mod space;
mod token;
mod user;
mod user_error;
mod workspace;

use async_graphql::{Context, MergedObject, Result};
use wharfinger_app::error::{AppError, Outcome, UserError};

use self::binding::BindingMutation;
use self::declaration::DeclarationMutation;
use self::host::HostMutation;
use self::member::MemberMutation;
use self::namespace::NamespaceMutation;
use self::registry::{RegistryChangeMutation, RegistryMutation};
use self::space::SpaceMutation;
use self::token::TokenMutation;
use self::user::UserMutation;
use self::workspace::WorkspaceMutation;
use crate::error::fail;
use crate::scope::scope;

/// What can be changed.
#[derive(MergedObject, Default)]
pub(crate) struct Mutation(
    RegistryMutation,
    RegistryChangeMutation,
    DeclarationMutation,
    HostMutation,
    WorkspaceMutation,
    NamespaceMutation,
    BindingMutation,
    SpaceMutation,
    MemberMutation,
    UserMutation,
    TokenMutation,
);

/// What came of a mutation. Of one that was refused, whether the role or the input was at fault, the audit says so.
async fn settle<T>(ctx: &Context<'_>, outcome: Outcome<T>) -> Result<Result<T, Vec<UserError>>> {
    let codes = match &outcome {
        Ok(Err(errors)) => errors.iter().map(|error| error.code.word().to_owned()).collect(),
        Err(AppError::Forbidden(_)) => vec!["FORBIDDEN".to_owned()],
        Ok(Ok(_)) | Err(_) => Vec::new(),
    };
    if !codes.is_empty() {
        let (scope, mutation) = (scope(ctx), ctx.field().name());
        scope.app.note_refusal(&scope.call, mutation, &codes).await.map_err(fail)?;
    }
    outcome.map_err(fail)
}
