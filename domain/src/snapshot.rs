//! The immutable in-memory index of everything a decision needs, at one revision of the store, with this replica's overlay.
//! It is built whole from a [`Policy`], or from its predecessor by one [`ChangeSet`]: each section is shared with the
//! predecessor until a change touches it.

mod index;

use std::sync::Arc;

use thiserror::Error;

pub(crate) use self::index::Claim;
use self::index::{Bindings, Clusters, Registries, Spaces, Workspaces};
use crate::binding::Binding;
use crate::change::{Change, ChangeSet};
use crate::cluster::{Cluster, EnforcementMode};
use crate::exemption::Exemption;
use crate::id::{RegistryId, SpaceId, WorkspaceId};
use crate::namespace::Namespace;
use crate::overlay::{LiveNamespace, Overlay};
use crate::policy::Policy;
use crate::registry::Registry;
use crate::revision::Revision;
use crate::space::Space;
use crate::time::Timestamp;
use crate::workspace::Workspace;

/// The index. Cloning it is cheap.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    revision: Revision,
    clusters: Arc<Clusters>,
    registries: Arc<Registries>,
    spaces: Arc<Spaces>,
    workspaces: Arc<Workspaces>,
    bindings: Arc<Bindings>,
    overlay: Arc<Overlay>,
}

/// The changes do not follow on this snapshot: everything has to be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the changes lead from revision {expected}, but the snapshot is at {found}")]
pub struct OutOfSequence {
    /// Where the changes start.
    pub expected: Revision,
    /// Where the snapshot is.
    pub found: Revision,
}

impl Snapshot {
    /// The index of this policy, with the overlay of the replica that builds it.
    pub fn build(policy: Policy, overlay: Arc<Overlay>) -> Self {
        Self {
            revision: policy.revision,
            clusters: Arc::new(Clusters::build(policy.clusters, policy.namespaces, policy.exemptions)),
            registries: Arc::new(Registries::build(policy.registries, policy.retired_hosts)),
            spaces: Arc::new(Spaces::build(policy.spaces)),
            workspaces: Arc::new(Workspaces::build(policy.workspaces)),
            bindings: Arc::new(Bindings::build(policy.bindings)),
            overlay,
        }
    }

    /// The snapshot after these changes; refused when they start at another revision than this snapshot's.
    pub fn after(&self, set: &ChangeSet) -> Result<Self, OutOfSequence> {
        if set.from != self.revision {
            return Err(OutOfSequence { expected: set.from, found: self.revision });
        }
        let mut next = Self { revision: set.to, ..self.clone() };
        for change in &set.changes {
            next.apply(change);
        }
        Ok(next)
    }

    /// The snapshot with this overlay; at the same revision.
    #[must_use]
    pub fn with_overlay(&self, overlay: Arc<Overlay>) -> Self {
        Self { overlay, ..self.clone() }
    }

    fn apply(&mut self, change: &Change) {
        match change {
            Change::Cluster(cluster) => Arc::make_mut(&mut self.clusters).put(cluster.clone()),
            Change::Namespace(namespace) => {
                Arc::make_mut(&mut self.clusters).map(namespace.clone());
            }
            Change::Exemption(exemption) => Arc::make_mut(&mut self.clusters).exempt(exemption.clone()),
            Change::ExemptionRemoved(id) => Arc::make_mut(&mut self.clusters).end_exemption(*id),
            Change::Registry(registry) => Arc::make_mut(&mut self.registries).put(registry.clone()),
            Change::RegistryRemoved(id) => Arc::make_mut(&mut self.registries).remove(*id),
            Change::HostRetired(host) => Arc::make_mut(&mut self.registries).retire(host.clone()),
            Change::HostReleased(host) => Arc::make_mut(&mut self.registries).release(host),
            Change::Space(space) => Arc::make_mut(&mut self.spaces).put(space.clone()),
            Change::SpaceRemoved(id) => Arc::make_mut(&mut self.spaces).remove(*id),
            Change::Workspace(workspace) => Arc::make_mut(&mut self.workspaces).put(workspace.clone()),
            Change::WorkspaceRemoved(id) => Arc::make_mut(&mut self.workspaces).remove(*id),
            Change::Binding(binding) => Arc::make_mut(&mut self.bindings).put(binding.clone()),
            Change::BindingRemoved { space, workspace } => {
                Arc::make_mut(&mut self.bindings).remove(*space, *workspace);
            }
        }
    }

    /// Everything that it is the index of, in an order that is the same for the same content.
    pub fn policy(&self) -> Policy {
        let (clusters, namespaces, exemptions) = self.clusters.list();
        let (registries, retired_hosts) = self.registries.list();
        Policy {
            revision: self.revision,
            clusters,
            registries,
            retired_hosts,
            spaces: self.spaces.list(),
            workspaces: self.workspaces.list(),
            namespaces,
            bindings: self.bindings.list(),
            exemptions,
        }
    }

