//! What some workspaces need to be decided for, and nothing that others have. What might open something by being left out
//! stays, without a name: a host that another workspace has exclusively, and a private space inside of one that stays.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::id::{RegistryId, SpaceId, WorkspaceId};
use crate::namespace::Namespace;
use crate::overlay::Overlay;
use crate::policy::Policy;
use crate::registry::{Owner, Registry};
use crate::space::{Space, Visibility};

/// Stands for every other workspace; no store gives out this id.
const SOMEBODY: WorkspaceId = WorkspaceId(0);

/// Some workspaces and their namespaces.
pub(super) struct Slice {
    workspaces: HashSet<WorkspaceId>,
    places: BTreeSet<(Box<str>, Box<str>)>,
}

impl Slice {
    /// The slice of the workspaces with these names. A name that now belongs to another namespace is not in it.
    pub(super) fn new(policy: &Policy, names: &[String], overlay: &Overlay) -> Self {
        let wanted = policy.workspaces.iter().filter(|known| names.iter().any(|name| **name == *known.name));
        let workspaces: HashSet<_> = wanted.map(|workspace| workspace.id).collect();
        let mapped = policy.namespaces.iter().filter(|row| row.workspace.is_some_and(|id| workspaces.contains(&id)));
        let lives = |row: &&Namespace| overlay.live(&row.cluster, &row.name).is_none_or(|live| live.uid == row.uid);
        let places = mapped.filter(lives).map(|row| (row.cluster.clone(), row.name.clone())).collect();
        Self { workspaces, places }
    }

    /// Its namespaces: cluster and name, in order.
    pub(super) fn places(&self) -> impl Iterator<Item = (Box<str>, Box<str>)> {
        self.places.iter().cloned()
    }

    /// Whether this namespace is in it.
    pub(super) fn has(&self, cluster: &str, name: &str) -> bool {
        self.places.contains(&(cluster.into(), name.into()))
    }

    /// The policy without what is nobody's here.
    pub(super) fn cut(&self, policy: Policy) -> Policy {
        let mut policy = policy;
        policy.workspaces.retain(|workspace| self.workspaces.contains(&workspace.id));
        policy.bindings.retain(|binding| self.workspaces.contains(&binding.workspace));
        policy.namespaces.retain(|row| {
            row.workspace.is_some_and(|id| self.workspaces.contains(&id)) && self.has(&row.cluster, &row.name)
        });
        policy.exemptions.retain(|exemption| self.has(&exemption.cluster, &exemption.namespace));
        policy.retired_hosts.retain(|retired| self.is_own(retired.owner));
        policy.registries = policy.registries.into_iter().filter_map(|registry| self.registry(registry)).collect();
        let bound: HashSet<_> = policy.bindings.iter().map(|binding| binding.space).collect();
        policy.spaces = known_spaces(policy.spaces, &policy.registries, &bound);
        let spaces: HashSet<_> = policy.spaces.iter().map(|space| space.id).collect();
        policy.bindings.retain(|binding| spaces.contains(&binding.space));
        policy
    }

    fn is_own(&self, owner: Owner) -> bool {
        match owner {
            Owner::Platform => true,
            Owner::Workspace(id) => self.workspaces.contains(&id),
        }
    }

    /// Another's association matters only where it is exclusive: then its hosts are closed to everybody else.
    fn registry(&self, registry: Registry) -> Option<Registry> {
        if self.is_own(registry.owner) {
            return Some(registry);
        }
        let closes = registry.exclusive && !registry.resting;
        closes.then(|| Registry { name: "".into(), owner: Owner::Workspace(SOMEBODY), ..registry })
    }
}

/// The spaces that these workspaces may know, and those inside of them: without the inner one, what is in it would be
/// taken for a part of the outer.
fn known_spaces(spaces: Vec<Space>, registries: &[Registry], bound: &HashSet<SpaceId>) -> Vec<Space> {
    let owners: HashMap<_, _> = registries.iter().map(|registry| (registry.id, registry.owner)).collect();
    let known = |space: &Space| {
        let reported = space.upstream_visibility == Some(Visibility::Public);
        match owners.get(&space.registry) {
            Some(Owner::Platform) => space.is_public() || bound.contains(&space.id),
            Some(Owner::Workspace(SOMEBODY)) => reported,
            Some(Owner::Workspace(_)) => true,
            None => false,
        }
    };
    let outer: HashSet<(RegistryId, Box<str>)> =
        spaces.iter().filter(|space| known(space)).map(|space| (space.registry, space.path.clone())).collect();
    let is_inside = |space: &Space| {
        let ends = space.path.match_indices('/').map(|(end, _)| end).chain([space.path.len()]);
        ends.into_iter().any(|end| outer.contains(&(space.registry, space.path.get(..end).unwrap_or("").into())))
    };
    spaces.into_iter().filter(|space| space.present && (known(space) || is_inside(space))).collect()
}
