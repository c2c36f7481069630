//! What a database says when something fails, in the store's terms. Diesel hands on messages and not codes, so the messages
//! are what tells the faults apart (`sqlite3_errstr`; PostgreSQL's in English).

use diesel::result::{DatabaseErrorKind, Error};

use crate::{StoreError, Unique};

/// The faults of the surroundings, not of a statement, by what is said.
const UNAVAILABLE: [&str; 18] = [
    "database is locked",
    "database table is locked",
    "database schema is locked",
    "unable to open database file",
    "disk I/O error",
    "locking protocol",
    "attempt to write a readonly database",
    "canceling statement due to",
    "deadlock detected",
    "terminating connection",
    "the database system is",
    "too many clients",
    "remaining connection slots",
    "out of shared memory",
    "server closed the connection",
    "connection closed",
    "error communicating with the server",
    "conflict with recovery",
];
const FULL: [&str; 2] = ["database or disk is full", "No space left on device"];
/// Said with another code where the reference is one that restricts.
const DANGLING: &str = "FOREIGN KEY constraint failed";
const DAMAGED: [&str; 4] =
    ["database disk image is malformed", "file is not a database", "invalid page in block", "could not read block"];

/// Unique values by the columns that SQLite names, and by the constraint or index that PostgreSQL names.
const UNIQUE: [(&str, &str, Unique); 12] = [
    ("clusters.name", "clusters_name_key", Unique::ClusterName),
    ("index 'registries_name_for_owner'", "registries_name_for_owner", Unique::RegistryName),
    ("spaces.registry_id, spaces.upstream_id", "spaces_upstream_id", Unique::SpaceUpstreamId),
    ("spaces.registry_id, spaces.path", "spaces_present_path", Unique::SpacePath),
    ("repositories.space_id, repositories.path", "repositories_in_space", Unique::RepositoryPath),
    ("workspaces.name", "workspaces_name_key", Unique::WorkspaceName),
    ("workspaces.external_id", "workspaces_external_id_key", Unique::WorkspaceExternalId),
    ("namespaces.cluster_id, namespaces.uid", "namespaces_uid", Unique::NamespaceUid),
    ("namespaces.cluster_id, namespaces.name", "namespaces_present_name", Unique::NamespaceName),
    ("bindings.space_id, bindings.workspace_id", "bindings_pair", Unique::Binding),
    ("exemptions.cluster_id, exemptions.uid", "exemptions_uid", Unique::Exemption),
    ("users.name", "users_name_key", Unique::UserName),
];

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::DatabaseError(DatabaseErrorKind::UniqueViolation, information) => {
                let message = information.message();
                let columns = message.strip_prefix("UNIQUE constraint failed: ").unwrap_or(message);
                let constraint = information.constraint_name();
                let known = UNIQUE.iter().find(|(text, name, _)| *text == columns || Some(*name) == constraint);
                Self::Conflict(known.map_or(Unique::Other, |(_, _, unique)| *unique))
            }
            Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation | DatabaseErrorKind::RestrictViolation, _) => {
                Self::Dangling
            }
            Error::DatabaseError(
                DatabaseErrorKind::UnableToSendCommand
                | DatabaseErrorKind::ClosedConnection
                | DatabaseErrorKind::SerializationFailure
                | DatabaseErrorKind::ReadOnlyTransaction,
                information,
            ) => Self::unavailable(information.message()),
            Error::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            other => said(&other.to_string()),
        }
    }
}

/// The fault that a database means when it says this.
pub(crate) fn said(message: &str) -> StoreError {
    let any = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
    if any(&FULL) {
        StoreError::Full
    } else if any(&UNAVAILABLE) {
        StoreError::unavailable(message)
    } else if any(&DAMAGED) {
        StoreError::damaged(message)
    } else if message.contains(DANGLING) {
        StoreError::Dangling
    } else {
        StoreError::internal(message)
    }
}
