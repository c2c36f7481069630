//! Rows as the database gives them, and the records they stand for.

mod bindings;
mod clusters;
mod exemptions;
mod namespaces;
mod registries;
mod repositories;
mod spaces;
mod tags;
mod workspaces;

pub(super) use self::bindings::BindingRow;
pub(super) use self::clusters::ClusterRow;
pub(super) use self::exemptions::ExemptionRow;
pub(super) use self::namespaces::NamespaceRow;
pub(super) use self::registries::RegistryRow;
pub(in super::super) use self::repositories::RepositoryRow;
pub(super) use self::repositories::RepositoryValues;
pub(super) use self::spaces::{SpaceRow, SpaceValues};
pub(super) use self::tags::NEVER_PUSHED;
pub(in super::super) use self::tags::TagRow;
pub(super) use self::workspaces::WorkspaceRow;
