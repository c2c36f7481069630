//! What can be changed, one file for each noun: every mutation takes one input and gives one payload, in which a caller finds
//! what it is to put right.

mod binding;
mod member;
mod namespace;
mod registry;
mod space;
mod token;
mod user;
mod user_error;
mod workspace;

use async_graphql::MergedObject;

use self::binding::BindingMutation;
use self::member::MemberMutation;
use self::namespace::NamespaceMutation;
use self::registry::RegistryMutation;
use self::space::SpaceMutation;
use self::token::TokenMutation;
use self::user::UserMutation;
use self::workspace::WorkspaceMutation;

/// What can be changed.
#[derive(MergedObject, Default)]
pub(crate) struct Mutation(
    RegistryMutation,
    WorkspaceMutation,
    NamespaceMutation,
    BindingMutation,
    SpaceMutation,
    MemberMutation,
    UserMutation,
    TokenMutation,
);
