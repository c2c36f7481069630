//! Why the store did not do what it was asked, in terms that a use case can act on. No text here carries stored values, so
//! that none can carry a secret.

use thiserror::Error;

/// What an operation of the store gives.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why an operation of the store failed. Nothing of its transaction was kept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The database cannot be reached, or is held by somebody else, for longer than the configured wait. Trying again
    /// later helps by itself.
    #[error("the database is unavailable: {reason}")]
    Unavailable {
        /// What the database or the system said.
        reason: String,
    },
    /// The disk is full.
    #[error("the disk of the database is full; free some space and try again")]
    Full,
    /// The database holds something that this program cannot have written.
    #[error("the database is damaged: {reason}; restore it from a backup")]
    Damaged {
        /// What is wrong, and where.
        reason: String,
    },
    /// A value that must be unique exists already.
    #[error("{0} exists already")]
    Conflict(Unique),
    /// Something that this refers to does not exist, or something still refers to this.
    #[error("something that this refers to does not exist, or something else still refers to this")]
    Dangling,
    /// A fault of ours.
    #[error("the store failed: {reason}")]
    Internal {
        /// What the database said.
        reason: String,
    },
}

/// A value that must be unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum Unique {
    /// A cluster's name.
    #[error("a cluster of this name")]
    ClusterName,
    /// A registry's name, among those of its owner.
    #[error("a registry of this name and owner")]
    RegistryName,
    /// A space's id in its registry.
    #[error("a space with this id of its registry")]
    SpaceUpstreamId,
    /// The path of a space that is there, in its registry.
    #[error("a space of this registry with this path")]
    SpacePath,
    /// A repository's path in its space.
    #[error("a repository of this space with this path")]
    RepositoryPath,
    /// A workspace's name.
    #[error("a workspace of this name")]
    WorkspaceName,
    /// The id by which another platform knows a workspace.
    #[error("a workspace with this external id")]
    WorkspaceExternalId,
    /// A namespace's UID in its cluster.
    #[error("a namespace of this cluster with this UID")]
    NamespaceUid,
    /// The name of a namespace that is there, in its cluster.
    #[error("a namespace of this cluster with this name")]
    NamespaceName,
    /// The pair of a space and a workspace.
    #[error("a binding of this space to this workspace")]
    Binding,
    /// A namespace's exemption.
    #[error("an exemption of this namespace")]
    Exemption,
    /// A user's name.
    #[error("a user of this name")]
    UserName,
    /// Anything else, such as the id of a record.
    #[error("a record with this key")]
    Other,
}

impl StoreError {
    pub(crate) fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable { reason: reason.into() }
    }

    pub(crate) fn damaged(reason: impl Into<String>) -> Self {
        Self::Damaged { reason: reason.into() }
    }

    pub(crate) fn internal(reason: impl Into<String>) -> Self {
        Self::Internal { reason: reason.into() }
    }
}
