//! A workspace: a tenant of the platform.

use serde::{Deserialize, Serialize};

use crate::cluster::EnforcementMode;
use crate::id::WorkspaceId;

/// A workspace as far as decisions need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// The store's id.
    pub id: WorkspaceId,
    /// Unique; a name as [`crate::name::Name`] allows.
    pub name: Box<str>,
    /// What the webhook does with a denial in its namespaces; `None` follows the cluster.
    pub mode: Option<EnforcementMode>,
}