    /// The state of the store that this is the index of.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Which namespaces live now.
    pub fn overlay(&self) -> &Arc<Overlay> {
        &self.overlay
    }

    /// The cluster of this name.
    pub fn cluster(&self, name: &str) -> Option<&Cluster> {
        self.clusters.get(name)
    }

    /// The registry with this id.
    pub fn registry(&self, id: RegistryId) -> Option<&Registry> {
        self.registries.get(id)
    }

    /// The space with this id, gone or not.
    pub fn space(&self, id: SpaceId) -> Option<&Space> {
        self.spaces.get(id)
    }

    /// The workspace with this id.
    pub fn workspace(&self, id: WorkspaceId) -> Option<&Workspace> {
        self.workspaces.get(id)
    }

    /// The binding of this space to this workspace, in force or not.
    pub fn binding(&self, space: SpaceId, workspace: WorkspaceId) -> Option<&Binding> {
        self.bindings.get(space, workspace)
    }

    pub(crate) fn spaces(&self) -> &Spaces {
        &self.spaces
    }

    pub(crate) fn registries(&self) -> &Registries {
        &self.registries
    }

    /// A namespace as it stands at an instant: what everything that is decided about it starts from. `None` when no
    /// cluster has this name.
    pub fn view<'s>(&'s self, cluster: &str, namespace: &str, moment: Moment) -> Option<NamespaceView<'s>> {
        let (cluster, known) = self.clusters.entry(cluster)?;
        let live = self.overlay.live(&cluster.name, namespace);
        let mapping = live.filter(|live| !live.terminating).and_then(|live| known.mapping(namespace, &live.uid));
        let workspace = mapping.and_then(|mapping| mapping.workspace).and_then(|id| self.workspaces.get(id));
        let exemption = known.exemption(namespace, live.map(|live| &*live.uid), moment.at);
        let is_foreign = false;
        Some(NamespaceView { snapshot: self, cluster, live, mapping, workspace, exemption, moment, is_foreign })
    }
}

/// When something is judged, and whether the snapshot that judges it is older than the configured limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The instant.
    pub at: Timestamp,
    /// The store has not confirmed the snapshot for longer than the configured age (off by default): what needs a
    /// binding or an association is then denied.
    pub stale: bool,
}

impl Moment {
    /// This instant, with a snapshot that is fresh enough.
    pub fn fresh(at: Timestamp) -> Self {
        Self { at, stale: false }
    }
}

/// A namespace as it stands at an instant.
#[derive(Debug, Clone, Copy)]
pub struct NamespaceView<'s> {
    pub(crate) snapshot: &'s Snapshot,
    pub(crate) cluster: &'s Cluster,
    live: Option<&'s LiveNamespace>,
    mapping: Option<&'s Namespace>,
    pub(crate) workspace: Option<&'s Workspace>,
    pub(crate) exemption: Option<&'s Exemption>,
    pub(crate) moment: Moment,
    /// Whether whoever looks has nothing to do with it.
    is_foreign: bool,
}

impl<'s> NamespaceView<'s> {
    /// The namespace as somebody is told of it who has nothing to do with it: in no workspace of theirs, whether it is in
    /// another one or in none, is exempt, or is not there at all.
    #[must_use]
    pub fn to_a_stranger(self) -> Self {
        Self { live: None, mapping: None, workspace: None, exemption: None, is_foreign: true, ..self }
    }

    /// Whether it is seen as by somebody who has nothing to do with it.
    pub fn is_foreign(&self) -> bool {
        self.is_foreign
    }

    /// The snapshot that it was taken from.
    pub fn snapshot(&self) -> &'s Snapshot {
        self.snapshot
    }

    /// Its cluster.
    pub fn cluster(&self) -> &'s Cluster {
        self.cluster
    }

    /// Whether the cluster has a namespace of this name now; to a stranger it might.
    pub fn is_known(&self) -> bool {
        self.is_foreign || self.live.is_some()
    }

    /// Its UID now.
    pub fn uid(&self) -> Option<&'s str> {
        self.live.map(|live| &*live.uid)
    }

    /// The stored namespace that is mapped, while it counts.
    pub fn mapping(&self) -> Option<&'s Namespace> {
        self.mapping
    }

    /// The workspace it is in.
    pub fn workspace(&self) -> Option<&'s Workspace> {
        self.workspace
    }

    /// The exemption that covers it.
    pub fn exemption(&self) -> Option<&'s Exemption> {
        self.exemption
    }

    /// What the webhook does with a denial here: the workspace's word, else the cluster's.
    pub fn mode(&self) -> EnforcementMode {
        self.workspace.and_then(|workspace| workspace.mode).unwrap_or(self.cluster.mode)
    }

    /// When it is looked at.
    pub fn moment(&self) -> Moment {
        self.moment
    }
}
