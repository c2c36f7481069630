//! What one committed transaction changed of the policy data, so that a snapshot can be brought up to date without reading
//! everything again.

use crate::binding::Binding;
use crate::cluster::Cluster;
use crate::exemption::Exemption;
use crate::id::{ExemptionId, RegistryId, SpaceId, WorkspaceId};
use crate::namespace::Namespace;
use crate::registry::{Registry, RetiredHost};
use crate::revision::Revision;
use crate::space::Space;
use crate::workspace::Workspace;

/// The changes of one transaction, in order. They lead from one revision to the next and apply to that one only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    /// The revision before.
    pub from: Revision,
    /// The revision after.
    pub to: Revision,
    /// What changed.
    pub changes: Vec<Change>,
}

/// One changed object: as it is now, or what is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A cluster was added or its settings changed.
    Cluster(Cluster),
    /// A registry was added or changed.
    Registry(Registry),
    /// A registry was removed.
    RegistryRemoved(RegistryId),
    /// A host is no longer a registry's and stays known.
    HostRetired(RetiredHost),
    /// A retired host is released, or a registry's again.
    HostReleased(RetiredHost),
    /// A space was added or changed.
    Space(Space),
    /// A space was removed together with its registry.
    SpaceRemoved(SpaceId),
    /// A workspace was added or changed.
    Workspace(Workspace),
    /// A workspace was removed.
    WorkspaceRemoved(WorkspaceId),
    /// A namespace was assigned, or (without a workspace) is no longer.
    Namespace(Namespace),
    /// A binding was made or changed.
    Binding(Binding),
    /// A binding was removed.
    BindingRemoved {
        /// What was bound.
        space: SpaceId,
        /// To whom.
        workspace: WorkspaceId,
    },
    /// An exemption was listed.
    Exemption(Exemption),
    /// An exemption was taken off the list.
    ExemptionRemoved(ExemptionId),
}
