//! What SQLite says when something fails, in the store's terms. Diesel hands on its messages and not its codes, so the
//! messages are what tells the faults apart (`sqlite3_errstr`).

use diesel::result::{DatabaseErrorKind, Error};

use crate::{StoreError, Unique};

/// The faults of the surroundings, not of a statement, by what SQLite says.
const UNAVAILABLE: [&str; 7] = [
    "database is locked",
    "database table is locked",
    "database schema is locked",
    "unable to open database file",
    "disk I/O error",
    "locking protocol",
    "attempt to write a readonly database",
];
const FULL: &str = "database or disk is full";
/// Said with another code where the reference is one that restricts.
const DANGLING: &str = "FOREIGN KEY constraint failed";
const DAMAGED: [&str; 2] = ["database disk image is malformed", "file is not a database"];

/// Unique columns by what SQLite says of them.
const UNIQUE: [(&str, Unique); 11] = [
    ("clusters.name", Unique::ClusterName),
    ("index 'registries_name_for_owner'", Unique::RegistryName),
    ("spaces.registry_id, spaces.upstream_id", Unique::SpaceUpstreamId),
    ("spaces.registry_id, spaces.path", Unique::SpacePath),
    ("repositories.space_id, repositories.path", Unique::RepositoryPath),
    ("workspaces.name", Unique::WorkspaceName),
    ("workspaces.external_id", Unique::WorkspaceExternalId),
    ("namespaces.cluster_id, namespaces.uid", Unique::NamespaceUid),
    ("namespaces.cluster_id, namespaces.name", Unique::NamespaceName),
    ("bindings.space_id, bindings.workspace_id", Unique::Binding),
    ("exemptions.cluster_id, exemptions.uid", Unique::Exemption),
];

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::DatabaseError(DatabaseErrorKind::UniqueViolation, information) => {
                let message = information.message();
                let columns = message.strip_prefix("UNIQUE constraint failed: ").unwrap_or(message);
                let known = UNIQUE.iter().find(|(text, _)| *text == columns);
                Self::Conflict(known.map_or(Unique::Other, |(_, unique)| *unique))
            }
            Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => Self::Dangling,
            Error::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            other => said(&other.to_string()),
        }
    }
}

/// The fault that SQLite means when it says this.
pub(super) fn said(message: &str) -> StoreError {
    if message.contains(FULL) {
        StoreError::Full
    } else if UNAVAILABLE.iter().any(|text| message.contains(text)) {
        StoreError::unavailable(message)
    } else if DAMAGED.iter().any(|text| message.contains(text)) {
        StoreError::damaged(message)
    } else if message.contains(DANGLING) {
        StoreError::Dangling
    } else {
        StoreError::internal(message)
    }
}
