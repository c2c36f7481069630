//! What can be changed, one file for each noun: every mutation takes one input and gives one payload, in which a caller finds
//! what it is to put right.

mod binding;
mod namespace;
mod registry;
mod space;
mod user_error;
mod workspace;

use async_graphql::MergedObject;

use self::binding::BindingMutation;
use self::namespace::NamespaceMutation;
use self::registry::RegistryMutation;
use self::space::SpaceMutation;
use self::workspace::WorkspaceMutation;

/// What can be changed.
#[derive(MergedObject, Default)]
pub(crate) struct Mutation(RegistryMutation, WorkspaceMutation, NamespaceMutation, BindingMutation, SpaceMutation);
