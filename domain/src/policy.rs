//! Everything that decisions depend on, as the store holds it at one revision: the input from which a snapshot is built.

use serde::{Deserialize, Serialize};

use crate::binding::Binding;
use crate::cluster::Cluster;
use crate::exemption::Exemption;
use crate::namespace::Namespace;
use crate::registry::{Registry, RetiredHost};
use crate::revision::Revision;
use crate::space::Space;
use crate::workspace::Workspace;

/// The policy data at one revision. The order within a list means nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The state of the store that this is.
    pub revision: Revision,
    /// Every cluster.
    pub clusters: Vec<Cluster>,
    /// Every registry.
    pub registries: Vec<Registry>,
    /// Every retired host.
    pub retired_hosts: Vec<RetiredHost>,
    /// Every space, those that are gone included.
    pub spaces: Vec<Space>,
    /// Every workspace.
    pub workspaces: Vec<Workspace>,
    /// Every namespace that is in a workspace.
    pub namespaces: Vec<Namespace>,
    /// Every binding, those that have expired included.
    pub bindings: Vec<Binding>,
    /// Every exemption, those of the configuration included.
    pub exemptions: Vec<Exemption>,
}

impl Policy {
    /// A policy that knows nothing, at this revision.
    pub fn empty(revision: Revision) -> Self {
        Self {
            revision,
            clusters: Vec::new(),
            registries: Vec::new(),
            retired_hosts: Vec::new(),
            spaces: Vec::new(),
            workspaces: Vec::new(),
            namespaces: Vec::new(),
            bindings: Vec::new(),
            exemptions: Vec::new(),
        }
    }
}
