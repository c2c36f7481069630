//! The mapping of a Kubernetes namespace to a workspace. It is keyed by the namespace's UID, so that a namespace made again
//! under the same name inherits nothing.

use serde::{Deserialize, Serialize};

use crate::id::{NamespaceId, WorkspaceId};

/// A namespace that belongs, or may come to belong, to a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {
    /// The store's id, one for each UID.
    pub id: NamespaceId,
    /// The name of its cluster.
    pub cluster: Box<str>,
    /// Its name in that cluster.
    pub name: Box<str>,
    /// The UID that Kubernetes gave it.
    pub uid: Box<str>,
    /// The workspace it is assigned to.
    pub workspace: Option<WorkspaceId>,
}
